/**
 * The sweeps of projected L-BFGS in single precision, for functions that are themselves computed in it.
 *
 * Lengths are multiples of 8, padded with zeros. Differences are taken in f32; products and sums are f64, with four partial
 * sums joined (0+2) + (1+3). Clamps and masks as in vector.ts, masks with 32-bit lanes.
 */
import { need } from "../support/need";
import { F32Pointer, I32Pointer } from "../support/pointer";

function high_f64(a: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(a, a, 2, 3, 2, 3));
}

function sum_4(even: v128, odd: v128): f64 {
  const sums = f64x2.add(even, odd);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** sum_i x_i y_i - sum_i x_i z_i, each sum for itself.   x, y, z  f32[n] */
export function dot_difference_f32_f64(n: i32, x: F32Pointer, y: F32Pointer, z: F32Pointer): f64 {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 2);
  let y_even = f64x2.splat(0);
  let y_odd = y_even;
  let z_even = y_even;
  let z_odd = y_even;
  for (; x < end; x += 16, y += 16, z += 16) {
    const a = v128.load(x);
    const low = f64x2.promote_low_f32x4(a);
    const high = high_f64(a);
    const b = v128.load(y);
    const c = v128.load(z);
    y_even = f64x2.add(y_even, f64x2.mul(low, f64x2.promote_low_f32x4(b)));
    y_odd = f64x2.add(y_odd, f64x2.mul(high, high_f64(b)));
    z_even = f64x2.add(z_even, f64x2.mul(low, f64x2.promote_low_f32x4(c)));
    z_odd = f64x2.add(z_odd, f64x2.mul(high, high_f64(c)));
  }
  return sum_4(y_even, y_odd) - sum_4(z_even, z_odd);
}

/** Returns sum_i x_i d_i, and adds a point to d: d += at.   x, at, d  f32[n] */
export function dot_and_place_f32(n: i32, x: F32Pointer, at: F32Pointer, d: F32Pointer): f64 {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 2);
  let even = f64x2.splat(0);
  let odd = even;
  for (; x < end; x += 16, at += 16, d += 16) {
    const a = v128.load(x);
    const b = v128.load(d);
    v128.store(d, f32x4.add(b, v128.load(at)));
    even = f64x2.add(even, f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b)));
    odd = f64x2.add(odd, f64x2.mul(high_f64(a), high_f64(b)));
  }
  return sum_4(even, odd);
}

/**
 * Which variables a step may move: those not at a bound with the gradient pushing out of the box.
 *
 *   x, g, lower, upper  f32[n]
 *   free                i32[n]  overwritten: all ones where free, zero where fixed
 */
export function free_set_f32(
  n: i32,
  x: F32Pointer,
  g: F32Pointer,
  lower: F32Pointer,
  upper: F32Pointer,
  free: I32Pointer,
): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 2);
  const zero = f32x4.splat(0);
  for (; x < end; x += 16, g += 16, lower += 16, upper += 16, free += 16) {
    const at = v128.load(x);
    const slope = v128.load(g);
    const below = v128.and(f32x4.le(at, v128.load(lower)), f32x4.gt(slope, zero));
    const above = v128.and(f32x4.ge(at, v128.load(upper)), f32x4.lt(slope, zero));
    v128.store(free, v128.not(v128.or(below, above)));
  }
}

/**
 * A trial point on the projected path: to = clamp(x + a d); returns <g, to - x>, the decrease that a linear model predicts.
 *
 *   x, d, g, lower, upper, to  f32[n]
 */
export function trial_f32(
  n: i32,
  a: f32,
  x: F32Pointer,
  d: F32Pointer,
  g: F32Pointer,
  lower: F32Pointer,
  upper: F32Pointer,
  to: F32Pointer,
): f64 {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 2);
  const by = f32x4.splat(a);
  let even = f64x2.splat(0);
  let odd = even;
  for (; x < end; x += 16, d += 16, g += 16, lower += 16, upper += 16, to += 16) {
    const at = v128.load(x);
    const slope = v128.load(g);
    const moved = f32x4.add(at, f32x4.mul(by, v128.load(d)));
    const placed = f32x4.pmin(f32x4.pmax(moved, v128.load(lower)), v128.load(upper));
    v128.store(to, placed);
    const step = f32x4.sub(placed, at);
    even = f64x2.add(even, f64x2.mul(f64x2.promote_low_f32x4(slope), f64x2.promote_low_f32x4(step)));
    odd = f64x2.add(odd, f64x2.mul(high_f64(slope), high_f64(step)));
  }
  return sum_4(even, odd);
}

/**
 * A pair of the history: s = to - from, y = slope_to - slope_from; returns s'y.
 *
 *   from, to, slope_from, slope_to  f32[n]
 *   s, y                            f32[n]  overwritten; s may be from, and y slope_from
 */
export function pair_of_points_f32(
  n: i32,
  from: F32Pointer,
  to: F32Pointer,
  slope_from: F32Pointer,
  slope_to: F32Pointer,
  s: F32Pointer,
  y: F32Pointer,
): f64 {
  need((n & 7) == 0);
  const end = from + ((<usize>n) << 2);
  let even = f64x2.splat(0);
  let odd = even;
  for (; from < end; from += 16, to += 16, slope_from += 16, slope_to += 16, s += 16, y += 16) {
    const step = f32x4.sub(v128.load(to), v128.load(from));
    const change = f32x4.sub(v128.load(slope_to), v128.load(slope_from));
    v128.store(s, step);
    v128.store(y, change);
    even = f64x2.add(even, f64x2.mul(f64x2.promote_low_f32x4(step), f64x2.promote_low_f32x4(change)));
    odd = f64x2.add(odd, f64x2.mul(high_f64(step), high_f64(change)));
  }
  return sum_4(even, odd);
}
