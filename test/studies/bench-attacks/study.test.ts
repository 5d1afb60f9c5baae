/** The study "bench-attacks" on small models: what its record holds, and what it refuses. */
import { describe, expect, test } from "vitest";
import {
  type BenchAttacksStudyOptions,
  benchAttacksStudy,
  fullyConnected,
  predictedClasses,
} from "../../../src/index.ts";
import { benchAttacksFiles, benchAttacksText } from "../../../src/report/index.ts";
import { checkpointsTo } from "../../../src/studies/bench-attacks/plan.ts";
import type { BenchRun } from "../../../src/studies/bench-attacks/record.ts";
import { noise32 } from "../../support/noise.ts";

const network = fullyConnected([16, 8, 3], { seed: 9 });
const other = fullyConnected([16, 8, 3], { seed: 8 });
const COUNT = 9;
const rows = noise32(COUNT * 16, 3).map(Math.abs) as Float32Array;
const labels = predictedClasses(network.predict(rows), 3);
const data = { dataset: { rows, labels, count: COUNT, shape: [4, 4, 1] as const, classes: 3 }, name: "squares" };
const one = { network, name: "one" };
const two = { network: other, name: "<two>" };
const ASKED = {
  attacks: ["minimal", "ddn", "fmn", "pgd", "deepfool"],
  norms: ["l2", "linf"],
  budgets: [40, 160],
} as const;

const record = await benchAttacksStudy([one, two], data, ASKED);
const run = (attack: string, budget: number, cell = 0): BenchRun =>
  record.cells[cell]?.runs.find((made) => made.attack === attack && made.budget === budget) as BenchRun;

test("a cell for each model and norm; rows that a model gets wrong are left out", () => {
  expect(record.cells.map(({ model, norm }) => `${model} ${norm}`)).toEqual([
    "one l2",
    "one linf",
    "<two> l2",
    "<two> linf",
  ]);
  const right = predictedClasses(other.predict(rows), 3).filter((answer, i) => answer === labels[i]).length;
  expect(right).toBeLessThan(COUNT);
  expect(record.cells[2]).toMatchObject({ rows: right, misclassified: COUNT - right });
  expect(record.cells[0]).toMatchObject({ rows: COUNT, misclassified: 0 });
});

test("no attack comes nearer than the best, spends more than its budget, or has a curve that rises", () => {
  let seen = 0;
  for (const { best, runs, epsilon } of record.cells) {
    for (const { attack, budget, propagations, distance, optimality, robustAfter, robust, medianAfter } of runs) {
      expect(propagations).toBeLessThanOrEqual(budget);
      if (attack === "pgd") expect(optimality).toBeNull();
      else for (const [i, d] of distance.entries()) expect(d).toBeGreaterThanOrEqual(best[i] as number);
      if (attack === "pgd") for (const d of distance.filter(Number.isFinite)) expect(d).toBeLessThanOrEqual(epsilon);
      for (const [k, share] of robustAfter.entries())
        if (k > 0) expect(share).toBeLessThanOrEqual(robustAfter[k - 1] as number);
      expect(medianAfter).toHaveLength(record.checkpoints.length);
      if (budget === 160) expect(robustAfter.at(-1)).toBe(robust.rate);
      seen++;
    }
  }
  expect(seen).toBe(2 * (2 * 5 + 2 * 4));
});

test("the order is by global optimality, the mean over the models, and whoever suffices is within a hundredth of the best", () => {
  for (const { norm, entries, suffices } of record.norms) {
    for (const budget of ASKED.budgets) {
      const here = entries.filter((entry) => entry.budget === budget);
      expect(here.length).toBeGreaterThan(2);
      expect(here[0]?.behind).toBeNull();
      for (const [k, { attack, optimality, behind }] of here.entries()) {
        const cells = norm === "l2" ? [0, 2] : [1, 3];
        const local = cells.map((cell) => run(attack, budget, cell).optimality as number);
        expect(optimality).toBeCloseTo(((local[0] as number) + (local[1] as number)) / 2, 12);
        if (k === 0) continue;
        expect(here[k - 1]?.optimality).toBeGreaterThanOrEqual(optimality);
        expect(behind?.mean).toBeCloseTo((here[0]?.optimality as number) - optimality, 12);
      }
    }
    const most = Math.max(...entries.map(({ optimality }) => optimality));
    const enough = entries.find(({ attack, budget }) => attack === suffices.attack && budget === suffices.budget);
    expect(enough?.optimality).toBeGreaterThan(most - 0.01);
  }
});

test("the record has the same digests again, and another seed is another record", async () => {
  const again = await benchAttacksStudy([one, two], data, ASKED);
  expect([again.digest, again.recordDigest]).toEqual([record.digest, record.recordDigest]);
  const seeded = await benchAttacksStudy([one, two], data, { ...ASKED, seed: 5 });
  expect(seeded.recordDigest).not.toBe(record.recordDigest);
});

test("with proved minima there is an excess; they count among the best", async () => {
  const distances = Array.from({ length: COUNT }, (_, i) => (i < 3 ? 1e-4 : undefined));
  const minima = { norm: "linf", distances } as const;
  const { cells } = await benchAttacksStudy([one], data, { ...ASKED, norms: ["linf"], minima });
  const [cell] = cells as [(typeof cells)[number]];
  expect([...cell.best.subarray(0, 3)]).toEqual([1e-4, 1e-4, 1e-4]);
  for (const { attack, excess, distance } of cell.runs) {
    if (attack === "pgd") expect(excess).toBeUndefined();
    else if (excess) expect(excess.largest).toBe(Math.max(...distance.subarray(0, 3).filter(Number.isFinite)) - 1e-4);
  }
  expect(cell.runs.some(({ excess }) => excess)).toBe(true);
});

test("an attack that needs more than a budget is left out there, and says so", async () => {
  const little = await benchAttacksStudy([one], data, { attacks: ["minimal", "cw"], norms: ["l2"], budgets: [10] });
  expect(little.leftOut).toEqual([{ attack: "cw", norm: "l2", budget: 10, least: 9 }]);
  expect(benchAttacksText(little)).toContain("left out     cw in l2 at 10: needs 9 evaluations\n");
});

test("checkpoints ascend to the largest budget", () => {
  expect(checkpointsTo(40)).toEqual([1, 2, 3, 5, 7, 10, 15, 20, 30, 40]);
});

describe("the report", () => {
  test("files by name; names of models are escaped; the same record, the same bytes", async () => {
    const files = await benchAttacksFiles(record);
    const names = [...files.keys()];
    expect(names.slice(0, 3)).toEqual(["results.json", "index.html", "runs.csv"]);
    expect(names).toContain("03-two-l2-distance.svg");
    expect(names).toContain("arrays/01-l2/ddn-160.npy");
    const page = files.get("index.html") as string;
    expect(page).toContain("&lt;two&gt;");
    expect(page).not.toContain("<two>");
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(await benchAttacksFiles(record)).toEqual(files);
    const csv = (files.get("runs.csv") as string).trim().split("\n");
    expect(csv).toHaveLength(1 + record.cells.reduce((sum, { runs }) => sum + runs.length, 0));
  });

  test("who is not told apart from the first is not called worse, and ours says where it is not first", () => {
    const [norm] = record.norms as [(typeof record.norms)[number]];
    const entry = { propagations: 40, budget: 40 };
    const entries = [
      { ...entry, attack: "fmn", optimality: 0.99, behind: null },
      { ...entry, attack: "ddn", optimality: 0.98, behind: { mean: 0.01, low: -0.001, high: 0.021 } },
      { ...entry, attack: "minimal", optimality: 0.9, behind: { mean: 0.09, low: 0.04, high: 0.14 } },
    ] as (typeof norm)["entries"];
    const norms = [{ ...norm, entries, suffices: { attack: "fmn", budget: 40 } }] as const;
    const text = benchAttacksText({ ...record, cells: record.cells.slice(0, 1), norms });
    expect(text).toContain(
      "L2, 40 propagations: fmn reaches most, 0.9900; ddn is not told apart from it; " +
        "minimalAttack is not first, but behind by 0.0900 (0.0400 to 0.1400).\n",
    );
    expect(text).toContain("minimalAttack reaches most in 0 of 1 comparison of norm and budget, and is behind in 1.\n");
    expect(text).toMatch(/ddn +0\.9800 +not told apart/);
    expect(text).not.toContain("better");

    // Of several models the sentence says on which ours is below the most.
    const lowered = record.cells.map((cell, c) => ({
      ...cell,
      runs: cell.runs.map((run) =>
        c === 2 && run.attack === "minimal"
          ? { ...run, optimality: 0.5 }
          : { ...run, optimality: run.optimality && 0.75 },
      ),
    }));
    const several = benchAttacksText({ ...record, cells: lowered, norms });
    expect(several).toContain("; minimalAttack reaches 0.5000 on <two>, ddn 0.7500.\n");
  });
});

describe("refuses", () => {
  const refused = (options: object, models: (typeof one)[] = [one]) =>
    expect(benchAttacksStudy(models, data, { ...ASKED, ...options } as BenchAttacksStudyOptions)).rejects;

  test("attacks, norms and budgets that are none", async () => {
    await refused({ attacks: ["dnd"] }).toThrow(/^attacks\[0\]: expected one of minimal, .*ddn.*, got "dnd"$/);
    await refused({ attacks: ["ddn", "ddn"] }).toThrow("attacks: expected each attack once, got ddn twice");
    await refused({ norms: ["l3"] }).toThrow('norms[0]: expected one of l2, linf, l1, l0, got "l3"');
    await refused({ budgets: [1] }).toThrow("budgets[0]: expected a whole number >= 2, got 1");
    await refused({ budgets: [40, 40] }).toThrow("budgets: expected each budget once, got 40 twice");
    await refused({ attacks: ["ddn"], norms: ["l0"] }).toThrow(
      /^attacks: expected one that the norms and budgets allow \(minimal, .*fmn.*\), got ddn$/,
    );
    await refused({ epsilon: 0.1 }).toThrow("epsilon: expected a single norm, in which it is, got l2, linf");
  });

  test("minima of several models, of other rows, or of a norm that is not asked about", async () => {
    const minima = { norm: "linf", distances: new Array(COUNT).fill(0.1) };
    await refused({ minima }, [one, two]).toThrow("minima: expected a single model, which they are of, got 2");
    await refused({ minima: { ...minima, distances: [1] } }).toThrow("minima.distances: expected 9, one a row, got 1");
    await refused({ minima, norms: ["l2"] }).toThrow("norms: expected linf among them, as the minima are, got l2");
  });

  test("a model that gets every row wrong", async () => {
    const wrong = { ...data, dataset: { ...data.dataset, labels: labels.map((label) => (label + 1) % 3) } };
    await expect(benchAttacksStudy([one], wrong, ASKED)).rejects.toThrow(
      "data for one: expected an image that the model answers rightly, got none",
    );
  });
});
