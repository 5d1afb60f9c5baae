/**
 * The L-BFGS two-loop recursion over a history in memory, restricted to the free variables.
 *
 * Nocedal & Wright, Numerical Optimization (2006), algorithm 7.4. In a box the quasi-Newton model is that of the
 * free variables alone: every inner product and every update runs over them, and a pair whose restricted
 * curvature s'y is not positive is passed over. Each pair costs two sweeps, not four: the update with one
 * pair and the inner products with the next are one pass over q. Lengths, sums and masks as in vector.ts,
 * the inner products here with four partial sums.
 */
import { need } from "../support/need";
import { F64Pointer, I64Pointer } from "../support/pointer";

/** Bytes of a slot of `work`: alpha_i, and s_i'y_i (0 where the pair is passed over). */
const SLOT: usize = 16;

function join_4(a: v128, b: v128): f64 {
  const sums = f64x2.add(a, b);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** q -= a last on the free variables, then out = { s'q, s'y } over them. */
function descend(n: i32, a: f64, last: usize, s: usize, y: usize, free: usize, q: usize, out: usize): void {
  const by = f64x2.splat(a);
  let sq0 = f64x2.splat(0);
  let sq1 = sq0;
  let sy0 = sq0;
  let sy1 = sq0;
  const end = q + ((<usize>n) << 3);
  for (; q < end; q += 32, last += 32, s += 32, y += 32, free += 32) {
    const m0 = v128.load(free);
    const m1 = v128.load(free, 16);
    const q0 = v128.and(m0, f64x2.sub(v128.load(q), f64x2.mul(by, v128.load(last))));
    const q1 = v128.and(m1, f64x2.sub(v128.load(q, 16), f64x2.mul(by, v128.load(last, 16))));
    v128.store(q, q0);
    v128.store(q, q1, 16);
    const s0 = v128.load(s);
    const s1 = v128.load(s, 16);
    sq0 = f64x2.add(sq0, f64x2.mul(s0, q0));
    sq1 = f64x2.add(sq1, f64x2.mul(s1, q1));
    sy0 = f64x2.add(sy0, f64x2.mul(v128.and(m0, s0), v128.load(y)));
    sy1 = f64x2.add(sy1, f64x2.mul(v128.and(m1, s1), v128.load(y, 16)));
  }
  store<f64>(out, join_4(sq0, sq1));
  store<f64>(out, join_4(sy0, sy1), 8);
}

/** y'y over the free variables. */
function masked_square(n: i32, free: usize, y: usize): f64 {
  let yy0 = f64x2.splat(0);
  let yy1 = yy0;
  const end = y + ((<usize>n) << 3);
  for (; y < end; y += 32, free += 32) {
    const y0 = v128.and(v128.load(free), v128.load(y));
    const y1 = v128.and(v128.load(free, 16), v128.load(y, 16));
    yy0 = f64x2.add(yy0, f64x2.mul(y0, y0));
    yy1 = f64x2.add(yy1, f64x2.mul(y1, y1));
  }
  return join_4(yy0, yy1);
}

/** r += a last on the free variables; returns y'r. */
function ascend(n: i32, a: f64, last: usize, y: usize, free: usize, r: usize): f64 {
  const by = f64x2.splat(a);
  let yr0 = f64x2.splat(0);
  let yr1 = yr0;
  const end = r + ((<usize>n) << 3);
  for (; r < end; r += 32, last += 32, y += 32, free += 32) {
    const r0 = v128.and(v128.load(free), f64x2.add(v128.load(r), f64x2.mul(by, v128.load(last))));
    const r1 = v128.and(v128.load(free, 16), f64x2.add(v128.load(r, 16), f64x2.mul(by, v128.load(last, 16))));
    v128.store(r, r0);
    v128.store(r, r1, 16);
    yr0 = f64x2.add(yr0, f64x2.mul(v128.load(y), r0));
    yr1 = f64x2.add(yr1, f64x2.mul(v128.load(y, 16), r1));
  }
  return join_4(yr0, yr1);
}

/** r = factor (r + a last) on the free variables. */
function scale_last(n: i32, factor: f64, a: f64, last: usize, free: usize, r: usize): void {
  const by = f64x2.splat(a);
  const times = f64x2.splat(factor);
  const end = r + ((<usize>n) << 3);
  for (; r < end; r += 16, last += 16, free += 16) {
    const sum = f64x2.add(v128.load(r), f64x2.mul(by, v128.load(last)));
    v128.store(r, v128.and(v128.load(free), f64x2.mul(times, sum)));
  }
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
 *   work      f64[capacity,2]   overwritten
 *
 * Returns <g, d>, negative for a descent direction.
 */
export function two_loop_f64(
  n: i32,
  pairs: i32,
  capacity: i32,
  newest: i32,
  s: F64Pointer,
  y: F64Pointer,
  free: I64Pointer,
  g: F64Pointer,
  d: F64Pointer,
  gamma: f64,
  work: F64Pointer,
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
    if (sy > 0) {
      a = load<f64>(w) / sy;
      if (scaling == 0) scaling = sy / masked_square(n, free, y + at);
    } else {
      a = 0;
      store<f64>(w, 0, 8);
    }
    store<f64>(w, a);
    last = y + at;
    slot = slot == 0 ? capacity - 1 : slot - 1;
  }
  if (scaling == 0) scaling = gamma;

  // Oldest to newest: beta = y_i'r / s_i'y_i, r += (alpha_i - beta) s_i. The sign of d goes with the scaling.
  scale_last(n, -scaling, -a, last, free, d);
  a = 0;
  for (let i = 0; i < pairs; i++) {
    slot = slot == capacity - 1 ? 0 : slot + 1;
    const at = <usize>slot * bytes;
    const w = work + <usize>slot * SLOT;
    const yr = ascend(n, a, last, y + at, free, d);
    const sy = load<f64>(w, 8);
    a = sy == 0 ? 0 : -load<f64>(w) - yr / sy;
    last = s + at;
  }
  // The last update, and the slope along d in the same sweep.
  return ascend(n, a, last, g, free, d);
}
