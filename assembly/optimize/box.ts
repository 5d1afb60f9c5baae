/**
 * Vector work of a bound-constrained step: breakpoints of the projected gradient path and their heap, the search
 * direction, the correction pair. Lengths as in vector.ts; missing bounds are infinities; padding has lower = upper = x = 0.
 */
import { need } from "../support/need";
import { F64Pointer, I32Pointer, I64Pointer } from "../support/pointer";

function sum_2(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

function count_2(a: v128): f64 {
  return <f64>(i64x2.extract_lane(a, 0) + i64x2.extract_lane(a, 1));
}

/**
 * The path P(x - t g) for t >= 0: which variables move, how far until each meets its bound.   [Byrd et al. 1995, (4.1), (4.2)]
 *
 *   x, g, lower, upper  f64[n]
 *   d     f64[n]  -g on the variables that move, 0 on the others; overwritten
 *   t     f64[n]  where the variable meets its bound, infinity where it never does or does not move; overwritten
 *   free  i64[n]  all zeros at a bound with the gradient pushing out or zero, and where lower = upper; overwritten
 *   z     f64[n]  a copy of x; overwritten
 *   out   f64[5]  d'd, the least t, how many t are finite, how many variables move without bound, how many are free
 *
 * Order  d'd: element i goes to partial sum i mod 2.
 */
export function breakpoints_f64(
  n: i32,
  x: F64Pointer,
  g: F64Pointer,
  lower: F64Pointer,
  upper: F64Pointer,
  d: F64Pointer,
  t: F64Pointer,
  free: I64Pointer,
  z: F64Pointer,
  out: F64Pointer,
): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  const zero = f64x2.splat(0);
  const infinity = f64x2.splat(Infinity);
  let dd = zero;
  let least = infinity;
  let breaks = i64x2.splat(0);
  let endless = breaks;
  let frees = breaks;
  for (; x < end; x += 16, g += 16, lower += 16, upper += 16, d += 16, t += 16, free += 16, z += 16) {
    const at = v128.load(x);
    const slope = v128.load(g);
    const low = v128.load(lower);
    const high = v128.load(upper);
    const at_low = f64x2.le(at, low);
    const at_high = f64x2.ge(at, high);
    const held_low = v128.and(at_low, f64x2.ge(slope, zero));
    const held_high = v128.and(v128.andnot(at_high, at_low), f64x2.le(slope, zero));
    const held = v128.or(f64x2.eq(low, high), v128.or(held_low, held_high));
    const moves = v128.not(held);
    const step = v128.and(moves, f64x2.neg(slope));
    const room = v128.bitselect(f64x2.sub(at, low), f64x2.sub(high, at), f64x2.gt(slope, zero));
    // A free variable with a zero slope divides a positive room by zero: infinity.
    const meets = v128.bitselect(f64x2.div(room, f64x2.abs(slope)), infinity, moves);
    const finite = f64x2.lt(meets, infinity);
    v128.store(z, at);
    v128.store(d, step);
    v128.store(t, meets);
    v128.store(free, moves);
    dd = f64x2.add(dd, f64x2.mul(step, step));
    least = f64x2.pmin(least, meets);
    breaks = i64x2.sub(breaks, finite);
    endless = i64x2.sub(endless, v128.andnot(f64x2.ne(step, zero), finite));
    frees = i64x2.sub(frees, moves);
  }
  store<f64>(out, sum_2(dd));
  store<f64>(out, min(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1)), 8);
  store<f64>(out, count_2(breaks), 16);
  store<f64>(out, count_2(endless), 24);
  store<f64>(out, count_2(frees), 32);
}

/** Index of the first element equal to `value`, or -1.   x  f64[n] */
export function find_f64(n: i32, x: F64Pointer, value: f64): i32 {
  for (let i = 0; i < n; i++) {
    if (load<f64>(x + ((<usize>i) << 3)) == value) return i;
  }
  return -1;
}

/**
 * Gathers the finite breakpoints but that of variable `used` and makes them a heap with the least on top.
 *
 *   t      f64[n]  breakpoints; its first places are overwritten with the heap
 *   index  i32[n]  the variables they belong to; overwritten
 *
 * Returns their number. Equal breakpoints keep an order of their own, which the iterates depend on: they are gathered by
 * ascending variable, the last takes the place of the used one, and each then rises from the end of the heap before it.
 */
export function heap_build_f64(n: i32, t: F64Pointer, index: I32Pointer, used: i32): i32 {
  let count = 0;
  let gap = -1;
  for (let i = 0; i < n; i++) {
    const at = load<f64>(t + ((<usize>i) << 3));
    if (!(at < Infinity)) continue;
    if (i == used) gap = count;
    store<f64>(t + ((<usize>count) << 3), at);
    store<i32>(index + ((<usize>count) << 2), i);
    count++;
  }
  if (gap >= 0) {
    count--;
    store<f64>(t + ((<usize>gap) << 3), load<f64>(t + ((<usize>count) << 3)));
    store<i32>(index + ((<usize>gap) << 2), load<i32>(index + ((<usize>count) << 2)));
  }
  for (let k = 1; k < count; k++) {
    const at = load<f64>(t + ((<usize>k) << 3));
    const variable = load<i32>(index + ((<usize>k) << 2));
    let i = k;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = load<f64>(t + ((<usize>parent) << 3));
      if (!(at < above)) break;
      store<f64>(t + ((<usize>i) << 3), above);
      store<i32>(index + ((<usize>i) << 2), load<i32>(index + ((<usize>parent) << 2)));
      i = parent;
    }
    store<f64>(t + ((<usize>i) << 3), at);
    store<i32>(index + ((<usize>i) << 2), variable);
  }
  return count;
}

/**
 * Moves the least of a heap of `count` >= 1 breakpoints to its last place and restores the heap before it.
 *
 *   t      f64[count]  the heap that heap_build_f64 made
 *   index  i32[count]  the variables they belong to
 */
export function heap_pop_f64(count: i32, t: F64Pointer, index: I32Pointer): void {
  need(count >= 1);
  const last = count - 1;
  const least = load<f64>(t);
  const variable = load<i32>(index);
  const sinking = load<f64>(t + ((<usize>last) << 3));
  const its = load<i32>(index + ((<usize>last) << 2));
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= last) break;
    if (child + 1 < last && load<f64>(t + ((<usize>child) << 3), 8) < load<f64>(t + ((<usize>child) << 3))) child++;
    const below = load<f64>(t + ((<usize>child) << 3));
    if (!(below < sinking)) break;
    store<f64>(t + ((<usize>i) << 3), below);
    store<i32>(index + ((<usize>i) << 2), load<i32>(index + ((<usize>child) << 2)));
    i = child;
  }
  store<f64>(t + ((<usize>i) << 3), sinking);
  store<i32>(index + ((<usize>i) << 2), its);
  store<f64>(t + ((<usize>last) << 3), least);
  store<i32>(index + ((<usize>last) << 2), variable);
}

/**
 * d = to - x, out = { d'd, g'd, the longest step a with x + a d in the box }.
 *
 *   x, to, g, lower, upper  f64[n]
 *   d    f64[n]  overwritten
 *   out  f64[3]  overwritten; the step is infinite where nothing bounds it
 */
export function direction_f64(
  n: i32,
  x: F64Pointer,
  to: F64Pointer,
  g: F64Pointer,
  lower: F64Pointer,
  upper: F64Pointer,
  d: F64Pointer,
  out: F64Pointer,
): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  const zero = f64x2.splat(0);
  let dd = zero;
  let gd = zero;
  let longest = f64x2.splat(Infinity);
  for (; x < end; x += 16, to += 16, g += 16, lower += 16, upper += 16, d += 16) {
    const at = v128.load(x);
    const step = f64x2.sub(v128.load(to), at);
    const bound = v128.bitselect(v128.load(lower), v128.load(upper), f64x2.lt(step, zero));
    // Where the step is zero the quotient is infinite, or NaN at a bound, which the comparison passes over.
    const ratio = f64x2.div(f64x2.sub(bound, at), step);
    longest = f64x2.pmin(longest, ratio);
    v128.store(d, step);
    dd = f64x2.add(dd, f64x2.mul(step, step));
    gd = f64x2.add(gd, f64x2.mul(v128.load(g), step));
  }
  store<f64>(out, sum_2(dd));
  store<f64>(out, sum_2(gd), 8);
  store<f64>(out, max(0, min(f64x2.extract_lane(longest, 0), f64x2.extract_lane(longest, 1))), 16);
}

/**
 * A correction pair: s = a d, y = g_new - g; returns y'y.
 *
 *   d, g_new, g  f64[n]
 *   s, y         f64[n]  overwritten
 */
export function pair_f64(
  n: i32,
  a: f64,
  d: F64Pointer,
  g_new: F64Pointer,
  g: F64Pointer,
  s: F64Pointer,
  y: F64Pointer,
): f64 {
  need((n & 7) == 0);
  const end = d + ((<usize>n) << 3);
  const by = f64x2.splat(a);
  let even = f64x2.splat(0);
  let odd = even;
  for (; d < end; d += 32, g_new += 32, g += 32, s += 32, y += 32) {
    const y0 = f64x2.sub(v128.load(g_new), v128.load(g));
    const y1 = f64x2.sub(v128.load(g_new, 16), v128.load(g, 16));
    v128.store(s, f64x2.mul(by, v128.load(d)));
    v128.store(s, f64x2.mul(by, v128.load(d, 16)), 16);
    v128.store(y, y0);
    v128.store(y, y1, 16);
    even = f64x2.add(even, f64x2.mul(y0, y0));
    odd = f64x2.add(odd, f64x2.mul(y1, y1));
  }
  return sum_2(f64x2.add(even, odd));
}

/**
 * The largest magnitude of the projected gradient as L-BFGS-B measures it:
 * max(x_i - u_i, g_i) where g_i < 0, min(x_i - l_i, g_i) elsewhere.   [1995, (6.1)]
 *
 *   x, g, lower, upper  f64[n]  g without NaN
 */
export function projected_norm_f64(n: i32, x: F64Pointer, g: F64Pointer, lower: F64Pointer, upper: F64Pointer): f64 {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  const zero = f64x2.splat(0);
  let m = zero;
  for (; x < end; x += 16, g += 16, lower += 16, upper += 16) {
    const at = v128.load(x);
    const slope = v128.load(g);
    const up = f64x2.pmax(f64x2.sub(at, v128.load(upper)), slope);
    const down = f64x2.pmin(f64x2.sub(at, v128.load(lower)), slope);
    m = f64x2.pmax(m, f64x2.abs(v128.bitselect(up, down, f64x2.lt(slope, zero))));
  }
  return max(f64x2.extract_lane(m, 0), f64x2.extract_lane(m, 1));
}

/** to = min(max(x + a d, lower), upper).   x, d, lower, upper, to  f64[n]; to may be x */
export function step_f64(
  n: i32,
  a: f64,
  x: F64Pointer,
  d: F64Pointer,
  lower: F64Pointer,
  upper: F64Pointer,
  to: F64Pointer,
): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  const by = f64x2.splat(a);
  for (; x < end; x += 16, d += 16, lower += 16, upper += 16, to += 16) {
    const moved = f64x2.add(v128.load(x), f64x2.mul(by, v128.load(d)));
    v128.store(to, f64x2.pmin(v128.load(upper), f64x2.pmax(v128.load(lower), moved)));
  }
}
