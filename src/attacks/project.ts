/** Projections that attacks share: onto the box of a row, and onto a ball of any radius around its image, L0 included. */
import type { RowSpace, Vector } from "./row-space.ts";

/** Takes x to the nearest point of a box, which is that of the row where no other is given. */
export function clampTo({ kernels, n }: RowSpace, x: Vector, lower: Vector, upper: Vector): void {
  kernels.clamp_f64(n, lower.at, upper.at, x.at);
}

/** Takes x to the nearest point of the L2 ball around the image: x0 + (x - x0) min(1, radius / |x - x0|). */
export function projectL2({ kernels, n, image }: RowSpace, x: Vector, radius: number): void {
  const length = Math.sqrt(kernels.squared_distance_f64(n, x.at, image.at));
  if (length > radius) kernels.contract_f64(n, radius / length, image.at, x.at);
}

/**
 * Takes x to the nearest point of the L1 ball around the image: r = x - x0 is shrunk to sgn(r) max(|r| - t, 0), with the t at which
 * the sum is the radius (Duchi et al., ICML 2008). The sum is a convex piecewise linear function of t, so Newton's steps from 0
 * climb to that t and stop there: each leaves out at least one component more (Michelot, JOTA 1986), which is not looked at again.
 *
 * @param scratch overwritten
 */
export function projectL1({ size, image }: RowSpace, x: Vector, radius: number, scratch: Vector): void {
  const { values: left } = scratch;
  let sum = writeSizes(x, image, left);
  let count = keepAbove(left, size, 0);
  let threshold = 0;
  while (count > 0 && sum - count * threshold > radius) {
    threshold = (sum - radius) / count;
    const kept = keepAbove(left, count, threshold);
    if (kept === count) break;
    count = kept;
    sum = 0;
    for (let j = 0; j < count; j++) sum += left[j] as number;
  }
  if (threshold > 0) shrink(x, image, threshold);
}

/** Writes |x - x0|; returns their sum. */
function writeSizes({ values: at }: Vector, { values: from }: Vector, sizes: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < at.length; i++) {
    const r = Math.abs((at[i] as number) - (from[i] as number));
    sizes[i] = r;
    sum += r;
  }
  return sum;
}

/** Moves those of the first values that are above a threshold to the front, in their order; returns how many. */
function keepAbove(values: Float64Array, count: number, threshold: number): number {
  let kept = 0;
  for (let j = 0; j < count; j++) {
    const value = values[j] as number;
    values[kept] = value;
    if (value > threshold) kept++;
  }
  return kept;
}

/** Takes every feature of x towards the image by `threshold`, and no further. */
export function shrink({ values: at }: Vector, { values: from }: Vector, threshold: number): void {
  for (let i = 0; i < at.length; i++) {
    const r = (at[i] as number) - (from[i] as number);
    const left = Math.max(Math.abs(r) - threshold, 0);
    at[i] = (from[i] as number) + (r < 0 ? -left : left);
  }
}

/**
 * Takes back all but the `count` largest changes of x, at least one; those as large as the last of them stay.
 *
 * @param scratch overwritten
 */
export function keepLargest({ size, image }: RowSpace, x: Vector, count: number, scratch: Vector): void {
  if (count >= size) return;
  const [at, from, changes] = [x.values, image.values, scratch.values];
  for (let i = 0; i < size; i++) changes[i] = Math.abs((at[i] as number) - (from[i] as number));
  const least = nthLargest(changes, Math.max(1, count) - 1);
  for (let i = 0; i < size; i++) {
    if (Math.abs((at[i] as number) - (from[i] as number)) < least) at[i] = from[i] as number;
  }
}

/** The number that would stand at place n if the values fell; they are reordered (Hoare, algorithm 65, CACM 1961). */
function nthLargest(values: Float64Array, n: number): number {
  let [first, last] = [0, values.length - 1];
  while (first < last) {
    const pivot = values[(first + last) >>> 1] as number;
    let [i, j] = [first, last];
    while (i <= j) {
      while ((values[i] as number) > pivot) i++;
      while ((values[j] as number) < pivot) j--;
      if (i > j) break;
      const held = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = held;
    }
    if (n <= j) last = j;
    else if (n >= i) first = i;
    else break;
  }
  return values[n] as number;
}

/** Writes the corner of the box that is farthest from the image. */
export function farthestCorner({ size, image, lower, upper }: RowSpace, corner: Vector): void {
  for (let i = 0; i < size; i++) {
    const [x, low, high] = [image.values[i] as number, lower.values[i] as number, upper.values[i] as number];
    corner.values[i] = x - low > high - x ? low : high;
  }
}
