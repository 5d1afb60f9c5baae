/**
 * The loss of TRADES (Zhang et al. 2019, equation 5) by scores: CE(z, y) + beta KL(p || q), p the softmax of a row's scores z and q that of
 * z', those of its example; with its gradient to both. In f64, exact functions alone.
 */
import type { Labels } from "../check.ts";
import { argmax, type ScoreLoss } from "../model/index.ts";
import { exponential } from "../numeric/exponential.ts";
import { naturalLogarithm } from "../numeric/logarithm.ts";
import type { Tally } from "./tally.ts";

/** Below it a probability is nothing beside 1, and less than the least that f64 holds is not far. */
const NOTHING = -690;

const exp = (x: number): number => (x < NOTHING ? 0 : exponential(x));

/** A distribution over classes: its logarithms and itself. */
export interface Distribution {
  readonly logarithms: Float64Array;
  readonly shares: Float64Array;
}

/** The softmax of one row of scores. */
export function softmaxOf(scores: ArrayLike<number>): Distribution {
  const n = scores.length;
  let largest = scores[0] as number;
  for (let k = 1; k < n; k++) largest = Math.max(largest, scores[k] as number);
  let sum = 0;
  for (let k = 0; k < n; k++) sum += exp((scores[k] as number) - largest);
  const spread = largest + naturalLogarithm(sum);
  const logarithms = Float64Array.from({ length: n }, (_, k) => (scores[k] as number) - spread);
  return { logarithms, shares: logarithms.map(exp) };
}

/** What a pass over pairs of rows found. */
export interface PairTally {
  /** Cross-entropy and errors of the rows, and of their examples. */
  data: Tally;
  made: Tally;
}

/**
 * The loss of pairs: row 2i is one of the data and row 2i + 1 its example. What it finds is added to `tally`.
 *
 *     d/dz_k  = p_k - [k = y] + beta p_k (ln p_k - ln q_k - KL)
 *     d/dz'_k = beta (q_k - p_k)
 */
export function tradesLoss(labels: Labels, classes: number, beta: number, tally: PairTally): ScoreLoss {
  return {
    group: 2,
    of: (scores, slopes, first) => {
      let sum = 0;
      for (let at = 0; at < scores.length; at += 2 * classes) {
        const label = labels[(first + at / classes) / 2] as number;
        const [p, q] = [at, at + classes].map((from) => softmaxOf(scores.subarray(from, from + classes))) as [
          Distribution,
          Distribution,
        ];
        let divergence = 0;
        for (let k = 0; k < classes; k++) divergence += (p.shares[k] as number) * leadOf(p, q, k);
        for (let k = 0; k < classes; k++) {
          const [own, other] = [p.shares[k] as number, q.shares[k] as number];
          slopes[at + k] = own - Number(k === label) + beta * own * (leadOf(p, q, k) - divergence);
          slopes[at + classes + k] = beta * (other - own);
        }
        count(tally.data, p, label, argmax(scores, at, classes));
        count(tally.made, q, label, argmax(scores, at + classes, classes));
        sum += beta * divergence - (p.logarithms[label] as number);
      }
      return sum;
    },
  };
}

/** ln p_k - ln q_k. */
function leadOf(p: Distribution, q: Distribution, k: number): number {
  return (p.logarithms[k] as number) - (q.logarithms[k] as number);
}

function count(tally: Tally, { logarithms }: Distribution, label: number, answer: number): void {
  tally.rows++;
  tally.loss -= logarithms[label] as number;
  tally.errors += Number(answer !== label);
}
