/**
 * The moves of the attack that do not minimise: a normalised step and a sphere for the annealed norm (Rony et al. 2019),
 * the nearest point behind a linearised boundary.
 *
 * Vectors are f64[n] with n a multiple of 8, but for `slope`, f32[n], the gradient of the loss.
 */
import { need } from "../support/need";
import { F32Pointer, F64Pointer } from "../support/pointer";

/** (sum_i x_i^2)^(1/2) in f64, four partial sums joined (0+2) + (1+3).   x  f32[n] */
export function norm2_f32(n: i32, x: F32Pointer): f64 {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 2);
  let even = f64x2.splat(0);
  let odd = even;
  for (; x < end; x += 16) {
    const a = f64x2.promote_low_f32x4(v128.load64_zero(x));
    const b = f64x2.promote_low_f32x4(v128.load64_zero(x, 8));
    even = f64x2.add(even, f64x2.mul(a, a));
    odd = f64x2.add(odd, f64x2.mul(b, b));
  }
  const sums = f64x2.add(even, odd);
  return sqrt(f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1));
}

/**
 * r = (x - origin) - a slope; returns |r|^2, four partial sums joined (0+2) + (1+3).
 *
 *   x, origin, r  f64[n]  r overwritten
 *   slope         f32[n]
 */
export function step_residual_f64(
  n: i32,
  a: f64,
  x: F64Pointer,
  origin: F64Pointer,
  slope: F32Pointer,
  r: F64Pointer,
): f64 {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  const by = f64x2.splat(a);
  let even = f64x2.splat(0);
  let odd = even;
  for (; x < end; x += 32, origin += 32, slope += 16, r += 32) {
    let r0 = f64x2.sub(v128.load(x), v128.load(origin));
    let r1 = f64x2.sub(v128.load(x, 16), v128.load(origin, 16));
    r0 = f64x2.sub(r0, f64x2.mul(by, f64x2.promote_low_f32x4(v128.load64_zero(slope))));
    r1 = f64x2.sub(r1, f64x2.mul(by, f64x2.promote_low_f32x4(v128.load64_zero(slope, 8))));
    v128.store(r, r0);
    v128.store(r, r1, 16);
    even = f64x2.add(even, f64x2.mul(r0, r0));
    odd = f64x2.add(odd, f64x2.mul(r1, r1));
  }
  const sums = f64x2.add(even, odd);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** x = clamp(origin + a r).   origin, r, lower, upper, x  f64[n] */
export function place_residual_f64(
  n: i32,
  a: f64,
  origin: F64Pointer,
  r: F64Pointer,
  lower: F64Pointer,
  upper: F64Pointer,
  x: F64Pointer,
): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  const by = f64x2.splat(a);
  for (; x < end; x += 16, origin += 16, r += 16, lower += 16, upper += 16) {
    const to = f64x2.add(v128.load(origin), f64x2.mul(by, v128.load(r)));
    v128.store(x, f64x2.pmin(f64x2.pmax(to, v128.load(lower)), v128.load(upper)));
  }
}

/**
 * One trial of the projection onto a half-space in the box: to = clamp(origin - t slope).
 *
 *   origin, x, lower, upper, to  f64[n]
 *   slope                        f32[n]
 *   out  f64[2]  <slope, to - x>, and the sum of slope_i^2 over the components that the box leaves free to move with t
 */
export function half_space_f64(
  n: i32,
  t: f64,
  origin: F64Pointer,
  x: F64Pointer,
  slope: F32Pointer,
  lower: F64Pointer,
  upper: F64Pointer,
  to: F64Pointer,
  out: F64Pointer,
): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  const by = f64x2.splat(t);
  let reach = f64x2.splat(0);
  let rate = reach;
  for (; x < end; x += 16, origin += 16, slope += 8, lower += 16, upper += 16, to += 16) {
    const s = f64x2.promote_low_f32x4(v128.load64_zero(slope));
    const wanted = f64x2.sub(v128.load(origin), f64x2.mul(by, s));
    const low = v128.load(lower);
    const high = v128.load(upper);
    const placed = f64x2.pmin(f64x2.pmax(wanted, low), high);
    v128.store(to, placed);
    reach = f64x2.add(reach, f64x2.mul(s, f64x2.sub(placed, v128.load(x))));
    const moves = v128.and(f64x2.gt(wanted, low), f64x2.lt(wanted, high));
    rate = f64x2.add(rate, v128.and(moves, f64x2.mul(s, s)));
  }
  store<f64>(out, f64x2.extract_lane(reach, 0) + f64x2.extract_lane(reach, 1));
  store<f64>(out, f64x2.extract_lane(rate, 0) + f64x2.extract_lane(rate, 1), 8);
}
