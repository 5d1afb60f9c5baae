/**
 * Steps in the metric of running means of a gradient, in double precision.
 *
 * Length  n is a multiple of 8; the padding of points, gradients and means is 0, and stays 0.
 * Order   elementwise: no bit depends on n or on the place in a vector.
 */
import { need } from "../support/need";
import { F64Pointer } from "../support/pointer";

/** The weights of a mean and of a mean square, and what keeps the metric above 0. */
const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/**
 * One step of Adam   [Kingma & Ba 2015, algorithm 1]: m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, d = v^(1/2) correction + epsilon,
 * x -= rate m / d.
 *
 *   rate          step size over 1 - b1^t
 *   correction    1 / (1 - b2^t)^(1/2)
 *   g             f64[n]
 *   mean, square  f64[n]  m and v, overwritten
 *   metric        f64[n]  overwritten with d, also where g is padding
 *   x             f64[n]  overwritten
 */
export function adam_f64(
  n: i32,
  rate: f64,
  correction: f64,
  g: F64Pointer,
  mean: F64Pointer,
  square: F64Pointer,
  metric: F64Pointer,
  x: F64Pointer,
): void {
  need((n & 7) == 0);
  const step = f64x2.splat(rate);
  const correct = f64x2.splat(correction);
  const epsilon = f64x2.splat(EPSILON);
  const keep_1 = f64x2.splat(BETA_1);
  const keep_2 = f64x2.splat(BETA_2);
  const take_1 = f64x2.splat(1 - BETA_1);
  const take_2 = f64x2.splat(1 - BETA_2);
  const end = x + ((<usize>n) << 3);
  for (; x < end; x += 16, g += 16, mean += 16, square += 16, metric += 16) {
    const slope = v128.load(g);
    const m = f64x2.add(f64x2.mul(keep_1, v128.load(mean)), f64x2.mul(take_1, slope));
    const v = f64x2.add(f64x2.mul(keep_2, v128.load(square)), f64x2.mul(f64x2.mul(take_2, slope), slope));
    const d = f64x2.add(f64x2.mul(f64x2.sqrt(v), correct), epsilon);
    v128.store(mean, m);
    v128.store(square, v);
    v128.store(metric, d);
    v128.store(x, f64x2.sub(v128.load(x), f64x2.div(f64x2.mul(step, m), d)));
  }
}

/**
 * x = from + (to - from) metric / largest: the way to `to`, the shorter the smaller its metric.   [Melchior et al. 2019]
 *
 *   metric, from, to, x  f64[n]; x is overwritten and may be any of them
 */
export function metric_step_f64(
  n: i32,
  largest: f64,
  metric: F64Pointer,
  from: F64Pointer,
  to: F64Pointer,
  x: F64Pointer,
): void {
  need((n & 7) == 0);
  const most = f64x2.splat(largest);
  for (const end = x + ((<usize>n) << 3); x < end; x += 16, metric += 16, from += 16, to += 16) {
    const at = v128.load(from);
    const way = f64x2.mul(f64x2.sub(v128.load(to), at), v128.load(metric));
    v128.store(x, f64x2.add(at, f64x2.div(way, most)));
  }
}

/**
 * g = the slope of the smooth count sum_i r_i^2 / (r_i^2 + sigma) / size, r = x - x0, less g where `descends` is not 0. Returns the
 * largest |g|.   [Cina et al. 2025, equations 4 and 5]
 *
 *   size       features in a row, by which the count is divided
 *   origin, x  f64[n]  x0 and x
 *   g          f64[n]  overwritten
 */
export function smooth_count_slope_f64(
  n: i32,
  sigma: f64,
  size: i32,
  descends: i32,
  origin: F64Pointer,
  x: F64Pointer,
  g: F64Pointer,
): f64 {
  need((n & 7) == 0);
  const width = f64x2.splat(sigma);
  const twice = f64x2.splat(2 * sigma);
  const features = f64x2.splat(<f64>size);
  const taken = i64x2.splat(descends != 0 ? -1 : 0);
  let most = f64x2.splat(0);
  for (const end = x + ((<usize>n) << 3); x < end; x += 16, origin += 16, g += 16) {
    const r = f64x2.sub(v128.load(x), v128.load(origin));
    const near = f64x2.add(f64x2.mul(r, r), width);
    const count = f64x2.div(f64x2.div(f64x2.mul(twice, r), f64x2.mul(near, near)), features);
    const slope = f64x2.sub(count, v128.and(taken, v128.load(g)));
    v128.store(g, slope);
    most = f64x2.pmax(most, f64x2.abs(slope));
  }
  return max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1));
}
