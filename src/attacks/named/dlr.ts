/**
 * The difference of logits ratio, a loss that no scaling of the scores changes: for a label y and scores ordered z_1 >= z_2 >= ...,
 *
 *     -(z_y - max_{k != y} z_k) / (z_1 - z_3)                 equation 6 of Croce & Hein, ICML 2020
 *     -(z_y - z_t) / (z_1 - (z_3 + z_4) / 2)   towards t      equation 7
 *
 * Attacks that take steps of a given length need the direction of its gradient alone: the weights are those of the gradient times
 * the denominator, which stay finite where the scores are equal.
 */
import { largestBut } from "../criterion.ts";
import type { Loss } from "./losses.ts";

/** As in the authors' code, where the denominator could be 0. */
const LEAST = 1e-12;

/** @param to the label to be reached; without it any other */
export function differenceOfLogitsRatio(classes: number, label: number, to?: number): Loss {
  const weights = new Float64Array(classes);
  const order = new Int32Array(to === undefined ? 3 : 4);
  /** The parts of z_1, ... z_4 in the denominator. */
  const parts = to === undefined ? [1, 0, -1] : [1, 0, -0.5, -0.5];
  const numerator = (scores: Float32Array) =>
    (scores[to ?? largestBut(scores, label)] as number) - (scores[label] as number);
  const denominator = (scores: Float32Array) => {
    largest(scores, order);
    return parts.reduce((sum, part, j) => sum + part * (scores[order[j] as number] as number), LEAST);
  };
  return {
    weigh: (scores) => {
      const ratio = numerator(scores) / denominator(scores);
      weights.fill(0);
      weights[to ?? largestBut(scores, label)] = 1;
      weights[label] = -1;
      for (let j = 0; j < parts.length; j++) {
        const k = order[j] as number;
        weights[k] = (weights[k] as number) - ratio * (parts[j] as number);
      }
      return weights;
    },
    value: (scores) => numerator(scores) / denominator(scores),
  };
}

/** Writes the positions of the largest scores, in their order; the first of equals. */
export function largest(scores: Float32Array, order: Int32Array): void {
  for (let j = 0; j < order.length; j++) {
    let best = -1;
    for (let k = 0; k < scores.length; k++) {
      if (isAmong(order, j, k)) continue;
      if (best < 0 || (scores[k] as number) > (scores[best] as number)) best = k;
    }
    order[j] = best;
  }
}

/** Whether k is among the first `count` of an order. */
function isAmong(order: Int32Array, count: number, k: number): boolean {
  for (let j = 0; j < count; j++) if (order[j] === k) return true;
  return false;
}
