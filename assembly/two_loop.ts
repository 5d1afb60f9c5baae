/**
 * The L-BFGS two-loop recursion over a history in memory, restricted to the free variables.
 *
 * Nocedal & Wright, Numerical Optimization (2006), algorithm 7.4. In a box the quasi-Newton model is that of the
 * free variables alone: every inner product and every update runs over them, and a pair whose restricted
 * curvature s'y is not positive is passed over. Each pair costs two sweeps, not four: the update with one
 * pair and the inner products with the next are one pass over q. Lengths, sums and masks as in vector.ts,
 * the inner products here with four partial sums.
 */
import { need } from "./need";

/** Pairs with s'y <= CURVATURE y'y would make the model's inverse curvature smaller than rounding. */
const CURVATURE: f64 = 1e-14;

/** Bytes of a slot of `work`: alpha_i, s_i'y_i and y_i'y_i (0 where the pair is passed over), one unused. */
const SLOT: usize = 32;

function join_4(a: v128, b: v128): f64 {
  const sums = f64x2.add(a, b);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** q -= a y_last, then out = { s'q, s'y, y'y }, all over the free variables. */
function descend(n: i32, a: f64, last: usize, s: usize, y: usize, free: usize, q: usize, out: usize): void {
  const by = f64x2.splat(a);
  let sq0 = f64x2.splat(0);
  let sq1 = sq0;
  let sy0 = sq0;
  let sy1 = sq0;
  let yy0 = sq0;
  let yy1 = sq0;
  const end = q + ((<usize>n) << 3);
  for (; q < end; q += 32, last += 32, s += 32, y += 32, free += 32) {
    const m0 = v128.load(free);
    const m1 = v128.load(free, 16);
    const q0 = f64x2.sub(v128.load(q), f64x2.mul(by, v128.and(m0, v128.load(last))));
    const q1 = f64x2.sub(v128.load(q, 16), f64x2.mul(by, v128.and(m1, v128.load(last, 16))));
    v128.store(q, q0);
    v128.store(q, q1, 16);
    const s0 = v128.load(s);
    const s1 = v128.load(s, 16);
    const y0 = v128.and(m0, v128.load(y));
    const y1 = v128.and(m1, v128.load(y, 16));
    sq0 = f64x2.add(sq0, f64x2.mul(s0, q0));
    sq1 = f64x2.add(sq1, f64x2.mul(s1, q1));
    sy0 = f64x2.add(sy0, f64x2.mul(s0, y0));
    sy1 = f64x2.add(sy1, f64x2.mul(s1, y1));
    yy0 = f64x2.add(yy0, f64x2.mul(y0, y0));
    yy1 = f64x2.add(yy1, f64x2.mul(y1, y1));
  }
  store<f64>(out, join_4(sq0, sq1));
  store<f64>(out, join_4(sy0, sy1), 8);
  store<f64>(out, join_4(yy0, yy1), 16);
}

/** r = scale (r + a last), last over the free variables; returns y'r. */
function ascend(n: i32, scale: f64, a: f64, last: usize, y: usize, free: usize, r: usize): f64 {
  const by = f64x2.splat(a);
  const times = f64x2.splat(scale);
  let yr0 = f64x2.splat(0);
  let yr1 = yr0;
  const end = r + ((<usize>n) << 3);
  for (; r < end; r += 32, last += 32, y += 32, free += 32) {
    let r0 = f64x2.add(v128.load(r), f64x2.mul(by, v128.and(v128.load(free), v128.load(last))));
    let r1 = f64x2.add(v128.load(r, 16), f64x2.mul(by, v128.and(v128.load(free, 16), v128.load(last, 16))));
    r0 = f64x2.mul(times, r0);
    r1 = f64x2.mul(times, r1);
    v128.store(r, r0);
    v128.store(r, r1, 16);
    yr0 = f64x2.add(yr0, f64x2.mul(v128.load(y), r0));
    yr1 = f64x2.add(yr1, f64x2.mul(v128.load(y, 16), r1));
  }
  return join_4(yr0, yr1);
}

/** q = g on the free variables, 0 on the others. */
function mask_copy(n: i32, free: usize, g: usize, q: usize): void {
  const end = q + ((<usize>n) << 3);
  for (; q < end; q += 16, g += 16, free += 16) v128.store(q, v128.and(v128.load(free), v128.load(g)));
}

/**
 * d = -H g on the free variables, 0 on the others.
 *
 *   pairs     0 <= pairs <= capacity, the number of pairs stored
 *   newest    slot of the newest pair; older ones stand in the slots before it, cyclically
 *   s, y      f64[capacity,n]   steps and gradient differences
 *   free      i64[n]            mask from free_set_f64; all ones for an unconstrained problem
 *   g, d      f64[n]            gradient; direction, overwritten
 *   gamma     H_0 = gamma I where no pair can scale it; otherwise H_0 = (s'y / y'y) I of the newest usable one
 *   work      f64[capacity,4]   overwritten
 *
 * Returns <g, d>, negative for a descent direction.
 */
export function two_loop_f64(
  n: i32,
  pairs: i32,
  capacity: i32,
  newest: i32,
  s: usize,
  y: usize,
  free: usize,
  g: usize,
  d: usize,
  gamma: f64,
  work: usize,
): f64 {
  need((n & 7) == 0 && pairs >= 0 && pairs <= capacity && (pairs == 0 || (newest >= 0 && newest < capacity)));
  const bytes = (<usize>n) << 3;
  mask_copy(n, free, g, d);

  // Newest to oldest: alpha_i = s_i'q / s_i'y_i, q -= alpha_i y_i. q lives in d.
  let scaling = 0.0;
  let a = 0.0;
  let last = g; // any finite vector: its factor is still zero
  let slot = newest;
  for (let i = 0; i < pairs; i++) {
    const at = <usize>slot * bytes;
    const w = work + <usize>slot * SLOT;
    descend(n, a, last, s + at, y + at, free, d, w);
    const sy = load<f64>(w, 8);
    const yy = load<f64>(w, 16);
    if (sy > CURVATURE * yy) {
      a = load<f64>(w) / sy;
      if (scaling == 0) scaling = sy / yy;
    } else {
      a = 0;
      store<f64>(w, 0, 16);
    }
    store<f64>(w, a);
    last = y + at;
    slot = slot == 0 ? capacity - 1 : slot - 1;
  }
  if (scaling == 0) scaling = gamma;

  // Oldest to newest: beta = y_i'r / s_i'y_i, r += (alpha_i - beta) s_i. The sign of d goes with the scaling.
  let scale = -scaling;
  a = -a;
  for (let i = 0; i < pairs; i++) {
    slot = slot == capacity - 1 ? 0 : slot + 1;
    const at = <usize>slot * bytes;
    const w = work + <usize>slot * SLOT;
    const yr = ascend(n, scale, a, last, y + at, free, d);
    scale = 1;
    a = load<f64>(w, 16) == 0 ? 0 : -load<f64>(w) - yr / load<f64>(w, 8);
    last = s + at;
  }
  // The last update, and the slope along d in the same sweep.
  return ascend(n, scale, a, last, g, free, d);
}
