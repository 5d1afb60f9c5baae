/** Elementwise functions of a layer and their gradients, each over n consecutive floats. */
import { F32Pointer } from "../support/pointer";
import { exp_4, log_4, sigmoid_4, sigmoid_8, tanh_4 } from "../support/transcendental";

/** y = e^x.   x, y  f32[n], may be the same */
export function exp_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, exp_4(v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, f32x4.extract_lane(exp_4(v128.load_splat<f32>(x)), 0));
}

/** y = ln x.   x, y  f32[n], may be the same */
export function log_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, log_4(v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, f32x4.extract_lane(log_4(v128.load_splat<f32>(x)), 0));
}

/** y = max(x, 0).   x, y  f32[n], may be the same */
export function relu_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  const zero = f32x4.splat(0);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.max(v128.load(x), zero));
  for (; x < end; x += 4, y += 4) store<f32>(y, max<f32>(load<f32>(x), 0));
}

/** dx += dy where y > 0, the output of relu_f32; 0 at the kink, as tfjs takes it.   y, dy, dx  f32[n] */
export function relu_grad_f32(n: i32, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = y + ((<usize>n) << 2);
  const zero = f32x4.splat(0);
  for (; y + 16 <= end; y += 16, dy += 16, dx += 16) {
    const through = v128.and(v128.load(dy), f32x4.gt(v128.load(y), zero));
    v128.store(dx, f32x4.add(v128.load(dx), through));
  }
  for (; y < end; y += 4, dy += 4, dx += 4) {
    store<f32>(dx, load<f32>(dx) + (load<f32>(y) > 0 ? load<f32>(dy) : 0));
  }
}

/** y = 1 / (1 + e^-x).   x, y  f32[n], may be the same */
export function sigmoid_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 32 <= end; x += 32, y += 32) sigmoid_8(x, y);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, sigmoid_4(v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, f32x4.extract_lane(sigmoid_4(v128.load_splat<f32>(x)), 0));
}

/** dx += dy (y (1 - y)), y the output of sigmoid_f32.   y, dy, dx  f32[n] */
export function sigmoid_grad_f32(n: i32, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = y + ((<usize>n) << 2);
  const one = f32x4.splat(1);
  for (; y + 16 <= end; y += 16, dy += 16, dx += 16) {
    const s = v128.load(y);
    const slope = f32x4.mul(s, f32x4.sub(one, s));
    v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(v128.load(dy), slope)));
  }
  for (; y < end; y += 4, dy += 4, dx += 4) {
    const s = load<f32>(y);
    store<f32>(dx, load<f32>(dx) + load<f32>(dy) * (s * (1 - s)));
  }
}

/** y = tanh x.   x, y  f32[n], may be the same */
export function tanh_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, tanh_4(v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, f32x4.extract_lane(tanh_4(v128.load_splat<f32>(x)), 0));
}

/** dx += dy (1 - y y), y the output of tanh_f32.   y, dy, dx  f32[n] */
export function tanh_grad_f32(n: i32, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = y + ((<usize>n) << 2);
  const one = f32x4.splat(1);
  for (; y + 16 <= end; y += 16, dy += 16, dx += 16) {
    const t = v128.load(y);
    const slope = f32x4.sub(one, f32x4.mul(t, t));
    v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(v128.load(dy), slope)));
  }
  for (; y < end; y += 4, dy += 4, dx += 4) {
    const t = load<f32>(y);
    store<f32>(dx, load<f32>(dx) + load<f32>(dy) * (1 - t * t));
  }
}
