/** Rounding-error bounds in the notation of Higham, Accuracy and Stability of Numerical Algorithms (2002). */

/** Unit roundoffs. */
export const U32 = 2 ** -24;
export const U64 = 2 ** -53;

/** g(k) = k u / (1 - k u): what k roundings can do to a product.   [Higham 2002, 3.1] */
export function g(k: number, u: number): number {
  return (k * u) / (1 - k * u);
}

/** g(k) of the single-precision kernel plus that of the double-precision oracle that judges it. */
export function gBoth(k: number): number {
  return g(k, U32) + g(k, U64);
}

/** The spacing of floats at a real number: 2^-23 of its power of two, 2^-149 among the subnormals. */
export function ulp32(x: number): number {
  // The exponent is read from the double's bits: log2 would round at the powers of two themselves.
  word[0] = Math.abs(x);
  const exponent = ((bits[1] as number) >>> 20) - 1023;
  return 2 ** Math.max(exponent - 23, -149);
}

const word = new Float64Array(1);
const bits = new Uint32Array(word.buffer);

/** Index of the first element further from its oracle than its bound, or -1. A NaN is out of bounds. */
export function firstBeyond(actual: ArrayLike<number>, oracle: ArrayLike<number>, bound: ArrayLike<number>): number {
  if (actual.length !== oracle.length || actual.length !== bound.length) return 0;
  for (let i = 0; i < actual.length; i++) {
    if (!(Math.abs((actual[i] as number) - (oracle[i] as number)) <= (bound[i] as number))) return i;
  }
  return -1;
}

/** Index of the first element that is not the same by Object.is, or -1. */
export function firstDifferent(actual: ArrayLike<unknown>, expected: ArrayLike<unknown>): number {
  if (actual.length !== expected.length) return Math.min(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) if (!Object.is(actual[i], expected[i])) return i;
  return -1;
}
