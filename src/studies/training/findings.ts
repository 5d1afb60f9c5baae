/**
 * What the experiment on adversarial training says, in sentences that follow from its numbers alone. Two ways of training are told apart
 * only where the ranges of their test errors over seeds do not overlap, a mean from a goal only beyond the error of the test set.
 */
import { type SeedInterval, seedInterval } from "../../analysis/index.ts";
import type { ArmResult } from "./results.ts";

/** The arms that are set beside one another. */
const PAIRS = [
  ["decay", "dropout"],
  ["decay", "input"],
  ["decay", "hidden"],
  ["decay", "all"],
  ["decay", "pools"],
  ["decay", "hard-negatives"],
  ["input", "hidden"],
  ["first", "second"],
  ["input", "all"],
  ["control", "all"],
  ["pools", "all"],
] as const;

/** Seeds below which no range says anything. */
const LEAST_SEEDS = 3;
/** Standard errors of the test set within which a mean is not told apart from a goal. */
const LEAST_ERRORS = 2;

/** The test error of one run. */
export interface RunError {
  arm: string;
  seed: number;
  testError: number;
}

/** The test errors of two arms, the second less the first, seed by seed. */
export interface SeedDifference {
  first: string;
  second: string;
  /** Of the seeds that both have. */
  difference: SeedInterval;
  /** Standard deviation over the seeds; null for one. */
  deviation: number | null;
}

/** The pairs of arms that have seeds in common. */
export function differencesBySeed(runs: readonly RunError[]): SeedDifference[] {
  const errors = (name: string) =>
    new Map(runs.filter(({ arm }) => arm === name).map(({ seed, testError }) => [seed, testError]));
  return PAIRS.flatMap(([first, second]) => {
    const [a, b] = [errors(first), errors(second)];
    const each = [...a].flatMap(([seed, error]) => {
      const other = b.get(seed);
      return other === undefined ? [] : [other - error];
    });
    if (each.length === 0) return [];
    const difference = seedInterval(each);
    const squares = each.reduce((sum, d) => sum + (d - difference.mean) * (d - difference.mean), 0);
    return [{ first, second, difference, deviation: each.length < 2 ? null : Math.sqrt(squares / (each.length - 1)) }];
  });
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
const points = (share: number) => (100 * Math.abs(share)).toFixed(2);
const seedsText = (n: number) => (n === 1 ? "one seed" : `${n} seeds`);

/** @param tested test images, whose number bounds what a test error can say */
export function trainingFindings(
  results: readonly ArmResult[],
  differences: readonly SeedDifference[],
  tested: number,
): string[] {
  return [...results.flatMap((result) => goalText(result, tested)), ...pairTexts(results, differences)];
}

/** Whether enough seeds say that the one test error is below the other. */
export function areToldApart(lower: SeedInterval, higher: SeedInterval): boolean {
  return Math.min(lower.count, higher.count) >= LEAST_SEEDS && lower.max < higher.min;
}

/** Whether the mean is on the good side of its goal, and whether the test set can tell. */
function goalText({ arm, goal, testError: { mean, count } }: ArmResult, tested: number): string[] {
  if (goal === undefined) return [];
  const error = Math.sqrt((mean * (1 - mean)) / tested);
  const apart = Math.abs(mean - goal);
  const side = mean <= goal ? "under" : "above";
  const told = apart > LEAST_ERRORS * error ? "" : "not told apart from it: ";
  return [
    `“${arm}”: ${percent(mean)} over ${seedsText(count)}, ${points(apart)} points ${side} the goal of ${percent(goal)}; ` +
      `${told}the standard error of ${tested} test images is ${points(error)} points.`,
  ];
}

function pairTexts(results: readonly ArmResult[], differences: readonly SeedDifference[]): string[] {
  const of = (name: string) => results.find(({ arm }) => arm === name);
  return PAIRS.flatMap(([first, second]) => {
    const [a, b] = [of(first), of(second)];
    if (!a || !b) return [];
    const [better, worse] = a.testError.mean <= b.testError.mean ? [a, b] : [b, a];
    const figures = `${percent(better.testError.mean)} and ${percent(worse.testError.mean)}`;
    const paired = differences.find((pair) => pair.first === first && pair.second === second);
    const bySeed =
      paired && paired.deviation !== null
        ? `; seed by seed ${points(paired.difference.mean)} ± ${points(paired.deviation)} points apart`
        : "";
    const least = Math.min(a.testError.count, b.testError.count);
    if (least < LEAST_SEEDS) {
      return [`“${better.arm}” and “${worse.arm}” are not told apart by ${seedsText(least)}: ${figures}${bySeed}.`];
    }
    return areToldApart(better.testError, worse.testError)
      ? [
          `“${better.arm}” does better than “${worse.arm}”: ${figures}, no seed of the one as high as any of the other${bySeed}.`,
        ]
      : [`“${better.arm}” and “${worse.arm}” are not told apart: ${figures}, the ranges over seeds overlap${bySeed}.`];
  });
}
