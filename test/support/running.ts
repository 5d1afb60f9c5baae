/**
 * Numbers in double precision that carry how far a single-precision evaluation of the same expression may be from them: a
 * running error analysis, so that the tolerance of a kernel follows from its data and its arithmetic.   [Higham 2002, 3.3]
 */
import { g, gBoth, U32, U64 } from "./bounds.ts";

export interface Running {
  readonly value: number;
  /** A kernel's number lies within this of `value`. */
  readonly bound: number;
}

/** What a product or quotient that underflows loses at most. */
const UNDERFLOW = 2 ** -149;
const U = U32 + U64;

/** A number that kernel and oracle have alike. */
export function given(value: number): Running {
  return { value, bound: 0 };
}

export function givens(values: ArrayLike<number>): Running[] {
  return Array.from(values, given);
}

/** The result of one rounded operation with the error it inherits. */
function rounded(value: number, inherited: number): Running {
  return { value, bound: (inherited + U * (Math.abs(value) + inherited)) * (1 + 8 * U64) };
}

export function add(a: Running, b: Running): Running {
  return rounded(a.value + b.value, a.bound + b.bound);
}

export function subtract(a: Running, b: Running): Running {
  return rounded(a.value - b.value, a.bound + b.bound);
}

export function multiply(a: Running, b: Running): Running {
  const inherited = Math.abs(a.value) * b.bound + Math.abs(b.value) * a.bound + a.bound * b.bound;
  return rounded(a.value * b.value, inherited + UNDERFLOW);
}

/** a / b, for a b that is surely not zero. */
export function divide(a: Running, b: Running): Running {
  const value = a.value / b.value;
  const inherited = (a.bound + Math.abs(value) * b.bound) / (Math.abs(b.value) - b.bound);
  return rounded(value, inherited + UNDERFLOW);
}

/** The root of a number that is surely not negative. */
export function root(a: Running): Running {
  const value = Math.sqrt(a.value);
  return rounded(value, value - Math.sqrt(Math.max(0, a.value - a.bound)));
}

/** f(a) for a kernel function that is within `relative` of f, f monotone over the error of a. */
export function apply(a: Running, f: (x: number) => number, relative: number): Running {
  const value = f(a.value);
  const shift = Math.max(Math.abs(f(a.value + a.bound) - value), Math.abs(f(a.value - a.bound) - value));
  return { value, bound: shift + (relative + 4 * U64) * (Math.abs(value) + shift) };
}

/** The sum of terms in any order. */
export function sum(terms: readonly Running[]): Running {
  let [value, inherited, magnitude] = [0, 0, 0];
  for (const term of terms) {
    value += term.value;
    inherited += term.bound;
    magnitude += Math.abs(term.value) + term.bound;
  }
  return { value, bound: inherited + (gBoth(terms.length) + g(8, U64)) * magnitude };
}

export function values(x: readonly Running[]): Float64Array {
  return Float64Array.from(x, ({ value }) => value);
}

export function bounds(x: readonly Running[]): Float64Array {
  return Float64Array.from(x, ({ bound }) => bound);
}
