/**
 * Grey-scale dilation of NHWC images: the largest of a window's sums of pixel and filter, channel by channel, and its
 * gradients. Windows as in depthwise.ts; taps on the border are left out. Every window must meet the image.
 *
 * A NaN among the sums is passed over, and of equal sums the first takes the gradient: what tfjs does on the cpu.
 */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";
import { end_tap, first_tap } from "../support/taps";

/** y = max(y, a + b) over so many bytes of floats. */
function larger_sum(bytes: usize, a: usize, b: usize, y: usize): void {
  const end = y + bytes;
  for (; y + 16 <= end; y += 16, a += 16, b += 16) {
    v128.store(y, f32x4.pmax(v128.load(y), f32x4.add(v128.load(a), v128.load(b))));
  }
  for (; y < end; y += 4, a += 4, b += 4) {
    const sum = load<f32>(a) + load<f32>(b);
    if (sum > load<f32>(y)) store<f32>(y, sum);
  }
}

/**
 * y[i,j,*] = the largest over taps (p, q) of x[i sh + p dh - top, j sw + q dw - left, *] + f[p,q,*], for each image.
 *
 *   x  f32[images,h,w,c]
 *   f  f32[kh,kw,c]
 *   y  f32[images,oh,ow,c]   -infinity where a window has no tap inside, or none that is a number
 */
export function dilation_f32(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  top: i32,
  left: i32,
  x: F32Pointer,
  f: F32Pointer,
  y: F32Pointer,
): void {
  need(images >= 0 && c > 0 && kh > 0 && kw > 0 && sh > 0 && sw > 0 && dh > 0 && dw > 0);
  const pixel = (<usize>c) << 2;
  for (let s = 0; s < images; s++, x += pixel * (h * w)) {
    for (let i = 0; i < oh; i++) {
      const above = i * sh - top;
      const p0 = first_tap(above, dh);
      const p1 = end_tap(above, dh, kh, h);
      for (let j = 0; j < ow; j++, y += pixel) {
        const before = j * sw - left;
        const q0 = first_tap(before, dw);
        const q1 = end_tap(before, dw, kw, w);
        for (let o: usize = 0; o < pixel; o += 4) store<f32>(y + o, -f32.POSITIVE_INFINITY);
        for (let p = p0; p < p1; p++) {
          for (let q = q0; q < q1; q++) {
            const at = x + pixel * ((above + p * dh) * w + before + q * dw);
            larger_sum(pixel, at, f + pixel * (p * kw + q), y);
          }
        }
      }
    }
  }
}

/**
 * dx[a,b,*] += dy[i,j,*] (to_filter 0) or df[p,q,*] += dy[i,j,*] (to_filter 1), for each output and channel at the tap
 * (p, q), of the pixel (a, b), that gives the first of its largest sums.
 *
 *   x   f32[images,h,w,c], f  f32[kh,kw,c], dy  f32[images,oh,ow,c]
 *   dx  f32[images,h,w,c]
 *   df  f32[kh,kw,c]
 *
 * Order  what was there, then outputs ascending.
 */
function route(
  to_filter: bool,
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  top: i32,
  left: i32,
  x: usize,
  f: usize,
  dy: usize,
  to: usize,
): void {
  need(images >= 0 && c > 0 && kh > 0 && kw > 0 && sh > 0 && sw > 0 && dh > 0 && dw > 0);
  const pixel = (<usize>c) << 2;
  const image = pixel * (h * w);
  for (let s = 0; s < images; s++, x += image, to += to_filter ? 0 : image) {
    for (let i = 0; i < oh; i++) {
      const above = i * sh - top;
      const p0 = first_tap(above, dh);
      const p1 = end_tap(above, dh, kh, h);
      for (let j = 0; j < ow; j++, dy += pixel) {
        const before = j * sw - left;
        const q0 = first_tap(before, dw);
        const q1 = end_tap(before, dw, kw, w);
        for (let o: usize = 0; o < pixel; o += 4) {
          let largest: f32 = -f32.POSITIVE_INFINITY;
          let at: usize = 0;
          let found = false;
          for (let p = p0; p < p1; p++) {
            for (let q = q0; q < q1; q++) {
              const here = pixel * ((above + p * dh) * w + before + q * dw) + o;
              const tap = pixel * (p * kw + q) + o;
              const sum = load<f32>(x + here) + load<f32>(f + tap);
              if (!(sum > largest)) continue;
              largest = sum;
              found = true;
              at = to_filter ? tap : here;
            }
          }
          if (found) store<f32>(to + at, load<f32>(to + at) + load<f32>(dy + o));
        }
      }
    }
  }
}

/**
 * dx += dy at the pixel of each output's first largest sum.
 *
 *   x, dx  f32[images,h,w,c]
 *   f      f32[kh,kw,c]
 *   dy     f32[images,oh,ow,c]
 *
 * Order  dx, then outputs ascending.
 */
export function dilation_input_grad_f32(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  top: i32,
  left: i32,
  x: F32Pointer,
  f: F32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  route(false, images, h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, top, left, x, f, dy, dx);
}

/**
 * df += dy at the tap of each output's first largest sum.
 *
 *   x      f32[images,h,w,c]
 *   f, df  f32[kh,kw,c]
 *   dy     f32[images,oh,ow,c]
 *
 * Order  df, then outputs ascending.
 */
export function dilation_filter_grad_f32(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  top: i32,
  left: i32,
  x: F32Pointer,
  f: F32Pointer,
  dy: F32Pointer,
  df: F32Pointer,
): void {
  route(true, images, h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, top, left, x, f, dy, df);
}
