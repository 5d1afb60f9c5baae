/**
 * Gradients judged by finite differences of a function in double precision, one input after another: of each the whole column of the
 * Jacobian, so that what rounding may do to the sum over it is known.
 */
import { expect } from "vitest";
import { g, U32 } from "./bounds.ts";

/** A difference of doubles of size 16, over a step of 2^-11, is off by no more. */
const ROUNDING = 2 ** -36;

/**
 * Expects `gradient` to be J^T dy at x, within so many roundings of each term.
 *
 * Central differences of two steps say how far they are from the slope, as halving the step quarters that.
 */
export function expectColumns(
  f: (x: Float64Array) => ArrayLike<number>,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  gradient: ArrayLike<number>,
  roundings: number,
  step = 2 ** -11,
): void {
  const at = Float64Array.from(x);
  const moved = (i: number, by: number): ArrayLike<number> => {
    const kept = at[i] as number;
    at[i] = kept + by;
    const y = f(at);
    at[i] = kept;
    return y;
  };
  for (let i = 0; i < at.length; i++) {
    const [far, near] = [2 * step, step].map((h) => {
      const [up, down] = [moved(i, h), moved(i, -h)];
      return Array.from(up, (value, j) => (value - (down[j] as number)) / (2 * h));
    }) as [number[], number[]];
    let [sum, size, off] = [0, 0, 0];
    near.forEach((slope, j) => {
      const w = dy[j] as number;
      sum += w * slope;
      size += Math.abs(w * slope);
      off += Math.abs(w) * (Math.abs((far[j] as number) - slope) + ROUNDING);
    });
    expect(Math.abs((gradient[i] as number) - sum), `input ${i}`).toBeLessThanOrEqual(g(roundings, U32) * size + off);
  }
  expect(gradient).toHaveLength(at.length);
}
