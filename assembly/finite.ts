/** Index of the first element that is infinite or NaN, or -1.   x  f32[n] */
export function first_not_finite_f32(n: i32, x: usize): i32 {
  const end = x + ((<usize>n) << 2);
  const start = x;
  const limit = f32x4.splat(f32.MAX_VALUE);
  for (; x + 16 <= end; x += 16) {
    if (!i32x4.all_true(f32x4.le(f32x4.abs(v128.load(x)), limit))) break;
  }
  for (; x < end; x += 4) {
    if (!(abs(load<f32>(x)) <= f32.MAX_VALUE)) return <i32>((x - start) >> 2);
  }
  return -1;
}
