/** The exponential with exact operations alone: the same bits on every engine. Math.exp may round otherwise. */

/** Terms of the series on |r| <= ln(2) / 2: the next is below 2^-60. */
const TERMS = 18;

/**
 * e^x for |x| < 700, within 2^-42 of itself. With x = k ln 2 + r: e^x = 2^k (1 + r + r^2 / 2 + ...). What is lost is the
 * rounding of k ln 2, which grows with |x|.
 */
export function exponential(x: number): number {
  const k = Math.round(x / Math.LN2);
  const r = x - k * Math.LN2;
  let series = 1;
  for (let i = TERMS; i >= 1; i--) series = 1 + (r / i) * series;
  const factor = k < 0 ? 0.5 : 2;
  for (let i = 0; i < Math.abs(k); i++) series *= factor;
  return series;
}
