/**
 * Linear lower bounds, row by row: from the coefficients of a value to what they add up to over the intervals of that value, and
 * through functions of one number between two lines. Coefficients are f32 and may be any numbers; sums run in f64.
 *
 * Order  elements 0, 1 of each four go to the two lanes of one partial sum, 2, 3 to those of another; the lanes are added first to
 *        last, then the elements behind the last four ascending.
 */
import { F32Pointer, F64Pointer, I32Pointer } from "../support/pointer";

function promoted_low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

function promoted_high(x: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
}

function joined(low: v128, high: v128): f64 {
  return (
    f64x2.extract_lane(low, 0) +
    f64x2.extract_lane(low, 1) +
    (f64x2.extract_lane(high, 0) + f64x2.extract_lane(high, 1))
  );
}

/** sum + (x where above zero) lower + (x elsewhere) upper. A NaN stays one, and an infinity becomes one. */
function added(sum: v128, x: v128, lower: usize, upper: usize): v128 {
  const above = f64x2.pmax(f64x2.splat(0), x);
  const below = f64x2.sub(x, above);
  const terms = f64x2.add(f64x2.mul(above, v128.load(lower)), f64x2.mul(below, v128.load(upper)));
  return f64x2.add(sum, terms);
}

function term(x: f64, lower: f64, upper: f64): f64 {
  return x > 0 ? x * lower : x * upper;
}

/**
 * c[r] += the sum over i of a[r,i] lower[i] where a[r,i] > 0, of a[r,i] upper[i] elsewhere.
 *
 *   a             f32[rows,n]
 *   lower, upper  f64[n]
 *   c             f64[rows]
 *
 * Error  |c' - c| <= gamma(n + 4) (sum |terms| + |c|), gamma(k) = k u / (1 - k u), u = 2^-53
 */
export function interval_sum_f64(
  rows: i32,
  n: i32,
  a: F32Pointer,
  lower: F64Pointer,
  upper: F64Pointer,
  c: F64Pointer,
): void {
  const bytes = (<usize>n) << 3;
  for (let r = 0; r < rows; r++, c += 8) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    let i: usize = 0;
    for (; i + 32 <= bytes; i += 32, a += 16) {
      const x = v128.load(a);
      low = added(low, promoted_low(x), lower + i, upper + i);
      high = added(high, promoted_high(x), lower + i + 16, upper + i + 16);
    }
    let sum = joined(low, high);
    for (; i < bytes; i += 8, a += 4) sum += term(<f64>load<f32>(a), load<f64>(lower + i), load<f64>(upper + i));
    store<f64>(c, load<f64>(c) + sum);
  }
}

/**
 * The same sum, and then the coefficients through a function between two lines: a[r,i] becomes a[r,i] slopes[0,i] where it is above
 * zero, a[r,i] slopes[1,i] elsewhere.
 *
 *   a             f32[rows,n]  overwritten
 *   slopes        f32[2,n]     of the line below and of the line above
 *   lower, upper  f64[n]       where the two lines meet the axis
 *   c             f64[rows]
 *
 * Error  of c as interval_sum_f64; one rounding of each product
 */
export function relax_f32(
  rows: i32,
  n: i32,
  a: F32Pointer,
  slopes: F32Pointer,
  lower: F64Pointer,
  upper: F64Pointer,
  c: F64Pointer,
): void {
  const bytes = (<usize>n) << 2;
  const zero = f32x4.splat(0);
  for (let r = 0; r < rows; r++, c += 8) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16, a += 16) {
      const x = v128.load(a);
      const at = i << 1;
      low = added(low, promoted_low(x), lower + at, upper + at);
      high = added(high, promoted_high(x), lower + at + 16, upper + at + 16);
      const slope = v128.bitselect(v128.load(slopes + i), v128.load(slopes + bytes + i), f32x4.gt(x, zero));
      v128.store(a, f32x4.mul(x, slope));
    }
    let sum = joined(low, high);
    for (; i < bytes; i += 4, a += 4) {
      const x = load<f32>(a);
      const at = i << 1;
      sum += term(<f64>x, load<f64>(lower + at), load<f64>(upper + at));
      store<f32>(a, x * load<f32>(x > 0 ? slopes + i : slopes + bytes + i));
    }
    store<f64>(c, load<f64>(c) + sum);
  }
}

/**
 * The coefficients through a choice: what output i weighs goes to input index[0,i] where it is above zero, else, times slope[i], to
 * input index[1,i].
 *
 *   a      f32[rows,n]
 *   index  i32[2,n]
 *   slope  f32[n]
 *   to     f32[rows,m]  added to
 *
 * Order  to, then outputs ascending.
 */
export function choose_grad_f32(
  rows: i32,
  n: i32,
  m: i32,
  a: F32Pointer,
  index: I32Pointer,
  slope: F32Pointer,
  to: F32Pointer,
): void {
  const bytes = (<usize>n) << 2;
  for (let r = 0; r < rows; r++, to += (<usize>m) << 2) {
    for (let i: usize = 0; i < bytes; i += 4, a += 4) {
      const x = load<f32>(a);
      const isAbove = x > 0;
      const at = to + ((<usize>load<i32>(isAbove ? index + i : index + bytes + i)) << 2);
      store<f32>(at, load<f32>(at) + (isAbove ? x : x * load<f32>(slope + i)));
    }
  }
}
