/** Elementwise joins of layers with several inputs: each takes one more input into what is there, over n consecutive floats. */
import { F32Pointer } from "../support/pointer";

/** y += x.   x, y  f32[n] */
export function add_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, load<f32>(y) + load<f32>(x));
}

/** y -= x.   x, y  f32[n] */
export function sub_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.sub(v128.load(y), v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, load<f32>(y) - load<f32>(x));
}

/** y *= x.   x, y  f32[n] */
export function mul_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.mul(v128.load(y), v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, load<f32>(y) * load<f32>(x));
}

/** y = max(x, y).   x, y  f32[n] */
export function max_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.max(v128.load(y), v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, max<f32>(load<f32>(y), load<f32>(x)));
}

/**
 * Where x is the maximum y, dx += dy and dy becomes 0: called for one input after another, of equals the first takes the
 * gradient whole, as in tfjs.   x, y, dy, dx  f32[n]
 */
export function max_grad_f32(n: i32, x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16, dy += 16, dx += 16) {
    const is = f32x4.eq(v128.load(x), v128.load(y));
    const d = v128.load(dy);
    v128.store(dx, f32x4.add(v128.load(dx), v128.and(d, is)));
    v128.store(dy, v128.andnot(d, is));
  }
  for (; x < end; x += 4, y += 4, dy += 4, dx += 4) {
    const is = load<f32>(x) == load<f32>(y);
    const d = load<f32>(dy);
    store<f32>(dx, load<f32>(dx) + (is ? d : 0));
    store<f32>(dy, is ? 0 : d);
  }
}

/** y = a x.   x, y  f32[n], may be the same */
export function scale_f32(n: i32, a: f32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.mul(f32x4.splat(a), v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, a * load<f32>(x));
}

/** y += a x.   x, y  f32[n] */
export function axpy_f32(n: i32, a: f32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) {
    v128.store(y, f32x4.add(v128.load(y), f32x4.mul(f32x4.splat(a), v128.load(x))));
  }
  for (; x < end; x += 4, y += 4) store<f32>(y, load<f32>(y) + a * load<f32>(x));
}
