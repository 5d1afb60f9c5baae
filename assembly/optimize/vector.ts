/**
 * The optimiser's vector work in double precision.
 *
 * Length  n is a multiple of 8: the caller pads its vectors with zeros, which change no sum, and no kernel has a tail.
 * Sums    in dot_f64 and norm2_f64 element i goes to partial sum i mod 8, the eight are joined
 *         ((0+4)+(2+6)) + ((1+5)+(3+7)); where a sum rides on other work there are four, joined (0+2) + (1+3).
 * Clamps  pmin and pmax, one instruction each where min and max are several; bounds and points are never NaN.
 * Masks   64-bit lanes of all ones (free) or all zeros (fixed), applied with a bitwise and.
 */
import { need } from "../support/need";
import { F64Pointer, I64Pointer } from "../support/pointer";

/** Joins four vectors of two partial sums. */
function join_8(a: v128, b: v128, c: v128, d: v128): f64 {
  const sums = f64x2.add(f64x2.add(a, c), f64x2.add(b, d));
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** sum_i x_i y_i.   x, y  f64[n] */
export function dot_f64(n: i32, x: F64Pointer, y: F64Pointer): f64 {
  need((n & 7) == 0);
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  const end = x + ((<usize>n) << 3);
  for (; x < end; x += 64, y += 64) {
    a = f64x2.add(a, f64x2.mul(v128.load(x), v128.load(y)));
    b = f64x2.add(b, f64x2.mul(v128.load(x, 16), v128.load(y, 16)));
    c = f64x2.add(c, f64x2.mul(v128.load(x, 32), v128.load(y, 32)));
    d = f64x2.add(d, f64x2.mul(v128.load(x, 48), v128.load(y, 48)));
  }
  return join_8(a, b, c, d);
}

/** y += a x.   x, y  f64[n] */
export function axpy_f64(n: i32, a: f64, x: F64Pointer, y: F64Pointer): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  const by = f64x2.splat(a);
  for (; x < end; x += 16, y += 16) v128.store(y, f64x2.add(v128.load(y), f64x2.mul(by, v128.load(x))));
}

/** y = a x.   x, y  f64[n], may be the same */
export function scale_f64(n: i32, a: f64, x: F64Pointer, y: F64Pointer): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  const by = f64x2.splat(a);
  for (; x < end; x += 16, y += 16) v128.store(y, f64x2.mul(by, v128.load(x)));
}

/** y = x.   x, y  f64[n], any n */
export function copy_f64(n: i32, x: F64Pointer, y: F64Pointer): void {
  memory.copy(y, x, (<usize>n) << 3);
}

/** sum_i (x_i - y_i)^2, four partial sums joined (0+2) + (1+3).   x, y  f64[n] */
export function squared_distance_f64(n: i32, x: F64Pointer, y: F64Pointer): f64 {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  let even = f64x2.splat(0);
  let odd = even;
  for (; x < end; x += 32, y += 32) {
    const r0 = f64x2.sub(v128.load(x), v128.load(y));
    const r1 = f64x2.sub(v128.load(x, 16), v128.load(y, 16));
    even = f64x2.add(even, f64x2.mul(r0, r0));
    odd = f64x2.add(odd, f64x2.mul(r1, r1));
  }
  const sums = f64x2.add(even, odd);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** z = x - y.   x, y, z  f64[n]; z may be either */
export function sub_f64(n: i32, x: F64Pointer, y: F64Pointer, z: F64Pointer): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  for (; x < end; x += 16, y += 16, z += 16) v128.store(z, f64x2.sub(v128.load(x), v128.load(y)));
}

/**
 * A pair of the history: s = to - from, y = slope_to - slope_from; returns s'y, four partial sums joined (0+2) + (1+3).
 *
 *   from, to, slope_from, slope_to  f64[n]
 *   s, y                            f64[n]  overwritten; s may be from, and y slope_from
 */
export function pair_of_points_f64(
  n: i32,
  from: F64Pointer,
  to: F64Pointer,
  slope_from: F64Pointer,
  slope_to: F64Pointer,
  s: F64Pointer,
  y: F64Pointer,
): f64 {
  need((n & 7) == 0);
  const end = from + ((<usize>n) << 3);
  let even = f64x2.splat(0);
  let odd = even;
  for (; from < end; from += 32, to += 32, slope_from += 32, slope_to += 32, s += 32, y += 32) {
    const s0 = f64x2.sub(v128.load(to), v128.load(from));
    const s1 = f64x2.sub(v128.load(to, 16), v128.load(from, 16));
    const y0 = f64x2.sub(v128.load(slope_to), v128.load(slope_from));
    const y1 = f64x2.sub(v128.load(slope_to, 16), v128.load(slope_from, 16));
    v128.store(s, s0);
    v128.store(s, s1, 16);
    v128.store(y, y0);
    v128.store(y, y1, 16);
    even = f64x2.add(even, f64x2.mul(s0, y0));
    odd = f64x2.add(odd, f64x2.mul(s1, y1));
  }
  const sums = f64x2.add(even, odd);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** (sum_i x_i^2)^(1/2), without rescaling: for |x| between 1e-150 and 1e150.   x  f64[n] */
export function norm2_f64(n: i32, x: F64Pointer): f64 {
  return sqrt(dot_f64(n, x, x));
}

/** The sum of x_i^2 over the free variables, two partial sums.   x  f64[n]; free  i64[n] */
export function free_square_f64(n: i32, x: F64Pointer, free: I64Pointer): f64 {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  let sum = f64x2.splat(0);
  for (; x < end; x += 16, free += 16) {
    const moving = v128.and(v128.load(free), v128.load(x));
    sum = f64x2.add(sum, f64x2.mul(moving, moving));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** max_i |x_i|; a NaN wins.   x  f64[n] */
export function norm_inf_f64(n: i32, x: F64Pointer): f64 {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  // pmax is one instruction but drops a NaN, which is looked for apart: three times as fast as max.
  let even = f64x2.splat(0);
  let odd = even;
  let nan = even;
  for (; x < end; x += 32) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    even = f64x2.pmax(even, f64x2.abs(x0));
    odd = f64x2.pmax(odd, f64x2.abs(x1));
    nan = v128.or(nan, v128.or(f64x2.ne(x0, x0), f64x2.ne(x1, x1)));
  }
  if (v128.any_true(nan)) return NaN;
  const m = f64x2.pmax(even, odd);
  return max(f64x2.extract_lane(m, 0), f64x2.extract_lane(m, 1));
}

/**
 * p = x - clamp(x - g), the projected gradient; returns its largest magnitude.   x, g, lower, upper, p  f64[n]
 * Zero exactly at a point that satisfies the first-order conditions in the box.   [Byrd et al. 1995, 6.1]
 */
export function projected_gradient_f64(
  n: i32,
  x: F64Pointer,
  g: F64Pointer,
  lower: F64Pointer,
  upper: F64Pointer,
  p: F64Pointer,
): f64 {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  let m = f64x2.splat(0);
  for (; x < end; x += 16, g += 16, lower += 16, upper += 16, p += 16) {
    const at = v128.load(x);
    const to = f64x2.pmin(f64x2.pmax(f64x2.sub(at, v128.load(g)), v128.load(lower)), v128.load(upper));
    const step = f64x2.sub(at, to);
    v128.store(p, step);
    m = f64x2.max(m, f64x2.abs(step));
  }
  return max(f64x2.extract_lane(m, 0), f64x2.extract_lane(m, 1));
}

/**
 * Which variables a step may move: those not at a bound with the gradient pushing out of the box.
 *
 *   x, g, lower, upper  f64[n]
 *   free                i64[n]  overwritten: all ones where free, zero where fixed
 */
export function free_set_f64(
  n: i32,
  x: F64Pointer,
  g: F64Pointer,
  lower: F64Pointer,
  upper: F64Pointer,
  free: I64Pointer,
): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  const zero = f64x2.splat(0);
  for (; x < end; x += 16, g += 16, lower += 16, upper += 16, free += 16) {
    const at = v128.load(x);
    const slope = v128.load(g);
    const below = v128.and(f64x2.le(at, v128.load(lower)), f64x2.gt(slope, zero));
    const above = v128.and(f64x2.ge(at, v128.load(upper)), f64x2.lt(slope, zero));
    v128.store(free, v128.not(v128.or(below, above)));
  }
}
