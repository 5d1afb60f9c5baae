/** The functions of assembly/layers/gate.ts one number at a time, in double precision, with their slopes at the input x. */
import { sigmoid } from "./activation.ts";
import { normal, normalDensity } from "./normal.ts";

export const SELU_SCALE = 1.0507009873554805;
export const SELU_SCALE_ALPHA = 1.7580993408473768;

export interface Gate {
  f: (x: number) => number;
  slope: (x: number) => number;
  /** What bounds the terms of the slope, its roundings being errors of these. */
  magnitude: (x: number) => number;
  /** Bounds of |f'| and |f''|, apart from kinks. */
  steepest: number;
  curved: number;
  /** Where the slope jumps. */
  kinks: readonly number[];
}

export const GATES = {
  elu: {
    f: (x) => (x < 0 ? Math.expm1(x) : x),
    slope: (x) => (x < 0 ? Math.exp(x) : 1),
    magnitude: () => 2, // y + 1, with |y| <= 1
    steepest: 1,
    curved: 1,
    kinks: [],
  },
  selu: {
    f: (x) => (x < 0 ? SELU_SCALE_ALPHA * Math.expm1(x) : SELU_SCALE * x),
    slope: (x) => (x > 0 ? SELU_SCALE : SELU_SCALE_ALPHA * Math.exp(x)),
    magnitude: (x) => (x > 0 ? SELU_SCALE : SELU_SCALE_ALPHA * Math.exp(x)),
    steepest: SELU_SCALE_ALPHA,
    curved: SELU_SCALE_ALPHA,
    kinks: [0],
  },
  hard_sigmoid: {
    f: (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1),
    slope: (x) => (Math.abs(x) <= 2.5 ? 0.2 : 0),
    magnitude: () => 0.2,
    steepest: 0.2,
    curved: 0,
    kinks: [-2.5, 2.5],
  },
  softplus: {
    f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    slope: sigmoid,
    magnitude: sigmoid,
    steepest: 1,
    curved: 0.25,
    kinks: [],
  },
  softsign: {
    f: (x) => x / (1 + Math.abs(x)),
    slope: (x) => 1 / (1 + Math.abs(x)) ** 2,
    magnitude: (x) => 1 / (1 + Math.abs(x)) ** 2,
    steepest: 1,
    curved: 2,
    kinks: [],
  },
  swish: {
    f: (x) => x * sigmoid(x),
    slope: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
    magnitude: (x) => sigmoid(x) * (1 + Math.abs(x) * (1 + sigmoid(x))), // 1 - s, with the error of s
    steepest: 1.1,
    curved: 0.5,
    kinks: [],
  },
  gelu: {
    f: (x) => x * normal(x),
    slope: (x) => normal(x) + x * normalDensity(x),
    magnitude: (x) => normal(x) + Math.abs(x) * normalDensity(x),
    steepest: 1.13,
    curved: 0.8,
    kinks: [],
  },
} satisfies Record<string, Gate>;
