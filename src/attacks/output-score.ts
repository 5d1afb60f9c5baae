/**
 * An output of a target as a score that does not saturate: what enters its sigmoid; for a softmax ln(p / (1 - p)), the score minus the
 * logarithm of what the others sum to. It rises with the output, so that comparing the one with a value is comparing the other.
 */
import type { Head } from "../model/index.ts";
import { exponential } from "../numeric/exponential.ts";
import { naturalLogarithm } from "../numeric/logarithm.ts";
import type { Objective } from "./criterion.ts";

export interface OutputScore {
  /** What errors call the output. */
  readonly name: string;
  /** Between these the output lies, never at them; infinite where it has no bound. */
  readonly least: number;
  readonly most: number;
  /** The output from the scores of a row. */
  outputOf(scores: Float32Array): number;
  /** The objective that the output passes a value, up (sign 1) or down; none where no output lies beyond. */
  passing(sign: 1 | -1, value: number, classes: number): Objective[];
}

/** Outputs of single precision are within this share of what their scores say, with room to spare. */
const ROUNDING = 2 ** -20;
/** The exponential is asked for no more than this. */
const FARTHEST = 690;

interface Curve {
  readonly least: number;
  readonly most: number;
  /** Output of a score, and the score of an output between least and most. */
  of(score: number): number;
  inverse(output: number): number;
}

const exp = (x: number) => exponential(Math.min(Math.max(x, -FARTHEST), FARTHEST));
const ln = naturalLogarithm;
const { POSITIVE_INFINITY: INFINITY, NEGATIVE_INFINITY: MINUS_INFINITY } = Number;

const LOGISTIC: Curve = {
  ...{ least: 0, most: 1 },
  of: (s) => 1 / (1 + exp(-s)),
  inverse: (p) => ln(p / (1 - p)),
};

const CURVES: Readonly<Record<Head["kind"], Curve>> = {
  linear: { least: MINUS_INFINITY, most: INFINITY, of: (s) => s, inverse: (y) => y },
  softmax: LOGISTIC,
  sigmoid: LOGISTIC,
  tanh: { least: -1, most: 1, of: (s) => 1 - 2 / (1 + exp(2 * s)), inverse: (y) => ln((1 + y) / (1 - y)) / 2 },
  softplus: {
    ...{ least: 0, most: INFINITY },
    of: (s) => (s > 0 ? s + ln(1 + exp(-s)) : ln(1 + exp(s))),
    // ln(e^y - 1), from y where e^y is out of reach.
    inverse: (y) => (y > 40 ? y : ln(exp(y) - 1)),
  },
  probabilities: { least: 0, most: 1, of: exp, inverse: ln },
};

export function outputScore(head: Head, output: number): OutputScore {
  const { least, most, of, inverse } = CURVES[head.kind];
  // The one output of two classes is the probability of the second.
  const class_ = head.outputs === 1 && head.kind !== "linear" && isTwoClasses(head) ? 1 : output;
  const scoreOf = (scores: Float32Array) =>
    head.kind === "softmax" ? softmaxScore(scores, class_).score : (scores[class_] as number);
  /** The value, moved a little further so that single precision passes it too; undefined where nothing lies beyond. */
  const beyond = (sign: 1 | -1, value: number): number | undefined => {
    if (head.kind === "linear") return value;
    const end = sign === 1 ? most : least;
    if (!(sign * (end - value) > 0)) return undefined;
    const moved = value + sign * ROUNDING * Math.abs(value);
    return sign * (end - moved) > 0 ? moved : (value + end) / 2;
  };
  return {
    name: `output ${output}, a ${head.kind} output`,
    least,
    most,
    outputOf: (scores) => of(scoreOf(scores)),
    passing: (sign, value, classes) => {
      const to = beyond(sign, value);
      if (to === undefined) return [];
      const threshold = inverse(to);
      if (!Number.isFinite(threshold)) return [];
      const weights = new Float64Array(classes);
      weights[class_] = sign;
      if (head.kind !== "softmax") return [{ weigh: () => weights, offset: -sign * threshold }];
      return [
        {
          weigh: (scores) => softmaxScore(scores, class_).weights.map((w) => sign * w),
          offset: (scores) => {
            const { score, weights } = softmaxScore(scores, class_);
            const linear = weights.reduce((sum, w, k) => sum + w * (scores[k] as number), 0);
            return sign * (score - linear - threshold);
          },
        },
      ];
    },
  };
}

function isTwoClasses({ kind }: Head): boolean {
  return kind === "sigmoid" || kind === "probabilities";
}

/** s_k - ln sum_{j != k} e^(s_j), and its gradient to the scores. */
function softmaxScore(scores: Float32Array, k: number): { score: number; weights: Float64Array } {
  let largest = MINUS_INFINITY;
  for (let j = 0; j < scores.length; j++) if (j !== k) largest = Math.max(largest, scores[j] as number);
  const weights = new Float64Array(scores.length);
  let sum = 0;
  for (let j = 0; j < scores.length; j++) {
    if (j === k) continue;
    weights[j] = exp((scores[j] as number) - largest);
    sum += weights[j] as number;
  }
  for (let j = 0; j < scores.length; j++) weights[j] = -(weights[j] as number) / sum;
  weights[k] = 1;
  return { score: (scores[k] as number) - largest - ln(sum), weights };
}
