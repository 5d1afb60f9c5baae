/**
 * One quasi-Newton step of an objective in a cube of unknown radius around an image, which the box of valid rows cuts: who is
 * held by the cube, where each component wants to go, and what the model of the objective gains at a radius.
 *
 * Length  n is a multiple of 8; the padding of every vector is 0.
 * Image   the image x, the lower and the upper bounds of the box, one behind the other.
 * At      a point p and the objective's gradient g there, one behind the other; the objective is to grow.
 * Order   in every sum element i goes to partial sum i mod 2.
 */
import { need } from "../support/need";
import { F32Pointer, F64Pointer, I64Pointer } from "../support/pointer";

function sum_2(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

/** y = x.   x  f32[n], y  f64[n] overwritten */
export function promote_f32_to_f64(n: i32, x: F32Pointer, y: F64Pointer): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 2);
  for (; x < end; x += 8, y += 16) v128.store(y, f64x2.promote_low_f32x4(v128.load64_zero(x)));
}

/**
 * Which components the gradient does not hold at a bound of the cube or of the box.
 *
 *   e      the radius; p lies in the cube and in the box
 *   image  f64[3,n]
 *   at     f64[2,n]
 *   free   i64[n]    overwritten: all ones where free, zero where held
 *   out    f64[2]    overwritten: the sum of |g_i| over the components held by the cube, by which the objective grows with the
 *                    radius; the largest |g_i| over the free ones
 */
export function radius_held_f64(
  n: i32,
  e: f64,
  image: F64Pointer,
  at: F64Pointer,
  free: I64Pointer,
  out: F64Pointer,
): void {
  need((n & 7) == 0);
  const row = (<usize>n) << 3;
  const end = image + row;
  const zero = f64x2.splat(0);
  const radius = f64x2.splat(e);
  let held = zero;
  let steepest = zero;
  for (; image < end; image += 16, at += 16, free += 16) {
    const x = v128.load(image);
    const p = v128.load(at);
    const g = v128.load(at + row);
    const low = v128.load(image + row);
    const high = v128.load(image + 2 * row);
    const below = f64x2.sub(x, radius);
    const above = f64x2.add(x, radius);
    const down = f64x2.le(g, zero);
    const up = f64x2.ge(g, zero);
    const cube = v128.or(v128.and(down, f64x2.le(p, below)), v128.and(up, f64x2.ge(p, above)));
    const box = v128.or(v128.and(down, f64x2.le(p, low)), v128.and(up, f64x2.ge(p, high)));
    const size = f64x2.abs(g);
    held = f64x2.add(held, v128.andnot(v128.and(cube, size), box));
    const moves = v128.not(v128.or(cube, box));
    steepest = f64x2.pmax(steepest, v128.and(moves, size));
    v128.store(free, moves);
  }
  store<f64>(out, sum_2(held));
  store<f64>(out, max(f64x2.extract_lane(steepest, 0), f64x2.extract_lane(steepest, 1)), 8);
}

/**
 * Where each component wants to go if no radius keeps it, and what it gains on the way.
 *
 *   share   of the quasi-Newton step that is taken, 0 < share <= 1
 *   image   f64[3,n]
 *   at      f64[2,n]
 *   free    i64[n]    mask from radius_held_f64
 *   d       f64[n]    minus the quasi-Newton step
 *   wanted  f64[2,n]  overwritten: p - share d where free; where held without bound the way of g, and x where g is 0.
 *                     Behind it the gain of each component along its way: g (1 - share / 2) where free, as the quadratic model
 *                     has it, g where held
 *
 * Returns sum_i gain_i p_i.
 */
export function radius_wanted_f64(
  n: i32,
  share: f64,
  image: F64Pointer,
  at: F64Pointer,
  free: I64Pointer,
  d: F64Pointer,
  wanted: F64Pointer,
): f64 {
  need((n & 7) == 0);
  const row = (<usize>n) << 3;
  const end = image + row;
  const zero = f64x2.splat(0);
  const part = f64x2.splat(share);
  const half = f64x2.splat(1 - share / 2);
  const away = f64x2.splat(Infinity);
  const back = f64x2.splat(-Infinity);
  let sum = zero;
  for (; image < end; image += 16, at += 16, free += 16, d += 16, wanted += 16) {
    const p = v128.load(at);
    const g = v128.load(at + row);
    const moves = v128.load(free);
    const step = f64x2.sub(p, f64x2.mul(part, v128.load(d)));
    let pushed = v128.bitselect(away, v128.load(image), f64x2.gt(g, zero));
    pushed = v128.bitselect(back, pushed, f64x2.lt(g, zero));
    const gain = v128.bitselect(f64x2.mul(half, g), g, moves);
    v128.store(wanted, v128.bitselect(step, pushed, moves));
    v128.store(wanted + row, gain);
    sum = f64x2.add(sum, f64x2.mul(gain, p));
  }
  return sum_2(sum);
}

/**
 * q = what is wanted, clamped to the cube of radius e and to the box.
 *
 *   image   f64[3,n]
 *   wanted  f64[2,n]  from radius_wanted_f64
 *   q       f64[n]    overwritten
 *   out     f64[2]    overwritten: sum_i gain_i q_i, and its slope in e
 */
export function radius_reach_f64(
  n: i32,
  e: f64,
  image: F64Pointer,
  wanted: F64Pointer,
  q: F64Pointer,
  out: F64Pointer,
): void {
  need((n & 7) == 0);
  const row = (<usize>n) << 3;
  const end = image + row;
  const radius = f64x2.splat(e);
  let reach = f64x2.splat(0);
  let rate = reach;
  for (; image < end; image += 16, wanted += 16, q += 16) {
    const x = v128.load(image);
    const to = v128.load(wanted);
    const gain = v128.load(wanted + row);
    const below = f64x2.sub(x, radius);
    const above = f64x2.add(x, radius);
    const kept = f64x2.pmin(above, f64x2.pmax(below, to));
    const placed = f64x2.pmin(v128.load(image + 2 * row), f64x2.pmax(v128.load(image + row), kept));
    v128.store(q, placed);
    reach = f64x2.add(reach, f64x2.mul(gain, placed));
    const inside = f64x2.eq(placed, kept);
    const grows = v128.and(inside, v128.and(f64x2.gt(to, above), gain));
    const falls = v128.and(inside, v128.and(f64x2.lt(to, below), gain));
    rate = f64x2.add(rate, f64x2.sub(grows, falls));
  }
  store<f64>(out, sum_2(reach));
  store<f64>(out, sum_2(rate), 8);
}
