/**
 * Moves by which few features change, in double precision: lengths in L1 and L0, projection on their balls, steps of the steepest
 * features.
 *
 * Length  n is a multiple of 8; the padding of every vector is 0, and stays 0.
 * Order   sums run in ascending order, one number at a time; the rest is elementwise. Padding adds 0, which changes no sum.
 * Values  finite, never NaN.
 */
import { need } from "../support/need";
import { F64Pointer } from "../support/pointer";

/** Up to so many of the largest are kept in order while the others pass by; for more, the numbers are divided. */
const FEW: i32 = 32;

/** sum_i |x_i|.   x  f64[n] */
export function norm1_f64(n: i32, x: F64Pointer): f64 {
  need((n & 7) == 0);
  let sum: f64 = 0;
  for (const end = x + ((<usize>n) << 3); x < end; x += 8) sum += abs(load<f64>(x));
  return sum;
}

/** How many numbers are not 0.   x  f64[n] */
export function norm0_f64(n: i32, x: F64Pointer): i32 {
  need((n & 7) == 0);
  const zero = f64x2.splat(0);
  let count = i64x2.splat(0);
  // A lane that differs is all ones, which is -1.
  for (const end = x + ((<usize>n) << 3); x < end; x += 16) {
    count = i64x2.sub(count, f64x2.ne(v128.load(x), zero));
  }
  return <i32>(i64x2.extract_lane(count, 0) + i64x2.extract_lane(count, 1));
}

/** x = x0 + sgn(x - x0) max(|x - x0| - t, 0), x0 in `origin`.   origin, x  f64[n]; t >= 0 */
export function shrink_f64(n: i32, t: f64, origin: F64Pointer, x: F64Pointer): void {
  need((n & 7) == 0);
  const zero = f64x2.splat(0);
  const by = f64x2.splat(t);
  for (const end = x + ((<usize>n) << 3); x < end; x += 16, origin += 16) {
    const from = v128.load(origin);
    const r = f64x2.sub(v128.load(x), from);
    const left = f64x2.pmax(zero, f64x2.sub(f64x2.abs(r), by));
    const signed = v128.bitselect(f64x2.neg(left), left, f64x2.lt(r, zero));
    v128.store(x, f64x2.add(from, signed));
  }
}

/**
 * Takes x to the nearest point of the L1 ball around x0: r = x - x0 is shrunk by the t at which the sum of magnitudes is the
 * radius   [Duchi et al. 2008]. That sum is a convex piecewise linear function of t, so Newton's steps from 0 climb to that t and
 * stop there: each leaves out at least one component more, which is not looked at again   [Michelot 1986].
 *
 *   origin, x  f64[n]    x0; x is overwritten
 *   scratch    f64[n]    overwritten
 */
export function project_l1_f64(n: i32, radius: f64, origin: F64Pointer, x: F64Pointer, scratch: F64Pointer): void {
  need((n & 7) == 0);
  const size = (<usize>n) << 3;
  const zero = f64x2.splat(0);
  // The magnitudes that are not 0, at the front of the scratch in their order, and their sum. Most changes are sparse, so a pair of
  // zeros is passed over at once.
  let sum: f64 = 0;
  let to = scratch;
  for (let i: usize = 0; i < size; i += 16) {
    const pair = f64x2.abs(f64x2.sub(v128.load(x + i), v128.load(origin + i)));
    v128.store(scratch + i, pair);
    if (!v128.any_true(f64x2.ne(pair, zero))) {
      store<f64>(to, 0);
      continue;
    }
    const even = f64x2.extract_lane(pair, 0);
    const odd = f64x2.extract_lane(pair, 1);
    sum += even;
    store<f64>(to, even);
    to += (<usize>(even > 0)) << 3;
    sum += odd;
    store<f64>(to, odd);
    to += (<usize>(odd > 0)) << 3;
  }
  let t: f64 = 0;
  let end = to;
  while (end > scratch && sum - <f64>((end - scratch) >> 3) * t > radius) {
    t = (sum - radius) / <f64>((end - scratch) >> 3);
    sum = 0;
    to = scratch;
    for (let from = scratch; from < end; from += 8) {
      const value = load<f64>(from);
      const is_above = value > t;
      store<f64>(to, value);
      to += (<usize>is_above) << 3;
      // A number that is left out adds 0, which changes no sum.
      sum += is_above ? value : 0;
    }
    if (to == end) break;
    end = to;
  }
  if (t > 0) shrink_f64(n, t, origin, x);
}

/** Puts a number among those that fall from `values` on, at `to` or before; what stood at `to` goes. */
function insert(values: usize, to: usize, value: f64): void {
  for (; to > values && load<f64>(to - 8) < value; to -= 8) store<f64>(to, load<f64>(to - 8));
  store<f64>(to, value);
}

/**
 * The number that would stand at place `nth`, from 0, if the values fell. They are reordered.
 *
 *   values  f64[n]   0 <= nth < n
 */
function nth_largest(n: i32, values: usize, nth: i32): f64 {
  const last = values + ((<usize>nth) << 3);
  if (nth < FEW) {
    const end = values + ((<usize>n) << 3);
    for (let i = values; i <= last; i += 8) insert(values, i, load<f64>(i));
    let least = load<f64>(last);
    let i = last + 8;
    while (i < end) {
      // Most numbers are no larger than the last of the few: eight at a time are passed over.
      const few = f64x2.splat(least);
      for (; i + 64 <= end; i += 64) {
        const low = v128.and(f64x2.le(v128.load(i), few), f64x2.le(v128.load(i, 16), few));
        const high = v128.and(f64x2.le(v128.load(i, 32), few), f64x2.le(v128.load(i, 48), few));
        if (!i64x2.all_true(v128.and(low, high))) break;
      }
      for (const block = min(i + 64, end); i < block; i += 8) {
        const value = load<f64>(i);
        if (value <= least) continue;
        insert(values, last, value);
        least = load<f64>(last);
      }
    }
    return least;
  }
  // Divided about a pivot until the place stands alone   [Hoare, algorithm 65, CACM 1961]
  let first: i32 = 0;
  let end = n - 1;
  while (first < end) {
    const pivot = load<f64>(values + ((<usize>((first + end) >> 1)) << 3));
    let i = first;
    let j = end;
    while (i <= j) {
      while (load<f64>(values + ((<usize>i) << 3)) > pivot) i++;
      while (load<f64>(values + ((<usize>j) << 3)) < pivot) j--;
      if (i > j) break;
      const held = load<f64>(values + ((<usize>i) << 3));
      store<f64>(values + ((<usize>i) << 3), load<f64>(values + ((<usize>j) << 3)));
      store<f64>(values + ((<usize>j) << 3), held);
      i++;
      j--;
    }
    if (nth <= j) end = j;
    else if (nth >= i) first = i;
    else break;
  }
  return load<f64>(last);
}

/** x = x0 where |x - x0| < least, x0 in `origin`.   origin, x  f64[n] */
export function drop_below_f64(n: i32, least: f64, origin: F64Pointer, x: F64Pointer): void {
  need((n & 7) == 0);
  const most = f64x2.splat(least);
  for (const end = x + ((<usize>n) << 3); x < end; x += 16, origin += 16) {
    const from = v128.load(origin);
    const at = v128.load(x);
    v128.store(x, v128.bitselect(from, at, f64x2.lt(f64x2.abs(f64x2.sub(at, from)), most)));
  }
}

/**
 * Takes back all but the `count` largest changes of x, at least one; those as large as the last of them stay.
 *
 *   origin, x  f64[n]    x0; x is overwritten
 *   scratch    f64[n]    overwritten
 */
export function keep_largest_f64(n: i32, count: i32, origin: F64Pointer, x: F64Pointer, scratch: F64Pointer): void {
  need((n & 7) == 0);
  if (count >= n) return;
  for (let i: usize = 0, size = (<usize>n) << 3; i < size; i += 16) {
    v128.store(scratch + i, f64x2.abs(f64x2.sub(v128.load(x + i), v128.load(origin + i))));
  }
  drop_below_f64(n, nth_largest(n, scratch, max(count, 1) - 1), origin, x);
}

/**
 * x += +-length / m at the m features of steepest slope, ties included, of those that the box leaves room and whose slope is not 0.
 * `count` are wanted.   [Tramer & Boneh 2019, algorithm 1]
 *
 *   g, low, high  f64[n]
 *   x             f64[n]    overwritten; it may leave the box
 *   scratch       f64[2,n]  overwritten
 */
export function climb_steepest_f64(
  n: i32,
  length: f64,
  count: i32,
  g: F64Pointer,
  low: F64Pointer,
  high: F64Pointer,
  x: F64Pointer,
  scratch: F64Pointer,
): void {
  need((n & 7) == 0);
  const size = (<usize>n) << 3;
  const zero = f64x2.splat(0);
  for (let i: usize = 0; i < size; i += 16) {
    const slope = v128.load(g + i);
    const at = v128.load(x + i);
    const up = v128.and(f64x2.gt(slope, zero), f64x2.lt(at, v128.load(high + i)));
    const down = v128.and(f64x2.lt(slope, zero), f64x2.gt(at, v128.load(low + i)));
    const steep = v128.and(f64x2.abs(slope), v128.or(up, down));
    v128.store(scratch + i, steep);
    v128.store(scratch + size + i, steep);
  }
  const least = f64x2.splat(nth_largest(n, scratch + size, min(max(count, 1), n) - 1));
  let m = i64x2.splat(0);
  for (let i: usize = 0; i < size; i += 16) {
    const steep = v128.load(scratch + i);
    const moves = v128.and(f64x2.ge(steep, least), f64x2.gt(steep, zero));
    v128.store(scratch + i, moves);
    m = i64x2.sub(m, moves);
  }
  const moved = i64x2.extract_lane(m, 0) + i64x2.extract_lane(m, 1);
  if (moved == 0) return;
  const step = f64x2.splat(length / <f64>moved);
  for (let i: usize = 0; i < size; i += 16) {
    const moves = v128.load(scratch + i);
    if (!v128.any_true(moves)) continue;
    const at = v128.load(x + i);
    const to = v128.bitselect(f64x2.add(at, step), f64x2.sub(at, step), f64x2.gt(v128.load(g + i), zero));
    v128.store(x + i, v128.bitselect(to, at, moves));
  }
}
