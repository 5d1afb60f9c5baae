/**
 * What is claimed of a network over a region: that none of some alternatives ever comes true, each of them linear conditions on
 * the scores that hold at once. That a label is answered is such a claim, with an alternative for each other label.
 */
import type { Ball } from "./region.ts";

/** weights . scores + offset <= 0, or below 0 where it is strict. */
export interface Condition {
  /** f32[scores] */
  readonly weights: Float32Array;
  readonly offset: number;
  readonly isStrict?: boolean;
}

/** Conditions that hold at once; without any, it is always true. */
export type Alternative = readonly Condition[];

export interface Claim {
  readonly ball: Ball;
  readonly alternatives: readonly Alternative[];
  /** Whether the scores of a row break the claim, where the conditions alone do not say. */
  readonly isBroken?: (scores: Float32Array) => boolean;
}

/** weights . scores + offset of a row's scores. */
export function conditionValue({ weights, offset }: Condition, scores: Float32Array): number {
  return weights.reduce((sum, weight, k) => (weight === 0 ? sum : sum + weight * (scores[k] as number)), offset);
}

/** Whether a row with these scores breaks a claim. */
export function breaks({ alternatives, isBroken }: Claim, scores: Float32Array): boolean {
  if (isBroken) return isBroken(scores);
  return alternatives.some((conditions) => {
    return conditions.every((condition) => {
      const value = conditionValue(condition, scores);
      return condition.isStrict ? value < 0 : value <= 0;
    });
  });
}

/** The conditions of some alternatives, one behind another, and how many each has. */
export function conditionsOf(alternatives: readonly Alternative[]): {
  weights: Float32Array;
  offsets: number[];
  counts: number[];
} {
  const all = alternatives.flat();
  const scores = all[0]?.weights.length ?? 0;
  const weights = new Float32Array(all.length * scores);
  all.forEach((condition, r) => {
    weights.set(condition.weights, r * scores);
  });
  return { weights, offsets: all.map(({ offset }) => offset), counts: alternatives.map(({ length }) => length) };
}

/** What a lower bound of weights . scores says of a condition's value. */
export function withOffset(bound: number, offset: number): number {
  return bound + offset - 2 ** -50 * (Math.abs(bound) + Math.abs(offset));
}

/** The alternatives of which no condition is refuted by the bounds of all conditions, and of each the condition that is nearest to it. */
export function openAlternatives(
  alternatives: readonly Alternative[],
  bounds: Float64Array,
): { alternative: number; condition: number; bound: number }[] {
  let at = 0;
  return alternatives.flatMap((conditions, alternative) => {
    let [condition, most] = [0, Number.NEGATIVE_INFINITY];
    conditions.forEach(({ offset }, k) => {
      const bound = withOffset(bounds[at + k] as number, offset);
      if (bound > most) [condition, most] = [k, bound];
    });
    at += conditions.length;
    return most > 0 ? [] : [{ alternative, condition, bound: most }];
  });
}
