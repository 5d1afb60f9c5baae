/**
 * The patches of an image as rows of a matrix, and their transpose: what turns a convolution over a slice of the
 * channels, whose taps do not lie behind one another, into a matrix product.
 */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";

/**
 * col[p,u,v,k] = x[i sh - top + u dh, j sw - left + v dw, k] for the m positions p = i ow + j from `first` on, zero outside.
 *
 *   x    f32[h,w,ld]       one image; its channels k < c are read, ld floats from one pixel to the next
 *   col  f32[m,kh,kw,c]
 */
export function im2col_f32(
  first: i32,
  m: i32,
  ow: i32,
  h: i32,
  w: i32,
  c: i32,
  ld: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  top: i32,
  left: i32,
  x: F32Pointer,
  col: F32Pointer,
): void {
  need(first >= 0 && m >= 0 && ow >= 1 && c >= 1 && ld >= c);
  const bytes = (<usize>c) << 2;
  for (let p = first; p < first + m; p++) {
    for (let u = 0; u < kh; u++) {
      const i = (p / ow) * sh - top + u * dh;
      for (let v = 0; v < kw; v++, col += bytes) {
        const j = (p % ow) * sw - left + v * dw;
        const isInside = i >= 0 && i < h && j >= 0 && j < w;
        if (isInside) copy(col, x + ((<usize>(i * w + j) * <usize>ld) << 2), bytes);
        else memory.fill(col, 0, bytes);
      }
    }
  }
}

/** Some tens of floats: the engine's memory.copy costs more in its call than these moves do. */
function copy(to: usize, from: usize, bytes: usize): void {
  const end = to + bytes;
  for (; to + 16 <= end; to += 16, from += 16) v128.store(to, v128.load(from));
  for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(from));
}

/**
 * The transpose: dx[i sh - top + u dh, j sw - left + v dw, k] += col[p,u,v,k], what falls outside being dropped.
 *
 *   col  f32[m,kh,kw,c]
 *   dx   f32[h,w,ld]
 *
 * Order  positions ascending, taps ascending within each.
 */
export function col2im_f32(
  first: i32,
  m: i32,
  ow: i32,
  h: i32,
  w: i32,
  c: i32,
  ld: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  top: i32,
  left: i32,
  col: F32Pointer,
  dx: F32Pointer,
): void {
  need(first >= 0 && m >= 0 && ow >= 1 && c >= 1 && ld >= c);
  const bytes = (<usize>c) << 2;
  for (let p = first; p < first + m; p++) {
    for (let u = 0; u < kh; u++) {
      const i = (p / ow) * sh - top + u * dh;
      for (let v = 0; v < kw; v++) {
        const j = (p % ow) * sw - left + v * dw;
        if (i < 0 || i >= h || j < 0 || j >= w) {
          col += bytes;
          continue;
        }
        let to = dx + ((<usize>(i * w + j) * <usize>ld) << 2);
        const end = col + bytes;
        for (; col + 16 <= end; col += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(col)));
        for (; col < end; col += 4, to += 4) store<f32>(to, load<f32>(to) + load<f32>(col));
      }
    }
  }
}
