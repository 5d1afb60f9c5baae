/**
 * The L-BFGS two-loop recursion where no variable has a bound: that of two_loop.ts with every variable free, to the same bits. It reads no mask,
 * and it is told the curvature s'y of each pair, which no longer depends on what is free: of four vectors a pair and sweep, the history's two are left.
 * With many pairs of many variables the recursion is as fast as the memory that they lie in.
 */
import { need } from "../support/need";
import { F64Pointer } from "../support/pointer";

function join_4(a: v128, b: v128): f64 {
  const sums = f64x2.add(a, b);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** sum_i x_i y_i, four partial sums joined (0+2) + (1+3), those of the recursion.   x, y  f64[n] */
export function curvature_f64(n: i32, x: F64Pointer, y: F64Pointer): f64 {
  need((n & 7) == 0);
  let even = f64x2.splat(0);
  let odd = even;
  const end = x + ((<usize>n) << 3);
  for (; x < end; x += 32, y += 32) {
    even = f64x2.add(even, f64x2.mul(v128.load(x), v128.load(y)));
    odd = f64x2.add(odd, f64x2.mul(v128.load(x, 16), v128.load(y, 16)));
  }
  return join_4(even, odd);
}

/** to = from + a last; returns x'to. */
function advance(n: i32, a: f64, last: usize, x: usize, from: usize, to: usize): f64 {
  const by = f64x2.splat(a);
  let even = f64x2.splat(0);
  let odd = even;
  const end = to + ((<usize>n) << 3);
  for (; to < end; from += 32, to += 32, last += 32, x += 32) {
    const r0 = f64x2.add(v128.load(from), f64x2.mul(by, v128.load(last)));
    const r1 = f64x2.add(v128.load(from, 16), f64x2.mul(by, v128.load(last, 16)));
    v128.store(to, r0);
    v128.store(to, r1, 16);
    even = f64x2.add(even, f64x2.mul(v128.load(x), r0));
    odd = f64x2.add(odd, f64x2.mul(v128.load(x, 16), r1));
  }
  return join_4(even, odd);
}

/** r = factor (r + a last). */
function scale_last(n: i32, factor: f64, a: f64, last: usize, r: usize): void {
  const by = f64x2.splat(a);
  const times = f64x2.splat(factor);
  const end = r + ((<usize>n) << 3);
  for (; r < end; r += 16, last += 16) {
    v128.store(r, f64x2.mul(times, f64x2.add(v128.load(r), f64x2.mul(by, v128.load(last)))));
  }
}

/**
 * d = -H g.
 *
 *   pairs       0 <= pairs <= capacity, the number of pairs stored
 *   newest      slot of the newest pair; older ones stand in the slots before it, cyclically
 *   s, y        f64[capacity,n]  steps and gradient differences
 *   curvatures  f64[capacity]    s'y of each pair, by curvature_f64; a pair is passed over where it is not positive
 *   g, d        f64[n]           gradient; direction, overwritten
 *   gamma       H_0 = gamma I where no pair can scale it; otherwise H_0 = (s'y / y'y) I of the newest usable one
 *   work        f64[capacity]    overwritten
 *
 * Returns <g, d>, negative for a descent direction.
 */
export function two_loop_unbounded_f64(
  n: i32,
  pairs: i32,
  capacity: i32,
  newest: i32,
  s: F64Pointer,
  y: F64Pointer,
  curvatures: F64Pointer,
  g: F64Pointer,
  d: F64Pointer,
  gamma: f64,
  work: F64Pointer,
): f64 {
  need((n & 7) == 0 && pairs >= 0 && pairs <= capacity && (pairs == 0 || (newest >= 0 && newest < capacity)));
  const bytes = (<usize>n) << 3;
  let from = g;

  // Newest to oldest: alpha_i = s_i'q / s_i'y_i, q -= alpha_i y_i. q lives in d.
  let scaling = 0.0;
  let a = 0.0;
  let last = g; // any finite vector: its factor is still zero
  let slot = newest;
  for (let i = 0; i < pairs; i++) {
    const at = <usize>slot * bytes;
    const here = (<usize>slot) << 3;
    const sq = advance(n, -a, last, s + at, from, d);
    from = d;
    const sy = load<f64>(curvatures + here);
    if (sy > 0) {
      a = sq / sy;
      if (scaling == 0) scaling = sy / curvature_f64(n, y + at, y + at);
    } else {
      a = 0;
    }
    store<f64>(work + here, a);
    last = y + at;
    slot = slot == 0 ? capacity - 1 : slot - 1;
  }
  if (scaling == 0) scaling = gamma;

  // Oldest to newest: beta = y_i'r / s_i'y_i, r += (alpha_i - beta) s_i. The sign of d goes with the scaling.
  if (from == g) memory.copy(d, g, bytes);
  scale_last(n, -scaling, -a, last, d);
  a = 0;
  for (let i = 0; i < pairs; i++) {
    slot = slot == capacity - 1 ? 0 : slot + 1;
    const at = <usize>slot * bytes;
    const here = (<usize>slot) << 3;
    const yr = advance(n, a, last, y + at, d, d);
    const sy = load<f64>(curvatures + here);
    a = sy > 0 ? -load<f64>(work + here) - yr / sy : 0;
    last = s + at;
  }
  // The last update, and the slope along d in the same sweep.
  return advance(n, a, last, g, d, d);
}
