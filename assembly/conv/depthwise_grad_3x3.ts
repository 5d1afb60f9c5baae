/**
 * The gradient of a depthwise convolution to its filter (depthwise_grad.ts) at stride 1 where windows are three by three taps:
 * nine sums stay in registers, and each number of the image and of dy is read once.
 */
import { madd } from "../support/tile";

/**
 * df[p,q] += x[p, t + q] dy[t] for t = 0, 1, ..., count - 1, in four channels at a time; pixels and taps are `pixel` bytes apart,
 * rows of the image `row`. The very first column of x is read if `has_first`, the very last, number count + 1, if `has_last`:
 * outside the image there are none.
 *
 * Order  df, then its products for t ascending.
 * Needs  count >= 2
 */
export function filter_grad_3x3(
  count: i32,
  has_first: bool,
  has_last: bool,
  row: usize,
  pixel: usize,
  x: usize,
  dy: usize,
  df: usize,
): void {
  const p2 = pixel * 2;
  const p3 = pixel * 3;
  const channels = pixel & ~15;
  for (let d: usize = 0; d < channels; d += 16, x += 16, dy += 16, df += 16) {
    const df1 = df + p3;
    const df2 = df1 + p3;
    let s00 = v128.load(df);
    let s01 = v128.load(df + pixel);
    let s02 = v128.load(df + p2);
    let s10 = v128.load(df1);
    let s11 = v128.load(df1 + pixel);
    let s12 = v128.load(df1 + p2);
    let s20 = v128.load(df2);
    let s21 = v128.load(df2 + pixel);
    let s22 = v128.load(df2 + p2);

    let x0 = x;
    let x1 = x0 + row;
    let x2 = x1 + row;
    let a = v128.load(dy);
    if (has_first) {
      s00 = madd(s00, v128.load(x0), a);
      s10 = madd(s10, v128.load(x1), a);
      s20 = madd(s20, v128.load(x2), a);
    }
    x0 += pixel;
    x1 += pixel;
    x2 += pixel;
    let g = dy + pixel;
    let b = v128.load(g);
    let c = b;
    let v = v128.load(x0);
    s01 = madd(s01, v, a);
    s00 = madd(s00, v, b);
    v = v128.load(x1);
    s11 = madd(s11, v, a);
    s10 = madd(s10, v, b);
    v = v128.load(x2);
    s21 = madd(s21, v, a);
    s20 = madd(s20, v, b);

    // Columns 2 to count - 1 meet three positions each. Three steps a turn with a way out between them, for the reason that
    // tile_from_4x8 gives.
    const end = dy + pixel * (count - 1);
    while (g != end) {
      x0 += pixel;
      x1 += pixel;
      x2 += pixel;
      g += pixel;
      c = v128.load(g);
      v = v128.load(x0);
      s02 = madd(s02, v, a);
      s01 = madd(s01, v, b);
      s00 = madd(s00, v, c);
      v = v128.load(x1);
      s12 = madd(s12, v, a);
      s11 = madd(s11, v, b);
      s10 = madd(s10, v, c);
      v = v128.load(x2);
      s22 = madd(s22, v, a);
      s21 = madd(s21, v, b);
      s20 = madd(s20, v, c);
      if (g == end) break;
      x0 += pixel;
      x1 += pixel;
      x2 += pixel;
      g += pixel;
      a = v128.load(g);
      v = v128.load(x0);
      s02 = madd(s02, v, b);
      s01 = madd(s01, v, c);
      s00 = madd(s00, v, a);
      v = v128.load(x1);
      s12 = madd(s12, v, b);
      s11 = madd(s11, v, c);
      s10 = madd(s10, v, a);
      v = v128.load(x2);
      s22 = madd(s22, v, b);
      s21 = madd(s21, v, c);
      s20 = madd(s20, v, a);
      if (g == end) break;
      x0 += pixel;
      x1 += pixel;
      x2 += pixel;
      g += pixel;
      b = v128.load(g);
      v = v128.load(x0);
      s02 = madd(s02, v, c);
      s01 = madd(s01, v, a);
      s00 = madd(s00, v, b);
      v = v128.load(x1);
      s12 = madd(s12, v, c);
      s11 = madd(s11, v, a);
      s10 = madd(s10, v, b);
      v = v128.load(x2);
      s22 = madd(s22, v, c);
      s21 = madd(s21, v, a);
      s20 = madd(s20, v, b);
    }
    a = v128.load(g - pixel);
    b = v128.load(g);

    x0 += pixel;
    x1 += pixel;
    x2 += pixel;
    v = v128.load(x0);
    s02 = madd(s02, v, a);
    s01 = madd(s01, v, b);
    v = v128.load(x1);
    s12 = madd(s12, v, a);
    s11 = madd(s11, v, b);
    v = v128.load(x2);
    s22 = madd(s22, v, a);
    s21 = madd(s21, v, b);
    if (has_last) {
      s02 = madd(s02, v128.load(x0 + pixel), b);
      s12 = madd(s12, v128.load(x1 + pixel), b);
      s22 = madd(s22, v128.load(x2 + pixel), b);
    }

    v128.store(df, s00);
    v128.store(df + pixel, s01);
    v128.store(df + p2, s02);
    v128.store(df1, s10);
    v128.store(df1 + pixel, s11);
    v128.store(df1 + p2, s12);
    v128.store(df2, s20);
    v128.store(df2 + pixel, s21);
    v128.store(df2 + p2, s22);
  }
}
