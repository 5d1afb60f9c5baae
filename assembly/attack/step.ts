/** One step of an attack up the loss, clamped to a box: rows of n floats, each on its own. */
import { F32Pointer } from "../support/pointer";

/**
 * y = clamp(x + length g' / |g'|), g' being g without what pushes against a bound that x stands at: so the length is spent where
 * it can be. Where g' is zero y is x.   [Miyato et al. 2015, eq. 8, without the mask and the box]
 *
 *   x, g, y  f32[rows,n]; y may be x
 *
 * Order  of the squares element i goes to partial sum i mod 4, in f32; the four are joined (0+2) + (1+3), then the rest of the
 *        last n mod 4 is added one by one.
 */
export function gradient_step_f32(
  rows: i32,
  n: i32,
  length: f32,
  lower: f32,
  upper: f32,
  x: F32Pointer,
  g: F32Pointer,
  y: F32Pointer,
): void {
  const low = f32x4.splat(lower);
  const high = f32x4.splat(upper);
  const zero = f32x4.splat(0);
  const bytes = (<usize>n) << 2;
  const body = bytes & ~15;
  for (let r = 0; r < rows; r++, x += bytes, g += bytes, y += bytes) {
    let squares = zero;
    let i: usize = 0;
    for (; i < body; i += 16) {
      const at = v128.load(x + i);
      const slope = v128.load(g + i);
      const down = v128.and(f32x4.lt(slope, zero), f32x4.gt(at, low));
      const up = v128.and(f32x4.gt(slope, zero), f32x4.lt(at, high));
      const free = v128.and(slope, v128.or(down, up));
      squares = f32x4.add(squares, f32x4.mul(free, free));
    }
    const pairs = f32x4.add(squares, v128.shuffle<f32>(squares, squares, 2, 3, 0, 1));
    let sum = f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
    for (; i < bytes; i += 4) {
      const at = load<f32>(x + i);
      const slope = load<f32>(g + i);
      if ((slope < 0 && at > lower) || (slope > 0 && at < upper)) sum += slope * slope;
    }
    const scale: f32 = sum > 0 ? length / sqrt<f32>(sum) : 0;
    const scale_4 = f32x4.splat(scale);
    for (i = 0; i < body; i += 16) {
      const moved = f32x4.add(v128.load(x + i), f32x4.mul(scale_4, v128.load(g + i)));
      v128.store(y + i, f32x4.pmin(f32x4.pmax(moved, low), high));
    }
    for (; i < bytes; i += 4) {
      const moved = load<f32>(x + i) + scale * load<f32>(g + i);
      store<f32>(y + i, min<f32>(max<f32>(moved, lower), upper));
    }
  }
}

/** y = clamp(x + length sign(g)), sign(0) being 0.   [Goodfellow et al. 2015, section 4]   x, g, y  f32[n]; y may be x */
export function sign_step_f32(
  n: i32,
  length: f32,
  lower: f32,
  upper: f32,
  x: F32Pointer,
  g: F32Pointer,
  y: F32Pointer,
): void {
  for (const end = x + ((<usize>n) << 2); x < end; x += 4, g += 4, y += 4) {
    const slope = load<f32>(g);
    const step = slope > 0 ? length : slope < 0 ? -length : <f32>0;
    store<f32>(y, min<f32>(max<f32>(load<f32>(x) + step, lower), upper));
  }
}

/**
 * Pulls each row back to within `radius` of its origin: y = x + (y - x) radius / |y - x| where that is longer.
 *
 *   x, y   f32[rows,n]; y updated.   Order of the squares as in gradient_step_f32.
 */
export function pull_back_f32(rows: i32, n: i32, radius: f32, x: F32Pointer, y: F32Pointer): void {
  const bytes = (<usize>n) << 2;
  const body = bytes & ~15;
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) {
    let squares = f32x4.splat(0);
    let i: usize = 0;
    for (; i < body; i += 16) {
      const d = f32x4.sub(v128.load(y + i), v128.load(x + i));
      squares = f32x4.add(squares, f32x4.mul(d, d));
    }
    const pairs = f32x4.add(squares, v128.shuffle<f32>(squares, squares, 2, 3, 0, 1));
    let sum = f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
    for (; i < bytes; i += 4) {
      const d = load<f32>(y + i) - load<f32>(x + i);
      sum += d * d;
    }
    const length = sqrt<f32>(sum);
    if (length <= radius) continue;
    const share = radius / length;
    for (i = 0; i < bytes; i += 4) {
      const at = load<f32>(x + i);
      store<f32>(y + i, at + share * (load<f32>(y + i) - at));
    }
  }
}
