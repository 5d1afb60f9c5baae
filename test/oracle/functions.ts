/**
 * The functions of assembly/layers/function.ts one number at a time, in double precision, with their slopes at the input x. Their
 * place in the list is their number there.
 */
import { sigmoid } from "./activation.ts";
import { normal, normalDensity } from "./normal.ts";

export interface NumberedFunction {
  title: string;
  parameters: readonly number[];
  f: (x: number) => number;
  slope: (x: number) => number;
  /** How far the kernel may be from f and from the slope, in unit roundoffs: the roundings of terms times their size. */
  error: (x: number) => number;
  slopeError: (x: number) => number;
  /** Whether its kernel takes the slope from the output. */
  fromOutput?: boolean;
  /** Whether it is none below zero. */
  isPositive?: boolean;
  /** Where the slope jumps. */
  kinks?: readonly number[];
}

export function erf(x: number): number {
  if (Math.abs(x) > 1) return Math.sign(x) * (1 - 2 * normal(-Math.SQRT2 * Math.abs(x)));
  let [term, sum] = [x, x];
  for (let k = 1; Math.abs(term) > 1e-20 * Math.abs(sum); k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const K = Math.sqrt(8 / Math.PI);
const exponent = (x: number): number => K * (x + 0.044715 * x ** 3);
const mishShare = (x: number): number => {
  const e = Math.exp(Math.min(x, 300));
  return (e * (e + 2)) / (e * (e + 2) + 2);
};
const mishSlope = (x: number): number => {
  const e = Math.exp(Math.min(x, 100));
  return (4 * e * (1 + e)) / (e * (e + 2) + 2) ** 2;
};
const [A, B, C] = [1 / 6, 0.25, 1.5].map(Math.fround) as [number, number, number];
/** The roundings of a result that has no terms but itself. */
const relative = (f: (x: number) => number, roundings: number) => (x: number) => roundings * Math.abs(f(x));
const none = () => 0;
/** Roundings of the kernels that these stand on, twice their units in the last place [test/support/claims.ts], rounded up. */
const [EXP, LOG, SIGMOID, EXPM1, NORMAL] = [2, 1.7, 5, 3.2, 17] as const;

const rsqrtSlope = (x: number) => -0.5 / Math.sqrt(x) / x;
const reciprocalSlope = (x: number) => -1 / x / x;
const erfSlope = (x: number) => 2 * Math.SQRT2 * normalDensity(Math.SQRT2 * x);
const line = (x: number) => A * x + B;
const lineTerms = (x: number) => 2 * (Math.abs(A * x) + B);

export const NUMBERED: readonly NumberedFunction[] = [
  {
    ...{ title: "e^x", parameters: [], f: Math.exp, slope: Math.exp, fromOutput: true },
    ...{ error: relative(Math.exp, EXP), slopeError: relative(Math.exp, EXP) },
  },
  {
    ...{ title: "ln x", parameters: [], f: Math.log, slope: (x) => 1 / x, isPositive: true },
    ...{ error: relative(Math.log, LOG), slopeError: (x) => 1 / x },
  },
  {
    ...{ title: "sqrt x", parameters: [], f: Math.sqrt, slope: (x) => 0.5 / Math.sqrt(x) },
    ...{ error: relative(Math.sqrt, 1), slopeError: (x) => 1 / Math.sqrt(x), fromOutput: true, isPositive: true },
  },
  {
    ...{ title: "1 / sqrt x", parameters: [], f: (x) => 1 / Math.sqrt(x), slope: rsqrtSlope },
    ...{ error: (x) => 2 / Math.sqrt(x), slopeError: relative(rsqrtSlope, 3 * 2 + 2) },
    ...{ fromOutput: true, isPositive: true },
  },
  {
    ...{ title: "x^2", parameters: [], f: (x) => x * x, slope: (x) => 2 * x },
    ...{ error: (x) => x * x, slopeError: none },
  },
  {
    ...{ title: "|x|", parameters: [], f: Math.abs, slope: (x) => (x > 0 ? 1 : -1), kinks: [0] },
    ...{ error: none, slopeError: none },
  },
  {
    ...{ title: "1 / x", parameters: [], f: (x) => 1 / x, slope: reciprocalSlope },
    ...{ error: (x) => 1 / Math.abs(x), slopeError: relative(reciprocalSlope, 3), fromOutput: true },
  },
  {
    ...{ title: "erf x", parameters: [], f: erf, slope: erfSlope },
    // One less twice the tail, or a polynomial of terms that fall; of the slope two exponentials and the rounding of sqrt(2) x.
    error: (x) => 2 * Math.abs(erf(x)) + 2 * (1 - Math.abs(erf(x))) * NORMAL * (Math.abs(x) > 0.7 ? 1 : 0),
    slopeError: (x) => (2 * EXP + 6 + 4 * x * x) * erfSlope(x),
  },
  {
    title: "gelu by tanh",
    parameters: [],
    f: (x) => x * sigmoid(exponent(x)),
    slope: (x) => {
      const s = sigmoid(exponent(x));
      return s + x * s * sigmoid(-exponent(x)) * K * (1 + 3 * 0.044715 * x * x);
    },
    // The exponent has four roundings, and the sigmoid changes by no more than it does, relatively; 1 - s has the error of s.
    error: (x) => (SIGMOID + 1 + 4 * Math.abs(exponent(x))) * Math.abs(x * sigmoid(exponent(x))),
    slopeError: (x) => {
      const [s, off] = [sigmoid(exponent(x)), SIGMOID + 4 * Math.abs(exponent(x))];
      const bend = Math.abs(x) * s * K * (1 + 3 * 0.044715 * x * x);
      return s * off + bend * sigmoid(-exponent(x)) * (off + 8) + bend * (s * off + 1);
    },
  },
  {
    title: "mish",
    parameters: [],
    f: (x) => x * mishShare(x),
    slope: (x) => mishShare(x) + x * mishSlope(x),
    // Of e (e + 2) an exponential twice and two roundings; its share of itself and two changes by no more.
    error: (x) => (2 * EXP + 5) * Math.abs(x * mishShare(x)),
    slopeError: (x) => (2 * EXP + 5) * mishShare(x) + (6 * EXP + 13) * Math.abs(x) * mishSlope(x),
  },
  {
    ...{ title: "hard sigmoid", parameters: [A, B], f: (x) => Math.min(Math.max(line(x), 0), 1), error: lineTerms },
    ...{ slope: (x) => (line(x) >= 0 && line(x) <= 1 ? A : 0), slopeError: none, kinks: [-B / A, (1 - B) / A] },
  },
  {
    title: "b x, below zero an exponential",
    parameters: [A, B, C],
    f: (x) => (x < 0 ? A * Math.expm1(C * x) : B * x),
    slope: (x) => (x < 0 ? A * C * Math.exp(C * x) : B),
    error: (x) => (x < 0 ? (EXPM1 + 2) * A * Math.abs(Math.expm1(C * x)) : B * x),
    slopeError: (x) => (x < 0 ? (EXP + 2 + Math.abs(C * x)) * A * C * Math.exp(C * x) : 0),
    kinks: [0],
  },
  {
    ...{ title: "x above a threshold", parameters: [A], f: (x) => (x > A ? x : 0), slope: (x) => (x > A ? 1 : 0) },
    ...{ error: none, slopeError: none, kinks: [A] },
  },
  {
    ...{ title: "x^5", parameters: [5], f: (x) => x ** 5, slope: (x) => 5 * x ** 4 },
    ...{ error: relative((x) => x ** 5, 4), slopeError: relative((x) => x ** 4, 5 * 4) },
  },
  {
    ...{ title: "x^1.5", parameters: [C], f: (x) => x ** C, slope: (x) => C * x ** (C - 1), isPositive: true },
    error: (x) => (EXP + C * Math.abs(Math.log(x)) * (LOG + 1)) * x ** C,
    slopeError: (x) => (EXP + 1 + (C - 1) * Math.abs(Math.log(x)) * (LOG + 1)) * C * x ** (C - 1),
  },
  { title: "a x + b", parameters: [A, B], f: line, slope: () => A, error: lineTerms, slopeError: none },
];
