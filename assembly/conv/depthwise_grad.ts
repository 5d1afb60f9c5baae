/**
 * The gradients of a depthwise convolution (depthwise.ts). With one filter a channel and no dilation, the one to the input
 * collects the products of a pixel before it is written; at stride 1 it is depthwise_f32_4x8 itself, over dy with the taps in
 * reverse order, and runs faster so. The one to the filter takes whole rows of taps where they are three wide, and at stride 1
 * all three by three. The rest goes position by position: each tap that lies inside adds its channels.
 */
import { fill_rows_f32 } from "../dense/rows";
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";
import { end_tap, first_tap } from "../support/taps";
import { madd } from "../support/tile";
import { depth_1 } from "./depthwise_1";
import { filter_grad_3 } from "./depthwise_grad_3";
import { filter_grad_3x3 } from "./depthwise_grad_3x3";

/** Bytes of dy that pass all rows of taps before the next. */
const BLOCK_BYTES: usize = 4096;
/** Positions that pass a filter of three by three taps at least: fewer would not repay reading and writing nine sums. */
const POSITIONS: i32 = 16;
/** Bytes of a pixel from which on each row is fetched beforehand: the processor does not foresee what walks over many pages. */
const WIDE_PIXEL: usize = 1024;

/** Reads one number of each cache line. */
function fetch(bytes: usize, x: usize): void {
  for (let at: usize = 0; at < bytes; at += 64) load<i32>(x + at);
}

/** y += a b over so many bytes of floats. */
function multiply_add(bytes: usize, a: usize, b: usize, y: usize): void {
  const end = y + bytes;
  for (; y + 16 <= end; y += 16, a += 16, b += 16) v128.store(y, madd(v128.load(y), v128.load(a), v128.load(b)));
  for (; y < end; y += 4, a += 4, b += 4) store<f32>(y, load<f32>(y) + load<f32>(a) * load<f32>(b));
}

/**
 * dx[i sh + p dh - top, j sw + q dw - left, floor(o / m)] = start[floor(o / m)] + the sum of dy[i,j,o] f[p,q,o]. Where start is
 * 0, which is no address, each sum is added to dx.
 *
 *   dy     f32[images,oh,ow,c m]
 *   f      f32[kh,kw,c,m]
 *   start  f32[c]
 *   dx     f32[images,h,w,c]
 *
 * Order  start or dx, then its products for i, j, p, q, o ascending.
 * Error  |dx' - dx| <= g(kh kw m + 1) (|dy||f| + |start or dx|), barring underflow
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
  start: F32Pointer,
  dx: F32Pointer,
): void {
  need(images >= 0 && c > 0 && m > 0 && kh > 0 && kw > 0 && sh > 0 && sw > 0 && dh > 0 && dw > 0);
  const pixel = (<usize>c) << 2;
  const output = pixel * m;
  if (m == 1 && dh == 1 && dw == 1) {
    for (let s = 0; s < images; s++, dx += pixel * (h * w), dy += pixel * (oh * ow)) {
      collect_image(h, w, oh, ow, kh, kw, sh, sw, top, left, pixel, dy, f, start, dx);
    }
    return;
  }
  if (start) fill_rows_f32(images * h * w, c, start, dx);
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
            gather_multiples(c, m, dy, tap, to);
          }
        }
      }
    }
  }
}

/**
 * The same for one image, one filter a channel and no dilation. `sh` rows at a time: they meet different numbers of outputs,
 * and side by side they keep the processor as busy as the memory.
 */
function collect_image(
  h: i32,
  w: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  top: i32,
  left: i32,
  pixel: usize,
  dy: usize,
  f: usize,
  start: usize,
  dx: usize,
): void {
  const row = pixel * ow;
  const f_row = pixel * (-sh * kw);
  const f_next = pixel * -sw;
  for (let first = 0; first < h; first += sh) {
    const end = min(h, first + sh);
    for (let s = 0; s < w; s++) {
      const j = first_output(s + left, kw, sw);
      const columns = end_output(s + left, sw, ow) - j;
      const q = s + left - j * sw;
      for (let r = first; r < end; r++) {
        const i = first_output(r + top, kh, sh);
        const rows = end_output(r + top, sh, oh) - i;
        const p = r + top - i * sh;
        const to = dx + pixel * (r * w + s);
        const from = start ? start : to;
        const tap = f + pixel * (p * kw + q);
        depth_1(rows, columns, pixel, row, f_next, f_row, pixel, dy + row * i + pixel * j, tap, from, to);
      }
    }
  }
}

/** The first output along one side whose window of so many taps meets position `at` behind the border's beginning. */
function first_output(at: i32, taps: i32, stride: i32): i32 {
  return at < taps ? 0 : (at - taps) / stride + 1;
}

/** One behind the last; no more than the first where there is none. */
function end_output(at: i32, stride: i32, outputs: i32): i32 {
  return at < 0 ? 0 : min(at / stride + 1, outputs);
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
  const isWide = m == 1 && kw == 3 && dw == 1;
  const block = max(4, <i32>(BLOCK_BYTES / pixel));
  for (let s = 0; s < images; s++, x += pixel * (h * w)) {
    for (let i = 0; i < oh; i++) {
      const above = i * sh - top;
      const p0 = first_tap(above, dh);
      const p1 = end_tap(above, dh, kh, h);
      const slides = isWide && sw == 1 && kh == 3 && p1 - p0 == 3;
      if (slides && pixel >= WIDE_PIXEL) {
        fetch(pixel * w, x + pixel * (w * (above + 2 * dh)));
        fetch(pixel * ow, dy);
      }
      for (let j = 0; j < ow; ) {
        const before = j * sw - left;
        if (slides && before >= -1 && before + 2 <= w) {
          // The same, and one position at either end that meets two columns of the image.
          const n = min(max(POSITIONS, block), min(ow - j, w - 1 - before));
          if (n > 1) {
            const has_first = before >= 0;
            const has_last = before + n + 1 < w;
            const from = x + pixel * (above * w + before);
            const row = pixel * (w * dh);
            filter_grad_3x3(n, has_first, has_last, row, pixel, from, dy, df);
            for (let t = 0; pixel & 15 && t < 9; t++) {
              const q = t % 3;
              const first = <i32>(q == 0 && !has_first);
              const last = <i32>(q == 2 && !has_last);
              const at = from + row * (t / 3) + pixel * (q + first);
              add_rest(n - first - last, pixel, pixel, at, dy + pixel * first, df + pixel * t);
            }
            j += n;
            dy += pixel * n;
            continue;
          }
        }
        if (isWide && before >= 0 && before + 2 < w) {
          // Positions from here on whose windows lie inside, as many as leave what they read in the first-level cache.
          const n = min(block, min(ow - j, (w - 3 - before) / sw + 1));
          for (let p = p0; p < p1; p++) {
            const from = x + pixel * ((above + p * dh) * w + before);
            const to = df + pixel * (3 * p);
            filter_grad_3(n, pixel * sw, pixel, from, dy, to);
            for (let q = 0; q < 3; q++) add_rest(n, pixel * sw, pixel, from + pixel * q, dy, to + pixel * q);
          }
          j += n;
          dy += pixel * n;
          continue;
        }
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
        j++;
        dy += output;
      }
    }
  }
}

/** y += the sum of a[t] b[t] over so many t, in the channels behind the last four: a `step` bytes apart, b `pixel`. */
function add_rest(count: i32, step: usize, pixel: usize, a: usize, b: usize, y: usize): void {
  for (let d = pixel & ~15; d < pixel; d += 4) {
    let sum = load<f32>(y + d);
    for (let t = 0; t < count; t++) sum += load<f32>(a + step * t + d) * load<f32>(b + pixel * t + d);
    store<f32>(y + d, sum);
  }
}

/** y[i,o] += a[i] b[i,o].   a  f32[c], b, y  f32[c,m] */
function scatter_multiples(c: i32, m: i32, a: usize, b: usize, y: usize): void {
  for (let i = 0; i < c; i++, a += 4) {
    const factor = load<f32>(a);
    for (let o = 0; o < m; o++, b += 4, y += 4) store<f32>(y, load<f32>(y) + factor * load<f32>(b));
  }
}
