/**
 * The two-loop recursion of two_loop.ts in single precision, with its inner products summed into doubles.
 *
 * A direction need not be exact, only downhill: half the bytes of the history are read for it. Within a tile of TILE
 * elements, element i goes to partial sum i mod 8, in f32; the eight are joined in f64, and tiles are added in order.
 * The factors alpha and beta are f64 and rounded once. Lengths are multiples of 8, padded with zeros.
 */
import { need } from "../support/need";
import { F32Pointer, F64Pointer, I32Pointer } from "../support/pointer";

/** Bytes of a slot of `work`: alpha_i, and s_i'y_i (0 where the pair is passed over). */
const SLOT: usize = 16;

/** Bytes of a tile: short enough for its sums in f32 to lose nothing that matters, long enough for their joining to be cheap. */
const TILE: usize = 1024;

function join_8(a: v128, b: v128): f64 {
  const low = f64x2.add(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b));
  const high = f64x2.add(
    f64x2.promote_low_f32x4(v128.shuffle<f32>(a, a, 2, 3, 2, 3)),
    f64x2.promote_low_f32x4(v128.shuffle<f32>(b, b, 2, 3, 2, 3)),
  );
  const sums = f64x2.add(low, high);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** q = from - a last on the free variables and 0 on the others, then out = { s'q, s'y } over them; from may be q. */
function descend(
  n: i32,
  a: f32,
  last: usize,
  s: usize,
  y: usize,
  free: usize,
  from: usize,
  q: usize,
  out: usize,
): void {
  const by = f32x4.splat(a);
  let s_q = 0.0;
  let s_y = 0.0;
  const end = q + ((<usize>n) << 2);
  while (q < end) {
    const stop = min(q + TILE, end);
    let sq0 = f32x4.splat(0);
    let sq1 = sq0;
    let sy0 = sq0;
    let sy1 = sq0;
    for (; q < stop; from += 32, q += 32, last += 32, s += 32, y += 32, free += 32) {
      const m0 = v128.load(free);
      const m1 = v128.load(free, 16);
      const q0 = v128.and(m0, f32x4.sub(v128.load(from), f32x4.mul(by, v128.load(last))));
      const q1 = v128.and(m1, f32x4.sub(v128.load(from, 16), f32x4.mul(by, v128.load(last, 16))));
      v128.store(q, q0);
      v128.store(q, q1, 16);
      const s0 = v128.load(s);
      const s1 = v128.load(s, 16);
      sq0 = f32x4.add(sq0, f32x4.mul(s0, q0));
      sq1 = f32x4.add(sq1, f32x4.mul(s1, q1));
      sy0 = f32x4.add(sy0, f32x4.mul(v128.and(m0, s0), v128.load(y)));
      sy1 = f32x4.add(sy1, f32x4.mul(v128.and(m1, s1), v128.load(y, 16)));
    }
    s_q += join_8(sq0, sq1);
    s_y += join_8(sy0, sy1);
  }
  store<f64>(out, s_q);
  store<f64>(out, s_y, 8);
}

/** y'y over the free variables. */
function masked_square(n: i32, free: usize, y: usize): f64 {
  let sum = 0.0;
  const end = y + ((<usize>n) << 2);
  while (y < end) {
    const stop = min(y + TILE, end);
    let yy0 = f32x4.splat(0);
    let yy1 = yy0;
    for (; y < stop; y += 32, free += 32) {
      const y0 = v128.and(v128.load(free), v128.load(y));
      const y1 = v128.and(v128.load(free, 16), v128.load(y, 16));
      yy0 = f32x4.add(yy0, f32x4.mul(y0, y0));
      yy1 = f32x4.add(yy1, f32x4.mul(y1, y1));
    }
    sum += join_8(yy0, yy1);
  }
  return sum;
}

/** r += a last on the free variables; returns y'r. */
function ascend(n: i32, a: f32, last: usize, y: usize, free: usize, r: usize): f64 {
  const by = f32x4.splat(a);
  let sum = 0.0;
  const end = r + ((<usize>n) << 2);
  while (r < end) {
    const stop = min(r + TILE, end);
    let yr0 = f32x4.splat(0);
    let yr1 = yr0;
    for (; r < stop; r += 32, last += 32, y += 32, free += 32) {
      const r0 = v128.and(v128.load(free), f32x4.add(v128.load(r), f32x4.mul(by, v128.load(last))));
      const r1 = v128.and(v128.load(free, 16), f32x4.add(v128.load(r, 16), f32x4.mul(by, v128.load(last, 16))));
      v128.store(r, r0);
      v128.store(r, r1, 16);
      yr0 = f32x4.add(yr0, f32x4.mul(v128.load(y), r0));
      yr1 = f32x4.add(yr1, f32x4.mul(v128.load(y, 16), r1));
    }
    sum += join_8(yr0, yr1);
  }
  return sum;
}

/**
 * r = factor (from - a last) on the free variables, 0 on the others; returns y'r. Zero times `last` is added, as `ascend` would:
 * that settles the signs of zeros.
 */
function turn(n: i32, factor: f32, a: f32, last: usize, from: usize, y: usize, free: usize, r: usize): f64 {
  const by = f32x4.splat(a);
  const times = f32x4.splat(factor);
  const none = f32x4.splat(0);
  let sum = 0.0;
  const end = r + ((<usize>n) << 2);
  while (r < end) {
    const stop = min(r + TILE, end);
    let yr0 = f32x4.splat(0);
    let yr1 = yr0;
    for (; r < stop; r += 32, from += 32, last += 32, y += 32, free += 32) {
      const q0 = f32x4.sub(v128.load(from), f32x4.mul(by, v128.load(last)));
      const q1 = f32x4.sub(v128.load(from, 16), f32x4.mul(by, v128.load(last, 16)));
      const r0 = v128.and(v128.load(free), f32x4.add(f32x4.mul(times, q0), f32x4.mul(none, v128.load(last))));
      const r1 = v128.and(v128.load(free, 16), f32x4.add(f32x4.mul(times, q1), f32x4.mul(none, v128.load(last, 16))));
      v128.store(r, r0);
      v128.store(r, r1, 16);
      yr0 = f32x4.add(yr0, f32x4.mul(v128.load(y), r0));
      yr1 = f32x4.add(yr1, f32x4.mul(v128.load(y, 16), r1));
    }
    sum += join_8(yr0, yr1);
  }
  return sum;
}

/**
 * d = -H g on the free variables, 0 on the others.
 *
 *   pairs     0 <= pairs <= slots, the number of pairs stored
 *   newest    slot of the newest pair; older ones stand in the slots before it, cyclically
 *   s, y      f32[slots,n]   steps and gradient differences
 *   free      i32[n]            mask from free_set_f32
 *   g, d      f32[n]            gradient; direction, overwritten
 *   gamma     H_0 = gamma I where no pair can scale it; otherwise H_0 = (s'y / y'y) I of the newest usable one
 *   work      f64[slots,2]   overwritten
 *
 * A pair is passed over where its s'y on the free variables, or the y'y that would scale H_0, is not positive: so is one
 * that is too small for f32. Returns <g, d>, negative for a descent direction.
 */
export function two_loop_f32(
  n: i32,
  pairs: i32,
  slots: i32,
  newest: i32,
  s: F32Pointer,
  y: F32Pointer,
  free: I32Pointer,
  g: F32Pointer,
  d: F32Pointer,
  gamma: f64,
  work: F64Pointer,
): f64 {
  need((n & 7) == 0 && pairs >= 0 && pairs <= slots && (pairs == 0 || (newest >= 0 && newest < slots)));
  const bytes = (<usize>n) << 2;

  // Newest to oldest: alpha_i = s_i'q / s_i'y_i, q -= alpha_i y_i. q is g at first, and lives in d then.
  let scaling = 0.0;
  let a = 0.0;
  let last: usize = g; // any finite vector: its factor is still zero
  let slot = newest;
  for (let i = 0; i < pairs; i++) {
    const at = <usize>slot * bytes;
    const w = work + <usize>slot * SLOT;
    descend(n, <f32>a, last, s + at, y + at, free, i == 0 ? g : d, d, w);
    const sy = load<f64>(w, 8);
    const yy = scaling == 0 && sy > 0 ? masked_square(n, free, y + at) : 1;
    if (sy > 0 && yy > 0) {
      a = load<f64>(w) / sy;
      if (scaling == 0) scaling = sy / yy;
    } else {
      a = 0;
      store<f64>(w, 0, 8);
    }
    store<f64>(w, a);
    last = y + at;
    slot = slot == 0 ? slots - 1 : slot - 1;
  }
  if (scaling == 0) scaling = gamma;

  // Oldest to newest: beta = y_i'r / s_i'y_i, r += (alpha_i - beta) s_i. The sign of d goes with the scaling.
  if (pairs == 0) return turn(n, <f32>-scaling, 0, g, g, g, free, d);
  let factor = 0.0;
  for (let i = 0; i < pairs; i++) {
    slot = slot == slots - 1 ? 0 : slot + 1;
    const at = <usize>slot * bytes;
    const w = work + <usize>slot * SLOT;
    const yr =
      i == 0 ? turn(n, <f32>-scaling, <f32>a, last, d, y + at, free, d) : ascend(n, <f32>factor, last, y + at, free, d);
    const sy = load<f64>(w, 8);
    factor = sy == 0 ? 0 : -load<f64>(w) - yr / sy;
    last = s + at;
  }
  // The last update, and the slope along d in the same sweep.
  return ascend(n, <f32>factor, last, g, free, d);
}
