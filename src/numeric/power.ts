/** Powers with exact operations alone: the same bits on every engine. */
import { outOfRange } from "../check.ts";
import { exponential } from "./exponential.ts";
import { naturalLogarithm } from "./logarithm.ts";
import type { Bracket } from "./rounding.ts";

/** What a power may be off, relatively, for |y ln x| < 700: well above the rounding of the logarithm times that. */
const MARGIN = 1e-12;

/** x^y for a normal x > 0, bracketed. */
export function power(x: number, y: number): Bracket {
  if (!(x >= 2 ** -1022 && x < Number.POSITIVE_INFINITY)) outOfRange("base of a power", "a normal number above 0", x);
  const value = exponential(y * naturalLogarithm(x));
  return { lower: value * (1 - MARGIN), upper: value * (1 + MARGIN) };
}
