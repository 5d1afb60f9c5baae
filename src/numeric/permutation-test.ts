/** Whether two groups of numbers differ in their mean, by what dealing the numbers out anew at random would give. */
import { outOfRange, requireInteger } from "../check.ts";
import { Random } from "./random.ts";
import { mean, sum } from "./statistics.ts";

/** Stream of the generator. */
const STREAM = 2;

export interface PermutationTest {
  /** Mean of the first group less that of the second. */
  difference: number;
  means: readonly [number, number];
  /**
   * (1 + deals with a difference as large, either way) / (1 + deals): how often chance alone does that [Phipson and Smyth,
   * "Permutation p-values should never be zero", 2010].
   */
  p: number;
  deals: number;
}

export interface PermutationTestOptions {
  /** Default 9999. */
  deals?: number;
  /** Default 0. */
  seed?: number;
}

/** Two-sided; the same numbers, seed and deals give the same bits. */
export function permutationTest(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { deals = 9999, seed = 0 }: PermutationTestOptions = {},
): PermutationTest {
  requireInteger("deals", deals, 1);
  if (a.length === 0 || b.length === 0) outOfRange("groups", "a number in each", `${a.length} and ${b.length}`);
  const all = Float64Array.from([...Array.from(a), ...Array.from(b)]);
  const n = a.length;
  const total = sum(all);
  const means = [mean(a), mean(b)] as const;
  const random = new Random(seed, STREAM);
  // A sum in another order may be off by this: such a deal counts as equal, as it should.
  const tolerance = 1e-12 * (Math.abs(means[0]) + Math.abs(means[1]));
  const apart = means[0] - means[1];
  const difference = Math.abs(apart) <= tolerance ? 0 : apart;
  let asLarge = 0;
  for (let deal = 0; deal < deals; deal++) {
    // The first n of a shuffle [Fisher and Yates]: any order to begin with is as good.
    let first = 0;
    for (let i = 0; i < n; i++) {
      const j = i + Math.floor(random.uniform(deal * n + i) * (all.length - i));
      const value = all[j] as number;
      all[j] = all[i] as number;
      all[i] = value;
      first += value;
    }
    if (Math.abs(first / n - (total - first) / b.length) >= Math.abs(difference) - tolerance) asLarge++;
  }
  return { difference, means, p: (1 + asLarge) / (1 + deals), deals };
}
