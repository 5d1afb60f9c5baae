/** The natural logarithm of our own, so that every engine gives the same bits: Math.log may round otherwise. */

const LN2_HIGH = 0.6931471803691238; // 33 bits: its product with an exponent is exact
const LN2_LOW = 1.9082149292705877e-10;

/**
 * ln x for a normal x > 0, to some 2^-51 of itself; else NaN. With x = m 2^e, m in [sqrt(1/2), sqrt 2), and
 * z = (m - 1) / (m + 1): ln m = 2 (z + z^3 / 3 + z^5 / 5 + ...), |z| < 0.1716, so that 12 terms leave less than 2^-60.
 */
export function naturalLogarithm(x: number): number {
  if (!(x >= 2 ** -1022 && x < Number.POSITIVE_INFINITY)) return Number.NaN;
  let m = x;
  let e = 0;
  for (; m >= Math.SQRT2; e++) m /= 2;
  for (; m < Math.SQRT1_2; e--) m *= 2;
  const z = (m - 1) / (m + 1);
  const square = z * z;
  let series = 0;
  for (let k = 23; k >= 3; k -= 2) series = (series + 1 / k) * square;
  return e * LN2_HIGH + (2 * z * series + (2 * z + e * LN2_LOW));
}
