/**
 * Activations beyond those of assembly/layers/activation.ts, and their gradients, each over n consecutive floats: linear units with
 * exponential tails, and smooth gates. Each is one function on four lanes; the tail of a loop works on copies of one float.
 */
import { F32Pointer } from "../support/pointer";
import { expm1_4, normal_4, normal_density_4, softplus_4 } from "../support/special";
import { exp_4, sigmoid_4 } from "../support/transcendental";

/** s and s a of Klambauer et al. 2017, as tfjs has them. */
const SELU_SCALE: f32 = 1.0507009873554805;
const SELU_SCALE_ALPHA: f32 = 1.7580993408473768;

function hard_line(x: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.splat(0.2), x), f32x4.splat(0.5));
}

function inverse_square(d: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.mul(d, d));
}

function swish_slope(x: v128, s: v128): v128 {
  return f32x4.add(s, f32x4.mul(x, f32x4.mul(s, f32x4.sub(f32x4.splat(1), s))));
}

function elu_4(x: v128): v128 {
  return v128.bitselect(expm1_4(x), x, f32x4.lt(x, f32x4.splat(0)));
}

/** y = x, below zero e^x - 1.   x, y  f32[n], may be the same */
export function elu_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, elu_4(v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, f32x4.extract_lane(elu_4(v128.load_splat<f32>(x)), 0));
}

function elu_slope_4(y: v128): v128 {
  return v128.bitselect(f32x4.add(y, f32x4.splat(1)), f32x4.splat(1), f32x4.lt(y, f32x4.splat(0)));
}

/** dx += dy, below zero dy (y + 1), y the output of elu_f32.   y, dy, dx  f32[n] */
export function elu_grad_f32(n: i32, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = y + ((<usize>n) << 2);
  for (; y + 16 <= end; y += 16, dy += 16, dx += 16) {
    v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(v128.load(dy), elu_slope_4(v128.load(y)))));
  }
  for (; y < end; y += 4, dy += 4, dx += 4) {
    const slope = f32x4.extract_lane(elu_slope_4(v128.load_splat<f32>(y)), 0);
    store<f32>(dx, load<f32>(dx) + load<f32>(dy) * slope);
  }
}

function selu_4(x: v128): v128 {
  return v128.bitselect(
    f32x4.mul(f32x4.splat(SELU_SCALE_ALPHA), expm1_4(x)),
    f32x4.mul(f32x4.splat(SELU_SCALE), x),
    f32x4.lt(x, f32x4.splat(0)),
  );
}

/** y = s x, below zero s a (e^x - 1).   x, y  f32[n], may be the same */
export function selu_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, selu_4(v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, f32x4.extract_lane(selu_4(v128.load_splat<f32>(x)), 0));
}

function selu_slope_4(x: v128): v128 {
  return v128.bitselect(
    f32x4.splat(SELU_SCALE),
    f32x4.mul(f32x4.splat(SELU_SCALE_ALPHA), exp_4(x)),
    f32x4.gt(x, f32x4.splat(0)),
  );
}

/** dx += dy s where x > 0, elsewhere dy (s a e^x).   x, dy, dx  f32[n] */
export function selu_grad_f32(n: i32, x: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, dy += 16, dx += 16) {
    v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(v128.load(dy), selu_slope_4(v128.load(x)))));
  }
  for (; x < end; x += 4, dy += 4, dx += 4) {
    const slope = f32x4.extract_lane(selu_slope_4(v128.load_splat<f32>(x)), 0);
    store<f32>(dx, load<f32>(dx) + load<f32>(dy) * slope);
  }
}

function hard_sigmoid_4(x: v128): v128 {
  return f32x4.min(f32x4.max(hard_line(x), f32x4.splat(0)), f32x4.splat(1));
}

/** y = 0.2 x + 0.5 between 0 and 1.   x, y  f32[n], may be the same */
export function hard_sigmoid_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, hard_sigmoid_4(v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, f32x4.extract_lane(hard_sigmoid_4(v128.load_splat<f32>(x)), 0));
}

function hard_sigmoid_slope_4(x: v128): v128 {
  return v128.and(
    f32x4.splat(0.2),
    v128.and(f32x4.ge(hard_line(x), f32x4.splat(0)), f32x4.le(hard_line(x), f32x4.splat(1))),
  );
}

/** dx += 0.2 dy where 0 <= 0.2 x + 0.5 <= 1.   x, dy, dx  f32[n] */
export function hard_sigmoid_grad_f32(n: i32, x: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, dy += 16, dx += 16) {
    v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(v128.load(dy), hard_sigmoid_slope_4(v128.load(x)))));
  }
  for (; x < end; x += 4, dy += 4, dx += 4) {
    const slope = f32x4.extract_lane(hard_sigmoid_slope_4(v128.load_splat<f32>(x)), 0);
    store<f32>(dx, load<f32>(dx) + load<f32>(dy) * slope);
  }
}

/** y = ln(1 + e^x).   x, y  f32[n], may be the same */
export function softplus_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, softplus_4(v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, f32x4.extract_lane(softplus_4(v128.load_splat<f32>(x)), 0));
}

function softplus_slope_4(x: v128): v128 {
  return sigmoid_4(x);
}

/** dx += dy / (1 + e^-x).   x, dy, dx  f32[n] */
export function softplus_grad_f32(n: i32, x: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, dy += 16, dx += 16) {
    v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(v128.load(dy), softplus_slope_4(v128.load(x)))));
  }
  for (; x < end; x += 4, dy += 4, dx += 4) {
    const slope = f32x4.extract_lane(softplus_slope_4(v128.load_splat<f32>(x)), 0);
    store<f32>(dx, load<f32>(dx) + load<f32>(dy) * slope);
  }
}

function softsign_4(x: v128): v128 {
  return f32x4.div(x, f32x4.add(f32x4.splat(1), f32x4.abs(x)));
}

/** y = x / (1 + |x|).   x, y  f32[n], may be the same */
export function softsign_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, softsign_4(v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, f32x4.extract_lane(softsign_4(v128.load_splat<f32>(x)), 0));
}

function softsign_slope_4(x: v128): v128 {
  return inverse_square(f32x4.add(f32x4.splat(1), f32x4.abs(x)));
}

/** dx += dy / (1 + |x|)^2.   x, dy, dx  f32[n] */
export function softsign_grad_f32(n: i32, x: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, dy += 16, dx += 16) {
    v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(v128.load(dy), softsign_slope_4(v128.load(x)))));
  }
  for (; x < end; x += 4, dy += 4, dx += 4) {
    const slope = f32x4.extract_lane(softsign_slope_4(v128.load_splat<f32>(x)), 0);
    store<f32>(dx, load<f32>(dx) + load<f32>(dy) * slope);
  }
}

function swish_4(x: v128): v128 {
  return f32x4.mul(x, sigmoid_4(x));
}

/** y = x / (1 + e^-x).   x, y  f32[n], may be the same */
export function swish_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, swish_4(v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, f32x4.extract_lane(swish_4(v128.load_splat<f32>(x)), 0));
}

function swish_slope_4(x: v128): v128 {
  return swish_slope(x, sigmoid_4(x));
}

/** dx += dy (s + x (s (1 - s))), s = 1 / (1 + e^-x).   x, dy, dx  f32[n] */
export function swish_grad_f32(n: i32, x: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, dy += 16, dx += 16) {
    v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(v128.load(dy), swish_slope_4(v128.load(x)))));
  }
  for (; x < end; x += 4, dy += 4, dx += 4) {
    const slope = f32x4.extract_lane(swish_slope_4(v128.load_splat<f32>(x)), 0);
    store<f32>(dx, load<f32>(dx) + load<f32>(dy) * slope);
  }
}

function gelu_4(x: v128): v128 {
  return f32x4.mul(x, normal_4(x));
}

/** y = x times the normal distribution function of x.   x, y  f32[n], may be the same */
export function gelu_f32(n: i32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, gelu_4(v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, f32x4.extract_lane(gelu_4(v128.load_splat<f32>(x)), 0));
}

function gelu_slope_4(x: v128): v128 {
  return f32x4.add(normal_4(x), f32x4.mul(x, normal_density_4(x)));
}

/** dx += dy (F(x) + x f(x)), F and f the normal distribution function and density.   x, dy, dx  f32[n] */
export function gelu_grad_f32(n: i32, x: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, dy += 16, dx += 16) {
    v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(v128.load(dy), gelu_slope_4(v128.load(x)))));
  }
  for (; x < end; x += 4, dy += 4, dx += 4) {
    const slope = f32x4.extract_lane(gelu_slope_4(v128.load_splat<f32>(x)), 0);
    store<f32>(dx, load<f32>(dx) + load<f32>(dy) * slope);
  }
}
