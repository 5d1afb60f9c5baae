import { describe, expect, test } from "vitest";
import { seedInterval } from "../../../src/analysis/index.ts";
import { trainingFiles } from "../../../src/report/training/files.ts";
import { areToldApart, differencesBySeed, trainingFindings } from "../../../src/studies/training/findings.ts";
import type { TrainingRecord } from "../../../src/studies/training/record.ts";
import { armResults, type MeasuredRun } from "../../../src/studies/training/results.ts";

const measured = (arm: string, errors: readonly number[], steps = 48_000) =>
  errors.map(
    (testError, seed) =>
      ({
        arm,
        run: { seed, testError, testLoss: 0.1, trainError: 0, steps: steps + seed, status: "finished" },
        robustness: { distortion: null, attacked: 0, transfer: 0.5 },
      }) as unknown as MeasuredRun,
  );
const runs = [
  ...measured("input", [0.0112, 0.0114, 0.0113]),
  ...measured("hidden", [0.017, 0.018, 0.019]),
  ...measured("all", [0.0101, 0.0112, 0.0117]),
  ...measured("control", [0.0115]),
];
const errors = runs.map(({ arm, run: { seed, testError } }) => ({ arm, seed, testError }));

describe("what the experiment says", () => {
  test("does better stands only where no seed of the one is as high as any of the other; a goal is weighed by the test set", () => {
    const findings = trainingFindings(armResults(runs, { isMnist: true }), differencesBySeed(errors), 10_000);
    expect(findings).toEqual([
      "“all”: 1.10 % over 3 seeds, 0.10 points under the goal of 1.20 %; not told apart from it: the standard error of 10000 test images is 0.10 points.",
      "“input” does better than “hidden”: 1.13 % and 1.80 %, no seed of the one as high as any of the other; seed by seed 0.67 ± 0.10 points apart.",
      "“all” and “input” are not told apart: 1.10 % and 1.13 %, the ranges over seeds overlap; seed by seed 0.03 ± 0.08 points apart.",
      "“all” and “control” are not told apart by one seed: 1.10 % and 1.15 %.",
    ]);
    for (const sentence of findings.slice(2)) expect(sentence).not.toMatch(/better/);
  });

  test("a mean far from its goal is told apart from it", () => {
    const [far] = trainingFindings(armResults(measured("dropout", [0.02, 0.02, 0.02]), { isMnist: true }), [], 10_000);
    expect(far).toBe(
      "“dropout”: 2.00 % over 3 seeds, 0.55 points above the goal of 1.45 %; the standard error of 10000 test images is 0.14 points.",
    );
  });

  test("results stand beside the paper's numbers and the goals on MNIST alone", () => {
    const other = armResults(runs, { isMnist: false });
    expect(trainingFindings(other, differencesBySeed(errors), 10_000)).toHaveLength(3);
    expect(other.some((result) => "paper" in result || "goal" in result || "distortion" in result)).toBe(false);
  });
});

test("differences are those of the seeds that both arms have, the second less the first", () => {
  const found = differencesBySeed([
    { arm: "control", seed: 0, testError: 0.013 },
    { arm: "control", seed: 2, testError: 0.012 },
    { arm: "all", seed: 2, testError: 0.01 },
    { arm: "all", seed: 0, testError: 0.01 },
    { arm: "all", seed: 1, testError: 0.5 },
  ]);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ first: "control", second: "all", difference: { count: 2 } });
  expect(found[0]?.difference.mean).toBeCloseTo(-0.0025, 12);
  expect(found[0]?.deviation).toBeCloseTo(0.0005 * Math.SQRT2, 12);
});

test("updates are counted as the runs made them, in the results, the table and the text", async () => {
  const results = armResults(
    [...measured("decay", [0.016, 0.016]), ...measured("hard-negatives", [0.016, 0.016], 54_300)],
    {
      isMnist: true,
    },
  );
  expect(results.map(({ updates }) => [updates.min, updates.max])).toEqual([
    [48_000, 48_001],
    [54_300, 54_301],
  ]);
  const record: TrainingRecord = {
    ...{ generator: "blindspot", kind: "training", title: "", bits: 1, options: {}, timing: { milliseconds: 0 } },
    ...{
      version: "0",
      command: "",
      epochs: 80,
      seeds: 2,
      wanted: 4,
      images: 5,
      wasm: null,
      digest: "",
      recordDigest: "",
      runs: [],
    },
    rival: { name: "r", digest: "" },
    data: { name: "mnist", digest: "", train: 60_000, test: 10_000 },
    results,
    differences: [],
    findings: trainingFindings(results, [], 10_000),
  };
  const files = await trainingFiles(record);
  expect(files.get("index.html")).toContain("54,300–54,301");
  expect(files.get("index.html")).not.toContain("as many updates");
  expect(files.get("index.html")).toMatch(/<h1>Least mean test error: .*; 1 of 1 others not told apart from it<\/h1>/);
  expect(JSON.parse(files.get("results.json") as string)).toMatchObject({
    findings: expect.arrayContaining([expect.stringContaining("“decay” and “hard-negatives”")]),
    differences: [],
  });
});

test("two test errors are told apart by three seeds or more whose ranges do not overlap", () => {
  const low = seedInterval([0.01, 0.011, 0.012]);
  expect(areToldApart(low, seedInterval([0.013, 0.014, 0.015]))).toBe(true);
  expect(areToldApart(low, seedInterval([0.012, 0.014, 0.015]))).toBe(false);
  expect(areToldApart(low, seedInterval([0.013, 0.014]))).toBe(false);
});
