/**
 * Double-precision numbers that carry a bound on their own rounding error: a running error analysis, so that a
 * tolerance follows from the data and the arithmetic instead of being chosen.   [Higham 2002, 3.3]
 */
import { g, U64 } from "../support/bounds.ts";

export interface Tracked {
  readonly value: number;
  /** The exact result lies within this of `value`. */
  readonly error: number;
}

export function exact(value: number): Tracked {
  return { value, error: 0 };
}

export function add(a: Tracked, b: Tracked): Tracked {
  return rounded(a.value + b.value, a.error + b.error);
}

export function multiply(a: Tracked, b: Tracked): Tracked {
  const inherited = Math.abs(a.value) * b.error + Math.abs(b.value) * a.error + a.error * b.error;
  return rounded(a.value * b.value, inherited);
}

/** a / b, for a b that is surely not zero. */
export function divide(a: Tracked, b: Tracked): Tracked {
  const value = a.value / b.value;
  const inherited = (a.error + Math.abs(value) * b.error) / (Math.abs(b.value) - b.error);
  return rounded(value, inherited);
}

/** x'y; the bound holds for the products summed in any order. */
export function dot(x: readonly Tracked[], y: readonly Tracked[]): Tracked {
  let value = 0;
  let inherited = 0;
  let magnitude = 0;
  x.forEach((a, i) => {
    const b = y[i] as Tracked;
    value += a.value * b.value;
    inherited += Math.abs(a.value) * b.error + Math.abs(b.value) * a.error + a.error * b.error;
    magnitude += (Math.abs(a.value) + a.error) * (Math.abs(b.value) + b.error);
  });
  return { value, error: inherited + g(x.length, U64) * magnitude };
}

/** The rounding of this operation on top of the errors it inherits. */
function rounded(value: number, inherited: number): Tracked {
  // The bounds are computed in the same arithmetic: a few roundings of theirs are covered by the factor.
  return { value, error: (inherited + U64 * Math.abs(value)) * (1 + 8 * U64) };
}
