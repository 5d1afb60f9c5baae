/** Sums, means and medians. Values are added in their order from 0: the same values in the same order, the same bits. */
import { outOfRange } from "../check.ts";

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}

/** The mean of at least one value. */
export function mean(values: ArrayLike<number>): number {
  requireSome(values);
  return sum(values) / values.length;
}

/** The middle one of at least one value, whatever their order; of an even number, the mean of the two in the middle. */
export function median(values: ArrayLike<number>): number {
  requireSome(values);
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return mean(sorted.subarray(sorted.length % 2 === 1 ? half : half - 1, half + 1));
}

function requireSome(values: ArrayLike<number>): void {
  if (values.length === 0) outOfRange("values", "at least one number", "none");
}
