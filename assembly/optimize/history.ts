/**
 * Sweeps over the history of the compact L-BFGS representation: W = [Y, theta S] of Byrd, Lu, Nocedal, Zhu (1995), (3.3).
 *
 * History  s, y  f64[capacity,n]; pair j of `pairs`, oldest first, stands in slot (head + j) mod capacity.
 * Sums     n in tiles of TILE; within a tile element i goes to partial sum i mod 2; tiles are added in order.
 * Tiles    all 2 pairs rows of a tile fit the second cache, so what a kernel computes from a tile first and then
 *          sums over it costs one reading of the history.
 * Lengths  multiples of 8, padded with zeros, as in vector.ts.
 */
import { need } from "../support/need";
import { F64Pointer, I64Pointer } from "../support/pointer";

/** Elements of a tile: 20 rows of 512 f64 are 80 KiB. */
const TILE: i32 = 512;

function sum_2(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

function accumulate(at: usize, sum: v128): void {
  store<f64>(at, load<f64>(at) + sum_2(sum));
}

/** out[0..3] += { s'a, s'b, y'a, y'b } over bytes of one tile. */
function dots_2x2(bytes: usize, s: usize, y: usize, a: usize, b: usize, out: usize): void {
  let sa = f64x2.splat(0);
  let sb = sa;
  let ya = sa;
  let yb = sa;
  const end = s + bytes;
  for (; s < end; s += 32, y += 32, a += 32, b += 32) {
    let a0 = v128.load(a);
    let b0 = v128.load(b);
    let s0 = v128.load(s);
    let y0 = v128.load(y);
    sa = f64x2.add(sa, f64x2.mul(s0, a0));
    sb = f64x2.add(sb, f64x2.mul(s0, b0));
    ya = f64x2.add(ya, f64x2.mul(y0, a0));
    yb = f64x2.add(yb, f64x2.mul(y0, b0));
    a0 = v128.load(a, 16);
    b0 = v128.load(b, 16);
    s0 = v128.load(s, 16);
    y0 = v128.load(y, 16);
    sa = f64x2.add(sa, f64x2.mul(s0, a0));
    sb = f64x2.add(sb, f64x2.mul(s0, b0));
    ya = f64x2.add(ya, f64x2.mul(y0, a0));
    yb = f64x2.add(yb, f64x2.mul(y0, b0));
  }
  accumulate(out, sa);
  accumulate(out + 8, sb);
  accumulate(out + 16, ya);
  accumulate(out + 24, yb);
}

/** out[0..5] += { s'a, s'b, s'c, y'a, y'b, y'c } over bytes of one tile. */
function dots_2x3(bytes: usize, s: usize, y: usize, a: usize, b: usize, c: usize, out: usize): void {
  let sa = f64x2.splat(0);
  let sb = sa;
  let sc = sa;
  let ya = sa;
  let yb = sa;
  let yc = sa;
  const end = s + bytes;
  for (; s < end; s += 32, y += 32, a += 32, b += 32, c += 32) {
    let a0 = v128.load(a);
    let b0 = v128.load(b);
    let c0 = v128.load(c);
    let s0 = v128.load(s);
    let y0 = v128.load(y);
    sa = f64x2.add(sa, f64x2.mul(s0, a0));
    sb = f64x2.add(sb, f64x2.mul(s0, b0));
    sc = f64x2.add(sc, f64x2.mul(s0, c0));
    ya = f64x2.add(ya, f64x2.mul(y0, a0));
    yb = f64x2.add(yb, f64x2.mul(y0, b0));
    yc = f64x2.add(yc, f64x2.mul(y0, c0));
    a0 = v128.load(a, 16);
    b0 = v128.load(b, 16);
    c0 = v128.load(c, 16);
    s0 = v128.load(s, 16);
    y0 = v128.load(y, 16);
    sa = f64x2.add(sa, f64x2.mul(s0, a0));
    sb = f64x2.add(sb, f64x2.mul(s0, b0));
    sc = f64x2.add(sc, f64x2.mul(s0, c0));
    ya = f64x2.add(ya, f64x2.mul(y0, a0));
    yb = f64x2.add(yb, f64x2.mul(y0, b0));
    yc = f64x2.add(yc, f64x2.mul(y0, c0));
  }
  accumulate(out, sa);
  accumulate(out + 8, sb);
  accumulate(out + 16, sc);
  accumulate(out + 24, ya);
  accumulate(out + 32, yb);
  accumulate(out + 40, yc);
}

/** r += c_y y + c_s s, coef = { c_s, c_y }, over bytes of one tile. */
function combine_2(bytes: usize, s: usize, y: usize, coef: usize, r: usize): void {
  const by_s = v128.load64_splat(coef);
  const by_y = v128.load64_splat(coef, 8);
  const end = s + bytes;
  for (; s < end; s += 32, y += 32, r += 32) {
    const r0 = f64x2.add(v128.load(r), f64x2.mul(by_y, v128.load(y)));
    const r1 = f64x2.add(v128.load(r, 16), f64x2.mul(by_y, v128.load(y, 16)));
    v128.store(r, f64x2.add(r0, f64x2.mul(by_s, v128.load(s))));
    v128.store(r, f64x2.add(r1, f64x2.mul(by_s, v128.load(s, 16))), 16);
  }
}

/** The same for two pairs, one after the other: r is loaded and stored once. */
function combine_4(bytes: usize, s: usize, y: usize, s_next: usize, y_next: usize, coef: usize, r: usize): void {
  const by_s = v128.load64_splat(coef);
  const by_y = v128.load64_splat(coef, 8);
  const by_s_next = v128.load64_splat(coef, 16);
  const by_y_next = v128.load64_splat(coef, 24);
  const end = s + bytes;
  for (; s < end; s += 32, y += 32, s_next += 32, y_next += 32, r += 32) {
    let r0 = f64x2.add(v128.load(r), f64x2.mul(by_y, v128.load(y)));
    let r1 = f64x2.add(v128.load(r, 16), f64x2.mul(by_y, v128.load(y, 16)));
    r0 = f64x2.add(r0, f64x2.mul(by_s, v128.load(s)));
    r1 = f64x2.add(r1, f64x2.mul(by_s, v128.load(s, 16)));
    r0 = f64x2.add(r0, f64x2.mul(by_y_next, v128.load(y_next)));
    r1 = f64x2.add(r1, f64x2.mul(by_y_next, v128.load(y_next, 16)));
    v128.store(r, f64x2.add(r0, f64x2.mul(by_s_next, v128.load(s_next))));
    v128.store(r, f64x2.add(r1, f64x2.mul(by_s_next, v128.load(s_next, 16))), 16);
  }
}

/** r += sum_j (cs_j s_j + cy_j y_j) over the tile of `bytes` at byte `at` of each row; r is that of the tile. */
function combine(
  bytes: usize,
  at: usize,
  row: usize,
  pairs: i32,
  capacity: i32,
  head: i32,
  s: usize,
  y: usize,
  coef: usize,
  r: usize,
): void {
  let slot = head;
  let j = 0;
  for (; j + 1 < pairs; j += 2, coef += 32) {
    const from = <usize>slot * row + at;
    slot = slot + 1 == capacity ? 0 : slot + 1;
    const next = <usize>slot * row + at;
    slot = slot + 1 == capacity ? 0 : slot + 1;
    combine_4(bytes, s + from, y + from, s + next, y + next, coef, r);
  }
  if (j < pairs) combine_2(bytes, s + <usize>slot * row + at, y + <usize>slot * row + at, coef, r);
}

function zero_f64(n: i32, x: usize): void {
  memory.fill(x, 0, (<usize>n) << 3);
}

/**
 * out[j] = { s_j'a, s_j'b, y_j'a, y_j'b }.
 *
 *   s, y  f64[capacity,n]
 *   a, b  f64[n]
 *   out   f64[pairs,4]  overwritten
 */
export function history_dots2_f64(
  n: i32,
  pairs: i32,
  capacity: i32,
  head: i32,
  s: F64Pointer,
  y: F64Pointer,
  a: F64Pointer,
  b: F64Pointer,
  out: F64Pointer,
): void {
  need((n & 7) == 0 && pairs <= capacity && head < capacity);
  zero_f64(4 * pairs, out);
  const row = (<usize>n) << 3;
  for (let i = 0; i < n; i += TILE) {
    const at = (<usize>i) << 3;
    const bytes = (<usize>min(TILE, n - i)) << 3;
    let slot = head;
    for (let j = 0; j < pairs; j++) {
      const from = <usize>slot * row + at;
      dots_2x2(bytes, s + from, y + from, a + at, b + at, out + ((<usize>j) << 5));
      slot = slot + 1 == capacity ? 0 : slot + 1;
    }
  }
}

/**
 * out[j] = { s_j'a, s_j'b, s_j'c, y_j'a, y_j'b, y_j'c }.
 *
 *   s, y     f64[capacity,n]
 *   a, b, c  f64[n]
 *   out      f64[pairs,6]  overwritten
 */
export function history_dots3_f64(
  n: i32,
  pairs: i32,
  capacity: i32,
  head: i32,
  s: F64Pointer,
  y: F64Pointer,
  a: F64Pointer,
  b: F64Pointer,
  c: F64Pointer,
  out: F64Pointer,
): void {
  need((n & 7) == 0 && pairs <= capacity && head < capacity);
  zero_f64(6 * pairs, out);
  const row = (<usize>n) << 3;
  for (let i = 0; i < n; i += TILE) {
    const at = (<usize>i) << 3;
    const bytes = (<usize>min(TILE, n - i)) << 3;
    let slot = head;
    for (let j = 0; j < pairs; j++) {
      const from = <usize>slot * row + at;
      dots_2x3(bytes, s + from, y + from, a + at, b + at, c + at, out + <usize>j * 48);
      slot = slot + 1 == capacity ? 0 : slot + 1;
    }
  }
}

/**
 * The reduced gradient at the Cauchy point, and the inner products that the subspace problem needs, in one reading of
 * the history:
 *
 *   r      = -theta (z - x) - g + sum_j (cs_j s_j + cy_j y_j) on the free variables, 0 on the others   [1995, (5.4)]
 *   out[j] = { s_j'r, s_j'v, s_j'w, y_j'r, y_j'v, y_j'w },  v = the newest y on the free variables,
 *                                                            w = the newest s on the others
 *
 *   s, y     f64[capacity,n]
 *   z, x, g  f64[n]       Cauchy point, iterate, gradient
 *   free     i64[n]       all ones where free
 *   coef     f64[pairs,2] { cs_j, cy_j }
 *   r        f64[n]       overwritten
 *   out      f64[pairs,6] overwritten
 *   work     f64[2,512]   overwritten
 * Needs pairs >= 1.
 */
export function reduced_gradient_f64(
  n: i32,
  pairs: i32,
  capacity: i32,
  head: i32,
  s: F64Pointer,
  y: F64Pointer,
  theta: f64,
  coef: F64Pointer,
  z: F64Pointer,
  x: F64Pointer,
  g: F64Pointer,
  free: I64Pointer,
  r: F64Pointer,
  out: F64Pointer,
  work: F64Pointer,
): void {
  need((n & 7) == 0 && pairs >= 1 && pairs <= capacity && head < capacity);
  zero_f64(6 * pairs, out);
  const row = (<usize>n) << 3;
  const newest = <usize>((head + pairs - 1) % capacity) * row;
  const by = f64x2.splat(theta);
  for (let i = 0; i < n; i += TILE) {
    const at = (<usize>i) << 3;
    const bytes = (<usize>min(TILE, n - i)) << 3;
    for (let k: usize = at; k < at + bytes; k += 16) {
      const step = f64x2.mul(by, f64x2.sub(v128.load(x + k), v128.load(z + k)));
      v128.store(r + k, f64x2.sub(step, v128.load(g + k)));
    }
    combine(bytes, at, row, pairs, capacity, head, s, y, coef, r + at);
    const v = work;
    const w = work + ((<usize>TILE) << 3);
    for (let k: usize = 0; k < bytes; k += 16) {
      const mask = v128.load(free + at + k);
      v128.store(r + at + k, v128.and(mask, v128.load(r + at + k)));
      v128.store(v + k, v128.and(mask, v128.load(y + newest + at + k)));
      v128.store(w + k, v128.andnot(v128.load(s + newest + at + k), mask));
    }
    let slot = head;
    for (let j = 0; j < pairs; j++) {
      const from = <usize>slot * row + at;
      dots_2x3(bytes, s + from, y + from, r + at, v, w, out + <usize>j * 48);
      slot = slot + 1 == capacity ? 0 : slot + 1;
    }
  }
}

/**
 * The Newton step of the subspace problem and its projection into the box.   [1995, (5.11); Morales & Nocedal 2011]
 *
 *   step = (sign r + sum_j (cs_j s_j + cy_j y_j)) / theta on the free variables, 0 on the others
 *   to   = clamp(at + step)
 *
 *   s, y          f64[capacity,n]
 *   sign          1, or -1 where r is the gradient itself
 *   r, step       f64[n]        may be the same
 *   at, lower, upper, to  f64[n]
 *   free          i64[n]        all ones where free
 *   coef          f64[pairs,2]  { cs_j, cy_j }
 * Returns whether a free variable ended at a bound.
 */
export function newton_step_f64(
  n: i32,
  pairs: i32,
  capacity: i32,
  head: i32,
  s: F64Pointer,
  y: F64Pointer,
  theta: f64,
  coef: F64Pointer,
  sign: f64,
  r: F64Pointer,
  at: F64Pointer,
  lower: F64Pointer,
  upper: F64Pointer,
  free: I64Pointer,
  step: F64Pointer,
  to: F64Pointer,
): bool {
  need((n & 7) == 0 && pairs <= capacity && head < capacity);
  const row = (<usize>n) << 3;
  const by = f64x2.splat(sign);
  const over = f64x2.splat(1 / theta);
  let hit = i64x2.splat(0);
  for (let i = 0; i < n; i += TILE) {
    const tile = (<usize>i) << 3;
    const bytes = (<usize>min(TILE, n - i)) << 3;
    for (let k: usize = tile; k < tile + bytes; k += 16) v128.store(step + k, f64x2.mul(by, v128.load(r + k)));
    combine(bytes, tile, row, pairs, capacity, head, s, y, coef, step + tile);
    for (let k: usize = tile; k < tile + bytes; k += 16) {
      const mask = v128.load(free + k);
      const d = v128.and(mask, f64x2.mul(over, v128.load(step + k)));
      const low = v128.load(lower + k);
      const high = v128.load(upper + k);
      const moved = f64x2.pmin(high, f64x2.pmax(low, f64x2.add(v128.load(at + k), d)));
      v128.store(step + k, d);
      v128.store(to + k, moved);
      hit = v128.or(hit, v128.and(mask, v128.or(f64x2.eq(moved, low), f64x2.eq(moved, high))));
    }
  }
  return v128.any_true(hit);
}
