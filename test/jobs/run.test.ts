/** A run keeps what is finished: stopped anywhere, it goes on to the same results, and no item is computed twice. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeCheckpoint } from "../../src/jobs/checkpoint.ts";
import { jobKey } from "../../src/jobs/key.ts";
import { shareArray } from "../../src/jobs/share.ts";
import { fullyConnected } from "../../src/model/index.ts";
import { Run } from "../../src/node/index.ts";
import type { Job } from "../../src/studies/executor.ts";
import { noise32 } from "../support/noise.ts";
import { temporaryFolder } from "../temporary.ts";

const tasks = new URL("fixtures/tasks.mjs", import.meta.url);

function place(description = { seed: 1 }) {
  const folder = temporaryFolder();
  return { journal: join(folder, "run.journal"), checkpoints: join(folder, "run.checkpoints"), description };
}

const job = (task: string, items: number, input: unknown = null, share = "guided") =>
  ({ task, items, input, share }) as unknown as Job<"attack">;

for (const workers of [1, 2]) {
  test(`a stopped run goes on with the items that are left, ${workers} workers`, async () => {
    const at = place();
    const first = await Run.open(at, { workers, tasks });
    const stop = new AbortController();
    let seen = 0;
    const squares = job("square", 60);
    const running = first.run(squares, {
      signal: stop.signal,
      onItem: () => {
        if (++seen === 7) stop.abort(new Error("enough"));
      },
    });
    await expect(running).rejects.toThrow("enough");
    const kept = first.records;
    expect(kept).toBeGreaterThanOrEqual(7);
    expect(kept).toBeLessThan(60);
    await first.close();

    const second = await Run.open(at, { workers: 3 - workers, tasks });
    expect([second.resumed, await second.known(squares), await second.known(job("square", 61))]).toEqual([
      kept,
      kept,
      0,
    ]);
    const computed: number[] = [];
    const found = await second.run(squares, { onItem: (item) => void computed.push(item) });
    expect(computed.length).toBe(60 - kept);
    expect(found).toEqual(Array.from({ length: 60 }, (_, i) => ({ square: i * i, row: new Float32Array(4).fill(i) })));
    await second.finish();
    expect(readdirSync(join(at.journal, ".."))).toEqual([]);
  });

  test(`a long item goes on from the state that it saved, ${workers} workers`, async () => {
    const at = place();
    const first = await Run.open(at, { workers, tasks, saveSeconds: 1000 });
    const stop = new AbortController();
    const running = first.run(job("count", 1, 50, "single"), {
      signal: stop.signal,
      onProgress: (_, told) => {
        if ((told as unknown as number) === 20) stop.abort(new Error("enough"));
      },
    });
    await expect(running).rejects.toThrow("enough");
    expect(await first.hasCheckpoints()).toBe(true);
    await first.close();
    const second = await Run.open(at, { workers, tasks });
    const [found] = (await second.run(job("count", 1, 50, "single"))) as unknown as [{ first: number; at: number }];
    expect(found.at).toBe(50);
    expect(found.first).toBeGreaterThanOrEqual(20);
    expect(await second.hasCheckpoints()).toBe(false);
    await second.finish();
    expect(existsSync(at.checkpoints)).toBe(false);
  });
}

test("a run that is finished removes its checkpoints, and nothing else that lies beside them", async () => {
  const at = place();
  const run = await Run.open(at, { workers: 1 });
  mkdirSync(at.checkpoints);
  writeFileSync(join(at.checkpoints, "notes.txt"), "mine");
  await writeCheckpoint(join(at.checkpoints, "train-0123456789abcdef-0"), {}, { at: 1 });
  mkdirSync(join(at.checkpoints, "train-0123456789abcdef-0.partial-0123456789ab")); // as a kill leaves it
  await run.finish();
  expect(readdirSync(at.checkpoints)).toEqual(["notes.txt"]);
});

test("a state is taken up by the same job, though its run has another description", async () => {
  const at = place();
  const first = await Run.open(at, { workers: 1, tasks });
  const stop = new AbortController();
  const job50 = job("count", 1, 50, "single");
  const onProgress = (_: number, told?: unknown) => {
    if ((told as number) === 20) stop.abort(new Error("enough"));
  };
  await expect(first.run(job50, { signal: stop.signal, onProgress })).rejects.toThrow("enough");
  await first.finish().catch(() => {});
  const state = { at: 20 };
  const other = await Run.open({ ...at, description: { seed: 2 } }, { workers: 1, tasks });
  mkdirSync(at.checkpoints, { recursive: true });
  const key = jobKey(job50 as unknown as Job);
  await writeCheckpoint(join(at.checkpoints, `count-${key.slice(0, 16)}-0`), { job: key }, state);
  expect(await other.run(job50)).toEqual([{ first: 20, at: 50 }]);
  await other.finish();
});

test("a run of another description is refused by the first option that differs", async () => {
  const at = place();
  await (await Run.open(at, { workers: 1 })).close();
  await expect(Run.open({ ...at, description: { seed: 2 } }, { workers: 1 })).rejects.toThrow(
    "seed: expected 1, as the run that was stopped (or delete the file to start over), got 2",
  );
});

test("a job is known by its content: not by the memory its arrays lie in, its order or its shares", () => {
  const network = fullyConnected([3, 5, 4], { seed: 2 });
  const rows = noise32(12, 4);
  const base = { task: "answers", input: { model: network, rows, chunk: 2 }, items: 2 } as const;
  const key = jobKey(base);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  const same: Job<"answers">[] = [
    { ...base, order: [1, 0], share: "single" },
    { ...base, input: { chunk: 2, rows: shareArray(rows), model: network } },
    { ...base, input: { ...base.input, rows: rows.slice() } },
  ];
  for (const other of same) expect(jobKey(other as Job)).toBe(key);
  const changed = rows.slice();
  changed[0] = 0.5;
  const different: Job<"answers">[] = [
    { ...base, items: 3 },
    { ...base, input: { ...base.input, chunk: 3 } },
    { ...base, input: { ...base.input, rows: changed } },
    { ...base, input: { ...base.input, model: fullyConnected([3, 5, 4], { seed: 3 }) } },
  ];
  for (const other of different) expect(jobKey(other as Job)).not.toBe(key);
});
