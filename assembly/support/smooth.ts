/** Functions on four lanes that are built on exp and the normal distribution: erf, the tanh form of gelu, mish, powers. NaN stays NaN. */
import { normal_4, normal_density_4 } from "./special";
import { exp_4, log_4, sigmoid_4 } from "./transcendental";

/** sqrt(8 / pi), and 0.044715 times that. */
const GELU_1: f32 = 1.5957691216057308;
const GELU_3: f32 = 0.07135481627260025;

/** Twice the integral of e^(-t^2) / sqrt(pi) from 0 to x. Odd to the bit. */
export function erf_4(x: v128): v128 {
  const a = f32x4.abs(x);
  // |x| < 3/4: x + x P(x^2), relative error 2^-29.4
  const s = f32x4.mul(x, x);
  let p = f32x4.splat(-0.0006749533151099915);
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(0.0051143486394294516));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-0.02683462631242013));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(0.11283376617458657));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-0.3761261876108848));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(0.12837916549768885));
  const small = f32x4.add(f32x4.mul(a, p), a);
  // Otherwise 1 less twice the tail of the normal distribution at sqrt(2) x.
  const tail = normal_4(f32x4.mul(a, f32x4.splat(-1.4142135623730951)));
  const large = f32x4.sub(f32x4.splat(1), f32x4.add(tail, tail));
  const y = v128.bitselect(small, large, f32x4.lt(a, f32x4.splat(0.75)));
  return v128.or(y, v128.and(x, i32x4.splat(i32.MIN_VALUE)));
}

/** 2 e^(-x^2) / sqrt(pi), by the normal density at sqrt(2) x. */
export function erf_slope_4(x: v128): v128 {
  const density = normal_density_4(f32x4.mul(x, f32x4.splat(1.4142135623730951)));
  return f32x4.mul(f32x4.splat(2.8284271247461903), density);
}

/** The sigmoid of sqrt(8 / pi) (x + 0.044715 x^3), which is (1 + tanh of half of that) / 2. */
function gelu_share(x: v128): v128 {
  const line = f32x4.add(f32x4.splat(GELU_1), f32x4.mul(f32x4.splat(GELU_3), f32x4.mul(x, x)));
  return sigmoid_4(f32x4.mul(x, line));
}

/** x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2   [Hendrycks & Gimpel 2016] */
export function gelu_tanh_4(x: v128): v128 {
  return f32x4.mul(x, gelu_share(x));
}

export function gelu_tanh_slope_4(x: v128): v128 {
  // Beyond 30 the share is 0 or 1, and its slope 0.
  const near = f32x4.pmax(f32x4.pmin(x, f32x4.splat(30)), f32x4.splat(-30));
  const share = gelu_share(near);
  const line = f32x4.add(f32x4.splat(GELU_1), f32x4.mul(f32x4.splat(3 * GELU_3), f32x4.mul(near, near)));
  const bend = f32x4.mul(f32x4.mul(share, f32x4.sub(f32x4.splat(1), share)), line);
  return f32x4.add(share, f32x4.mul(near, bend));
}

/** e^x, for x > 20 e^20: there tanh(ln(1 + e^x)) is 1. */
function mish_exponential(x: v128): v128 {
  return exp_4(f32x4.pmin(x, f32x4.splat(20)));
}

/** x tanh(ln(1 + e^x)) = x w / (w + 2), w = e^x (e^x + 2)   [Misra 2019] */
export function mish_4(x: v128): v128 {
  const two = f32x4.splat(2);
  const e = mish_exponential(x);
  const w = f32x4.mul(e, f32x4.add(e, two));
  return f32x4.mul(x, f32x4.div(w, f32x4.add(w, two)));
}

/** w / (w + 2) + x 4 e (1 + e) / (w + 2)^2 */
export function mish_slope_4(x: v128): v128 {
  const two = f32x4.splat(2);
  const e = mish_exponential(x);
  const w = f32x4.mul(e, f32x4.add(e, two));
  const sum = f32x4.add(w, two);
  const rise = f32x4.mul(f32x4.mul(f32x4.splat(4), e), f32x4.add(e, f32x4.splat(1)));
  const bend = f32x4.div(f32x4.div(rise, sum), sum);
  return f32x4.add(f32x4.div(w, sum), f32x4.mul(f32x4.pmin(x, f32x4.splat(20)), bend));
}

/** x^p for a whole number |p| < 2^31: a product of squares, below zero its reciprocal. */
export function whole_power_4(x: v128, p: f32): v128 {
  const one = f32x4.splat(1);
  let square = x;
  let y = one;
  for (let rest = <i32>abs(p); rest > 0; rest >>= 1) {
    if (rest & 1) y = f32x4.mul(y, square);
    if (rest > 1) square = f32x4.mul(square, square);
  }
  return p < 0 ? f32x4.div(one, y) : y;
}

/** x^p for x >= 0 as e^(p ln x); a negative x gives NaN. */
export function power_4(x: v128, p: v128): v128 {
  return exp_4(f32x4.mul(p, log_4(x)));
}
