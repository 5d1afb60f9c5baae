/**
 * Moves within a ball around an image that the box of valid rows cuts, in double precision.
 *
 * Length  n is a multiple of 8; the padding of every vector is 0, and stays 0.
 * Image   the image x0, the lower and the upper bounds of the box, one behind the other.
 * Order   elementwise: no bit depends on n or on the place in a vector.
 * Clamps  pmin and pmax: bounds and points are never NaN.
 */
import { need } from "../support/need";
import { F64Pointer } from "../support/pointer";

/** Just above half a unit in the last place of an f32, as a share, and the least f32. */
const ULP: f64 = 1.1920928955078125e-7; // 2^-23
const LEAST: f64 = 1.401298464324817e-45; // 2^-149

/** x rounded to f32. */
function rounded(x: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(x));
}

/**
 * x0 + by rounded to f32, one step of f32 towards x0 where that is further than |by| from it.
 *
 *   away  +0 or -0: the sign of `by`
 */
function inward(x0: v128, by: v128, away: v128): v128 {
  const to = rounded(f64x2.add(x0, by));
  const isBeyond = f64x2.gt(f64x2.abs(f64x2.sub(to, x0)), f64x2.abs(by));
  const step = f64x2.add(f64x2.mul(f64x2.abs(to), f64x2.splat(ULP)), f64x2.splat(LEAST));
  return v128.bitselect(rounded(f64x2.sub(to, v128.or(step, away))), to, isBeyond);
}

/**
 * The bounds of the cube of radius e around the image, cut by the box and rounded to f32 inwards, so that points between them stay
 * in the cube when they are rounded.
 *
 *   image      f64[3,n]
 *   low, high  f64[n]    overwritten
 */
export function cube_f64(n: i32, e: f64, image: F64Pointer, low: F64Pointer, high: F64Pointer): void {
  need((n & 7) == 0);
  const row = (<usize>n) << 3;
  const up = f64x2.splat(e);
  const down = f64x2.splat(-e);
  const plus = f64x2.splat(0);
  const minus = f64x2.splat(-0.0);
  for (const end = image + row; image < end; image += 16, low += 16, high += 16) {
    const x = v128.load(image);
    const lower = v128.load(image + row);
    const upper = v128.load(image + 2 * row);
    // Where the box has no room, as in the padding, neither has the cube.
    v128.store(low, f64x2.pmin(f64x2.pmax(inward(x, down, minus), lower), upper));
    v128.store(high, f64x2.pmax(f64x2.pmin(inward(x, up, plus), upper), lower));
  }
}

/** x = clamp(x + length sgn(g)), sgn(0) being 0.   [Goodfellow et al. 2015, section 4]   g, low, high, x  f64[n] */
export function climb_signs_f64(
  n: i32,
  length: f64,
  g: F64Pointer,
  low: F64Pointer,
  high: F64Pointer,
  x: F64Pointer,
): void {
  need((n & 7) == 0);
  const zero = f64x2.splat(0);
  const up = f64x2.splat(length);
  const down = f64x2.splat(-length);
  for (const end = x + ((<usize>n) << 3); x < end; x += 16, g += 16, low += 16, high += 16) {
    const slope = v128.load(g);
    const step = v128.or(v128.and(f64x2.gt(slope, zero), up), v128.and(f64x2.lt(slope, zero), down));
    const to = f64x2.add(v128.load(x), step);
    v128.store(x, f64x2.pmin(f64x2.pmax(to, v128.load(low)), v128.load(high)));
  }
}

/** x = clamp(x).   low, high, x  f64[n] */
export function clamp_f64(n: i32, low: F64Pointer, high: F64Pointer, x: F64Pointer): void {
  need((n & 7) == 0);
  for (const end = x + ((<usize>n) << 3); x < end; x += 16, low += 16, high += 16) {
    v128.store(x, f64x2.pmin(f64x2.pmax(v128.load(x), v128.load(low)), v128.load(high)));
  }
}

/**
 * x clamped to the cube of radius e around the image, then to the box.
 *
 *   image  f64[3,n]
 *   x      f64[n]    overwritten
 */
export function clamp_cube_f64(n: i32, e: f64, image: F64Pointer, x: F64Pointer): void {
  need((n & 7) == 0);
  const row = (<usize>n) << 3;
  const radius = f64x2.splat(e);
  for (const end = image + row; image < end; image += 16, x += 16) {
    const x0 = v128.load(image);
    const kept = f64x2.pmin(f64x2.add(x0, radius), f64x2.pmax(f64x2.sub(x0, radius), v128.load(x)));
    v128.store(x, f64x2.pmin(v128.load(image + 2 * row), f64x2.pmax(v128.load(image + row), kept)));
  }
}

/** x = x0 + share (x - x0), x0 in `origin`.   origin, x  f64[n] */
export function contract_f64(n: i32, share: f64, origin: F64Pointer, x: F64Pointer): void {
  need((n & 7) == 0);
  const by = f64x2.splat(share);
  for (const end = x + ((<usize>n) << 3); x < end; x += 16, origin += 16) {
    const from = v128.load(origin);
    v128.store(x, f64x2.add(from, f64x2.mul(by, f64x2.sub(v128.load(x), from))));
  }
}

/** z = x + a (z - x) + (1 - a)(x - before).   [Croce & Hein 2020, algorithm 1, line 7]   x, before, z  f64[n] */
export function momentum_f64(n: i32, a: f64, x: F64Pointer, before: F64Pointer, z: F64Pointer): void {
  need((n & 7) == 0);
  const new_part = f64x2.splat(a);
  const old_part = f64x2.splat(1 - a);
  for (const end = z + ((<usize>n) << 3); z < end; z += 16, x += 16, before += 16) {
    const at = v128.load(x);
    const step = f64x2.mul(new_part, f64x2.sub(v128.load(z), at));
    const last = f64x2.mul(old_part, f64x2.sub(at, v128.load(before)));
    v128.store(z, f64x2.add(f64x2.add(at, step), last));
  }
}
