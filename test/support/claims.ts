/**
 * What the transcendental kernels promise: the largest error over every float of a range, in units of the
 * spacing of floats at the true value. Each bound is the one that test/slow finds over all of them, rounded up.
 */
import { sigmoid } from "../oracle/activation.ts";
import { type MapName, patternOf } from "./sweep.ts";

export interface Claim {
  kernel: MapName;
  f: (x: number) => number;
  /** Ends of the range, zero or one sign, |first| <= |last|. */
  first: number;
  last: number;
  ulps: number;
}

const LEAST = 2 ** -149;
const LARGEST = 3.4028234663852886e38;
const LEAST_NORMAL = 2 ** -126;
/** The largest float whose exponential is one. */
const EXP_LAST = 88.72283172607422;

type Basic = Claim & { kernel: "exp_f32" | "log_f32" | "sigmoid_f32" | "tanh_f32" };

export const CLAIMS: readonly Basic[] = [
  { kernel: "exp_f32", f: Math.exp, first: 0, last: EXP_LAST, ulps: 0.97 },
  { kernel: "exp_f32", f: Math.exp, first: -0, last: -LARGEST, ulps: 0.98 },
  { kernel: "log_f32", f: Math.log, first: LEAST_NORMAL, last: LARGEST, ulps: 0.85 },
  { kernel: "log_f32", f: Math.log, first: LEAST, last: LEAST_NORMAL, ulps: 0.51 },
  { kernel: "tanh_f32", f: Math.tanh, first: 0, last: LARGEST, ulps: 1.34 },
  { kernel: "tanh_f32", f: Math.tanh, first: -0, last: -LARGEST, ulps: 1.34 },
  { kernel: "sigmoid_f32", f: sigmoid, first: 0, last: LARGEST, ulps: 1.5 },
  { kernel: "sigmoid_f32", f: sigmoid, first: -0, last: -LARGEST, ulps: 2.41 },
];

export function title(claim: Claim): string {
  return `${claim.kernel} is within ${claim.ulps} ulp of f64 for every x from ${name(claim.first)} to ${name(claim.last)}`;
}

function name(x: number): string {
  return Object.is(x, -0) ? "-0" : `${Number(x.toPrecision(6))}`;
}

/** The number of floats of a claim's range. */
export function floatsIn(claim: Claim): number {
  return patternOf(claim.last) - patternOf(claim.first) + 1;
}
