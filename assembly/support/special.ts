/** Functions on four lanes that are built on exp and log: e^x - 1, ln(1 + e^x), and the normal distribution. */
import { exp_4, expm1_near_0, log_near_1 } from "./transcendental";

/** e^x - 1. NaN stays NaN. */
export function expm1_4(x: v128): v128 {
  const isSmall = f32x4.le(f32x4.abs(x), f32x4.splat(0.34657359));
  return v128.bitselect(expm1_near_0(x), f32x4.sub(exp_4(x), f32x4.splat(1)), isSmall);
}

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|). NaN stays NaN. */
export function softplus_4(x: v128): v128 {
  const e = exp_4(f32x4.neg(f32x4.abs(x)));
  // 1 + e is not formed, as it would be rounded: beyond sqrt 2 it is 2 (1 + (e - 1) / 2).
  const isLarge = f32x4.gt(e, f32x4.splat(0.41421356));
  const one = f32x4.splat(1);
  const f = v128.bitselect(f32x4.mul(f32x4.sub(e, one), f32x4.splat(0.5)), e, isLarge);
  const tail = log_near_1(f, v128.and(one, isLarge));
  return f32x4.add(f32x4.max(x, f32x4.splat(0)), tail);
}

/** e^(-t^2 / 2) for 0 <= t <= 15: the square in two parts, of which the first is exact, so that its rounding is not magnified. */
function exp_half_square(t: v128): v128 {
  const high = v128.and(t, i32x4.splat(0xfffff000));
  const half = f32x4.splat(-0.5);
  const low = f32x4.mul(f32x4.sub(t, high), f32x4.add(t, high));
  return f32x4.mul(exp_4(f32x4.mul(f32x4.mul(high, high), half)), exp_4(f32x4.mul(low, half)));
}

/** Beyond this the tail is zero, and the square would overflow further out. A NaN stays in the first operand. */
function tail_end(x: v128): v128 {
  return f32x4.pmin(f32x4.abs(x), f32x4.splat(15));
}

/**
 * The normal distribution function. Its tail is e^(-t^2 / 2) w P(w), w = 1 / (1 + 0.28 t), t = |x|: relative error 2^-29.1
 * on 0 <= t <= 14.6. NaN stays NaN.
 */
export function normal_4(x: v128): v128 {
  const t = tail_end(x);
  const one = f32x4.splat(1);
  const w = f32x4.div(one, f32x4.add(one, f32x4.mul(f32x4.splat(0.28), t)));
  let p = f32x4.splat(-0.01103890763499378);
  p = f32x4.add(f32x4.mul(p, w), f32x4.splat(0.051601372894817095));
  p = f32x4.add(f32x4.mul(p, w), f32x4.splat(-0.07386997049318983));
  p = f32x4.add(f32x4.mul(p, w), f32x4.splat(0.003121262024327741));
  p = f32x4.add(f32x4.mul(p, w), f32x4.splat(0.04484639305199717));
  p = f32x4.add(f32x4.mul(p, w), f32x4.splat(-0.0009342358181197854));
  p = f32x4.add(f32x4.mul(p, w), f32x4.splat(0.07887764882369355));
  p = f32x4.add(f32x4.mul(p, w), f32x4.splat(0.08019717448691444));
  p = f32x4.add(f32x4.mul(p, w), f32x4.splat(0.10388050735257245));
  p = f32x4.add(f32x4.mul(p, w), f32x4.splat(0.11161096543950283));
  p = f32x4.add(f32x4.mul(p, w), f32x4.splat(0.11170778901014897));
  const tail = f32x4.mul(f32x4.mul(p, w), exp_half_square(t));
  return v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, f32x4.splat(0)));
}

/** The normal density, e^(-x^2 / 2) / sqrt(2 pi). */
export function normal_density_4(x: v128): v128 {
  return f32x4.mul(f32x4.splat(0.3989422804014327), exp_half_square(tail_end(x)));
}
