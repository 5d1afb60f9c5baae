/**
 * exp, log and tanh of our own on four lanes: argument reduction and one minimax polynomial, no table, no FMA,
 * so that every machine gives the same bits. Coefficients: Lawson's weighted least squares in f64 on 2,000
 * Chebyshev nodes for the relative error of the function; the errors stated are those of the polynomial
 * alone, what the kernels reach over every f32 stands in test/kernels/transcendental.test.ts.
 */

/** ln 2 in two parts: the first has 9 bits, so that its product with an exponent is exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440054690583e-4;

/** log2 e. */
const LOG2_E: f32 = 1.44269504088896341;
/**
 * 1.5 2^23. What is added to it, up to 2^22 in magnitude, is rounded to a whole number, half to even, which then stands in the last bits of
 * the sum: two additions in the place of `nearest`, and none of the conversion's care for what no i32 holds.
 */
const ROUND: f32 = 12582912;
const ROUND_BITS: i32 = 0x4b400000;

/** e^x. Overflows to infinity above 88.7228, falls through the subnormals to 0 below -103.97; NaN stays NaN. */
export function exp_4(x: v128): v128 {
  // Outside [-105, 89] the result is 0 or infinity; pmin and pmax keep a NaN in their first operand.
  const clamped = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-105));
  const sum = f32x4.add(f32x4.mul(clamped, f32x4.splat(LOG2_E)), f32x4.splat(ROUND));
  let p = exp_rest(clamped, sum);
  // 2^n in two factors, so that neither overflows while the product is still finite, or subnormal.
  const whole = i32x4.sub(sum, i32x4.splat(ROUND_BITS));
  const half = i32x4.shr_s(whole, 1);
  p = f32x4.mul(p, power_of_two(half));
  return f32x4.mul(p, power_of_two(i32x4.sub(whole, half)));
}

/** e^r, r = x - n ln 2, where n is what the sum holds beyond ROUND. */
function exp_rest(x: v128, sum: v128): v128 {
  const n = f32x4.sub(sum, f32x4.splat(ROUND));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  return f32x4.add(expm1_near_0(r), f32x4.splat(1));
}

/** e^r - 1 = r + r^2 P(r) on |r| <= ln 2 / 2, relative error of P 2^-28.2. */
export function expm1_near_0(r: v128): v128 {
  let p = f32x4.splat(0.0013813144544768366);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.008369418831708142));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.04166845678656135));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.166665147914407));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.49999993050728825));
  return f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r);
}

/** 2^n for integers -126 <= n <= 127. */
function power_of_two(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** ln x. 0 gives -infinity, x < 0 and NaN give NaN, infinity gives itself; subnormals are exact to the same error. */
export function log_4(x: v128): v128 {
  // Subnormals are scaled into the normal range first.
  const tiny = f32x4.lt(x, f32x4.splat(1.1754943508222875e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, tiny);
  const bias = v128.bitselect(i32x4.splat(127 + 23), i32x4.splat(127), tiny);
  // x = m 2^e with m in [sqrt(1/2), sqrt 2): subtracting sqrt(1/2)'s bits rounds the exponent the right way.
  const ROOT_HALF: i32 = 0x3f3504f3;
  const shifted = i32x4.add(i32x4.sub(scaled, i32x4.splat(ROOT_HALF)), i32x4.splat(0x3f800000));
  const e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_s(shifted, 23), bias));
  const m = i32x4.add(v128.and(shifted, i32x4.splat(0x7fffff)), i32x4.splat(ROOT_HALF));
  const f = f32x4.sub(m, f32x4.splat(1));
  let y = log_near_1(f, e);
  // The ends of the domain.
  const infinity = f32x4.splat(f32.MAX_VALUE * 2);
  y = v128.bitselect(infinity, y, f32x4.eq(x, infinity));
  y = v128.bitselect(f32x4.neg(infinity), y, f32x4.eq(x, f32x4.splat(0)));
  const outside = v128.not(f32x4.ge(x, f32x4.splat(0)));
  return v128.bitselect(f32x4.splat(NaN), y, outside);
}

/** e ln 2 + ln(1 + f) = f - f^2/2 + f^3 P(f) on sqrt(1/2) <= 1 + f < sqrt 2, relative error of that 2^-30.3; e is whole. */
export function log_near_1(f: v128, e: v128): v128 {
  let p = f32x4.splat(0.06746641071767381);
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-0.11675651978615582));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.11888162093558761));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-0.12405588882316053));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.14219552381632566));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-0.1666799585679814));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.20002118657722573));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-0.25000009599332995));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.33333312604081583));
  const square = f32x4.mul(f, f);
  let y = f32x4.mul(f32x4.mul(square, f), p);
  y = f32x4.add(y, f32x4.mul(e, f32x4.splat(LN2_LOW)));
  y = f32x4.sub(y, f32x4.mul(square, f32x4.splat(0.5)));
  y = f32x4.add(y, f);
  return f32x4.add(y, f32x4.mul(e, f32x4.splat(LN2_HIGH)));
}

/** tanh x. Odd to the bit; NaN stays NaN. */
export function tanh_4(x: v128): v128 {
  const a = f32x4.abs(x);
  // |x| < 0.625: x + x^3 P(x^2), relative error 2^-27.8
  const s = f32x4.mul(x, x);
  let p = f32x4.splat(-0.005704987200023187);
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(0.020639087428347195));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-0.05373971514192197));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(0.13331442198856275));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-0.3333328194203867));
  const small = f32x4.add(f32x4.mul(f32x4.mul(s, a), p), a);
  // Otherwise 1 - 2 / (e^(2|x|) + 1).
  const e = exp_4(f32x4.add(a, a));
  const large = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(e, f32x4.splat(1))));
  const y = v128.bitselect(small, large, f32x4.lt(a, f32x4.splat(0.625)));
  return v128.or(y, v128.and(x, i32x4.splat(i32.MIN_VALUE)));
}

/** 1 / (1 + e^-x), below 0 taken as e^x / (1 + e^x): no end overflows, small results keep their digits. NaN stays NaN. */
export function sigmoid_4(x: v128): v128 {
  return sigmoid_from(x, exp_4(f32x4.neg(f32x4.abs(x))));
}

/**
 * y = sigmoid x for eight floats, to the bits of sigmoid_4. e^-|x| is a normal number for |x| <= 86: there n is added to the exponents of e^r as
 * it stands in the sum. Two vectors a turn share the constants, which do not all fit in registers.   x, y  f32[8]
 */
export function sigmoid_8(x: usize, y: usize): void {
  const x_03 = v128.load(x);
  const x_47 = v128.load(x, 16);
  const a_03 = f32x4.neg(f32x4.abs(x_03));
  const a_47 = f32x4.neg(f32x4.abs(x_47));
  // Not so for a NaN.
  if (i32x4.all_true(f32x4.ge(f32x4.min(a_03, a_47), f32x4.splat(-86)))) {
    v128.store(y, sigmoid_from(x_03, exp_normal(a_03)));
    v128.store(y, sigmoid_from(x_47, exp_normal(a_47)), 16);
  } else {
    v128.store(y, sigmoid_4(x_03));
    v128.store(y, sigmoid_4(x_47), 16);
  }
}

/** e^x where that is a normal number and x <= 0, to the bits of exp_4. */
function exp_normal(x: v128): v128 {
  const sum = f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUND));
  return i32x4.add(exp_rest(x, sum), i32x4.shl(sum, 23));
}

/** The sigmoid of x from e^-|x|. */
function sigmoid_from(x: v128, e: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0))), f32x4.add(one, e));
}
