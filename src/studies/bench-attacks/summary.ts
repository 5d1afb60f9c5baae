/** What the runs of a bench come to: medians and robust accuracies of a model, the order of the attacks over all of them. */
import type { NormName } from "../../attacks/index.ts";
import { rateOf } from "../../numeric/rate.ts";
import { mean, median } from "../../numeric/statistics.ts";
import type { BenchedAttack, BenchedRow } from "../tasks/bench-attack.ts";
import { contributions, pairedDifference } from "./optimality.ts";
import type { BenchCell, BenchEntry, BenchNorm, BenchRun, Excess } from "./record.ts";

/** An attack suffices if one can be sure that it is within this much of the best optimality. */
const ENOUGH = 0.01;

/** One run before it is compared. */
export interface MadeRun {
  attack: BenchedAttack;
  budget: number;
  isWithin: boolean;
  rows: readonly BenchedRow[];
}

/** The run beside the best of each row. */
export function summarized(
  { attack, budget, isWithin, rows }: MadeRun,
  { best, epsilon, minima }: { best: Float64Array; epsilon: number; minima: readonly (number | undefined)[] },
): BenchRun {
  const distance = Float64Array.from(rows, (row) => row.distance);
  const counted = rows.length;
  const after = (k: number) => rows.map(({ curve }) => curve[k] as number);
  const points = Array.from(rows[0]?.curve ?? [], (_, k) => k);
  const robustOf = (distances: ArrayLike<number>) => Array.from(distances).filter((d) => !(d <= epsilon)).length;
  const excess = excessOf(distance, minima);
  return {
    attack,
    budget,
    propagations: mean(rows.map(({ propagations }) => propagations)),
    found: distance.filter(Number.isFinite).length,
    median: finiteMedian(distance),
    robust: rateOf(robustOf(distance), counted),
    optimality: isWithin ? null : mean(contributions(distance, best)),
    ...(excess && !isWithin && { excess }),
    distance,
    robustAfter: points.map((k) => robustOf(after(k)) / counted),
    medianAfter: points.map((k) => finiteMedian(after(k))),
  };
}

/** The median, null where it is infinite. */
export function finiteMedian(values: ArrayLike<number>): number | null {
  const middle = median(values);
  return Number.isFinite(middle) ? middle : null;
}

function excessOf(distances: Float64Array, minima: readonly (number | undefined)[]): Excess | undefined {
  const over = minima.flatMap((least, i) => {
    const d = distances[i] as number;
    return least === undefined || !Number.isFinite(d) ? [] : [d - least];
  });
  if (over.length === 0) return undefined;
  return { count: over.length, mean: mean(over), largest: over.reduce((a, b) => Math.max(a, b)) };
}

/** The attacks in one norm over all models: the order at each budget, and the cheapest that is as good as any. */
export function ranked(norm: NormName, cells: readonly BenchCell[], budgets: readonly number[]): BenchNorm | undefined {
  const own = cells.filter((cell) => cell.norm === norm);
  const candidates = (own[0]?.runs ?? [])
    .filter(({ optimality }) => optimality !== null)
    .map(({ attack, budget }) => {
      const runs = own.map(({ runs: all }) => {
        return all.find((run) => run.attack === attack && run.budget === budget) as BenchRun;
      });
      return {
        attack,
        budget,
        parts: runs.map(({ distance }, m) => contributions(distance, (own[m] as BenchCell).best)),
        optimality: mean(runs.map(({ optimality }) => optimality as number)),
        propagations: mean(runs.map(({ propagations }) => propagations)),
      };
    })
    .sort((a, b) => b.optimality - a.optimality);
  const [best] = candidates;
  if (!best) return undefined;
  const entries = [...budgets]
    .sort((a, b) => a - b)
    .flatMap((budget) => {
      const here = candidates.filter((one) => one.budget === budget);
      return here.map(({ parts, ...entry }, place): BenchEntry => {
        const behind = place === 0 ? null : pairedDifference((here[0] as (typeof here)[number]).parts, parts);
        return { ...entry, behind };
      });
    });
  const enough = candidates
    .filter(
      (one) => one === best || (pairedDifference(best.parts, one.parts)?.high ?? Number.POSITIVE_INFINITY) <= ENOUGH,
    )
    .reduce((a, b) => (b.propagations < a.propagations ? b : a));
  return { norm, entries, suffices: { attack: enough.attack, budget: enough.budget } };
}
