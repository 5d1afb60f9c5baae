/**
 * An output of a target as a score that does not saturate: what enters its sigmoid; for a softmax ln(p / (1 - p)), the score minus the
 * logarithm of what the others sum to. It rises with the output, so that comparing the one with a value is comparing the other.
 */
import { classesOf, type Head } from "../model/index.ts";
import { exponential } from "../numeric/exponential.ts";
import { naturalLogarithm } from "../numeric/logarithm.ts";
import type { Objective } from "./criterion.ts";

export interface OutputScore {
  /** What errors call the output. */
  readonly name: string;
  /** Between these the output lies; infinite where it has no bound. */
  readonly least: number;
  readonly most: number;
  /** Whether outputs lie at these bounds too. */
  readonly isClosed: boolean;
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

/** Of SELU: y = SCALE x above 0, SCALE ALPHA (e^x - 1) below. */
const SCALE = 1.0507009873554805;
const ALPHA = 1.6732632423543772;

const CURVES: Readonly<Record<Exclude<Head["kind"], "cut">, Curve>> = {
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
  elu: {
    ...{ least: -1, most: INFINITY },
    of: (s) => (s > 0 ? s : exp(s) - 1),
    inverse: (y) => (y > 0 ? y : ln(1 + y)),
  },
  selu: {
    ...{ least: -SCALE * ALPHA, most: INFINITY },
    of: (s) => SCALE * (s > 0 ? s : ALPHA * (exp(s) - 1)),
    inverse: (y) => (y > 0 ? y / SCALE : ln(1 + y / (SCALE * ALPHA))),
  },
  exponential: { least: 0, most: INFINITY, of: exp, inverse: ln },
  probabilities: { least: 0, most: 1, of: exp, inverse: ln },
};

function curveOf({ kind, range }: Head): Curve {
  if (kind !== "cut") return CURVES[kind];
  const [least, most] = range ?? [MINUS_INFINITY, INFINITY];
  return { least, most, of: (s) => Math.min(Math.max(s, least), most), inverse: (y) => y };
}

export function outputScore(head: Head, output: number): OutputScore {
  const { least, most, of, inverse } = curveOf(head);
  // The one output of two classes is the probability of the second.
  const class_ = head.outputs < classesOf(head) ? 1 : output;
  const scoreOf = (scores: Float32Array) =>
    head.kind === "softmax" ? softmaxScore(scores, class_).score : (scores[class_] as number);
  /** The value, moved a little further so that single precision passes it too; undefined where nothing lies beyond. */
  const beyond = (sign: 1 | -1, value: number): number | undefined => {
    if (head.kind === "linear") return value;
    const end = sign === 1 ? most : least;
    if (!(sign * (end - value) > 0)) return undefined;
    if (head.kind === "cut") return value;
    const moved = value + sign * ROUNDING * Math.abs(value);
    return sign * (end - moved) > 0 ? moved : (value + end) / 2;
  };
  return {
    name: `output ${output}, a ${head.kind} output`,
    least,
    most,
    isClosed: head.kind === "cut",
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
