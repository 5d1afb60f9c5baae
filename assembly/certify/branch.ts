/**
 * Linear bounds through rectifiers whose inputs lie in intervals of their own in every row, and the ascent of such bounds in the
 * slopes that they may choose and in the multipliers of what a row takes for granted.
 *
 * A row has, for each number z before the rectifier, an interval [l, u] and a parameter p. Where the interval has both signs, p is
 * the slope of the line below, from 0 to 1 [alpha: Xu et al. 2021]. Where it ends at zero, z >= 0 or z <= 0 is taken for granted, and p >= 0 is the
 * multiplier of that [beta: Wang et al. 2021].
 */
import { F32Pointer, F64Pointer } from "../support/pointer";

/** Forgetting of the moments [Adam: Kingma & Ba 2015]. */
const REST_1: f32 = 0.1;
const REST_2: f32 = 0.01;
/** Moments below it are zero: subnormal numbers are slow on common processors. */
const FLOOR: f32 = 7.888609052210118e-31;
const TINY: f32 = 1e-20;

function low_half(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

function high_half(x: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
}

function sum_2(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** The coefficient of z that a row chooses for the coefficient x of max(z, 0). */
function chosen_4(x: v128, l: v128, u: v128, p: v128): v128 {
  const zero = f32x4.splat(0);
  const rising = v128.bitselect(
    f32x4.min(f32x4.max(p, zero), f32x4.splat(1)),
    f32x4.div(u, f32x4.sub(u, l)),
    f32x4.gt(x, zero),
  );
  const on = f32x4.sub(x, v128.and(p, f32x4.eq(l, zero)));
  const off = v128.and(p, f32x4.eq(u, zero));
  return v128.bitselect(on, v128.bitselect(off, f32x4.mul(x, rising), f32x4.le(u, zero)), f32x4.ge(l, zero));
}

function chosen_1(x: f32, l: f32, u: f32, p: f32): f32 {
  if (l >= 0) return x - (l == 0 ? p : 0);
  if (u <= 0) return u == 0 ? p : 0;
  return x * (x > 0 ? min<f32>(max<f32>(p, 0), 1) : u / (u - l));
}

/**
 * Coefficients x of max(z, 0) to coefficients y of z:
 *
 *   x max(z, 0) >= y z + m,   m = min over [l, u] of x max(z, 0) - y z, which is at an end or at 0
 *
 * holds for every y, so that y is rounded as it comes and m makes up for it: no parameter is unsound. With z and max(z, 0) as differences to
 * `reference` and to max(reference, 0), c[r] grows by the sum of the constants that this leaves.
 *
 *   a          f32[rows,n]    x, then y
 *   ends       f32[rows,2,n]  l, u
 *   state      f32[4,rows,n]  p; two moments; the last is set to x
 *   reference  f64[n]
 *   c          f64[rows]
 *
 * Order  even elements in one partial sum, odd ones in another.
 * Error  none above: gamma(n + 24) of all terms are subtracted, u = 2^-53. An infinity or a NaN makes c a NaN.
 */
export function relax_rectifier_f32(
  rows: i32,
  n: i32,
  a: F32Pointer,
  ends: F32Pointer,
  state: F32Pointer,
  reference: F64Pointer,
  c: F64Pointer,
): void {
  const bytes = (<usize>n) << 2;
  const kept = state + <usize>rows * bytes * 3 - a;
  const unit: f64 = <f64>(n + 24) * 1.1102230246251568e-16;
  const zero = f64x2.splat(0);
  for (let r = 0; r < rows; r++, ends += bytes << 1, c += 8) {
    let sum_4 = f64x2.splat(0);
    let size_4 = f64x2.splat(0);
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16, a += 16, state += 16) {
      const x = v128.load(a);
      const l = v128.load(ends + i);
      const u = v128.load(ends + bytes + i);
      const y = chosen_4(x, l, u, v128.load(state));
      v128.store(a + kept, x);
      v128.store(a, y);
      for (let half = 0; half < 2; half++) {
        const x2 = half ? high_half(x) : low_half(x);
        const y2 = half ? high_half(y) : low_half(y);
        const l2 = half ? high_half(l) : low_half(l);
        const u2 = half ? high_half(u) : low_half(u);
        const at = v128.load(reference + (i << 1) + (half ? 16 : 0));
        const rest = f64x2.sub(x2, y2);
        const under = f64x2.neg(y2);
        // x max(z, 0) - y z at the reference, the other way round.
        const there = f64x2.neg(f64x2.mul(v128.bitselect(rest, under, f64x2.gt(at, zero)), at));
        const from = f64x2.mul(v128.bitselect(under, rest, f64x2.lt(l2, zero)), l2);
        const to = f64x2.mul(v128.bitselect(rest, under, f64x2.gt(u2, zero)), u2);
        const least = f64x2.min(zero, f64x2.min(from, to));
        sum_4 = f64x2.add(sum_4, f64x2.add(there, least));
        // What is no number makes the sum none.
        const none = f64x2.mul(zero, f64x2.add(f64x2.abs(x2), f64x2.abs(y2)));
        size_4 = f64x2.add(size_4, f64x2.add(f64x2.abs(there), f64x2.sub(none, least)));
      }
    }
    let sum = sum_2(sum_4);
    let size = sum_2(size_4);
    for (; i < bytes; i += 4, a += 4, state += 4) {
      const x = load<f32>(a);
      const l = load<f32>(ends + i);
      const u = load<f32>(ends + bytes + i);
      const y = chosen_1(x, l, u, load<f32>(state));
      store<f32>(a + kept, x);
      store<f32>(a, y);
      const at = load<f64>(reference + (i << 1));
      const rest = <f64>x - <f64>y;
      const under = -(<f64>y);
      const there = -((at > 0 ? rest : under) * at);
      const from = (l < 0 ? under : rest) * <f64>l;
      const to = (u > 0 ? rest : under) * <f64>u;
      const least = min<f64>(0, min<f64>(from, to));
      sum += there + least;
      size += abs<f64>(there) - least + 0 * (abs<f64>(<f64>x) + abs<f64>(<f64>y));
    }
    store<f64>(c, load<f64>(c) + (sum - unit * size));
  }
}

/** A moment, or zero where it is next to nothing. */
function flushed_4(x: v128): v128 {
  return v128.and(x, f32x4.ge(f32x4.abs(x), f32x4.splat(FLOOR)));
}

function flushed_1(x: f32): f32 {
  return abs<f32>(x) >= FLOOR ? x : 0;
}

/**
 * Where the least of the bounds lies, on its way through the rectifiers as `relax_rectifier_f32` took them, and one step of Adam uphill: the slope of
 * the bound in p is x z where p is a slope in use, -z or z where it is a multiplier.   [the envelope theorem]
 *
 *   rate_slope, rate_split  for the two kinds of p, times sqrt(1 - 0.99^t) / (1 - 0.9^t)
 *   z          f32[rows,n]    differences to `reference`, then those of max(z, 0), as relaxed, to max(reference, 0)
 *   ends       f32[rows,2,n]  l, u
 *   state      f32[4,rows,n]  p and its two moments, updated; x
 *   reference  f64[n]
 */
export function ascend_rectifier_f32(
  rows: i32,
  n: i32,
  rate_slope: f32,
  rate_split: f32,
  z: F32Pointer,
  ends: F32Pointer,
  state: F32Pointer,
  reference: F64Pointer,
): void {
  const bytes = (<usize>n) << 2;
  const plane = <usize>rows * bytes;
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  for (let r = 0; r < rows; r++, ends += bytes << 1) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16, z += 16, state += 16) {
      const l = v128.load(ends + i);
      const u = v128.load(ends + bytes + i);
      const p = v128.load(state);
      const x = v128.load(state + 3 * plane);
      const first = f32x4.demote_f64x2_zero(v128.load(reference + (i << 1)));
      const second = f32x4.demote_f64x2_zero(v128.load(reference + (i << 1) + 16));
      const at = i8x16.shuffle(first, second, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
      const point = f32x4.add(v128.load(z), at);
      const on = f32x4.ge(l, zero);
      const off = f32x4.le(u, zero);
      const rises = f32x4.gt(x, zero);
      const below = f32x4.mul(f32x4.min(f32x4.max(p, zero), one), point);
      const above = f32x4.mul(f32x4.div(u, f32x4.sub(u, l)), f32x4.sub(point, l));
      const bent = v128.bitselect(below, above, rises);
      const y = v128.bitselect(point, v128.andnot(bent, off), on);
      v128.store(z, f32x4.sub(y, f32x4.max(at, zero)));
      const held = v128.bitselect(
        v128.and(f32x4.neg(point), f32x4.eq(l, zero)),
        v128.and(point, f32x4.eq(u, zero)),
        on,
      );
      const fixed = v128.or(on, off);
      const g = v128.bitselect(held, v128.and(f32x4.mul(x, point), rises), fixed);
      const m0 = v128.load(state + plane);
      const v0 = v128.load(state + 2 * plane);
      const m = flushed_4(f32x4.add(m0, f32x4.mul(f32x4.splat(REST_1), f32x4.sub(g, m0))));
      const v = flushed_4(f32x4.add(v0, f32x4.mul(f32x4.splat(REST_2), f32x4.sub(f32x4.mul(g, g), v0))));
      const root = f32x4.add(f32x4.sqrt(v), f32x4.splat(TINY));
      const rate = v128.bitselect(f32x4.splat(rate_split), f32x4.splat(rate_slope), fixed);
      const next = f32x4.max(f32x4.add(p, f32x4.div(f32x4.mul(rate, m), root)), zero);
      v128.store(state, v128.bitselect(next, f32x4.min(next, one), fixed));
      v128.store(state + plane, m);
      v128.store(state + 2 * plane, v);
    }
    for (; i < bytes; i += 4, z += 4, state += 4) {
      const l = load<f32>(ends + i);
      const u = load<f32>(ends + bytes + i);
      const p = load<f32>(state);
      const x = load<f32>(state + 3 * plane);
      const at = <f32>load<f64>(reference + (i << 1));
      const point = load<f32>(z) + at;
      const isOn = l >= 0;
      const isFixed = isOn || u <= 0;
      let y: f32 = 0;
      let g: f32 = 0;
      if (isOn) {
        y = point;
        if (l == 0) g = -point;
      } else if (isFixed) {
        if (u == 0) g = point;
      } else if (x > 0) {
        y = min<f32>(max<f32>(p, 0), 1) * point;
        g = x * point;
      } else y = (u / (u - l)) * (point - l);
      store<f32>(z, y - max<f32>(at, 0));
      const m0 = load<f32>(state + plane);
      const v0 = load<f32>(state + 2 * plane);
      const m = flushed_1(m0 + REST_1 * (g - m0));
      const v = flushed_1(v0 + REST_2 * (g * g - v0));
      const next = max<f32>(p + ((isFixed ? rate_split : rate_slope) * m) / (sqrt<f32>(v) + TINY), 0);
      store<f32>(state, isFixed ? next : min<f32>(next, 1));
      store<f32>(state + plane, m);
      store<f32>(state + 2 * plane, v);
    }
  }
}
