/** Threads run the built dist/jobs/worker.js: `npm run build` after a change to the attack. */
import { beforeAll, expect, test } from "vitest";
import { type AttackResult, attackEveryLabel, everyLabel, lbfgsAttack, targetLabels } from "../../src/attacks/index.ts";
import type { Network } from "../../src/model/index.ts";
import {
  type AttackedRow,
  attackOnWorkers,
  loadMnist,
  loadNetwork,
  openPool,
  type WorkersAttackOptions,
} from "../../src/node/index.ts";
import { shareEnds } from "../../src/studies/division.ts";

const COUNT = 40;
const settings = { polish: 3 };
let network: Network;
let options: WorkersAttackOptions;
let expected: AttackResult;

beforeAll(async () => {
  network = await loadNetwork("fc100-100-10");
  const test = await loadMnist("test");
  const rows = test.rows.subarray(0, COUNT * network.inputSize);
  const truth = test.labels.slice(0, COUNT);
  truth[8] = ((truth[8] as number) + 5) % 10; // so that image 8 counts as misclassified
  const labels = targetLabels("next", truth, { classes: 10 });
  labels[3] = truth[3] as number; // already there
  options = { rows, labels, truth, ...settings };
  expected = await lbfgsAttack(network, { ...options, onImage: () => {} });
  expect(new Set(expected.stop)).toEqual(new Set(["found", "misclassified", "already-target"]));
});

async function onPool(workers: number, more: Partial<WorkersAttackOptions> = {}): Promise<AttackResult> {
  const pool = await openPool({ workers });
  try {
    return await attackOnWorkers(pool, network, { ...options, ...more });
  } finally {
    await pool.close();
  }
}

for (const workers of [1, 2, 3, 8]) {
  test(`${workers} workers give the bits of one call, and tell every image once`, async () => {
    const told = new Map<number, AttackedRow>();
    const progress: number[][] = [];
    const result = await onPool(workers, {
      onImage: (row, found) => {
        expect(told.has(row)).toBe(false);
        told.set(row, found);
      },
      onProgress: (...now) => progress.push(now),
    });
    expect(result).toEqual(expected);
    expect(told.size).toBe(COUNT);
    for (const [row, found] of told) {
      expect([found.stop, found.evaluations]).toEqual([expected.stop[row], expected.evaluations[row]]);
      expect(found.row !== undefined).toBe(found.stop === "found");
    }
    const evaluations = expected.evaluations.reduce((sum, n) => sum + n);
    expect(progress[0]).toEqual([0, COUNT, 0]);
    expect(progress.at(-1)).toEqual([COUNT, COUNT, evaluations]);
    expect(progress.every(([done], i) => i === 0 || (done as number) >= (progress[i - 1]?.[0] as number))).toBe(true);
  });
}

test("every wrong label on workers is every wrong label in one call", async () => {
  const few = { rows: options.rows.subarray(0, 3 * 784), truth: Array.from(options.truth ?? []).slice(0, 3) };
  const pool = await openPool({ workers: 2 });
  const result = await everyLabel(network, few, (searches) => attackOnWorkers(pool, network, searches));
  await pool.close();
  expect(result).toEqual(await attackEveryLabel(network, few));
});

test("abort ends all workers and rejects with the signal's reason; a failing receiver with its error", async () => {
  const reason = new Error("enough");
  const long = { effort: [{ steps: 1e6, stepLength: 1, rate: 0.1 }] };
  const full = new Error("the disk is full");
  for (const workers of [1, 2]) {
    const controller = new AbortController();
    const onProgress = (_done: number, _total: number, evaluations: number) => {
      if (evaluations > 0) controller.abort(reason);
    };
    await expect(onPool(workers, { ...long, signal: controller.signal, onProgress })).rejects.toBe(reason);
    await expect(onPool(workers, { onImage: () => Promise.reject(full) })).rejects.toBe(full);
  }
});

test("what lbfgsAttack refuses is refused here in its words, before any thread", async () => {
  const pool = { workers: 2, run: () => expect.unreachable(), known: async () => 0 };
  const refused = (more: object) => attackOnWorkers(pool, network, { ...options, ...more });
  await expect(refused({ margin: -1 })).rejects.toThrow("margin: expected a finite number >= 0, got -1");
  await expect(refused({ labels: [1] })).rejects.toThrow(`labels: expected ${COUNT} labels, one a row, got 1`);
  const rows = options.rows.slice();
  rows[30_000] = 1.5;
  await expect(refused({ rows })).rejects.toThrow("rows[30000]: expected a number in [0, 1], got 1.5");
  await expect(refused({ effort: "lazy" })).rejects.toThrow(/^effort: expected one of fast/);
});

test("shares cover all images in order, shrink, and are one where there is one worker", () => {
  expect(shareEnds(1000, 1)).toEqual([1000]);
  expect(shareEnds(13, 2)).toEqual([4, 7, 9, 10, 11, 12, 13]);
  for (const count of [1, 2, 15, 16, 17, 100, 1000]) {
    for (const workers of [2, 3, 8]) {
      const ends = shareEnds(count, workers);
      const sizes = ends.map((end, i) => end - (ends[i - 1] ?? 0));
      expect(ends.at(-1)).toBe(count);
      expect(sizes.every((size, i) => size > 0 && (i === 0 || size <= (sizes[i - 1] as number)))).toBe(true);
      expect(sizes[0]).toBeLessThanOrEqual(Math.max(1, Math.ceil(count / workers)));
    }
  }
});
