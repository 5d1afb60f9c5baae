/** What is asked of one row, how much its label leads over a ball at least, and the smallest change that an attack finds. */
import { type DomainOptions, type MinimalAttackResult, minimalAttack } from "../attacks/index.ts";
import type { Network } from "../model/index.ts";
import type { Interval } from "./interval.ts";
import type { JointBounds } from "./joint-bounds.ts";
import type { LinearBounds } from "./linear-bounds.ts";
import type { CertifiedNorm } from "./region.ts";

/**
 * A softmax in f32 answers the class of the largest score where it leads by this much: e to the minus it, 8 spacings of floats below
 * 1, stays below 1 through the exponential and the division, each of which may lose one.
 */
const SOFTMAX_LEAD = 2 ** -20;

export interface Question {
  readonly target: Network;
  readonly bounds: LinearBounds;
  /** Those of balls of L2 that bound bends together, where there are such. */
  readonly joint?: JointBounds | undefined;
  readonly row: Float32Array;
  readonly label: number;
  /** The one other answer that is asked about; undefined for any. */
  readonly other: number | undefined;
  readonly norm: CertifiedNorm;
  readonly box: Interval;
}

/** What says where changed rows may lie. */
export type BoxOptions = Pick<DomainOptions, "lower" | "upper" | "frozen">;

export function domainOf({ lower, upper, frozen }: BoxOptions): DomainOptions {
  return {
    ...(lower !== undefined && { lower }),
    ...(upper !== undefined && { upper }),
    ...(frozen !== undefined && { frozen }),
  };
}

/** A lower bound of how much the label leads over the ball, less what the head needs to answer it. */
export function leadOver(
  { target, bounds, row, label, other, norm, box }: Question,
  epsilon: number,
  narrows = true,
): number {
  const found = bounds.bound({ row, box, norm, epsilon }, leadWeights(bounds.scores, label, other), narrows);
  const least = found.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return least - leadNeeded(target);
}

/** By how much the label's score is to lead, so that the head answers it. */
export function leadNeeded({ head }: Network): number {
  return head.kind === "softmax" ? SOFTMAX_LEAD : 0;
}

/**
 * Rows of weights of the scores that are above zero, all of them, where the label is answered; with another label one row, above zero where
 * that is not answered.
 */
export function leadWeights(scores: number, label: number, other?: number): Float32Array {
  if (scores === 1) return Float32Array.of(label === 1 ? 1 : -1);
  if (other !== undefined) {
    const weights = new Float32Array(scores);
    weights[label] = 1;
    weights[other] = -1;
    return weights;
  }
  const weights = new Float32Array((scores - 1) * scores);
  for (let k = 0, r = 0; k < scores; k++) {
    if (k === label) continue;
    weights[r * scores + label] = 1;
    weights[r * scores + k] = -1;
    r++;
  }
  return weights;
}

/** The smallest change that an attack finds. */
export function smallestChange(
  { target, row, label, other, norm }: Question,
  options: BoxOptions & { signal?: AbortSignal },
): Promise<MinimalAttackResult> {
  const { signal } = options;
  return minimalAttack(target, {
    ...domainOf(options),
    ...{ rows: row, truth: [label], norm },
    ...(other !== undefined && { labels: [other] }),
    ...(signal && { signal }),
  });
}

export function widthOf({ lower, upper }: Interval): number {
  return lower.reduce((most, low, i) => Math.max(most, (upper[i] as number) - low), 0);
}

/** The length beyond which a ball holds all of the box. */
export function farthest({ lower, upper }: Interval, row: Float32Array, norm: CertifiedNorm): number {
  let [most, sum, squares] = [0, 0, 0];
  row.forEach((x, i) => {
    const reach = Math.max(x - (lower[i] as number), (upper[i] as number) - x);
    most = Math.max(most, reach);
    sum += reach;
    squares += reach * reach;
  });
  return norm === "linf" ? most : norm === "l1" ? sum : Math.sqrt(squares);
}
