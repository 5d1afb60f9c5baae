/**
 * Whether numbers that belong together in pairs went up or down: the sign test, which asks of each pair only which of the two is
 * larger, and the intervals that go with it. No distribution is assumed; infinite numbers are as good as others.
 */
import { outOfRange, requireInteger } from "../check.ts";
import { exponential } from "./exponential.ts";
import type { Interval } from "./interval.ts";
import { naturalLogarithm } from "./logarithm.ts";

/** The normal quantile of 0.975. */
const Z95 = 1.959963984540054;
/** What an interval of 95 % leaves out at either end. */
const OUTSIDE = 0.025;

/** The probability of at most k heads in n throws of a fair coin, within 1e-10 of itself up to a million throws. */
export function fairTail(k: number, n: number): number {
  requireInteger("throws", n, 0);
  requireInteger("heads", k, -1, n);
  if (k < 0) return 0;
  if (2 * k + 1 > n) return 1 - fairTail(n - k - 1, n);
  // The largest term is the last; those before it are taken from it one by one.
  let logarithm = -n * Math.LN2;
  for (let i = 0; i < k; i++) logarithm += naturalLogarithm((n - i) / (i + 1));
  let [term, sum] = [1, 1];
  for (let i = k; i > 0 && term > 0; i--) {
    term *= i / (n - i + 1);
    sum += term;
  }
  return logarithm < -700 ? 0 : exponential(logarithm) * sum;
}

/**
 * The two-sided p-value of the sign test: how often as many pairs or more would go one way if either way were as likely. Pairs of
 * equal numbers are left out [Dixon and Mood, "The statistical sign test", JASA 41, 1946]. Of pairs of yes and no it is McNemar's exact test.
 */
export function signTest(up: number, down: number): number {
  requireInteger("up", up, 0);
  requireInteger("down", down, 0);
  return Math.min(1, 2 * fairTail(Math.min(up, down), up + down));
}

/**
 * The interval of 95 % at least for the median of what numbers were drawn from: between the k-th smallest and the k-th largest, k the
 * largest for which fewer than k of n throws of a fair coin are heads 2.5 % of the time at most. Of five numbers or fewer it is everything.
 */
export function medianInterval(values: ArrayLike<number>): Interval {
  const n = values.length;
  if (n === 0) outOfRange("values", "at least one number", "none");
  for (let i = 0; i < n; i++) if (Number.isNaN(values[i])) outOfRange(`values[${i}]`, "a number", "NaN");
  const sorted = Float64Array.from(values).sort();
  let k = 0;
  while (2 * (k + 1) <= n && fairTail(k, n) <= OUTSIDE) k++;
  if (k === 0) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  return { low: sorted[k - 1] as number, high: sorted[n - k] as number };
}

/**
 * The interval of 95 % for the change of a share that is measured twice on the same n things, of which `gained` became hits and `lost`
 * ceased to be: the usual one after half a thing is added to each of the four kinds [Agresti and Min, "Simple improved confidence intervals
 * for comparing matched proportions", Statistics in Medicine 24, 2005].
 */
export function pairedShareInterval(gained: number, lost: number, n: number): Interval {
  requireInteger("n", n, 1);
  requireInteger("gained", gained, 0, n);
  requireInteger("lost", lost, 0, n - gained);
  const all = n + 2;
  const middle = (gained - lost) / all;
  const half = (Z95 * Math.sqrt(gained + lost + 1 - ((gained - lost) * (gained - lost)) / all)) / all;
  return { low: Math.max(-1, middle - half), high: Math.min(1, middle + half) };
}
