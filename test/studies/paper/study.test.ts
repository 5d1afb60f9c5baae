/** Figures of an attack, rows of a transfer table, numbers over seeds: by hand-made results. */
import { describe, expect, test } from "vitest";
import type { AttackResult } from "../../../src/attacks/index.ts";
import type { Network } from "../../../src/model/index.ts";
import { attackFigures } from "../../../src/studies/paper/attacked.ts";
import { cleanErrors, fedRow } from "../../../src/studies/paper/feed.ts";
import {
  isStudyOf,
  PAPER_DEFAULTS,
  paperModel,
  REFERENCE,
  requirePaperOptions,
  requireSeedStudy,
  type Sample,
  type Study,
  seedDifferences,
  seedIntervals,
  seedSpread,
  seedStudy,
  seedVerdicts,
} from "../../../src/studies/paper/index.ts";
import { wrongAnswers } from "../../../src/studies/wrong-answers.ts";
import { messageOf } from "../../message-of.ts";

/** Four images of one pixel, labels 0 to 3. */
const sample: Sample = {
  indices: Int32Array.of(5, 2, 9, 0),
  rows: Float32Array.of(0, 0.5, 0.25, 1),
  labels: Int32Array.of(0, 1, 2, 3),
};

/** Image 0 moved by 0.5, 1 is misread and moved by 0.25, 2 is not found, 3 answers its target already. */
const found: AttackResult = {
  rows: Float32Array.of(0.5, 0.25, 0.25, 1),
  success: Uint8Array.of(1, 1, 0, 1),
  distortion: Float64Array.of(0.5, 0.25, Number.NaN, 0),
  targets: Int32Array.of(1, 2, 3, 0),
  evaluations: Uint32Array.of(30, 20, 100, 0),
  iterations: Uint32Array.of(3, 2, 10, 0),
  penalty: new Float64Array(4),
  stop: ["found", "found", "not-found", "already-target"],
};

describe("attackFigures", () => {
  const figures = attackFigures(sample, Int32Array.of(0, 3, 2, 0), found);

  test("counts what became of the images", () => {
    expect(figures).toMatchObject({ images: 4, misread: 2, alreadyTarget: 1, notFound: 1, evaluations: 37.5 });
    expect([...figures.each]).toEqual([0.5, 0.25, Number.NaN, 0]);
  });

  test("averages over what was found: pooled and mean, of all and of those read truly", () => {
    expect(figures.distortions.pooled).toBeCloseTo(Math.sqrt((0.25 + 0.0625) / 3), 14);
    expect(figures.distortions.mean).toBeCloseTo(0.25, 14);
    expect(figures.distortions.pooledRight).toBeCloseTo(0.5, 14); // image 0 alone: 2 was not found, 1 and 3 are misread
    expect(figures.distortions.meanRight).toBeCloseTo(0.5, 14);
  });
});

test("wrongAnswers counts within its range", () => {
  expect(wrongAnswers([0, 1, 0, 0], [0, 1, 2, 3])).toBe(2);
  expect(wrongAnswers([0, 1, 0, 0], [0, 1, 2, 3], 1, 3)).toBe(1);
});

describe("a row of a transfer table", () => {
  const studied = (name: string) => ({
    name,
    digest: name,
    network: undefined as unknown as Network,
    title: paperModel(name).title,
    found,
    figures: attackFigures(sample, sample.labels, found),
  });
  const [one, two] = ["fc10-1e-4", "fc10-1"];
  const study: Study = {
    split: "train",
    sample,
    models: [studied(one as string), studied(two as string)],
    clean: new Map([
      [one as string, Int32Array.of(0, 1, 2, 3)],
      [two as string, Int32Array.of(0, 1, 0, 0)],
    ]),
  };
  const set = { source: one as string, title: "", id: "", rows: found.rows, distortion: 0.1 };
  const answers = [Int32Array.of(1, 2, 3, 0), Int32Array.of(1, 1, 0, 3)];

  test("has the error rate of each model over all images", () => {
    const row = fedRow(study, set, answers);
    expect(row.errors).toEqual({ "fc10-1e-4": 1, "fc10-1": 0.5 });
    expect(row.wrong).toEqual({ "fc10-1e-4": 4, "fc10-1": 2 });
    expect(row.carried).toBeUndefined();
    expect(cleanErrors(study)).toEqual({ "fc10-1e-4": 0, "fc10-1": 0.5 });
  });

  test("says what carries over of those that succeeded and were read truly, and whether to the target", () => {
    const row = fedRow(study, { ...set, targets: found.targets, reached: found.success }, answers);
    // The second model read images 0 and 1 truly, both succeeded: 0 is now wrong, as asked for; 1 is still right.
    expect(row.carried).toEqual({ "fc10-1e-4": 1, "fc10-1": 0.5 });
    expect(row.carriedToTarget).toEqual({ "fc10-1e-4": 1, "fc10-1": 0.5 });
  });
});

describe("numbers over training seeds", () => {
  const run = (testError: number, digest: string) => ({
    digest,
    tables: { table1: REFERENCE.table1.map((row) => (row.model === "fc100-100-10" ? { ...row, testError } : row)) },
  });
  const study = seedStudy("npx", PAPER_DEFAULTS, [run(0.0178, "a"), run(0.0185, "b"), run(0.0166, "c")]);

  test("stand side by side with their range", () => {
    expect(study.digests).toEqual(["a", "b", "c"]);
    expect(study.cells["table1/fc100-100-10/testError"]).toEqual([0.0178, 0.0185, 0.0166]);
    expect(seedIntervals(study).get("table1/fc100-100-10/testError")).toMatchObject({
      count: 3,
      min: 0.0166,
      max: 0.0185,
    });
  });

  test("say which of the paper's numbers lie inside, a rounding granted", () => {
    const outside = seedVerdicts(study).filter(({ inside }) => !inside);
    expect(outside).toEqual([]); // 1.64 is within half a tenth of 1.66
    const far = seedStudy("npx", PAPER_DEFAULTS, [run(0.0178, "a"), run(0.0185, "b")]);
    expect(
      seedVerdicts(far)
        .filter(({ inside }) => !inside)
        .map(({ id }) => id),
    ).toEqual(["table1/fc100-100-10/testError"]);
  });

  test("say how far the seeds lie apart, in table 2 between models alone", () => {
    expect(seedSpread(study)).toBeUndefined();
    const moved = {
      ...study,
      cells: {
        "table1/fc10-1/testError": [0, 1],
        "table2/fc10-1/fc10-1": [0, 1],
        "table2/noise-0.1/fc10-1": [0, 1],
        "table2/fc10-1/distortion": [0, 1],
        "table2/fc10-1/ae400-10": [0.5, 0.25, 0.375],
        "table2/ae400-10/fc10-1": [0.125, 0.125, 0.125],
      },
    };
    expect(seedSpread(moved)).toEqual({ cells: 2, mean: 0.125, largest: 0.25, at: "table2/fc10-1/ae400-10" });
    // The paper has 0.344 and 0.248 there.
    const apart = [0.156, 0.094, 0.031].map((first) => (first + 0.123) / 2);
    for (const [seed, found] of seedDifferences(moved).entries()) expect(found).toBeCloseTo(apart[seed] as number, 12);
    expect(seedDifferences(moved)).toHaveLength(3);
    expect(seedDifferences(study)).toEqual([]);
  });

  test("go through JSON, belong to their options, and are refused where they are none", () => {
    const read = requireSeedStudy("seeds.json", JSON.parse(JSON.stringify(study)));
    expect(read).toEqual(study);
    expect(isStudyOf(read, { ...PAPER_DEFAULTS, tables: [1] })).toBe(true);
    expect(isStudyOf(read, { ...PAPER_DEFAULTS, count: 20 })).toBe(false);
    expect(messageOf(() => requireSeedStudy("seeds.json", { command: "x" }))).toMatch(/^seeds.json: .*: expected/);
  });
});

describe("options", () => {
  test("have the defaults that fit, and tables in order", () => {
    expect(requirePaperOptions({})).toEqual(PAPER_DEFAULTS);
    expect(requirePaperOptions({ tables: [3, 1], count: undefined as unknown as number }).tables).toEqual([1, 3]);
  });

  for (const [given, message] of [
    [{ count: 0 }, /paper options: count: expected >=1, got 0/],
    [{ target: "nearest" }, /paper options: target: expected/],
    [{ tables: [] }, /paper options: tables: expected/],
    [{ noise: "loud" }, /paper options: noise: expected/],
    [{ seed: -1 }, /paper options: seed: expected/],
    [{ colour: 1 }, /paper options: colour: expected/],
  ] as const) {
    test(`refuse ${JSON.stringify(given)}`, () => {
      expect(messageOf(() => requirePaperOptions(given as object))).toMatch(message);
    });
  }
});
