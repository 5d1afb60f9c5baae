/** Sweeps that judge f32 values: are they finite, how large are they. */
import { F32Pointer } from "../support/pointer";

/** Index of the first element that is infinite or NaN, or -1.   x  f32[n] */
export function first_not_finite_f32(n: i32, x: F32Pointer): i32 {
  const end = x + ((<usize>n) << 2);
  const start = x;
  const limit = f32x4.splat(f32.MAX_VALUE);
  for (; x + 64 <= end; x += 64) {
    const first = v128.and(f32x4.le(f32x4.abs(v128.load(x)), limit), f32x4.le(f32x4.abs(v128.load(x, 16)), limit));
    const second = v128.and(f32x4.le(f32x4.abs(v128.load(x, 32)), limit), f32x4.le(f32x4.abs(v128.load(x, 48)), limit));
    if (!i32x4.all_true(v128.and(first, second))) break;
  }
  for (; x + 16 <= end; x += 16) {
    if (!i32x4.all_true(f32x4.le(f32x4.abs(v128.load(x)), limit))) break;
  }
  for (; x < end; x += 4) {
    if (!(abs(load<f32>(x)) <= f32.MAX_VALUE)) return <i32>((x - start) >> 2);
  }
  return -1;
}

/** max_i |x_i|, 0 for n = 0.   x  f32[n] */
export function max_abs_f32(n: i32, x: F32Pointer): f32 {
  const end = x + ((<usize>n) << 2);
  let m = f32x4.splat(0);
  for (; x + 16 <= end; x += 16) m = f32x4.max(m, f32x4.abs(v128.load(x)));
  for (; x < end; x += 4) m = f32x4.max(m, f32x4.abs(v128.load_splat<f32>(x)));
  const pair = f32x4.max(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.max(pair, v128.shuffle<f32>(pair, pair, 1, 0, 3, 2)), 0);
}
