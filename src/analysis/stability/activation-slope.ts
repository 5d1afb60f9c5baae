/** How steep an activation is at most: its Lipschitz constant. */
import type { ActivationName } from "../../model/layers/index.ts";
import { type Bracket, exactly } from "../../numeric/rounding.ts";

/** What is no short decimal stands between its neighbours of nine digits. */
const SLOPES: Readonly<Record<Exclude<ActivationName, "softmax">, Bracket>> = {
  linear: exactly(1),
  relu: exactly(1),
  relu6: exactly(1),
  elu: exactly(1),
  selu: { lower: 1.758099, upper: 1.7581 }, // scale times alpha, just below zero
  sigmoid: exactly(1 / 4),
  hard_sigmoid: { lower: 0.2 - 2 ** -25, upper: 0.2 + 2 ** -25 }, // 0.2 in single precision
  tanh: exactly(1),
  softplus: exactly(1),
  softsign: exactly(1),
  swish: { lower: 1.09983931, upper: 1.09983933 }, // s + x s (1 - s) at x = 2.39935728
  gelu: { lower: 1.12890414, upper: 1.12890415 }, // F(r) + r f(r) at r = sqrt(2), the normal distribution and density
};

/**
 * The Lipschitz constant of an activation in the 2-norm. A softmax of two classes or more has 1/2: its Jacobian diag(p) - p p^T
 * has no eigenvalue above that, and one as near to it as p is to (1/2, 1/2, 0, ...).
 *
 * @param width extent of the last axis
 */
export function activationSlope(name: ActivationName, width: number): Bracket {
  if (name === "softmax") return exactly(width > 1 ? 1 / 2 : 0);
  return SLOPES[name];
}
