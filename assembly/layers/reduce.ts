/**
 * An axis reduced to one number: sums, means, extremes, norms, products. An array is f32[outer,n,inner], of which n goes. With an
 * inner axis four of its columns go side by side, and each takes its terms in their order; without one, term k goes to lane k mod 4, and
 * lanes join as (0, 1), (2, 3): either is a function of the extents.
 */
import { need } from "../support/need";
import { store_first } from "../support/partial";
import { F32Pointer } from "../support/pointer";
import { exp_4, log_4 } from "../support/transcendental";

/** How many there are; the last needs all terms side by side. */
const REDUCTIONS: i32 = 9;
const INFINITY: f32 = f32.MAX_VALUE * 2;

/** What changes nothing. */
function neutral(f: i32): f32 {
  if (f == 2) return -INFINITY;
  if (f == 3) return INFINITY;
  return f == 7 ? 1 : 0;
}

/** One term more. */
function taken(f: i32, sum: v128, x: v128): v128 {
  switch (f) {
    case 2:
      return f32x4.max(sum, x);
    case 3:
      return f32x4.min(sum, x);
    case 4:
    case 5:
      return f32x4.add(sum, f32x4.mul(x, x));
    case 6:
      return f32x4.add(sum, f32x4.abs(x));
    case 7:
      return f32x4.mul(sum, x);
    default:
      return f32x4.add(sum, x);
  }
}

/** Two lanes joined. */
function lanes(f: i32, a: v128, b: v128): v128 {
  if (f == 2) return f32x4.max(a, b);
  if (f == 3) return f32x4.min(a, b);
  return f == 7 ? f32x4.mul(a, b) : f32x4.add(a, b);
}

/** What all terms make. */
function ended(f: i32, n: i32, sum: v128): v128 {
  if (f == 1) return f32x4.div(sum, f32x4.splat(<f32>n));
  return f == 5 ? f32x4.sqrt(sum) : sum;
}

/** Four floats, of which those from `bytes` on are `rest`. */
function filled(x: v128, bytes: usize, rest: v128): v128 {
  if (bytes >= 16) return x;
  const lane = i32x4(0, 1, 2, 3);
  return v128.bitselect(x, rest, i32x4.lt_s(lane, i32x4.splat(<i32>(bytes >> 2))));
}

/** The reduction of n floats that lie side by side. */
function reduce_row(f: i32, n: i32, x: usize): f32 {
  const rest = f32x4.splat(neutral(f));
  const end = x + ((<usize>n) << 2);
  let sum = rest;
  for (; x < end; x += 16) sum = taken(f, sum, filled(v128.load(x), end - x, rest));
  const halves = lanes(f, sum, v128.shuffle<f32>(sum, sum, 1, 0, 3, 2));
  return f32x4.extract_lane(ended(f, n, lanes(f, halves, v128.shuffle<f32>(halves, halves, 2, 3, 0, 1))), 0);
}

/** ln of the sum of e^x, as the largest and the logarithm of what is left. */
function log_sum_exp(n: i32, x: usize): f32 {
  const largest = reduce_row(2, n, x);
  const end = x + ((<usize>n) << 2);
  const top = f32x4.splat(largest);
  let sum = f32x4.splat(0);
  for (; x < end; x += 16) {
    const e = exp_4(f32x4.sub(v128.load(x), top));
    sum = f32x4.add(sum, filled(e, end - x, f32x4.splat(0)));
  }
  const low = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
  const all = low + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
  return largest + f32x4.extract_lane(log_4(f32x4.splat(all)), 0);
}

/**
 * y = 0 the sum   1 the mean   2 the largest   3 the smallest   4 the sum of squares   5 its root   6 the sum of magnitudes
 *     7 the product   8 ln of the sum of e^x, which needs inner = 1
 *
 *   x  f32[outer,n,inner]  three floats behind are read
 *   y  f32[outer,inner]
 *
 * Error  of a sum g(n) times that of the terms' magnitudes; extremes are exact
 */
export function reduce_f32(f: i32, outer: i32, n: i32, inner: i32, x: F32Pointer, y: F32Pointer): void {
  need(f >= 0 && f < REDUCTIONS && n >= 1 && inner >= 1);
  need(f < 8 || inner == 1);
  const row = (<usize>inner) << 2;
  if (inner == 1) {
    for (let o = 0; o < outer; o++, x += (<usize>n) << 2, y += 4) {
      store<f32>(y, f == 8 ? log_sum_exp(n, x) : reduce_row(f, n, x));
    }
    return;
  }
  const start = f32x4.splat(neutral(f));
  for (let o = 0; o < outer; o++, y += row) {
    for (let k = 0; k < n; k++, x += row) {
      for (let i: usize = 0; i < row; i += 16) {
        const sum = taken(f, k == 0 ? start : v128.load(y + i), v128.load(x + i));
        store_first(y + i, k == n - 1 ? ended(f, n, sum) : sum, row - i);
      }
    }
  }
}

/** The slope to a term x of the result y; extremes and products have ways of their own. */
function slope_4(f: i32, n: i32, x: v128, y: v128): v128 {
  const one = f32x4.splat(1);
  switch (f) {
    case 0:
      return one;
    case 1:
      return f32x4.splat(1 / <f32>n);
    case 4:
      return f32x4.add(x, x);
    case 5:
      // Of a norm of zero the slope is taken as zero.
      return v128.and(f32x4.div(x, y), f32x4.gt(y, f32x4.splat(0)));
    case 6:
      return v128.bitselect(one, f32x4.splat(-1), f32x4.gt(x, f32x4.splat(0)));
    default:
      return exp_4(f32x4.sub(x, y));
  }
}

/** dy to the first of n terms, `step` bytes apart, that is the extreme y. */
function to_first(n: i32, step: usize, x: usize, y: f32, dy: f32, dx: usize): void {
  for (let k = 0; k < n; k++, x += step, dx += step) {
    if (load<f32>(x) != y) continue;
    store<f32>(dx, load<f32>(dx) + dy);
    return;
  }
}

/** dy times the product of the other terms, to each: y / x, but where y has lost its digits, term by term. */
function to_factors(n: i32, step: usize, x: usize, y: f32, dy: f32, dx: usize): void {
  for (let k = 0; k < n; k++, dx += step) {
    let others = y / load<f32>(x + step * k);
    if (abs(y) < 1.1754943508222875e-38) {
      others = 1;
      for (let j = 0; j < n; j++) if (j != k) others *= load<f32>(x + step * j);
    }
    store<f32>(dx, load<f32>(dx) + dy * others);
  }
}

/**
 * dx += dy times the slope of the reduction: of equal extremes the first takes it, the slope of |x| at zero is -1, that of a
 * norm of zero 0.
 *
 *   x, dx  f32[outer,n,inner]  three floats behind are read
 *   y, dy  f32[outer,inner]    y the output of reduce_f32; three floats behind are read
 */
export function reduce_grad_f32(
  f: i32,
  outer: i32,
  n: i32,
  inner: i32,
  x: F32Pointer,
  y: F32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  need(f >= 0 && f < REDUCTIONS && n >= 1 && inner >= 1);
  need(f < 8 || inner == 1);
  const row = (<usize>inner) << 2;
  const block = row * n;
  for (let o = 0; o < outer; o++, x += block, dx += block, y += row, dy += row) {
    if (f == 2 || f == 3 || f == 7) {
      for (let i: usize = 0; i < row; i += 4) {
        if (f == 7) to_factors(n, row, x + i, load<f32>(y + i), load<f32>(dy + i), dx + i);
        else to_first(n, row, x + i, load<f32>(y + i), load<f32>(dy + i), dx + i);
      }
      continue;
    }
    // One result for all that lies side by side, or one beside each.
    const width = inner == 1 ? block : row;
    for (let at: usize = 0; at < block; at += width) {
      for (let i: usize = 0; i < width; i += 16) {
        const top = inner == 1 ? v128.load_splat<f32>(y) : v128.load(y + i);
        const d = inner == 1 ? v128.load_splat<f32>(dy) : v128.load(dy + i);
        const to = dx + at + i;
        const through = f32x4.mul(d, slope_4(f, n, v128.load(x + at + i), top));
        store_first(to, f32x4.add(v128.load(to), through), width - i);
      }
    }
  }
}
