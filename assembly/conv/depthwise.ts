/**
 * Depthwise convolution of NHWC images: every channel its own filter. Channels are what lies side by side, in the image
 * and in the filter alike, so they fill the vectors, and nothing is padded: taps that fall on the border are left out.
 *
 * Windows as in conv.ts, over the image without its border, of which `top` rows and `left` columns lie before it. With
 * m filters for each channel, output channel o belongs to input channel floor(o / m).
 */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";
import { end_tap, first_tap } from "../support/taps";
import { madd } from "../support/tile";
import { depth_1, depth_rest } from "./depthwise_1";
import { windows_3 } from "./depthwise_3";

/**
 * y[i,j,o] = start[o] + the sum over taps (p, q) of x[i sh + p dh - top, j sw + q dw - left, floor(o / m)] f[p,q,o], for
 * each image. Where start is 0, which is no address, each sum is added to y.
 *
 *   x      f32[images,h,w,c]
 *   f      f32[kh,kw,c,m]
 *   start  f32[c m]
 *   y      f32[images,oh,ow,c m]
 *
 * Order  start[o] or y, then its products for p, q ascending, those on the border left out.
 * Error  |y' - y| <= g(kh kw + 1) (|x||f| + |start or y|), barring underflow
 *
 * Windows side by side that lie inside the image share what they read: pixels where they are three taps wide
 * (depthwise_3.ts), else f. The rest goes position by position, and with several filters a channel number by number.
 */
export function depthwise_f32_4x8(
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
  f: F32Pointer,
  start: F32Pointer,
  y: F32Pointer,
): void {
  need(images >= 0 && c > 0 && m > 0 && kh > 0 && kw > 0 && sh > 0 && sw > 0 && dh > 0 && dw > 0);
  const pixel = (<usize>c) << 2;
  const output = pixel * m;
  const image = pixel * (h * w);
  const last = (kw - 1) * dw;
  const slides = m == 1 && kw == 3 && dw == 1 && sw <= 2;
  const step: usize = start ? 0 : output;
  for (let s = 0; s < images; s++, x += image) {
    for (let i = 0; i < oh; i++) {
      const above = i * sh - top;
      const p0 = first_tap(above, dh);
      const p1 = end_tap(above, dh, kh, h);
      const row = pixel * (w * dh);
      for (let j = 0; j < ow; ) {
        const before = j * sw - left;
        const at = x + pixel * ((above + p0 * dh) * w + before);
        const from = start ? start : y;
        // Windows from here on that lie inside the image.
        const inside = before < 0 || before + last >= w ? 0 : min(ow - j, (w - 1 - last - before) / sw + 1);
        if (m == 1 && inside >= 4 && (slides || pixel >= 32)) {
          const taps = f + pixel * (p0 * kw);
          let n = 4;
          let done: usize = 0;
          if (slides) {
            n = windows_3(inside, sw, p1 - p0, row, pixel, at, taps, from, step, y);
            done = pixel & ~15;
          } else {
            for (; done + 32 <= pixel; done += 32) {
              const next = pixel * dw;
              depth_4x8(p1 - p0, kw, next, row, pixel, pixel * sw, at + done, taps + done, from + done, step, y + done);
            }
          }
          for (let r = 0; r < n && done < pixel; r++) {
            const x_r = at + pixel * sw * r;
            depth_rest(
              p1 - p0,
              kw,
              pixel * dw,
              row,
              pixel,
              pixel * kw,
              pixel,
              x_r,
              taps,
              from + step * r,
              y + pixel * r,
              done,
            );
          }
          j += n;
          y += output * n;
          continue;
        }
        const q0 = first_tap(before, dw);
        const q1 = end_tap(before, dw, kw, w);
        const taps = f + output * (p0 * kw + q0);
        const first = at + pixel * (q0 * dw);
        if (m == 1) {
          depth_1(p1 - p0, q1 - q0, pixel * dw, row, pixel, pixel * kw, pixel, first, taps, from, y);
        } else {
          depth_scalar(p1 - p0, q1 - q0, kw, pixel * dw, row, c, m, first, taps, from, y);
        }
        j++;
        y += output;
      }
    }
  }
}

/** Four positions, `stride` bytes apart, by eight channels; taps `next` bytes apart in a row, rows `row`. */
function depth_4x8(
  rows: i32,
  kw: i32,
  next: usize,
  row: usize,
  pixel: usize,
  stride: usize,
  x: usize,
  f: usize,
  start: usize,
  step: usize,
  y: usize,
): void {
  let y0_03 = v128.load(start);
  let y0_47 = v128.load(start, 16);
  let y1_03 = v128.load(start + step);
  let y1_47 = v128.load(start + step, 16);
  let y2_03 = v128.load(start + 2 * step);
  let y2_47 = v128.load(start + 2 * step, 16);
  let y3_03 = v128.load(start + 3 * step);
  let y3_47 = v128.load(start + 3 * step, 16);
  for (let p = 0; p < rows; p++, x += row) {
    let x0 = x;
    for (let q = 0; q < kw; q++, x0 += next, f += pixel) {
      const f_03 = v128.load(f);
      const f_47 = v128.load(f, 16);
      const x1 = x0 + stride;
      const x2 = x1 + stride;
      const x3 = x2 + stride;
      y0_03 = madd(y0_03, v128.load(x0), f_03);
      y0_47 = madd(y0_47, v128.load(x0, 16), f_47);
      y1_03 = madd(y1_03, v128.load(x1), f_03);
      y1_47 = madd(y1_47, v128.load(x1, 16), f_47);
      y2_03 = madd(y2_03, v128.load(x2), f_03);
      y2_47 = madd(y2_47, v128.load(x2, 16), f_47);
      y3_03 = madd(y3_03, v128.load(x3), f_03);
      y3_47 = madd(y3_47, v128.load(x3, 16), f_47);
    }
  }
  v128.store(y, y0_03);
  v128.store(y, y0_47, 16);
  v128.store(y + pixel, y1_03);
  v128.store(y + pixel, y1_47, 16);
  v128.store(y + 2 * pixel, y2_03);
  v128.store(y + 2 * pixel, y2_47, 16);
  v128.store(y + 3 * pixel, y3_03);
  v128.store(y + 3 * pixel, y3_47, 16);
}

/** One position with several filters a channel. */
function depth_scalar(
  rows: i32,
  columns: i32,
  kw: i32,
  next: usize,
  row: usize,
  c: i32,
  m: i32,
  x: usize,
  f: usize,
  start: usize,
  y: usize,
): void {
  const output = (<usize>(c * m)) << 2;
  for (let i = 0; i < c; i++, x += 4) {
    for (let o = 0; o < m; o++, f += 4, start += 4, y += 4) {
      let sum = load<f32>(start);
      for (let p = 0; p < rows; p++) {
        let xq = x + row * p;
        let fq = f + output * (p * kw);
        for (let q = 0; q < columns; q++, xq += next, fq += output) sum += load<f32>(xq) * load<f32>(fq);
      }
      store<f32>(y, sum);
    }
  }
}
