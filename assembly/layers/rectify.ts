/**
 * Rectifiers with bounds, a gate or a slope below zero, each over n consecutive floats. Their gradients look at the input x, as
 * the output does not say on which side of a kink it was.
 */
import { F32Pointer } from "../support/pointer";

/** y = min(max(x, 0), top).   x, y  f32[n], may be the same */
export function relu_top_f32(n: i32, top: f32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  const zero = f32x4.splat(0);
  const most = f32x4.splat(top);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.min(f32x4.max(v128.load(x), zero), most));
  for (; x < end; x += 4, y += 4) store<f32>(y, min<f32>(max<f32>(load<f32>(x), 0), top));
}

/** dx += dy where 0 < x <= last.   x, dy, dx  f32[n] */
export function relu_top_grad_f32(n: i32, last: f32, x: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  const zero = f32x4.splat(0);
  const most = f32x4.splat(last);
  for (; x + 16 <= end; x += 16, dy += 16, dx += 16) {
    const v = v128.load(x);
    const inside = v128.and(f32x4.gt(v, zero), f32x4.le(v, most));
    v128.store(dx, f32x4.add(v128.load(dx), v128.and(v128.load(dy), inside)));
  }
  for (; x < end; x += 4, dy += 4, dx += 4) {
    const v = load<f32>(x);
    store<f32>(dx, load<f32>(dx) + (v > 0 && v <= last ? load<f32>(dy) : 0));
  }
}

/** y = min(max(x, lower), upper).   x, y  f32[n], may be the same */
export function clip_f32(n: i32, lower: f32, upper: f32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  const least = f32x4.splat(lower);
  const most = f32x4.splat(upper);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.min(f32x4.max(v128.load(x), least), most));
  for (; x < end; x += 4, y += 4) store<f32>(y, min<f32>(max<f32>(load<f32>(x), lower), upper));
}

/** dx += dy where lower <= x <= upper.   x, dy, dx  f32[n] */
export function clip_grad_f32(n: i32, lower: f32, upper: f32, x: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  const least = f32x4.splat(lower);
  const most = f32x4.splat(upper);
  for (; x + 16 <= end; x += 16, dy += 16, dx += 16) {
    const v = v128.load(x);
    const inside = v128.and(f32x4.ge(v, least), f32x4.le(v, most));
    v128.store(dx, f32x4.add(v128.load(dx), v128.and(v128.load(dy), inside)));
  }
  for (; x < end; x += 4, dy += 4, dx += 4) {
    const v = load<f32>(x);
    store<f32>(dx, load<f32>(dx) + (v >= lower && v <= upper ? load<f32>(dy) : 0));
  }
}

/** a x + b, held within 0 and 1. */
function gate_4(x: v128, a: v128, b: v128): v128 {
  const line = f32x4.add(f32x4.mul(a, x), b);
  return f32x4.min(f32x4.max(line, f32x4.splat(0)), f32x4.splat(1));
}

/** y = x times a x + b held within 0 and 1.   x, y  f32[n], may be the same */
export function hard_swish_f32(n: i32, a: f32, b: f32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  const rise = f32x4.splat(a);
  const start = f32x4.splat(b);
  for (; x + 16 <= end; x += 16, y += 16) {
    const v = v128.load(x);
    v128.store(y, f32x4.mul(v, gate_4(v, rise, start)));
  }
  for (; x < end; x += 4, y += 4) {
    const v = load<f32>(x);
    store<f32>(y, v * min<f32>(max<f32>(a * v + b, 0), 1));
  }
}

/** dx += dy g, and where 0 < g < 1 dy (a x + g), g being a x + b held within 0 and 1.   x, dy, dx  f32[n] */
export function hard_swish_grad_f32(n: i32, a: f32, b: f32, x: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  const rise = f32x4.splat(a);
  const start = f32x4.splat(b);
  for (; x + 16 <= end; x += 16, dy += 16, dx += 16) {
    const v = v128.load(x);
    const gate = gate_4(v, rise, start);
    const between = v128.and(f32x4.gt(gate, f32x4.splat(0)), f32x4.lt(gate, f32x4.splat(1)));
    const slope = f32x4.add(v128.and(f32x4.mul(rise, v), between), gate);
    v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(v128.load(dy), slope)));
  }
  for (; x < end; x += 4, dy += 4, dx += 4) {
    const v = load<f32>(x);
    const gate = min<f32>(max<f32>(a * v + b, 0), 1);
    const slope = (gate > 0 && gate < 1 ? a * v : 0) + gate;
    store<f32>(dx, load<f32>(dx) + load<f32>(dy) * slope);
  }
}

/** y = x, below zero alpha x.   x, y  f32[n], may be the same */
export function leaky_relu_f32(n: i32, alpha: f32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  const a = f32x4.splat(alpha);
  for (; x + 16 <= end; x += 16, y += 16) {
    const v = v128.load(x);
    v128.store(y, v128.bitselect(f32x4.mul(a, v), v, f32x4.lt(v, f32x4.splat(0))));
  }
  for (; x < end; x += 4, y += 4) {
    const v = load<f32>(x);
    store<f32>(y, v < 0 ? alpha * v : v);
  }
}

/** dx += dy where x > 0, elsewhere alpha dy.   x, dy, dx  f32[n] */
export function leaky_relu_grad_f32(n: i32, alpha: f32, x: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  const a = f32x4.splat(alpha);
  for (; x + 16 <= end; x += 16, dy += 16, dx += 16) {
    const d = v128.load(dy);
    const share = v128.bitselect(d, f32x4.mul(a, d), f32x4.gt(v128.load(x), f32x4.splat(0)));
    v128.store(dx, f32x4.add(v128.load(dx), share));
  }
  for (; x < end; x += 4, dy += 4, dx += 4) {
    const d = load<f32>(dy);
    store<f32>(dx, load<f32>(dx) + (load<f32>(x) > 0 ? d : alpha * d));
  }
}

/** y = x, below zero alpha x, alpha of its own for each column.   x, y  f32[rows,n], alpha  f32[n] */
export function prelu_f32(rows: i32, n: i32, alpha: F32Pointer, x: F32Pointer, y: F32Pointer): void {
  const bytes = (<usize>n) << 2;
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16, x += 16, y += 16) {
      const v = v128.load(x);
      v128.store(y, v128.bitselect(f32x4.mul(v128.load(alpha + i), v), v, f32x4.lt(v, f32x4.splat(0))));
    }
    for (; i < bytes; i += 4, x += 4, y += 4) {
      const v = load<f32>(x);
      store<f32>(y, v < 0 ? load<f32>(alpha + i) * v : v);
    }
  }
}

/** dx += dy where x > 0, elsewhere alpha dy.   x, dy, dx  f32[rows,n], alpha  f32[n] */
export function prelu_grad_f32(
  rows: i32,
  n: i32,
  alpha: F32Pointer,
  x: F32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  const bytes = (<usize>n) << 2;
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16, x += 16, dy += 16, dx += 16) {
      const d = v128.load(dy);
      const share = v128.bitselect(d, f32x4.mul(v128.load(alpha + i), d), f32x4.gt(v128.load(x), f32x4.splat(0)));
      v128.store(dx, f32x4.add(v128.load(dx), share));
    }
    for (; i < bytes; i += 4, x += 4, dy += 4, dx += 4) {
      const d = load<f32>(dy);
      store<f32>(dx, load<f32>(dx) + (load<f32>(x) > 0 ? d : load<f32>(alpha + i) * d));
    }
  }
}

/** g += dy x where x <= 0, summed over the rows ascending: the gradient to alpha.   x, dy  f32[rows,n], g  f32[n] */
export function prelu_alpha_grad_f32(rows: i32, n: i32, x: F32Pointer, dy: F32Pointer, g: F32Pointer): void {
  const bytes = (<usize>n) << 2;
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16, x += 16, dy += 16) {
      const v = v128.load(x);
      const share = v128.and(f32x4.mul(v128.load(dy), v), f32x4.le(v, f32x4.splat(0)));
      v128.store(g + i, f32x4.add(v128.load(g + i), share));
    }
    for (; i < bytes; i += 4, x += 4, dy += 4) {
      const v = load<f32>(x);
      store<f32>(g + i, load<f32>(g + i) + (v <= 0 ? load<f32>(dy) * v : 0));
    }
  }
}
