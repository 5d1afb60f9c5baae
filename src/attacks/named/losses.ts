/**
 * The losses that attacks by name climb, as the target sees them: each is a function that gives the weights of the scores whose
 * gradient is asked for, into an array of its own that it returns again and again, and its value for the scores last weighed.
 *
 * Scores are z, the label is y. All are signed so that an attack climbs: away from y, or towards a label to be reached.
 */
import { naturalLogarithm } from "../../numeric/logarithm.ts";
import { largestBut, powerOf } from "../criterion.ts";
import type { AttackRow, RowWeigh } from "./row.ts";

export interface Loss {
  readonly weigh: RowWeigh;
  /** Of these scores. */
  value(scores: Float32Array): number;
}

/** +1 where an attack climbs away from the label, -1 where it climbs towards it. */
const signOf = ({ isTargeted }: AttackRow) => (isTargeted ? -1 : 1);

/** The cross-entropy of the row's label, ln(sum_k exp z_k) - z_y: its gradient to z is softmax(z) - e_y. Negative if targeted. */
export function crossEntropy(row: AttackRow): Loss {
  const sign = signOf(row);
  const { label } = row;
  const weights = new Float64Array(row.scores.length);
  /** Writes exp(z_k - max z) into the weights; returns their sum. */
  const powers = (scores: Float32Array, top: number) => {
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += weights[k] = powerOf((scores[k] as number) - top);
    return sum;
  };
  return {
    weigh: (scores) => {
      const factor = sign / powers(scores, largestOf(scores));
      for (let k = 0; k < weights.length; k++) weights[k] = (weights[k] as number) * factor;
      weights[label] = (weights[label] as number) - sign;
      return weights;
    },
    value: (scores) => {
      const top = largestOf(scores);
      return sign * (naturalLogarithm(powers(scores, top)) + top - (scores[label] as number));
    },
  };
}

/** The largest other score minus the label's, max_{k != y} z_k - z_y; negative if targeted. It is above zero at a success. */
export function margin(row: AttackRow): Loss {
  const sign = signOf(row);
  const { label } = row;
  const weights = new Float64Array(row.scores.length);
  return {
    weigh: (scores) => {
      weights.fill(0);
      weights[largestBut(scores, label)] = sign;
      weights[label] = -sign;
      return weights;
    },
    value: (scores) => sign * ((scores[largestBut(scores, label)] as number) - (scores[label] as number)),
  };
}

function largestOf(scores: Float32Array): number {
  let most = scores[0] as number;
  for (let k = 1; k < scores.length; k++) if ((scores[k] as number) > most) most = scores[k] as number;
  return most;
}
