/** Powers with exact operations alone: the same bits on every engine. */
import { outOfRange } from "../check.ts";
import { naturalLogarithm } from "./logarithm.ts";
import type { Bracket } from "./rounding.ts";

/** Terms of the exponential series on |r| <= ln(2) / 2: the next is below 2^-60. */
const TERMS = 18;

/** What a power may be off, relatively, for |y ln x| < 700: well above the rounding of the logarithm times that. */
const MARGIN = 1e-12;

function exponential(x: number): number {
  const k = Math.round(x / Math.LN2);
  const r = x - k * Math.LN2;
  let series = 1;
  for (let i = TERMS; i >= 1; i--) series = 1 + (r / i) * series;
  const factor = k < 0 ? 0.5 : 2;
  for (let i = 0; i < Math.abs(k); i++) series *= factor;
  return series;
}

/** x^y for a normal x > 0, bracketed. */
export function power(x: number, y: number): Bracket {
  if (!(x >= 2 ** -1022 && x < Number.POSITIVE_INFINITY)) outOfRange("base of a power", "a normal number above 0", x);
  const value = exponential(y * naturalLogarithm(x));
  return { lower: value * (1 - MARGIN), upper: value * (1 + MARGIN) };
}
