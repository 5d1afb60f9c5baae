/**
 * The moves of the attack that do not minimise: a normalised step and a sphere for the annealed norm (Rony et al. 2019),
 * the nearest point behind a linearised boundary.
 *
 * Vectors have n elements, a multiple of 8; sums are f64. `slope` is the gradient of the loss.
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

/** The upper two of four floats, as doubles. */
function high_f64(a: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(a, a, 2, 3, 2, 3));
}

/**
 * r = (x - origin) - a slope; returns |r|^2, four partial sums joined (0+2) + (1+3).
 *
 *   x, origin, slope, r  f32[n]  r overwritten
 */
export function step_residual_f32(
  n: i32,
  a: f32,
  x: F32Pointer,
  origin: F32Pointer,
  slope: F32Pointer,
  r: F32Pointer,
): f64 {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 2);
  const by = f32x4.splat(a);
  let even = f64x2.splat(0);
  let odd = even;
  for (; x < end; x += 16, origin += 16, slope += 16, r += 16) {
    const to = f32x4.sub(f32x4.sub(v128.load(x), v128.load(origin)), f32x4.mul(by, v128.load(slope)));
    v128.store(r, to);
    const low = f64x2.promote_low_f32x4(to);
    const high = high_f64(to);
    even = f64x2.add(even, f64x2.mul(low, low));
    odd = f64x2.add(odd, f64x2.mul(high, high));
  }
  const sums = f64x2.add(even, odd);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** x = clamp(origin + a r).   origin, r, lower, upper, x  f32[n] */
export function place_residual_f32(
  n: i32,
  a: f32,
  origin: F32Pointer,
  r: F32Pointer,
  lower: F32Pointer,
  upper: F32Pointer,
  x: F32Pointer,
): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 2);
  const by = f32x4.splat(a);
  for (; x < end; x += 16, origin += 16, r += 16, lower += 16, upper += 16) {
    const to = f32x4.add(v128.load(origin), f32x4.mul(by, v128.load(r)));
    v128.store(x, f32x4.pmin(f32x4.pmax(to, v128.load(lower)), v128.load(upper)));
  }
}

/**
 * One trial on the way to a half-space in the box: to = clamp(start + t d).
 *
 *   start, d, x, slope, lower, upper, to  f32[n]
 *   out  f64[2]  <slope, to - x>, and its rate: the sum of slope_i d_i over the components that the box leaves free to move
 */
export function half_space_f32(
  n: i32,
  t: f32,
  start: F32Pointer,
  d: F32Pointer,
  x: F32Pointer,
  slope: F32Pointer,
  lower: F32Pointer,
  upper: F32Pointer,
  to: F32Pointer,
  out: F64Pointer,
): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 2);
  const by = f32x4.splat(t);
  let reach_even = f64x2.splat(0);
  let reach_odd = reach_even;
  let rate_even = reach_even;
  let rate_odd = reach_even;
  for (; x < end; x += 16, start += 16, d += 16, slope += 16, lower += 16, upper += 16, to += 16) {
    const s = v128.load(slope);
    const along = v128.load(d);
    const wanted = f32x4.add(v128.load(start), f32x4.mul(by, along));
    const low = v128.load(lower);
    const high = v128.load(upper);
    const placed = f32x4.pmin(f32x4.pmax(wanted, low), high);
    v128.store(to, placed);
    const step = f32x4.sub(placed, v128.load(x));
    const moving = v128.and(v128.and(f32x4.gt(wanted, low), f32x4.lt(wanted, high)), s);
    reach_even = f64x2.add(reach_even, f64x2.mul(f64x2.promote_low_f32x4(s), f64x2.promote_low_f32x4(step)));
    reach_odd = f64x2.add(reach_odd, f64x2.mul(high_f64(s), high_f64(step)));
    rate_even = f64x2.add(rate_even, f64x2.mul(f64x2.promote_low_f32x4(moving), f64x2.promote_low_f32x4(along)));
    rate_odd = f64x2.add(rate_odd, f64x2.mul(high_f64(moving), high_f64(along)));
  }
  const reach = f64x2.add(reach_even, reach_odd);
  const rate = f64x2.add(rate_even, rate_odd);
  store<f64>(out, f64x2.extract_lane(reach, 0) + f64x2.extract_lane(reach, 1));
  store<f64>(out, f64x2.extract_lane(rate, 0) + f64x2.extract_lane(rate, 1), 8);
}
