/** Threads run the built dist/node/worker.js: `npm run build` after a change to a task. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answers } from "../../src/analysis/answers.ts";
import { answersOnWorkers } from "../../src/jobs/analysis-workers.ts";
import { fullyConnected } from "../../src/model/index.ts";
import { loadNetwork, openPool, type Pool, shareArray, shareModel } from "../../src/node/index.ts";
import { noise32 } from "../support/noise.ts";
import { temporaryFolder } from "../temporary.ts";

/** The tasks of fixtures/tasks.mjs are none of the typed ones. */
type AnyRun = (task: string, input?: unknown, options?: object) => Promise<unknown>;

const tasks = new URL("fixtures/tasks.mjs", import.meta.url);

for (const workers of [1, 2]) {
  describe(workers === 1 ? "in process" : "on threads", () => {
    let pool: Pool;
    let run: AnyRun;
    beforeAll(async () => {
      pool = await openPool({ workers, tasks });
      run = pool.run as AnyRun;
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
      expect(await run("echo", input)).toEqual(input);
      expect(rows).toEqual(Float32Array.of(1, 2, 3, 4));
    });

    test("an array in shared memory is the same there", async () => {
      const shared = shareArray(Float32Array.of(1, 2, 3));
      expect(shareArray(shared)).toBe(shared);
      const back = (await run("echo", shared)) as Float32Array;
      expect([back.buffer instanceof SharedArrayBuffer, ...back]).toEqual([true, 1, 2, 3]);
      await run("write", { at: 1, shared });
      expect([...shared]).toEqual([1, 42, 3]);
    });

    test("messages come in their order, all before the result, one after another", async () => {
      const seen: unknown[] = [];
      let busy = 0;
      const onMessage = async ({ i, row }: { i: number; row: Float32Array }) => {
        expect(busy++).toBe(0);
        await new Promise((resolve) => setTimeout(resolve, 1));
        busy--;
        seen.push([i, ...row]);
      };
      expect(await run("post", 20, { onMessage })).toBe(20);
      expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => [i, i, i, i, i]));
    });

    test("many runs on few workers all come to their end, each with its own result", async () => {
      const inputs = Array.from({ length: 30 }, (_, i) => i);
      expect(await Promise.all(inputs.map((i) => run("echo", i)))).toEqual(inputs);
    });

    test("what a task throws is thrown, by its kind and words; the pool goes on", async () => {
      await expect(run("refuse")).rejects.toThrow(new RangeError("thing: expected one, got another"));
      await expect(run("refuse")).rejects.toBeInstanceOf(RangeError);
      await expect(run("no such")).rejects.toThrow(/^task: expected one of attack, .*, write, got "no such"$/);
      await expect(run("no such")).rejects.toMatchObject({ code: "ERR_BLINDSPOT_RANGE" });
      expect(await run("echo", 1)).toBe(1);
    });

    test("a message that its receiver cannot use stops the task with the receiver's error", async () => {
      const full = new Error("the disk is full");
      const onMessage = () => Promise.reject(full);
      await expect(run("waitForAbort", 0, { onMessage })).rejects.toBe(full);
      await expect(run("post", 3, { onMessage })).rejects.toBe(full);
    });

    test("abort is heard by the task, whose last messages arrive, and rejects with the signal's reason", async () => {
      const controller = new AbortController();
      const reason = new Error("enough");
      const seen: unknown[] = [];
      const onMessage = (message: unknown) => {
        seen.push(message);
        if (message === "waiting") controller.abort(reason);
      };
      await expect(run("waitForAbort", 0, { signal: controller.signal, onMessage })).rejects.toBe(reason);
      expect(seen).toEqual(["waiting", "told before the end"]);
      await expect(run("echo", 0, { signal: controller.signal })).rejects.toBe(reason);
    });

    test("predict on ranges has the bits of one call, for each of several networks", async () => {
      for (const name of ["fc100-100-10", "fc10-1e-4"]) {
        const network = await loadNetwork(name);
        const rows = shareArray(noise32(40 * 784, 3).map(Math.abs) as Float32Array);
        const model = shareModel(network);
        const [head, tail] = await Promise.all([
          pool.run("predict", { model, rows, end: 7 }),
          pool.run("predict", { model, rows, first: 7 }),
        ]);
        expect(Float32Array.of(...head, ...tail)).toEqual(network.predict(rows));
      }
    });

    for (const count of [1, 10_000, 10_001, 20_003]) {
      test(`answersOnWorkers gives what the network answers, and tells of every row, ${count} rows`, async () => {
        const network = fullyConnected([3, 4], { seed: 2 });
        const rows = noise32(count * 3, 4);
        const told: [number, number][] = [];
        const found = await answersOnWorkers(pool, shareModel(network), rows, {
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

    test("train is stopped and goes on elsewhere to the same parameters", async () => {
      const rows = shareArray(noise32(64 * 6, 5) as Float32Array);
      const labels = Int32Array.from({ length: 64 }, (_, i) => Number((rows[6 * i] as number) > 0));
      const recipe = { name: "fc4-2", units: [4, 2], useBias: true, decay: [1e-3, 1e-3], iterations: 12 };
      const input = { recipe, seed: 1, rows, labels, inputSize: 6 };
      const iterations: number[] = [];
      const whole = await pool.run("train", input, {
        onMessage: ({ iteration }) => void iterations.push(iteration as number),
      });
      expect(iterations).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));

      const controller = new AbortController();
      let state: Parameters<typeof pool.run<"train">>[1]["resume"];
      const stopped = pool.run("train", input, {
        signal: controller.signal,
        onMessage: (message) => {
          if (message.iteration === 3) controller.abort(new Error("stop"));
          state = message.state ?? state;
        },
      });
      await expect(stopped).rejects.toThrow("stop");
      if (!state) throw new Error("expected a state, got none");
      const other = await openPool({ workers: 3 - workers });
      const resumed = await other.run("train", { ...input, resume: state });
      await other.close();
      expect(resumed.parameters).toEqual(whole.parameters);
      expect([resumed.status, resumed.iterations, resumed.value]).toEqual([
        whole.status,
        whole.iterations,
        whole.value,
      ]);
    });

    test("a closed pool stops what runs and takes nothing more", async () => {
      const other = await openPool({ workers, tasks });
      let running: Promise<unknown> | undefined;
      await new Promise((resolve) => {
        running = (other.run as AnyRun)("waitForAbort", 0, { onMessage: resolve });
        running.catch(() => {});
      });
      await other.close();
      await expect(running).rejects.toThrow("pool: expected an open one, got one that was closed");
      await expect((other.run as AnyRun)("echo", 1)).rejects.toThrow("pool: expected an open one");
    });
  });
}

describe("threads that die", () => {
  test("are an error that names the task and keeps the cause, and the pool goes on with new ones", async () => {
    const pool = await openPool({ workers: 2, tasks });
    const run = pool.run as AnyRun;
    for (const [task, cause] of [
      ["die", /exited with code: 3/],
      ["dieLater", /thrown where nobody waits/],
    ] as const) {
      const error: Error = await run(task).then(
        () => new Error("nothing was thrown"),
        (thrown) => thrown,
      );
      expect(error.message).toBe(`task ${task}: expected its thread to live, got the end of it`);
      expect((error.cause as Error).message).toMatch(cause);
    }
    expect(await Promise.all([run("echo", 1), run("echo", 2), run("echo", 3)])).toEqual([1, 2, 3]);
    await pool.close();
  });

  test("a task that cannot be stopped loses its thread; what waits behind it is dropped at once", async () => {
    const pool = await openPool({ workers: 2, tasks, graceMilliseconds: 50 });
    const run = pool.run as AnyRun;
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const runs = [1, 2, 3, 4].map(() => run("spin", 60_000, options));
    setTimeout(() => controller.abort(new Error("enough")), 300);
    const ends = await Promise.allSettled(runs);
    expect(ends.map((end) => end.status === "rejected" && end.reason.message)).toEqual(Array(4).fill("enough"));
    expect(await run("echo", 1)).toBe(1);
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
    return { pool, run: pool.run as AnyRun, told, go };
  }
  const untilLoading = (told: (step: string) => number) =>
    expect.poll(() => told("loads"), { timeout: 20_000, interval: 5 }).toBe(2);

  test("are not ended by an abort, which rejects at once; their tasks do not begin", async () => {
    const { pool, run, told, go } = await slowPool();
    const controller = new AbortController();
    const reason = new Error("enough");
    const ends = Promise.allSettled([1, 2, 3].map((i) => run("echo", i, { signal: controller.signal })));
    await untilLoading(told);
    controller.abort(reason);
    for (const end of await ends) expect(end).toEqual({ status: "rejected", reason });
    expect(told("has loaded")).toBe(0);
    go();
    expect(await run("echo", 4)).toBe(4); // on one of the two threads, which went on
    await pool.close();
    expect([told("loads"), told("has loaded"), told("runs")]).toEqual([2, 2, 1]);
  });

  test("are not ended by closing the pool before they have loaded", async () => {
    const { pool, run, told, go } = await slowPool();
    const ends = Promise.allSettled([run("echo", 1), run("echo", 2), run("echo", 3)]);
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
    const { pool, run, told, go } = await slowPool();
    go();
    const ends = Promise.allSettled([run("echo", 1), run("echo", 2), run("echo", 3)]);
    await new Promise((resolve) => setTimeout(resolve)); // the threads are started, and have loaded nothing
    await pool.close();
    expect((await ends).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect([told("loads"), told("has loaded"), told("runs")]).toEqual([2, 2, 0]);
  });
});

test("runs that wait begin in their order", async () => {
  const pool = await openPool({ workers: 2, tasks });
  const run = pool.run as AnyRun;
  const order: number[] = [];
  await new Promise((resolve) => {
    run("waitForAbort", 0, { onMessage: resolve }).catch(() => {}); // leaves one thread to the others
  });
  await Promise.all(Array.from({ length: 12 }, (_, i) => run("post", 1, { onMessage: () => void order.push(i) })));
  await pool.close();
  expect(order).toEqual(Array.from({ length: 12 }, (_, i) => i));
});

test("a pool is of at least one worker", async () => {
  await expect(openPool({ workers: 0 })).rejects.toThrow("workers: expected a whole number in [1, 1024], got 0");
});
