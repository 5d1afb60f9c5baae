/** What rounding can do to a softmax and a cross-entropy in single precision, from the logits z. */
import { g, U32 } from "./bounds.ts";

/** Largest errors of exp_f32 and log_f32, in ulps: test/kernels/transcendental.test.ts. An ulp is at most 2 u. */
const EXP = 0.98 * 2 * U32;
const LOG = 0.85 * 2 * U32;

/** Relative error of a computed e^(z - max z): the difference is rounded once, then exp errs. */
function termError(z: ArrayLike<number>): number {
  const values = Array.from(z);
  const depth = Math.max(...values) - Math.min(...values);
  return (1 + EXP) * Math.exp(depth * U32) - 1;
}

/** Relative error of their sum, in whatever order. */
export function sumError(z: ArrayLike<number>): number {
  return (1 + termError(z)) * (1 + g(z.length, U32)) - 1;
}

/** Relative error of a softmax: term times the rounded reciprocal of the sum. */
export function softmaxError(z: ArrayLike<number>): number {
  return ((1 + termError(z)) * (1 + U32) ** 2) / (1 - sumError(z)) - 1;
}

/** Error of a cross-entropy of that value, `score` being |z_label - max z|. */
export function lossError(z: ArrayLike<number>, value: number, score: number): number {
  const spread = sumError(z);
  const logSum = Math.abs(value - score);
  // ln of a sum that errs by `spread`, its own error, the rounded score, the last subtraction.
  const terms = spread / (1 - spread) + LOG * (logSum + spread) + U32 * score;
  return terms + U32 * (value + terms);
}
