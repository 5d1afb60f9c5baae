/** Softmax, and cross-entropy taken from the logits, row by row. */
import { need } from "../support/need";
import { F32Pointer, I32Pointer } from "../support/pointer";
import { exp_4, log_4 } from "../support/transcendental";

/** The largest of n >= 1 floats; a NaN wins. */
function row_max(n: i32, x: usize): f32 {
  let m = load<f32>(x);
  for (let i = 1; i < n; i++) m = max(m, load<f32>(x + ((<usize>i) << 2)));
  return m;
}

/**
 * y = e^(x - shift), and the sum of y.   x, y  f32[n], may be the same
 *
 * Order  four partial sums, element i to sum i mod 4, joined (0 + 1) + (2 + 3): a function of the row alone.
 */
function exp_shifted(n: i32, shift: f32, x: usize, y: usize): f32 {
  const end = x + ((<usize>n) << 2);
  const by = f32x4.splat(shift);
  let sums = f32x4.splat(0);
  for (; x + 16 <= end; x += 16, y += 16) {
    const e = exp_4(f32x4.sub(v128.load(x), by));
    v128.store(y, e);
    sums = f32x4.add(sums, e);
  }
  let s0 = f32x4.extract_lane(sums, 0);
  let s1 = f32x4.extract_lane(sums, 1);
  let s2 = f32x4.extract_lane(sums, 2);
  const s3 = f32x4.extract_lane(sums, 3);
  for (let lane = 0; x < end; x += 4, y += 4, lane++) {
    const e = f32x4.extract_lane(exp_4(f32x4.sub(v128.load_splat<f32>(x), by)), 0);
    store<f32>(y, e);
    if (lane == 0) s0 += e;
    else if (lane == 1) s1 += e;
    else s2 += e;
  }
  return s0 + s1 + (s2 + s3);
}

function scale(n: i32, factor: f32, y: usize): void {
  const end = y + ((<usize>n) << 2);
  for (; y + 16 <= end; y += 16) v128.store(y, f32x4.mul(v128.load(y), f32x4.splat(factor)));
  for (; y < end; y += 4) store<f32>(y, load<f32>(y) * factor);
}

/** y = softmax of each row.   x, y  f32[rows,n], may be the same */
export function softmax_f32(rows: i32, n: i32, x: F32Pointer, y: F32Pointer): void {
  need(n >= 1);
  const step = (<usize>n) << 2;
  for (let r = 0; r < rows; r++, x += step, y += step) scale(n, 1 / exp_shifted(n, row_max(n, x), x, y), y);
}

/** dx += y (dy - <dy, y>) for each row, y the output of softmax_f32.   y, dy, dx  f32[rows,n] */
export function softmax_grad_f32(rows: i32, n: i32, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const step = (<usize>n) << 2;
  for (let r = 0; r < rows; r++, y += step, dy += step, dx += step) {
    let dot: f32 = 0;
    for (let i: usize = 0; i < step; i += 4) dot += load<f32>(y + i) * load<f32>(dy + i);
    for (let i: usize = 0; i < step; i += 4) {
      store<f32>(dx + i, load<f32>(dx + i) + load<f32>(y + i) * (load<f32>(dy + i) - dot));
    }
  }
}

/** y = the logarithm of the softmax of each row, x less its largest and the logarithm of what is left.   x, y  f32[rows,n], y not x */
export function log_softmax_f32(rows: i32, n: i32, x: F32Pointer, y: F32Pointer): void {
  need(n >= 1);
  const step = (<usize>n) << 2;
  for (let r = 0; r < rows; r++, x += step, y += step) {
    const top = row_max(n, x);
    const rest = f32x4.extract_lane(log_4(f32x4.splat(exp_shifted(n, top, x, y))), 0);
    for (let i: usize = 0; i < step; i += 4) store<f32>(y + i, load<f32>(x + i) - top - rest);
  }
}

/** dx += dy - e^y sum(dy) for each row, y the output of log_softmax_f32; sums run from the first on.   y, dy, dx  f32[rows,n] */
export function log_softmax_grad_f32(rows: i32, n: i32, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const step = (<usize>n) << 2;
  for (let r = 0; r < rows; r++, y += step, dy += step, dx += step) {
    let sum: f32 = 0;
    for (let i: usize = 0; i < step; i += 4) sum += load<f32>(dy + i);
    for (let i: usize = 0; i < step; i += 4) {
      const share = f32x4.extract_lane(exp_4(v128.load_splat<f32>(y + i)), 0);
      store<f32>(dx + i, load<f32>(dx + i) + (load<f32>(dy + i) - share * sum));
    }
  }
}

/**
 * Cross-entropy of each row against an integer label, and its gradient with respect to the logits.
 *
 *   logits    f32[rows,n]
 *   labels    i32[rows]    0 <= label < n
 *   loss      f32[rows]    ln sum_j e^(z_j - max z) - (z_label - max z), in nats, never negative
 *   gradient  f32[rows,n]  softmax(z) - e_label, overwritten; may be logits
 */
export function cross_entropy_f32(
  rows: i32,
  n: i32,
  logits: F32Pointer,
  labels: I32Pointer,
  loss: F32Pointer,
  gradient: F32Pointer,
): void {
  need(n >= 1);
  const step = (<usize>n) << 2;
  for (let r = 0; r < rows; r++, logits += step, labels += 4, loss += 4, gradient += step) {
    const label = load<i32>(labels);
    need(label >= 0 && label < n);
    const at = (<usize>label) << 2;
    const top = row_max(n, logits);
    const score = load<f32>(logits + at) - top;
    const sum = exp_shifted(n, top, logits, gradient);
    store<f32>(loss, f32x4.extract_lane(log_4(f32x4.splat(sum)), 0) - score);
    scale(n, 1 / sum, gradient);
    store<f32>(gradient + at, load<f32>(gradient + at) - 1);
  }
}
