/**
 * The windows of a depthwise convolution (depthwise.ts) that are three taps wide and lie inside the image: outputs side by
 * side share the pixels under them, so each pixel is read once a row of taps. Four channels by eight or four positions.
 *
 * In each function the taps are `rows` rows of three, `row` bytes apart in the image; pixels, taps and outputs are `pixel`
 * bytes apart. The sums begin at `start`, `step` bytes from one position to the next.
 */
import { madd } from "../support/tile";

/**
 * Outputs side by side, as many of `count` as whole tiles take: all channels in fours.
 *
 * @returns how many it computed, a multiple of four
 */
export function windows_3(
  count: i32,
  stride: i32,
  rows: i32,
  row: usize,
  pixel: usize,
  x: usize,
  f: usize,
  start: usize,
  step: usize,
  y: usize,
): i32 {
  const channels = pixel & ~15;
  let done = 0;
  while (count - done >= 4) {
    const n = count - done >= 8 ? 8 : 4;
    for (let d: usize = 0; d < channels; d += 16) {
      if (stride == 1) {
        if (n == 8) slide_1_8x4(rows, row, pixel, x + d, f + d, start + d, step, y + d);
        else slide_1_4x4(rows, row, pixel, x + d, f + d, start + d, step, y + d);
      } else {
        if (n == 8) slide_2_8x4(rows, row, pixel, x + d, f + d, start + d, step, y + d);
        else slide_2_4x4(rows, row, pixel, x + d, f + d, start + d, step, y + d);
      }
    }
    done += n;
    x += pixel * (n * stride);
    start += step * n;
    y += pixel * n;
  }
  return done;
}

/** Stride 1: ten pixels a row of taps. Order: the start, then x f for p, q ascending. */
function slide_1_8x4(
  rows: i32,
  row: usize,
  pixel: usize,
  x: usize,
  f: usize,
  start: usize,
  step: usize,
  y: usize,
): void {
  const p2 = pixel * 2;
  const p3 = pixel * 3;
  const p4 = pixel * 4;
  const y4 = y + p4;
  const start4 = start + 4 * step;
  let s0 = v128.load(start);
  let s1 = v128.load(start + step);
  let s2 = v128.load(start + 2 * step);
  let s3 = v128.load(start + 3 * step);
  let s4 = v128.load(start4);
  let s5 = v128.load(start4 + step);
  let s6 = v128.load(start4 + 2 * step);
  let s7 = v128.load(start4 + 3 * step);
  for (let p = 0; p < rows; p++, x += row, f += p3) {
    const f0 = v128.load(f);
    const f1 = v128.load(f + pixel);
    const f2 = v128.load(f + p2);
    let a = v128.load(x);
    let b = v128.load(x + pixel);
    let c = v128.load(x + p2);
    s0 = madd(madd(madd(s0, a, f0), b, f1), c, f2);
    a = v128.load(x + p3);
    s1 = madd(madd(madd(s1, b, f0), c, f1), a, f2);
    const x4 = x + p4;
    b = v128.load(x4);
    s2 = madd(madd(madd(s2, c, f0), a, f1), b, f2);
    c = v128.load(x4 + pixel);
    s3 = madd(madd(madd(s3, a, f0), b, f1), c, f2);
    a = v128.load(x4 + p2);
    s4 = madd(madd(madd(s4, b, f0), c, f1), a, f2);
    b = v128.load(x4 + p3);
    s5 = madd(madd(madd(s5, c, f0), a, f1), b, f2);
    const x8 = x4 + p4;
    c = v128.load(x8);
    s6 = madd(madd(madd(s6, a, f0), b, f1), c, f2);
    a = v128.load(x8 + pixel);
    s7 = madd(madd(madd(s7, b, f0), c, f1), a, f2);
  }
  v128.store(y, s0);
  v128.store(y + pixel, s1);
  v128.store(y + p2, s2);
  v128.store(y + p3, s3);
  v128.store(y4, s4);
  v128.store(y4 + pixel, s5);
  v128.store(y4 + p2, s6);
  v128.store(y4 + p3, s7);
}

/** The same for four positions: six pixels. */
function slide_1_4x4(
  rows: i32,
  row: usize,
  pixel: usize,
  x: usize,
  f: usize,
  start: usize,
  step: usize,
  y: usize,
): void {
  const p2 = pixel * 2;
  const p3 = pixel * 3;
  const p4 = pixel * 4;
  let s0 = v128.load(start);
  let s1 = v128.load(start + step);
  let s2 = v128.load(start + 2 * step);
  let s3 = v128.load(start + 3 * step);
  for (let p = 0; p < rows; p++, x += row, f += p3) {
    const f0 = v128.load(f);
    const f1 = v128.load(f + pixel);
    const f2 = v128.load(f + p2);
    let a = v128.load(x);
    let b = v128.load(x + pixel);
    let c = v128.load(x + p2);
    s0 = madd(madd(madd(s0, a, f0), b, f1), c, f2);
    a = v128.load(x + p3);
    s1 = madd(madd(madd(s1, b, f0), c, f1), a, f2);
    const x4 = x + p4;
    b = v128.load(x4);
    s2 = madd(madd(madd(s2, c, f0), a, f1), b, f2);
    c = v128.load(x4 + pixel);
    s3 = madd(madd(madd(s3, a, f0), b, f1), c, f2);
  }
  v128.store(y, s0);
  v128.store(y + pixel, s1);
  v128.store(y + p2, s2);
  v128.store(y + p3, s3);
}

/** Stride 2: seventeen pixels. */
function slide_2_8x4(
  rows: i32,
  row: usize,
  pixel: usize,
  x: usize,
  f: usize,
  start: usize,
  step: usize,
  y: usize,
): void {
  const p2 = pixel * 2;
  const p3 = pixel * 3;
  const p4 = pixel * 4;
  const y4 = y + p4;
  const start4 = start + 4 * step;
  let s0 = v128.load(start);
  let s1 = v128.load(start + step);
  let s2 = v128.load(start + 2 * step);
  let s3 = v128.load(start + 3 * step);
  let s4 = v128.load(start4);
  let s5 = v128.load(start4 + step);
  let s6 = v128.load(start4 + 2 * step);
  let s7 = v128.load(start4 + 3 * step);
  for (let p = 0; p < rows; p++, x += row, f += p3) {
    const f0 = v128.load(f);
    const f1 = v128.load(f + pixel);
    const f2 = v128.load(f + p2);
    let a = v128.load(x);
    let b = v128.load(x + pixel);
    let c = v128.load(x + p2);
    s0 = madd(madd(madd(s0, a, f0), b, f1), c, f2);
    a = v128.load(x + p3);
    const x4 = x + p4;
    b = v128.load(x4);
    s1 = madd(madd(madd(s1, c, f0), a, f1), b, f2);
    c = v128.load(x4 + pixel);
    a = v128.load(x4 + p2);
    s2 = madd(madd(madd(s2, b, f0), c, f1), a, f2);
    b = v128.load(x4 + p3);
    const x8 = x4 + p4;
    c = v128.load(x8);
    s3 = madd(madd(madd(s3, a, f0), b, f1), c, f2);
    a = v128.load(x8 + pixel);
    b = v128.load(x8 + p2);
    s4 = madd(madd(madd(s4, c, f0), a, f1), b, f2);
    c = v128.load(x8 + p3);
    const x12 = x8 + p4;
    a = v128.load(x12);
    s5 = madd(madd(madd(s5, b, f0), c, f1), a, f2);
    b = v128.load(x12 + pixel);
    c = v128.load(x12 + p2);
    s6 = madd(madd(madd(s6, a, f0), b, f1), c, f2);
    a = v128.load(x12 + p3);
    const x16 = x12 + p4;
    b = v128.load(x16);
    s7 = madd(madd(madd(s7, c, f0), a, f1), b, f2);
  }
  v128.store(y, s0);
  v128.store(y + pixel, s1);
  v128.store(y + p2, s2);
  v128.store(y + p3, s3);
  v128.store(y4, s4);
  v128.store(y4 + pixel, s5);
  v128.store(y4 + p2, s6);
  v128.store(y4 + p3, s7);
}

/** The same for four positions: nine pixels. */
function slide_2_4x4(
  rows: i32,
  row: usize,
  pixel: usize,
  x: usize,
  f: usize,
  start: usize,
  step: usize,
  y: usize,
): void {
  const p2 = pixel * 2;
  const p3 = pixel * 3;
  const p4 = pixel * 4;
  let s0 = v128.load(start);
  let s1 = v128.load(start + step);
  let s2 = v128.load(start + 2 * step);
  let s3 = v128.load(start + 3 * step);
  for (let p = 0; p < rows; p++, x += row, f += p3) {
    const f0 = v128.load(f);
    const f1 = v128.load(f + pixel);
    const f2 = v128.load(f + p2);
    let a = v128.load(x);
    let b = v128.load(x + pixel);
    let c = v128.load(x + p2);
    s0 = madd(madd(madd(s0, a, f0), b, f1), c, f2);
    a = v128.load(x + p3);
    const x4 = x + p4;
    b = v128.load(x4);
    s1 = madd(madd(madd(s1, c, f0), a, f1), b, f2);
    c = v128.load(x4 + pixel);
    a = v128.load(x4 + p2);
    s2 = madd(madd(madd(s2, b, f0), c, f1), a, f2);
    b = v128.load(x4 + p3);
    const x8 = x4 + p4;
    c = v128.load(x8);
    s3 = madd(madd(madd(s3, a, f0), b, f1), c, f2);
  }
  v128.store(y, s0);
  v128.store(y + pixel, s1);
  v128.store(y + p2, s2);
  v128.store(y + p3, s3);
}
