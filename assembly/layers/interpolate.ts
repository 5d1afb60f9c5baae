/** An axis interpolated: each of its numbers becomes a weighted sum of two of the input's, and the transpose of that. */
import { need } from "../support/need";
import { F32Pointer, I32Pointer } from "../support/pointer";

/** y += a x over so many bytes of floats. */
function add_scaled(bytes: usize, a: f32, x: usize, y: usize): void {
  const end = y + bytes;
  const factor = f32x4.splat(a);
  for (; y + 16 <= end; y += 16, x += 16) {
    v128.store(y, f32x4.add(v128.load(y), f32x4.mul(factor, v128.load(x))));
  }
  for (; y < end; y += 4, x += 4) store<f32>(y, load<f32>(y) + a * load<f32>(x));
}

/**
 * y[o,i,*] = sum over t of weight[i,t] x[o,index[i,t],*]
 *
 *   x       f32[outer,h,inner]
 *   index   i32[m,2]  below h
 *   weight  f32[m,2]
 *   y       f32[outer,m,inner]
 *
 * Order  t ascending from zero.
 * Error  g(3) of the sum of magnitudes
 */
export function interpolate_f32(
  outer: i32,
  h: i32,
  m: i32,
  inner: i32,
  index: I32Pointer,
  weight: F32Pointer,
  x: F32Pointer,
  y: F32Pointer,
): void {
  need(outer >= 0 && h > 0 && m >= 0 && inner > 0);
  const row = (<usize>inner) << 2;
  const all = (<usize>m) << 3;
  for (let o = 0; o < outer; o++, x += row * h) {
    for (let at: usize = 0; at < all; y += row) {
      memory.fill(y, 0, row);
      for (let t = 0; t < 2; t++, at += 4) {
        add_scaled(row, load<f32>(weight + at), x + row * load<i32>(index + at), y);
      }
    }
  }
}

/**
 * dx[o,index[i,t],*] += weight[i,t] dy[o,i,*]: the gradient of interpolate_f32.
 *
 *   index   i32[m,2]
 *   weight  f32[m,2]
 *   dy      f32[outer,m,inner]
 *   dx      f32[outer,h,inner]
 *
 * Order  dx, then i, t ascending.
 */
export function interpolate_grad_f32(
  outer: i32,
  h: i32,
  m: i32,
  inner: i32,
  index: I32Pointer,
  weight: F32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  need(outer >= 0 && h > 0 && m >= 0 && inner > 0);
  const row = (<usize>inner) << 2;
  const all = (<usize>m) << 3;
  for (let o = 0; o < outer; o++, dx += row * h) {
    for (let at: usize = 0; at < all; dy += row) {
      for (let t = 0; t < 2; t++, at += 4) {
        add_scaled(row, load<f32>(weight + at), dy, dx + row * load<i32>(index + at));
      }
    }
  }
}
