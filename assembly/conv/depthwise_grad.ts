/**
 * The gradients of a depthwise convolution (depthwise.ts), position by position: each tap that lies inside adds its
 * channels. At stride 1 with one filter a channel the gradient to the input is depthwise_f32_4x8 itself, over dy with the taps
 * in reverse order, and runs faster so.
 */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";
import { end_tap, first_tap } from "../support/taps";
import { madd } from "../support/tile";

/** y += a b over so many bytes of floats. */
function multiply_add(bytes: usize, a: usize, b: usize, y: usize): void {
  const end = y + bytes;
  for (; y + 16 <= end; y += 16, a += 16, b += 16) v128.store(y, madd(v128.load(y), v128.load(a), v128.load(b)));
  for (; y < end; y += 4, a += 4, b += 4) store<f32>(y, load<f32>(y) + load<f32>(a) * load<f32>(b));
}

/**
 * dx[i sh + p dh - top, j sw + q dw - left, floor(o / m)] += dy[i,j,o] f[p,q,o].
 *
 *   dy  f32[images,oh,ow,c m]
 *   f   f32[kh,kw,c,m]
 *   dx  f32[images,h,w,c]
 *
 * Order  dx, then its products for i, j, p, q, o ascending.
 * Error  |dx' - dx| <= g(kh kw m + 1) (|dy||f| + |dx|), barring underflow
 */
export function depthwise_input_grad_f32(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  m: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  top: i32,
  left: i32,
  dy: F32Pointer,
  f: F32Pointer,
  dx: F32Pointer,
): void {
  need(images >= 0 && c > 0 && m > 0 && kh > 0 && kw > 0 && sh > 0 && sw > 0 && dh > 0 && dw > 0);
  const pixel = (<usize>c) << 2;
  const output = pixel * m;
  for (let s = 0; s < images; s++, dx += pixel * (h * w)) {
    for (let i = 0; i < oh; i++) {
      const above = i * sh - top;
      const p0 = first_tap(above, dh);
      const p1 = end_tap(above, dh, kh, h);
      for (let j = 0; j < ow; j++, dy += output) {
        const before = j * sw - left;
        const q0 = first_tap(before, dw);
        const q1 = end_tap(before, dw, kw, w);
        for (let p = p0; p < p1; p++) {
          for (let q = q0; q < q1; q++) {
            const to = dx + pixel * ((above + p * dh) * w + before + q * dw);
            const tap = f + output * (p * kw + q);
            if (m == 1) multiply_add(pixel, dy, tap, to);
            else gather_multiples(c, m, dy, tap, to);
          }
        }
      }
    }
  }
}

/** y[i] += a[i,0] b[i,0] + a[i,1] b[i,1] + ..., left to right.   a, b  f32[c,m], y  f32[c] */
function gather_multiples(c: i32, m: i32, a: usize, b: usize, y: usize): void {
  for (let i = 0; i < c; i++, y += 4) {
    let sum = load<f32>(y);
    for (let o = 0; o < m; o++, a += 4, b += 4) sum += load<f32>(a) * load<f32>(b);
    store<f32>(y, sum);
  }
}

/**
 * df[p,q,o] += x[i sh + p dh - top, j sw + q dw - left, floor(o / m)] dy[i,j,o], summed over images and positions.
 *
 *   x   f32[images,h,w,c]
 *   dy  f32[images,oh,ow,c m]
 *   df  f32[kh,kw,c,m]
 *
 * Order  df, then its products for images, i, j ascending.
 * Error  |df' - df| <= g(images oh ow + 1) (|x||dy| + |df|), barring underflow
 */
export function depthwise_filter_grad_f32(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  m: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  top: i32,
  left: i32,
  x: F32Pointer,
  dy: F32Pointer,
  df: F32Pointer,
): void {
  need(images >= 0 && c > 0 && m > 0 && kh > 0 && kw > 0 && sh > 0 && sw > 0 && dh > 0 && dw > 0);
  const pixel = (<usize>c) << 2;
  const output = pixel * m;
  for (let s = 0; s < images; s++, x += pixel * (h * w)) {
    for (let i = 0; i < oh; i++) {
      const above = i * sh - top;
      const p0 = first_tap(above, dh);
      const p1 = end_tap(above, dh, kh, h);
      for (let j = 0; j < ow; j++, dy += output) {
        const before = j * sw - left;
        const q0 = first_tap(before, dw);
        const q1 = end_tap(before, dw, kw, w);
        for (let p = p0; p < p1; p++) {
          for (let q = q0; q < q1; q++) {
            const from = x + pixel * ((above + p * dh) * w + before + q * dw);
            const to = df + output * (p * kw + q);
            if (m == 1) multiply_add(pixel, from, dy, to);
            else scatter_multiples(c, m, from, dy, to);
          }
        }
      }
    }
  }
}

/** y[i,o] += a[i] b[i,o].   a  f32[c], b, y  f32[c,m] */
function scatter_multiples(c: i32, m: i32, a: usize, b: usize, y: usize): void {
  for (let i = 0; i < c; i++, a += 4) {
    const factor = load<f32>(a);
    for (let o = 0; o < m; o++, b += 4, y += 4) store<f32>(y, load<f32>(y) + factor * load<f32>(b));
  }
}
