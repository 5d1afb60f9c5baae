/**
 * What counts as a success of an attack. A criterion is met where its margin is positive. A search follows objectives:
 * weighted sums of scores, whose growth leads to the criterion. "Any other answer" has one objective for each wrong label.
 */
import { marginOf } from "../model/index.ts";
import { exponential } from "../numeric/exponential.ts";
import { naturalLogarithm } from "../numeric/logarithm.ts";

/** A function of scores, as a weighted sum of them plus an offset. A search raises it from below zero to above. */
export interface Objective {
  /** Its gradient to the scores, of the kind `weigh` of a target's `scoreGradient`. */
  weigh(scores: Float32Array): ArrayLike<number>;
  /** A constant, or what the function is beside the weighted sum. */
  readonly offset: number | ((scores: Float32Array) => number);
  /**
   * Where the objective has kinks, as a maximum has: a smooth function that it is never below and that comes as near as sharpness
   * grows. Without it the objective is smooth where the scores are.
   */
  soften?(sharpness: number): Objective;
  /** Where it stands for a label among those that would do: the objective of that label asked for by itself, which has kinks. */
  alone?(): Objective;
}

export interface Criterion {
  /** Positive where the scores of a row meet the criterion; by how much is in units of the scores. */
  margin(scores: Float32Array): number;
  /** The objectives that lead there, given the scores of the unchanged row. */
  objectives(scores: Float32Array): Objective[];
}

/** The value of an objective: sum_k w_k s_k + offset, summed in f64 in ascending k. */
export function objectiveValue({ weigh, offset }: Objective, scores: Float32Array): number {
  const weights = weigh(scores);
  let sum = 0;
  for (let k = 0; k < scores.length; k++) sum += (weights[k] as number) * (scores[k] as number);
  return sum + (typeof offset === "number" ? offset : offset(scores));
}

/** What outputs are cut to, where scores are not. */
type Range = readonly [low: number, high: number];

/**
 * The target answers `label`. One objective: the label's score minus the largest of the others.
 *
 * @param range of outputs that are scores cut to it: those at the same end are equal, and equal outputs are no answer
 */
export function answers(label: number, range?: Range): Criterion {
  if (range) return cutAnswers(label, range);
  const margin = (scores: Float32Array) => marginOf(scores, 0, scores.length, label);
  return { margin, objectives: () => [labelAlone(label)] };
}

/** The label's score minus the largest of the others. */
function labelAlone(label: number): Objective {
  const weights = new Map<number, Float64Array>();
  const weigh = (scores: Float32Array) => {
    const rival = largestBut(scores, label);
    const known = weights.get(rival) ?? difference(scores.length, label, rival);
    weights.set(rival, known);
    return known;
  };
  return { weigh, offset: 0, soften: (sharpness) => softMargin(label, sharpness) };
}

/** Its output leads where its score does, it is above the lower end, and the largest other is below the upper end. */
function cutAnswers(label: number, range: Range): Criterion {
  const of = (scores: Float32Array) => lead(scores, label, largestBut(scores, label), range);
  return { margin: (scores) => of(scores).value, objectives: () => [objectiveOf(of)] };
}

interface Lead {
  readonly value: number;
  readonly weights: Float64Array;
  readonly offset: number;
}

/** By how much output `up` leads output `down`, while that is nothing by how much the scores miss it: their least of three. */
function lead(scores: Float32Array, up: number, down: number, [low, high]: Range): Lead {
  const [above, below] = [scores[up] as number, scores[down] as number];
  const { length } = scores;
  const least = Math.min(above - below, above - low, high - below);
  if (least === above - below) return { value: least, weights: difference(length, up, down), offset: 0 };
  const weights = new Float64Array(length);
  const isLow = least === above - low;
  weights[isLow ? up : down] = isLow ? 1 : -1;
  return { value: least, weights, offset: isLow ? -low : high };
}

function objectiveOf(lead: (scores: Float32Array) => Lead): Objective {
  return { weigh: (scores) => lead(scores).weights, offset: (scores) => lead(scores).offset };
}

/** The score of a label minus ln(sum_k exp(sharpness z_k)) / sharpness over the other labels. */
function softMargin(label: number, sharpness: number): Objective {
  const shares = (scores: Float32Array) => {
    const top = scores[largestBut(scores, label)] as number;
    const powers = Float64Array.from(scores, (z, k) => (k === label ? 0 : powerOf(sharpness * (z - top))));
    const sum = powers.reduce((total, power) => total + power, 0);
    return { top, powers, sum };
  };
  return {
    weigh: (scores) => {
      const { powers, sum } = shares(scores);
      return powers.map((power, k) => (k === label ? 1 : -power / sum));
    },
    offset: (scores) => {
      const { top, powers, sum } = shares(scores);
      const mean = powers.reduce((total, power, k) => total + (power / sum) * (scores[k] as number), 0);
      return mean - top - naturalLogarithm(sum) / sharpness;
    },
  };
}

/** e^x for x <= 0; 0 where it is less than f64 tells from nothing in a sum with 1. */
export function powerOf(x: number): number {
  return x < -60 ? 0 : exponential(x);
}

/** The target answers anything but `label`. One objective for each other label k: z_k - z_label; `range` as of `answers`. */
export function answersNot(label: number, range?: Range): Criterion {
  if (range) {
    const others = ({ length }: Float32Array) => Array.from({ length }, (_, k) => k).filter((k) => k !== label);
    const leads = (scores: Float32Array) => others(scores).map((k) => lead(scores, k, label, range).value);
    return {
      margin: (scores) => Math.max(...leads(scores)),
      objectives: (scores) => others(scores).map((k) => objectiveOf((at) => lead(at, k, label, range))),
    };
  }
  return {
    margin: (scores) => -marginOf(scores, 0, scores.length, label),
    objectives: ({ length }) =>
      Array.from({ length }, (_, k) => k)
        .filter((k) => k !== label)
        .map((k) => {
          let weights: Float64Array | undefined;
          const weigh = () => (weights ??= difference(length, k, label));
          return { weigh, offset: 0, alone: () => labelAlone(k) };
        }),
  };
}

/** Weights of s_up - s_down. */
function difference(classes: number, up: number, down: number): Float64Array {
  const weights = new Float64Array(classes);
  weights[up] = 1;
  weights[down] = -1;
  return weights;
}

/** The label but one with the largest score; the first of equals. */
export function largestBut(scores: Float32Array, label: number): number {
  let found = label === 0 ? 1 : 0;
  for (let k = 0; k < scores.length; k++) {
    if (k !== label && (scores[k] as number) > (scores[found] as number)) found = k;
  }
  return found;
}
