/**
 * Local response normalisation across channels [Krizhevsky et al. 2012, 3.3], as tf.localResponseNormalization:
 *
 *   s_i = bias + alpha sum_{|j - i| <= radius} x_j^2,   y_i = x_i s_i^-beta,   channels j of the same position only
 *
 * alpha multiplies the sum, not the mean: Caffe's and torch's alpha is (2 radius + 1) times this one.
 */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";
import { exp_4, log_4 } from "../support/transcendental";

/**
 * s^-beta for s > 0.
 *
 * Error  relative, u = 2^-24: beta = 1: u; 1/2: 2.01 u; 3/4: 4.51 u (roots of roots, a product, a quotient);
 *        any other by e^(-beta ln s): (2.8 beta |ln s| + 2) u
 */
function inverse_power_4(s: v128, beta: f32): v128 {
  const one = f32x4.splat(1);
  if (beta == 1) return f32x4.div(one, s);
  if (beta == 0.5) return f32x4.div(one, f32x4.sqrt(s));
  if (beta == 0.75) {
    const root = f32x4.sqrt(s);
    return f32x4.div(one, f32x4.mul(root, f32x4.sqrt(root)));
  }
  return exp_4(f32x4.mul(f32x4.splat(-beta), log_4(s)));
}

/** q[radius + i] = x_i^2, zero in the `radius` floats before and behind. */
function squares(n: i32, radius: i32, x: usize, q: usize): void {
  const border = (<usize>radius) << 2;
  memory.fill(q, 0, border);
  q += border;
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16, q += 16) v128.store(q, f32x4.mul(v128.load(x), v128.load(x)));
  for (; x < end; x += 4, q += 4) store<f32>(q, load<f32>(x) * load<f32>(x));
  memory.fill(q, 0, border);
}

/** The sum of 2 radius + 1 consecutive floats, ascending from 0, for each of four starts. */
function window_4(radius: i32, q: usize): v128 {
  const end = q + ((<usize>radius) << 3);
  let sum = f32x4.splat(0);
  for (; q <= end; q += 4) sum = f32x4.add(sum, v128.load(q));
  return sum;
}

/** window_4 for one start. */
function window_1(radius: i32, q: usize): f32 {
  const end = q + ((<usize>radius) << 3);
  let sum: f32 = 0;
  for (; q <= end; q += 4) sum += load<f32>(q);
  return sum;
}

/**
 * y = x s^-beta for each row of n channels.
 *
 *   x, y     f32[rows,n]
 *   scratch  f32[n + 2 radius]  overwritten
 *
 * Order  the squares of a window are summed for j ascending from 0, then alpha times the sum is added to bias.
 * Error  relative, beta g(2 radius + 4) + that of the power + u
 * Needs  bias > 0, alpha >= 0
 */
export function lrn_f32(
  rows: i32,
  n: i32,
  radius: i32,
  bias: f32,
  alpha: f32,
  beta: f32,
  x: F32Pointer,
  y: F32Pointer,
  scratch: F32Pointer,
): void {
  need(n >= 1 && radius >= 0 && bias > 0 && alpha >= 0);
  const b = f32x4.splat(bias);
  const a = f32x4.splat(alpha);
  for (let r = 0; r < rows; r++) {
    squares(n, radius, x, scratch);
    let q = scratch;
    const end = x + ((<usize>n) << 2);
    for (; x + 16 <= end; x += 16, y += 16, q += 16) {
      const s = f32x4.add(b, f32x4.mul(a, window_4(radius, q)));
      v128.store(y, f32x4.mul(v128.load(x), inverse_power_4(s, beta)));
    }
    for (; x < end; x += 4, y += 4, q += 4) {
      const s = f32x4.splat(bias + alpha * window_1(radius, q));
      store<f32>(y, load<f32>(x) * f32x4.extract_lane(inverse_power_4(s, beta), 0));
    }
  }
}

/**
 * dx_i += dy_i s_i^-beta - 2 alpha beta x_i sum_{|j - i| <= radius} t_j,   t_j = dy_j x_j s_j^-beta / s_j
 *
 *   x, dy, dx  f32[rows,n]
 *   scratch    f32[2 (n + 2 radius)]  overwritten: the squares, then t
 *
 * Order  dx_i + dy_i s_i^-beta, then minus (2 alpha beta x_i) times the window's sum of t, j ascending from 0.
 */
export function lrn_grad_f32(
  rows: i32,
  n: i32,
  radius: i32,
  bias: f32,
  alpha: f32,
  beta: f32,
  x: F32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
  scratch: F32Pointer,
): void {
  need(n >= 1 && radius >= 0 && bias > 0 && alpha >= 0);
  const b = f32x4.splat(bias);
  const a = f32x4.splat(alpha);
  const factor: f32 = 2 * alpha * beta;
  const border = (<usize>radius) << 2;
  const row = (<usize>n) << 2;
  const terms = scratch + row + 2 * border;
  for (let r = 0; r < rows; r++, x += row, dy += row, dx += row) {
    squares(n, radius, x, scratch);
    memory.fill(terms, 0, border);
    memory.fill(terms + border + row, 0, border);
    const t = terms + border;
    let i: usize = 0;
    for (; i + 16 <= row; i += 16) {
      const s = f32x4.add(b, f32x4.mul(a, window_4(radius, scratch + i)));
      const p = inverse_power_4(s, beta);
      const d = v128.load(dy + i);
      v128.store(dx + i, f32x4.add(v128.load(dx + i), f32x4.mul(d, p)));
      v128.store(t + i, f32x4.div(f32x4.mul(f32x4.mul(d, v128.load(x + i)), p), s));
    }
    for (; i < row; i += 4) {
      const s = bias + alpha * window_1(radius, scratch + i);
      const p = f32x4.extract_lane(inverse_power_4(f32x4.splat(s), beta), 0);
      const d = load<f32>(dy + i);
      store<f32>(dx + i, load<f32>(dx + i) + d * p);
      store<f32>(t + i, (d * load<f32>(x + i) * p) / s);
    }
    const c = f32x4.splat(factor);
    for (i = 0; i + 16 <= row; i += 16) {
      const through = f32x4.mul(f32x4.mul(c, v128.load(x + i)), window_4(radius, terms + i));
      v128.store(dx + i, f32x4.sub(v128.load(dx + i), through));
    }
    for (; i < row; i += 4) {
      store<f32>(dx + i, load<f32>(dx + i) - factor * load<f32>(x + i) * window_1(radius, terms + i));
    }
  }
}
