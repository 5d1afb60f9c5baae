/** Intervals around what was measured on a sample: for a share of images, and for a value over training seeds. */
import { outOfRange, requireFinite, requireInteger, requireNumber, wrongType } from "../check.ts";
import { mean, sum } from "./statistics.ts";

/** The normal quantile of 0.975: 95 % lie within so many standard deviations. */
const Z95 = 1.959963984540054;

/** The two ends of an interval. */
export interface Interval {
  /** The lower end. */
  low: number;
  /** The upper end. */
  high: number;
}

/**
 * The score interval for a binomial proportion: the p from which `successes` of `count` are within z standard
 * deviations, (s + z^2/2 -+ z sqrt(s (n - s) / n + z^2/4)) / (n + z^2)
 * [Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927]. It stays within [0, 1]
 * and is sound for rates of 0 and 1, where the usual p +- z sqrt(p (1 - p) / n) has no width. Throws for counts that
 * are not whole or do not fit together.
 */
export function wilsonInterval(successes: number, count: number, z = Z95): Interval {
  requireInteger("count", count, 1);
  requireInteger("successes", successes, 0, count);
  requireNumber("z", z, 0);
  const squared = z * z;
  const middle = successes + squared / 2;
  const half = z * Math.sqrt((successes * (count - successes)) / count + squared / 4);
  // The two ends are exact; rounding would leave 1e-17 there.
  return {
    low: successes === 0 ? 0 : (middle - half) / (count + squared),
    high: successes === count ? 1 : (middle + half) / (count + squared),
  };
}

/** A value measured once for each of several training seeds. */
export interface SeedInterval {
  /** Number of seeds. */
  count: number;
  /** Mean of the values. */
  mean: number;
  /** The smallest value. */
  min: number;
  /** The largest value. */
  max: number;
  /** Where 95 % of such intervals hold the mean over all seeds; null from a single seed, which says nothing of spread. */
  low: number | null;
  /** The upper end, null like the lower one. */
  high: number | null;
}

/** 0.975 quantiles of Student's t for 1, 2, ... degrees of freedom, to four decimals. */
const T975 = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604, 2.1448, 2.1314,
  2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
];

/** The 0.975 quantile of Student's t; beyond the table its expansion in 1 / degrees [Abramowitz & Stegun, 26.7.5]. */
export function studentQuantile(degrees: number): number {
  const z2 = Z95 * Z95;
  const first = ((z2 + 1) * Z95) / 4;
  const second = (((5 * z2 + 16) * z2 + 3) * Z95) / 96;
  const third = ((((3 * z2 + 19) * z2 + 17) * z2 - 15) * Z95) / 384;
  return T975[degrees - 1] ?? Z95 + (first + (second + third / degrees) / degrees) / degrees;
}

/**
 * Mean, extremes and the t interval mean -+ t s / sqrt(n) of a value over seeds; it may reach beyond a rate's [0, 1].
 * Throws for no values, and for values that are not finite.
 */
export function seedInterval(values: readonly number[]): SeedInterval {
  if (!Array.isArray(values)) wrongType("values", "an array of numbers", values);
  if (values.length === 0) outOfRange("values", "at least one, one a seed", "none");
  requireFinite("values", values);
  const count = values.length;
  const middle = mean(values);
  const squares = sum(values.map((value) => (value - middle) * (value - middle)));
  const half = count === 1 ? null : studentQuantile(count - 1) * Math.sqrt(squares / (count - 1) / count);
  return {
    count,
    mean: middle,
    min: values.reduce((a, b) => Math.min(a, b)),
    max: values.reduce((a, b) => Math.max(a, b)),
    low: half === null ? null : middle - half,
    high: half === null ? null : middle + half,
  };
}
