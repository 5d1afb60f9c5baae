/**
 * What single precision may have lost, in the network that runs and in the coefficients of a certificate, and how sums in double
 * precision are kept on the safe side.
 */
import { gamma, UNIT } from "../numeric/rounding.ts";

/** Half the distance from 1 to the next f32: what one operation loses at most, relatively. */
export const UNIT_32 = 2 ** -24;
/** The least f32 above zero: no operation loses more than half of it to underflow. */
export const LEAST_32 = 2 ** -149;

/** gamma(n) of single precision. */
export function gamma32(n: number): number {
  return (n * UNIT_32) / (1 - n * UNIT_32);
}

/**
 * Which errors a certificate accounts for. All of them are 1 in every certificate; a test sets one to 0 and shows that something
 * false is certified then.
 */
export interface ErrorTerms {
  /** Rounding of the linear operations that the network runs. */
  readonly forward: number;
  /** Rounding of the coefficients on their way back through a linear operation. */
  readonly backward: number;
  /** Errors of the activations that the network runs. */
  readonly activation: number;
  /** Rounding of coefficients times slopes. */
  readonly slope: number;
  /** Rounding of the sums in double precision. */
  readonly sum: number;
}

export const ALL_TERMS: ErrorTerms = { forward: 1, backward: 1, activation: 1, slope: 1, sum: 1 };

/**
 * Moves the ends of intervals apart, so that a sum of `n` products with them, in f64 and in any order, is on the safe side of the
 * exact sum with the ends as they were.
 */
export function widenForSum(lower: Float64Array, upper: Float64Array, { sum }: ErrorTerms): void {
  const by = sum * 2 * gamma(lower.length + 8);
  for (let i = 0; i < lower.length; i++) {
    const [low, high] = [lower[i] as number, upper[i] as number];
    lower[i] = low - by * Math.abs(low);
    upper[i] = high + by * Math.abs(high);
  }
}

/** An f32 at least x >= 0. */
export function up32(x: number): number {
  return Math.fround(x * (1 + 2 * UNIT_32) + LEAST_32);
}

/** The largest f32 that is not above x. */
export function down32(x: number): number {
  const near = Math.fround(x);
  return near <= x ? near : Math.fround(near - Math.max(Math.abs(near) * 2 * UNIT_32, LEAST_32));
}

/** More than underflow in f64 loses; not subnormal, as common processors are many times slower on such numbers. */
const LEAST = 2 ** -960;

/** An f64 no larger than x, whatever the handful of operations lost whose terms are at most `size`. */
export function below(x: number, size: number): number {
  return x - 16 * UNIT * size - LEAST;
}

/** The same, above. */
export function above(x: number, size: number): number {
  return x + 16 * UNIT * size + LEAST;
}
