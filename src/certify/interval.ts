/**
 * What is known of a value over a region: intervals that hold its numbers, those of the f32 pass that runs, and a reference, the numbers
 * at the middle of the region, nearly. Linear bounds are of the differences to the reference, so that what rounding costs them shrinks
 * with the region.
 */
import { above } from "./rounding.ts";

export interface Interval {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface Known extends Interval {
  /** Any numbers, the same in every bound of a region. */
  readonly reference: Float64Array;
}

export function emptyInterval(size: number): Interval {
  return { lower: new Float64Array(size), upper: new Float64Array(size) };
}

/** The largest magnitude of each number, and of its reference. */
export function magnitudes({ lower, upper, reference }: Known): Float64Array {
  return lower.map((low, i) => Math.max(Math.abs(low), Math.abs(upper[i] as number), Math.abs(reference[i] as number)));
}

/** How far each number may be from its reference. */
export function deviations({ lower, upper, reference }: Known): Float64Array {
  return lower.map((low, i) => {
    const [high, at] = [upper[i] as number, reference[i] as number];
    return above(Math.max(Math.abs(high - at), Math.abs(low - at)), Math.abs(low) + Math.abs(high) + Math.abs(at));
  });
}

/** Magnitudes beyond which f32 sums and products of a network may overflow: no rounding error is stated there. */
const TAME = 2 ** 48;

/** Whether every end is a number, of a size that single precision is far from losing. */
export function isTameInterval({ lower, upper }: Interval): boolean {
  return lower.every((low) => low >= -TAME) && upper.every((high) => high <= TAME);
}
