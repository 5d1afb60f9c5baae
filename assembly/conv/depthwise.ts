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

/**
 * y[i,j,o] += the sum over taps (p, q) of x[i sh + p dh - top, j sw + q dw - left, floor(o / m)] f[p,q,o], for each image.
 *
 *   x  f32[images,h,w,c]
 *   f  f32[kh,kw,c,m]
 *   y  f32[images,oh,ow,c m]
 *
 * Order  y, then its products for p, q ascending, those on the border left out.
 * Error  |y' - y| <= g(kh kw + 1) (|x||f| + |y|), barring underflow
 *
 * Where four windows side by side lie inside, four positions by eight channels share the loads of f; the rest goes
 * position by position, and with several filters a channel number by number.
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
  y: F32Pointer,
): void {
  need(images >= 0 && c > 0 && m > 0 && kh > 0 && kw > 0 && sh > 0 && sw > 0 && dh > 0 && dw > 0);
  const pixel = (<usize>c) << 2;
  const output = pixel * m;
  const image = pixel * (h * w);
  const last = (kw - 1) * dw;
  for (let s = 0; s < images; s++, x += image) {
    for (let i = 0; i < oh; i++) {
      const above = i * sh - top;
      const p0 = first_tap(above, dh);
      const p1 = end_tap(above, dh, kh, h);
      for (let j = 0; j < ow; ) {
        const before = j * sw - left;
        const at = x + pixel * ((above + p0 * dh) * w + before);
        const row = pixel * (w * dh);
        let done: usize = 0;
        if (m == 1 && before >= 0 && j + 4 <= ow && before + 3 * sw + last < w && pixel >= 32) {
          const block = pixel & ~31;
          for (; done < block; done += 32) {
            const taps = f + done + pixel * (p0 * kw);
            depth_4x8(p1 - p0, kw, pixel * dw, row, pixel, pixel * sw, at + done, taps, y + done);
          }
          for (let r = 0; r < 4 && done < pixel; r++) {
            const to = y + pixel * r;
            depth_rest(p1 - p0, kw, kw, pixel * dw, row, pixel, at + pixel * sw * r, f + pixel * (p0 * kw), to, done);
          }
          j += 4;
          y += output << 2;
          continue;
        }
        const q0 = first_tap(before, dw);
        const q1 = end_tap(before, dw, kw, w);
        const taps = f + output * (p0 * kw + q0);
        const inside = at + pixel * (q0 * dw);
        if (m == 1) {
          depth_1_edge(p1 - p0, q1 - q0, kw, pixel * dw, row, pixel, inside, taps, y);
        } else {
          depth_scalar(p1 - p0, q1 - q0, kw, pixel * dw, row, c, m, inside, taps, y);
        }
        j++;
        y += output;
      }
    }
  }
}

/** Four positions, `step` bytes apart, by eight channels; taps `next` bytes apart in a row, rows `row`. */
function depth_4x8(
  rows: i32,
  kw: i32,
  next: usize,
  row: usize,
  pixel: usize,
  step: usize,
  x: usize,
  f: usize,
  y: usize,
): void {
  let y0_03 = v128.load(y);
  let y0_47 = v128.load(y, 16);
  let y1_03 = v128.load(y + pixel);
  let y1_47 = v128.load(y + pixel, 16);
  let y2_03 = v128.load(y + 2 * pixel);
  let y2_47 = v128.load(y + 2 * pixel, 16);
  let y3_03 = v128.load(y + 3 * pixel);
  let y3_47 = v128.load(y + 3 * pixel, 16);
  for (let p = 0; p < rows; p++, x += row) {
    let x0 = x;
    for (let q = 0; q < kw; q++, x0 += next, f += pixel) {
      const f_03 = v128.load(f);
      const f_47 = v128.load(f, 16);
      const x1 = x0 + step;
      const x2 = x1 + step;
      const x3 = x2 + step;
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

/** One position whose window may reach over the edge: rows x columns taps of it, of kw in a row of the filter. */
function depth_1_edge(
  rows: i32,
  columns: i32,
  kw: i32,
  next: usize,
  row: usize,
  pixel: usize,
  x: usize,
  f: usize,
  y: usize,
): void {
  let done: usize = 0;
  // Sixteen channels: four sums that do not wait for each other.
  for (; done + 64 <= pixel; done += 64) {
    let y_03 = v128.load(y + done);
    let y_47 = v128.load(y + done, 16);
    let y_8b = v128.load(y + done, 32);
    let y_cf = v128.load(y + done, 48);
    for (let p = 0; p < rows; p++) {
      let xq = x + row * p + done;
      let fq = f + pixel * (p * kw) + done;
      for (let q = 0; q < columns; q++, xq += next, fq += pixel) {
        y_03 = madd(y_03, v128.load(xq), v128.load(fq));
        y_47 = madd(y_47, v128.load(xq, 16), v128.load(fq, 16));
        y_8b = madd(y_8b, v128.load(xq, 32), v128.load(fq, 32));
        y_cf = madd(y_cf, v128.load(xq, 48), v128.load(fq, 48));
      }
    }
    v128.store(y + done, y_03);
    v128.store(y + done, y_47, 16);
    v128.store(y + done, y_8b, 32);
    v128.store(y + done, y_cf, 48);
  }
  if (done < pixel) depth_rest(rows, columns, kw, next, row, pixel, x, f, y, done);
}

/** One position, channels from `done` bytes on: four at a time, then one. */
function depth_rest(
  rows: i32,
  columns: i32,
  kw: i32,
  next: usize,
  row: usize,
  pixel: usize,
  x: usize,
  f: usize,
  y: usize,
  done: usize,
): void {
  for (; done + 16 <= pixel; done += 16) {
    let sum = v128.load(y + done);
    for (let p = 0; p < rows; p++) {
      let xq = x + row * p + done;
      let fq = f + pixel * (p * kw) + done;
      for (let q = 0; q < columns; q++, xq += next, fq += pixel) sum = madd(sum, v128.load(xq), v128.load(fq));
    }
    v128.store(y + done, sum);
  }
  for (; done < pixel; done += 4) {
    let sum = load<f32>(y + done);
    for (let p = 0; p < rows; p++) {
      let xq = x + row * p + done;
      let fq = f + pixel * (p * kw) + done;
      for (let q = 0; q < columns; q++, xq += next, fq += pixel) sum += load<f32>(xq) * load<f32>(fq);
    }
    store<f32>(y + done, sum);
  }
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
  y: usize,
): void {
  const output = (<usize>(c * m)) << 2;
  for (let i = 0; i < c; i++, x += 4) {
    for (let o = 0; o < m; o++, f += 4, y += 4) {
      let sum = load<f32>(y);
      for (let p = 0; p < rows; p++) {
        let xq = x + row * p;
        let fq = f + output * (p * kw);
        for (let q = 0; q < columns; q++, xq += next, fq += output) sum += load<f32>(xq) * load<f32>(fq);
      }
      store<f32>(y, sum);
    }
  }
}
