/** Threads run the built dist/jobs/worker.js: `npm run build` after a change to a task. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answers } from "../../src/analysis/answers.ts";
import { fullyConnected } from "../../src/model/index.ts";
import { loadNetwork, openPool, type Pool, shareArray } from "../../src/node/index.ts";
import { answersOnWorkers } from "../../src/studies/on-workers/analyses.ts";
import { noise32 } from "../support/noise.ts";
import { temporaryFolder } from "../temporary.ts";

/** The tasks of fixtures/tasks.mjs are none of the typed ones. */
interface AnyOptions {
  signal?: AbortSignal;
  onItem?: (item: number, result: unknown) => void | Promise<void>;
  onProgress?: (done: number, told?: unknown) => void;
}
type AnyRun = (
  job: { task: string; input?: unknown; items: number; share?: string },
  options?: AnyOptions,
) => Promise<unknown[]>;

const tasks = new URL("fixtures/tasks.mjs", import.meta.url);
const anyRun = (pool: Pool): AnyRun => pool.run.bind(pool) as unknown as AnyRun;
/** Runs a job of one item, and gives its result. */
const anyOne = (pool: Pool) => async (task: string, input?: unknown, options?: AnyOptions) =>
  (await anyRun(pool)({ task, input, items: 1 }, options))[0];

for (const workers of [1, 2]) {
  describe(workers === 1 ? "in process" : "on threads", () => {
    let pool: Pool;
    let run: AnyRun;
    let one: ReturnType<typeof anyOne>;
    beforeAll(async () => {
      pool = await openPool({ workers, tasks });
      run = anyRun(pool);
      one = anyOne(pool);
    });
    afterAll(() => pool.close());

    test("plain data goes there and back, and the caller keeps its arrays", async () => {
      const rows = Float32Array.of(1, 2, 3, 4);
      const input = {
        a: [1, { b: "x" }],
        rows,
        part: rows.subarray(1, 3),
        same: rows,
        labels: Int32Array.of(7),
        none: null,
      };
      expect(await one("echo", input)).toEqual(input);
      expect(rows).toEqual(Float32Array.of(1, 2, 3, 4));
    });

    test("an array in shared memory is the same there", async () => {
      const shared = shareArray(Float32Array.of(1, 2, 3));
      expect(shareArray(shared)).toBe(shared);
      const back = (await one("echo", shared)) as Float32Array;
      expect([back.buffer instanceof SharedArrayBuffer, ...back]).toEqual([true, 1, 2, 3]);
      await one("write", { at: 1, shared });
      expect([...shared]).toEqual([1, 42, 3]);
    });

    test("a network is a network there, with the same answers", async () => {
      const network = await loadNetwork("fc10-1e-4");
      const rows = noise32(9 * 784, 3).map(Math.abs) as Float32Array;
      expect(await answersOnWorkers(pool, network, rows)).toEqual(await answers(network, rows));
    });

    test("results come back in the order of the items, each told once, one after another", async () => {
      for (const share of ["guided", "single"]) {
        const told: number[] = [];
        const counts: number[] = [];
        let busy = 0;
        const found = await run(
          { task: "square", items: 40, share },
          {
            onItem: async (item) => {
              expect(busy++).toBeLessThan(workers);
              await new Promise((resolve) => setTimeout(resolve, 1));
              busy--;
              told.push(item);
            },
            onProgress: (done, words) => {
              if (words === undefined) counts.push(done);
            },
          },
        );
        expect(found).toEqual(
          Array.from({ length: 40 }, (_, i) => ({ square: i * i, row: new Float32Array(4).fill(i) })),
        );
        expect(told.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
        expect([counts[0], counts.at(-1)]).toEqual([0, 40]);
      }
    });

    test("many jobs on few workers all come to their end, each with its own results", async () => {
      const inputs = Array.from({ length: 30 }, (_, i) => i);
      expect(await Promise.all(inputs.map((i) => one("echo", i)))).toEqual(inputs);
    });

    test("a job of no items has no results", async () => {
      expect(await run({ task: "echo", items: 0 })).toEqual([]);
    });

    test("what a task throws is thrown, by its kind and words; the pool goes on", async () => {
      await expect(one("refuse")).rejects.toThrow(new RangeError("thing: expected one, got another"));
      await expect(one("refuse")).rejects.toBeInstanceOf(RangeError);
      await expect(one("no such")).rejects.toThrow(/^task: expected one of answers, .*, write, got "no such"$/);
      expect(await one("echo", 1)).toBe(1);
    });

    test("a task that delivers nothing of an item, or two results, is refused", async () => {
      await expect(run({ task: "forget", items: 1 })).rejects.toThrow(
        "task forget: expected a result of each of 1 items, got none of item 0",
      );
      await expect(run({ task: "twice", items: 1 })).rejects.toThrow(
        "twice: item 0: expected one result, got a second one",
      );
    });

    test("a result that its receiver cannot use stops the job with the receiver's error", async () => {
      const full = new Error("the disk is full");
      const onItem = () => Promise.reject(full);
      await expect(run({ task: "square", items: 3 }, { onItem })).rejects.toBe(full);
      const onProgress = (_: number, told?: unknown) => {
        if (told) throw full;
      };
      await expect(one("waitForAbort", 0, { onProgress })).rejects.toBe(full);
    });

    test("abort is heard by the task, whose last messages arrive, and rejects with the signal's reason", async () => {
      const controller = new AbortController();
      const reason = new Error("enough");
      const seen: unknown[] = [];
      const onProgress = (_: number, told?: unknown) => {
        if (told) seen.push(told);
        if (told === "waiting") controller.abort(reason);
      };
      await expect(one("waitForAbort", 0, { signal: controller.signal, onProgress })).rejects.toBe(reason);
      expect(seen).toEqual(["waiting", "told before the end"]);
      await expect(one("echo", 0, { signal: controller.signal })).rejects.toBe(reason);
    });

    for (const count of [1, 10_000, 10_001, 20_003]) {
      test(`answersOnWorkers gives what the network answers, and tells of every row, ${count} rows`, async () => {
        const network = fullyConnected([3, 4], { seed: 2 });
        const rows = noise32(count * 3, 4);
        const told: [number, number][] = [];
        const found = await answersOnWorkers(pool, network, rows, {
          onProgress: (...progress) => void told.push(progress),
        });
        expect(found).toEqual(await answers(network, rows));
        expect([told[0], told.at(-1)]).toEqual([
          [0, count],
          [count, count],
        ]);
        expect(told.length).toBe(Math.ceil(count / 10_000) + 1);
      });
    }

    test("a closed pool stops what runs and takes nothing more", async () => {
      const other = await openPool({ workers, tasks });
      let running: Promise<unknown> | undefined;
      await new Promise<void>((resolve) => {
        const onProgress = (_: number, told?: unknown) => {
          if (told) resolve();
        };
        running = anyOne(other)("waitForAbort", 0, { onProgress });
        running.catch(() => {});
      });
      await other.close();
      await expect(running).rejects.toThrow("pool: expected an open one, got one that was closed");
      await expect(anyOne(other)("echo", 1)).rejects.toThrow("pool: expected an open one");
    });
  });
}

describe("threads that die", () => {
  test("are an error that names the task and keeps the cause, and the pool goes on with new ones", async () => {
    const pool = await openPool({ workers: 2, tasks });
    const one = anyOne(pool);
    for (const [task, cause] of [
      ["die", /exited with code: 3/],
      ["dieLater", /thrown where nobody waits/],
    ] as const) {
      const error: Error = await one(task).then(
        () => new Error("nothing was thrown"),
        (thrown) => thrown,
      );
      expect(error.message).toBe(`task ${task}: expected its thread to live, got the end of it`);
      expect((error.cause as Error).message).toMatch(cause);
    }
    expect(await Promise.all([one("echo", 1), one("echo", 2), one("echo", 3)])).toEqual([1, 2, 3]);
    await pool.close();
  });

  test("a task that cannot be stopped loses its thread; what waits behind it is dropped at once", async () => {
    const pool = await openPool({ workers: 2, tasks, graceMilliseconds: 50 });
    const one = anyOne(pool);
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const runs = [1, 2, 3, 4].map(() => one("spin", 60_000, options));
    setTimeout(() => controller.abort(new Error("enough")), 300);
    const ends = await Promise.allSettled(runs);
    expect(ends.map((end) => end.status === "rejected" && end.reason.message)).toEqual(Array(4).fill("enough"));
    expect(await one("echo", 1)).toBe(1);
    await pool.close();
  });
});

describe("threads that are still loading a task", () => {
  const slow = new URL("fixtures/slow-tasks.mjs", import.meta.url);

  /** A pool of slow tasks, the threads that told of one step, and what lets them load to the end. */
  async function slowPool() {
    const folder = temporaryFolder();
    process.env.SLOW_TASKS = folder;
    const pool = await openPool({ workers: 2, tasks: slow, graceMilliseconds: 60_000 });
    const told = (step: string) => readdirSync(folder).filter((name) => name.endsWith(` ${step}`)).length;
    const go = () => writeFileSync(join(folder, "go"), "");
    return { pool, one: anyOne(pool), told, go };
  }
  const untilLoading = (told: (step: string) => number) =>
    expect.poll(() => told("loads"), { timeout: 20_000, interval: 5 }).toBe(2);

  test("are not ended by an abort, which rejects at once; their tasks do not begin", async () => {
    const { pool, one, told, go } = await slowPool();
    const controller = new AbortController();
    const reason = new Error("enough");
    const ends = Promise.allSettled([1, 2, 3].map((i) => one("echo", i, { signal: controller.signal })));
    await untilLoading(told);
    controller.abort(reason);
    for (const end of await ends) expect(end).toEqual({ status: "rejected", reason });
    expect(told("has loaded")).toBe(0);
    go();
    expect(await one("echo", 4)).toBe(4); // on one of the two threads, which went on
    await pool.close();
    expect([told("loads"), told("has loaded"), told("runs")]).toEqual([2, 2, 1]);
  });

  test("are not ended by closing the pool before they have loaded", async () => {
    const { pool, one, told, go } = await slowPool();
    const ends = Promise.allSettled([one("echo", 1), one("echo", 2), one("echo", 3)]);
    await untilLoading(told);
    const closed = pool.close();
    for (const end of await ends) {
      expect(end).toMatchObject({ reason: new Error("pool: expected an open one, got one that was closed") });
    }
    go();
    await closed;
    expect([told("loads"), told("has loaded"), told("runs")]).toEqual([2, 2, 0]);
  });

  test("are waited for by a pool that is closed as soon as it was asked", async () => {
    const { pool, one, told, go } = await slowPool();
    go();
    const ends = Promise.allSettled([one("echo", 1), one("echo", 2), one("echo", 3)]);
    await new Promise((resolve) => setTimeout(resolve)); // the threads are started, and have loaded nothing
    await pool.close();
    expect((await ends).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect([told("has loaded") - told("loads"), told("runs")]).toEqual([0, 0]);
  });
});

test("jobs that wait begin in their order", async () => {
  const pool = await openPool({ workers: 2, tasks });
  const one = anyOne(pool);
  const order: number[] = [];
  await new Promise<void>((resolve) => {
    const onProgress = (_: number, told?: unknown) => {
      if (told) resolve();
    };
    one("waitForAbort", 0, { onProgress }).catch(() => {}); // leaves one thread to the others
  });
  await Promise.all(Array.from({ length: 12 }, (_, i) => one("echo", 1, { onItem: () => void order.push(i) })));
  await pool.close();
  expect(order).toEqual(Array.from({ length: 12 }, (_, i) => i));
});

test("a pool is of at least one worker", async () => {
  await expect(openPool({ workers: 0 })).rejects.toThrow("workers: expected a whole number in [1, 1024], got 0");
});
