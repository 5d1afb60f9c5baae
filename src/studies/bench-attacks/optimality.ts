/**
 * How near an attack comes to the best that is known of each row, after Cina et al., "AttackBench: evaluating gradient-based attacks for
 * adversarial examples", AAAI 2025, section 3.
 *
 * Of one model let d*_i be the smallest distance that any attack found for row i, D the largest of these, and d_i what one attack
 * found, infinite where it found nothing. The robust accuracy of the model as the attack sees it falls from 1 as epsilon grows; the
 * area above that curve from 0 to D is the mean of D - min(d_i, D). The attack's local optimality is its area over that of the
 * best: 1 if it finds the best of every row, 0 if it finds nothing within D. Its global optimality is the mean over models.
 */
import { type Interval, studentQuantile } from "../../numeric/interval.ts";
import { mean } from "../../numeric/statistics.ts";

/** The smallest of what was found for each row. */
export function envelope(found: readonly ArrayLike<number>[]): Float64Array {
  const rows = found[0]?.length ?? 0;
  return Float64Array.from({ length: rows }, (_, i) =>
    found.reduce((least, distances) => Math.min(least, distances[i] as number), Number.POSITIVE_INFINITY),
  );
}

/** D: the largest of the distances that are finite; 0 if there are none. */
export function reachOf(best: ArrayLike<number>): number {
  return Array.from(best).reduce((most, d) => (Number.isFinite(d) ? Math.max(most, d) : most), 0);
}

/**
 * What each row adds to the local optimality, which is the mean: (D - min(d_i, D)) over the mean of D - min(d*_i, D). Where all
 * rows have one best distance there is no area: then a row adds 1 if that was found.
 */
export function contributions(distances: ArrayLike<number>, best: ArrayLike<number>): Float64Array {
  const reach = reachOf(best);
  const above = (d: number) => reach - Math.min(d, reach);
  const whole = mean(Array.from(best, above));
  return Float64Array.from(distances, (d, i) => (whole > 0 ? above(d) / whole : Number(d <= (best[i] as number))));
}

/** A difference of means over models, each the mean over its rows, and where 95 % of such intervals hold it. */
export interface Difference extends Interval {
  /** The difference itself. */
  mean: number;
}

/**
 * The difference between two attacks on the same rows of the same models, from what each row adds: t interval of the mean, the
 * rows of each model a stratum of equal weight. Null where a model has a single row, which says nothing of spread.
 */
export function pairedDifference(
  first: readonly ArrayLike<number>[],
  second: readonly ArrayLike<number>[],
): Difference | null {
  const strata = first.map((of, m) => Array.from(of, (v, i) => v - ((second[m] as ArrayLike<number>)[i] as number)));
  const means = strata.map(mean);
  const middle = mean(means);
  if (strata.some(({ length }) => length < 2)) return null;
  let variance = 0;
  let degrees = 0;
  for (const [m, values] of strata.entries()) {
    const squares = values.reduce((sum, v) => sum + (v - (means[m] as number)) * (v - (means[m] as number)), 0);
    variance += squares / (values.length - 1) / values.length;
    degrees += values.length - 1;
  }
  const half = (studentQuantile(degrees) * Math.sqrt(variance)) / strata.length;
  return { mean: middle, low: middle - half, high: middle + half };
}
