/** Lower and upper bounds of the variables, as arrays or as vectors in Wasm memory. */
import { outOfRange } from "../check.ts";
import type { F32Pointer } from "../wasm/index.ts";
import { requireVector } from "./options.ts";

/** One number for all variables, or one for each; -Infinity and Infinity mean that there is no bound. */
export type Bound = number | ArrayLike<number>;

/** Bounds with infinities where there are none. */
export interface Bounds {
  lower: Float64Array;
  upper: Float64Array;
  /** Whether any variable has a bound. */
  constrained: boolean;
  /** Whether every variable has both. */
  boxed: boolean;
}

/** A box in the workspace of a search. */
export interface Box {
  /** Padded length. */
  n: number;
  /** f32[n] each; the padding is 0. */
  lower: F32Pointer;
  upper: F32Pointer;
  /** How wide the box is: the unit of length, so that a search takes the same course in a box of any width. */
  width: number;
}

/** Checks the bounds of n variables. */
export function boundsOf(n: number, lower: Bound | undefined, upper: Bound | undefined): Bounds {
  const low = boundOf("lower", n, lower, Number.NEGATIVE_INFINITY);
  const high = boundOf("upper", n, upper, Number.POSITIVE_INFINITY);
  let constrained = false;
  let boxed = true;
  for (let i = 0; i < n; i++) {
    const l = low[i] as number;
    const u = high[i] as number;
    if (l > u) outOfRange(`lower[${i}]`, `at most upper[${i}] = ${u}`, l);
    if (l === Number.POSITIVE_INFINITY) outOfRange(`lower[${i}]`, "a finite number or -Infinity", l);
    if (u === Number.NEGATIVE_INFINITY) outOfRange(`upper[${i}]`, "a finite number or Infinity", u);
    const above = l > Number.NEGATIVE_INFINITY;
    const below = u < Number.POSITIVE_INFINITY;
    constrained ||= above || below;
    boxed &&= above && below;
  }
  return { lower: low, upper: high, constrained, boxed };
}

function boundOf(subject: string, n: number, bound: Bound | undefined, none: number): Float64Array {
  if (bound === undefined) return new Float64Array(n).fill(none);
  if (typeof bound === "number") return requireVector(subject, new Float64Array(n).fill(bound), n, true);
  return requireVector(subject, bound, n, true);
}
