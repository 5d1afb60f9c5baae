/**
 * Functions of one number as lines around them need them: values and slopes in double precision, where they bend which way, and how far
 * the kernel that runs may be from them.
 */
import { exponential } from "../numeric/exponential.ts";
import { naturalLogarithm } from "../numeric/logarithm.ts";

/** A part of the line on which a function is straight, bends up or down, or is only known to be no steeper than `steepest`. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly shape: "straight" | "convex" | "concave" | "unknown";
}

export interface Curve {
  readonly value: (x: number) => number;
  /** At the border of a piece that bends it is that of this piece. */
  readonly slope: (x: number) => number;
  /** They cover the line, ascending. */
  readonly pieces: readonly Piece[];
  readonly steepest: number;
  /** `value` and `slope` are within this times 1 + |x| of the function. */
  readonly inexact: number;
  /** The kernel's error: so many spacings of floats at the true value, 2^-23 of it, and so much besides. */
  readonly ulps: number;
  readonly besides: number;
  /** Whether it is max(x, 0), exactly. */
  readonly isRectifier?: boolean;
}

const { POSITIVE_INFINITY: END, NEGATIVE_INFINITY: START } = Number;

/** `exponential` is within 2^-42 of itself, and the functions below multiply that by a little. */
const SMOOTH = 2 ** -38;
/** Results that are subnormal are within some spacings of the least. */
const SUBNORMAL = 2 ** -143;

const exp = (x: number): number => exponential(Math.min(Math.max(x, -690), 690));
const logistic = (x: number): number => 1 / (1 + exp(-x));

function tanh(x: number): number {
  return 1 - 2 / (1 + exp(2 * x));
}

function softplus(x: number): number {
  return Math.max(x, 0) + naturalLogarithm(1 + exp(-Math.abs(x)));
}

const ROOT_TWO_PI = 2.5066282746310002;

/** Beyond this the normal distribution function is within 2^-49 of 0 or 1. */
const TAIL = 8;

/** 1/2 + f(x) (x + x^3 / 3 + x^5 / (3 5) + ...) with the density f: all terms have one sign.   [Marsaglia 2004] */
function normal(x: number): number {
  if (Math.abs(x) > TAIL) return x > 0 ? 1 : 0;
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 2 ** -60 * Math.abs(sum) && k < 500; k += 2) {
    term = (term * x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * exp((-x * x) / 2)) / ROOT_TWO_PI;
}

function density(x: number): number {
  return exp((-x * x) / 2) / ROOT_TWO_PI;
}

const s = Math.fround(1.0507009873554805);
const sa = Math.fround(1.7580993408473768);

type Facts = Pick<Curve, "value" | "slope" | "pieces" | "steepest" | "ulps">;
const smooth = (facts: Facts): Curve => ({ ...facts, inexact: SMOOTH, besides: SUBNORMAL });

const S_SHAPE: readonly Piece[] = [
  { from: START, to: 0, shape: "convex" },
  { from: 0, to: END, shape: "concave" },
];
const CONVEX: readonly Piece[] = [{ from: START, to: END, shape: "convex" }];

/** Concave, convex, concave, with the points of inflection at -+x between two known numbers. */
function gate(low: number, high: number): Piece[] {
  return [
    { from: START, to: -high, shape: "concave" },
    { from: -high, to: -low, shape: "unknown" },
    { from: -low, to: low, shape: "convex" },
    { from: low, to: high, shape: "unknown" },
    { from: high, to: END, shape: "concave" },
  ];
}

/** Straight pieces between the given ends. */
function straight(ends: readonly number[]): Piece[] {
  const all = [START, ...ends, END];
  return all.slice(1).map((to, i) => ({ from: all[i] as number, to, shape: "straight" }));
}

/** 0.2 as the kernel has it. */
const FIFTH = Math.fround(0.2);

/** The activations that are no family, by the names that maps give them. */
export const CURVES: Readonly<Record<string, Curve>> = {
  sigmoid: smooth({
    ...{ value: logistic, slope: (x) => logistic(x) * logistic(-x), pieces: S_SHAPE, steepest: 0.25, ulps: 2.41 },
  }),
  tanh: smooth({
    ...{ value: tanh, slope: (x) => 4 * logistic(2 * x) * logistic(-2 * x), pieces: S_SHAPE, steepest: 1, ulps: 1.34 },
  }),
  softsign: smooth({
    value: (x) => x / (1 + Math.abs(x)),
    slope: (x) => 1 / ((1 + Math.abs(x)) * (1 + Math.abs(x))),
    ...{ pieces: S_SHAPE, steepest: 1, ulps: 1.55 },
  }),
  softplus: smooth({ value: softplus, slope: logistic, pieces: CONVEX, steepest: 1, ulps: 1.7 }),
  elu: smooth({
    ...{ value: (x) => (x < 0 ? exp(x) - 1 : x), slope: (x) => (x < 0 ? exp(x) : 1) },
    ...{ pieces: CONVEX, steepest: 1, ulps: 1.55 },
  }),
  selu: smooth({
    ...{ value: (x) => (x < 0 ? sa * (exp(x) - 1) : s * x), slope: (x) => (x <= 0 ? sa * exp(x) : s) },
    pieces: [
      { from: START, to: 0, shape: "convex" },
      { from: 0, to: END, shape: "straight" },
    ],
    ...{ steepest: 1.7581, ulps: 2.1 },
  }),
  swish: smooth({
    value: (x) => x * logistic(x),
    slope: (x) => logistic(x) + x * logistic(x) * logistic(-x),
    ...{ pieces: gate(2.3993572, 2.3993574), steepest: 1.1, ulps: 3.5 },
  }),
  gelu: smooth({
    ...{ value: (x) => x * normal(x), slope: (x) => normal(x) + x * density(x) },
    ...{ pieces: gate(Math.SQRT2 - 1e-9, Math.SQRT2 + 1e-9), steepest: 1.13, ulps: 8.5 },
  }),
  hard_sigmoid: {
    value: (x) => Math.min(Math.max(FIFTH * x + 0.5, 0), 1),
    slope: (x) => (FIFTH * x + 0.5 > 0 && FIFTH * x + 0.5 < 1 ? FIFTH : 0),
    // Where the line meets 0 and 1, to one side or the other of its rounding.
    pieces: [
      { from: START, to: -2.5000001, shape: "straight" },
      { from: -2.5000001, to: -2.4999998, shape: "unknown" },
      { from: -2.4999998, to: 2.4999998, shape: "straight" },
      { from: 2.4999998, to: 2.5000001, shape: "unknown" },
      { from: 2.5000001, to: END, shape: "straight" },
    ],
    ...{ steepest: 0.21, inexact: 2 ** -50, ulps: 0, besides: 2 ** -22 },
  },
};

/** x, below zero alpha x: rounded once. */
export function leaky(alpha: number): Curve {
  return {
    ...{ value: (x) => (x < 0 ? alpha * x : x), slope: (x) => (x < 0 ? alpha : 1) },
    ...{
      pieces: straight([0]),
      steepest: Math.max(1, Math.abs(alpha)),
      inexact: alpha === 0 ? 0 : 2 ** -51 * Math.abs(alpha),
    },
    ...{ ulps: alpha === 0 || alpha === 1 ? 0 : 0.5, besides: alpha === 0 ? 0 : SUBNORMAL },
    isRectifier: alpha === 0,
  };
}

/** min(max(x, 0), top), exactly. */
export function clipped(top: number): Curve {
  return {
    ...{ value: (x) => Math.min(Math.max(x, 0), top), slope: (x) => (x > 0 && x < top ? 1 : 0) },
    ...{ pieces: straight(top > 0 ? [0, top] : [0]), steepest: 1, inexact: 0, ulps: 0, besides: 0 },
  };
}
