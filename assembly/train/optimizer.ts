/**
 * One step of stochastic gradient descent on one array of parameters, in single precision.
 *
 * Flush   Running averages of a gradient that stays away halve again and again: below 2^-100 they become 0, as on
 *         subnormal numbers common processors are some twenty times slower.
 * Order   elementwise; body and tail compute the same expression, so no bit depends on n or the place in the array.
 */
import { F32Pointer } from "../support/pointer";

/** 2^-100: squared, as a second moment holds it, still far below any epsilon. */
const FLOOR: f32 = 7.888609052210118e-31;

/** x where |x| >= FLOOR, 0 elsewhere. */
function flush(x: v128): v128 {
  return v128.and(x, f32x4.ge(f32x4.abs(x), f32x4.splat(FLOOR)));
}

function flushed(x: f32): f32 {
  return abs(x) >= FLOOR ? x : 0;
}

/**
 * Momentum as tfjs and torch have it:   [Sutskever et al. 2013, written with the rate outside the velocity]
 *
 *   d = g + decay w;  v = momentum v + d;  w -= rate v, or with nesterov = 1  w -= rate (d + momentum v)
 *
 *   w  f32[n]  parameters, updated
 *   g  f32[n]  gradient
 *   v  f32[n]  velocity, updated
 */
export function sgd_f32(
  n: i32,
  rate: f32,
  momentum: f32,
  nesterov: i32,
  decay: f32,
  w: F32Pointer,
  g: F32Pointer,
  v: F32Pointer,
): void {
  const rate_4 = f32x4.splat(rate);
  const momentum_4 = f32x4.splat(momentum);
  const decay_4 = f32x4.splat(decay);
  const end = w + ((<usize>n) << 2);
  for (; w + 16 <= end; w += 16, g += 16, v += 16) {
    const at = v128.load(w);
    const d = f32x4.add(v128.load(g), f32x4.mul(decay_4, at));
    const velocity = flush(f32x4.add(f32x4.mul(momentum_4, v128.load(v)), d));
    const step = nesterov ? f32x4.add(d, f32x4.mul(momentum_4, velocity)) : velocity;
    v128.store(v, velocity);
    v128.store(w, f32x4.sub(at, f32x4.mul(rate_4, step)));
  }
  for (; w < end; w += 4, g += 4, v += 4) {
    const at = load<f32>(w);
    const d = load<f32>(g) + decay * at;
    const velocity = flushed(momentum * load<f32>(v) + d);
    const step = nesterov ? d + momentum * velocity : velocity;
    store<f32>(v, velocity);
    store<f32>(w, at - rate * step);
  }
}

/**
 * Adam, with the decay in the gradient.   [Kingma & Ba 2015, algorithm 1]
 *
 *   d = g + decay w;  m += rest_1 (d - m);  v += rest_2 (d d - v);  w -= rate m / (sqrt(v unbias) + epsilon)
 *
 *   rate            the learning rate divided by 1 - beta_1^t
 *   rest_1, rest_2  1 - beta_1, 1 - beta_2
 *   unbias          1 / (1 - beta_2^t)
 *   w        f32[n]  parameters, updated
 *   g        f32[n]  gradient
 *   m, v     f32[n]  first and second moment, updated
 */
export function adam_f32(
  n: i32,
  rate: f32,
  rest_1: f32,
  rest_2: f32,
  unbias: f32,
  epsilon: f32,
  decay: f32,
  w: F32Pointer,
  g: F32Pointer,
  m: F32Pointer,
  v: F32Pointer,
): void {
  const rate_4 = f32x4.splat(rate);
  const rest_1_4 = f32x4.splat(rest_1);
  const rest_2_4 = f32x4.splat(rest_2);
  const unbias_4 = f32x4.splat(unbias);
  const epsilon_4 = f32x4.splat(epsilon);
  const decay_4 = f32x4.splat(decay);
  const end = w + ((<usize>n) << 2);
  for (; w + 16 <= end; w += 16, g += 16, m += 16, v += 16) {
    const at = v128.load(w);
    const d = f32x4.add(v128.load(g), f32x4.mul(decay_4, at));
    const m0 = v128.load(m);
    const v0 = v128.load(v);
    const first = flush(f32x4.add(m0, f32x4.mul(rest_1_4, f32x4.sub(d, m0))));
    const second = flush(f32x4.add(v0, f32x4.mul(rest_2_4, f32x4.sub(f32x4.mul(d, d), v0))));
    v128.store(m, first);
    v128.store(v, second);
    const spread = f32x4.add(f32x4.sqrt(f32x4.mul(second, unbias_4)), epsilon_4);
    v128.store(w, f32x4.sub(at, f32x4.div(f32x4.mul(rate_4, first), spread)));
  }
  for (; w < end; w += 4, g += 4, m += 4, v += 4) {
    const at = load<f32>(w);
    const d = load<f32>(g) + decay * at;
    const m0 = load<f32>(m);
    const v0 = load<f32>(v);
    const first = flushed(m0 + rest_1 * (d - m0));
    const second = flushed(v0 + rest_2 * (d * d - v0));
    store<f32>(m, first);
    store<f32>(v, second);
    const spread = sqrt<f32>(second * unbias) + epsilon;
    store<f32>(w, at - (rate * first) / spread);
  }
}
