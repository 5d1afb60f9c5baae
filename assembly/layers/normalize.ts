/** Normalisation: by moments that are given, channel by channel, and of each row by its own. */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";

/**
 * y = (x - mean) scale + shift for each column.
 *
 *   x, y                f32[rows,n]  may be the same
 *   mean, scale, shift  f32[n]
 */
export function normalize_f32(
  rows: i32,
  n: i32,
  x: F32Pointer,
  mean: F32Pointer,
  scale: F32Pointer,
  shift: F32Pointer,
  y: F32Pointer,
): void {
  const bytes = (<usize>n) << 2;
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16, x += 16, y += 16) {
      const d = f32x4.sub(v128.load(x), v128.load(mean + i));
      v128.store(y, f32x4.add(f32x4.mul(d, v128.load(scale + i)), v128.load(shift + i)));
    }
    for (; i < bytes; i += 4, x += 4, y += 4) {
      store<f32>(y, (load<f32>(x) - load<f32>(mean + i)) * load<f32>(scale + i) + load<f32>(shift + i));
    }
  }
}

/** dx += dy scale for each column.   dy, dx  f32[rows,n], scale  f32[n] */
export function normalize_grad_f32(rows: i32, n: i32, scale: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const bytes = (<usize>n) << 2;
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16, dy += 16, dx += 16) {
      v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(v128.load(dy), v128.load(scale + i))));
    }
    for (; i < bytes; i += 4, dy += 4, dx += 4) {
      store<f32>(dx, load<f32>(dx) + load<f32>(dy) * load<f32>(scale + i));
    }
  }
}

/**
 * g += dy ((x - mean) by), summed over the rows ascending: the gradient to the scale of a normalisation whose scale is
 * gamma times `by`.   x, dy  f32[rows,n]; mean, by, g  f32[n]
 */
export function normalize_scale_grad_f32(
  rows: i32,
  n: i32,
  x: F32Pointer,
  mean: F32Pointer,
  by: F32Pointer,
  dy: F32Pointer,
  g: F32Pointer,
): void {
  const bytes = (<usize>n) << 2;
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16, x += 16, dy += 16) {
      const unit = f32x4.mul(f32x4.sub(v128.load(x), v128.load(mean + i)), v128.load(by + i));
      v128.store(g + i, f32x4.add(v128.load(g + i), f32x4.mul(v128.load(dy), unit)));
    }
    for (; i < bytes; i += 4, x += 4, dy += 4) {
      const unit = (load<f32>(x) - load<f32>(mean + i)) * load<f32>(by + i);
      store<f32>(g + i, load<f32>(g + i) + load<f32>(dy) * unit);
    }
  }
}

/** The sum of x.   x  f32[n]; element i goes to sum i mod 4, joined (0 + 1) + (2 + 3) */
function row_sum(n: i32, x: usize): f32 {
  const body = x + (((<usize>n) << 2) & ~15);
  let sums = f32x4.splat(0);
  for (; x < body; x += 16) sums = f32x4.add(sums, v128.load(x));
  let s0 = f32x4.extract_lane(sums, 0);
  let s1 = f32x4.extract_lane(sums, 1);
  let s2 = f32x4.extract_lane(sums, 2);
  const s3 = f32x4.extract_lane(sums, 3);
  const rest = n & 3;
  if (rest > 0) s0 += load<f32>(x);
  if (rest > 1) s1 += load<f32>(x, 4);
  if (rest > 2) s2 += load<f32>(x, 8);
  return s0 + s1 + (s2 + s3);
}

/**
 * Each row less its mean, over the root of its variance plus epsilon: y = (x - m) / sqrt(v + epsilon), with m the mean and
 * v the mean of (x - m)^2.
 *
 *   x    f32[rows,n]
 *   y    f32[rows,n]  not x
 *   inv  f32[rows]    1 / sqrt(v + epsilon)
 *
 * Order  sums as in row_sum: a function of the row alone
 */
export function standardize_f32(rows: i32, n: i32, epsilon: f32, x: F32Pointer, y: F32Pointer, inv: F32Pointer): void {
  need(n >= 1);
  const bytes = (<usize>n) << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += bytes, inv += 4) {
    const mean = row_sum(n, x) / <f32>n;
    for (let i: usize = 0; i < bytes; i += 4) {
      const d = load<f32>(x + i) - mean;
      store<f32>(y + i, d * d);
    }
    const by: f32 = 1 / sqrt<f32>(row_sum(n, y) / <f32>n + epsilon);
    store<f32>(inv, by);
    for (let i: usize = 0; i < bytes; i += 4) store<f32>(y + i, (load<f32>(x + i) - mean) * by);
  }
}

/**
 * dx += inv (d - mean(d) - y mean(d y)) for each row, with d = dy gamma and y, inv what standardize_f32 gave.
 *
 *   y, dy, dx  f32[rows,n]
 *   inv        f32[rows]
 *   gamma      f32[n]
 *   work       f32[2,n]
 */
export function standardize_grad_f32(
  rows: i32,
  n: i32,
  y: F32Pointer,
  inv: F32Pointer,
  gamma: F32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
  work: F32Pointer,
): void {
  need(n >= 1);
  const bytes = (<usize>n) << 2;
  for (let r = 0; r < rows; r++, y += bytes, inv += 4, dy += bytes, dx += bytes) {
    for (let i: usize = 0; i < bytes; i += 4) {
      const d = load<f32>(dy + i) * load<f32>(gamma + i);
      store<f32>(work + i, d);
      store<f32>(work + bytes + i, d * load<f32>(y + i));
    }
    const mean = row_sum(n, work) / <f32>n;
    const slope = row_sum(n, work + bytes) / <f32>n;
    const by = load<f32>(inv);
    for (let i: usize = 0; i < bytes; i += 4) {
      const change = by * (load<f32>(work + i) - mean - load<f32>(y + i) * slope);
      store<f32>(dx + i, load<f32>(dx + i) + change);
    }
  }
}
