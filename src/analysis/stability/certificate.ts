/**
 * The radius within which no change is an adversarial example. If L bounds the stretch of the logits, a change r moves each
 * difference of two logits by at most sqrt(2) L |r|: below margin / (sqrt(2) L) the largest stays the largest.
 */
import { outOfRange, requireNumber } from "../../check.ts";
import { marginOf, type Network, predictedClasses } from "../../model/index.ts";
import { up } from "../../numeric/rounding.ts";

/**
 * The certified radius of each row: no r with |r| below it changes the answer. It is 0 where the two largest logits are equal.
 *
 * This holds for the network in exact arithmetic. The margin is computed from logits of single precision, and their rounding is
 * not subtracted. Throws for a bound that is not above 0 and for a network of fewer than two classes.
 *
 * @param rows f32[n, inputSize]
 * @param bound `networkBound(network)`
 * @returns f64[n], 2-norm of a change in units of the input
 */
export function certifiedRadius(network: Network, rows: Float32Array, bound: number): Float64Array {
  requireNumber("bound", bound, 0);
  if (network.classes < 2) outOfRange("network", "two classes or more", `${network.classes}`);
  if (!(bound > 0)) outOfRange("bound", "a number above 0", `${bound}`);
  const { classes } = network;
  const scores = network.scores(rows);
  const answers = predictedClasses(scores, classes);
  const radius = new Float64Array(scores.length / classes);
  const lipschitz = up(Math.SQRT2 * bound);
  for (let row = 0; row < radius.length; row++) {
    radius[row] = marginOf(scores, row * classes, classes, answers[row] as number) / lipschitz;
  }
  return radius;
}
