/**
 * Functions of two numbers over arrays of which each may be stretched: an axis along which one does not vary has stride 0 in it
 * [NumPy's broadcasting]. One walk over the axes serves all; the last is taken four at a time.
 *
 * A plan is i32[rank,3]: of each axis its extent, and the strides of a and of b in floats. The first axis is the rows of the
 * batch, whose number is passed instead; strides along the last are 0 or 1.
 */
import { need } from "../support/need";
import { first_of, store_first, sum_of } from "../support/partial";
import { F32Pointer, I32Pointer } from "../support/pointer";
import { power_4 } from "../support/smooth";
import { log_4 } from "../support/transcendental";

/** How many functions there are. */
const FUNCTIONS: i32 = 8;
/** Bytes of an axis in a plan, and where its strides lie. */
const AXIS: usize = 12;

function value_4(f: i32, a: v128, b: v128): v128 {
  switch (f) {
    case 0:
      return f32x4.add(a, b);
    case 1:
      return f32x4.sub(a, b);
    case 2:
      return f32x4.mul(a, b);
    case 3:
      return f32x4.div(a, b);
    case 4:
      return f32x4.max(a, b);
    case 5:
      return f32x4.min(a, b);
    case 6: {
      const d = f32x4.sub(a, b);
      return f32x4.mul(d, d);
    }
    default:
      return power_4(a, b);
  }
}

/** The slope to a, from FUNCTIONS on that to b. Of equals a is the larger and the smaller. */
function slope_4(f: i32, a: v128, b: v128): v128 {
  const one = f32x4.splat(1);
  const two = f32x4.splat(2);
  switch (f) {
    case 0:
    case 1:
    case 8:
      return one;
    case 9:
      return f32x4.splat(-1);
    case 2:
      return b;
    case 10:
      return a;
    case 3:
      return f32x4.div(one, b);
    case 11:
      return f32x4.neg(f32x4.div(f32x4.div(a, b), b));
    case 4:
      return v128.and(one, f32x4.ge(a, b));
    case 12:
      return v128.and(one, f32x4.gt(b, a));
    case 5:
      return v128.and(one, f32x4.le(a, b));
    case 13:
      return v128.and(one, f32x4.lt(b, a));
    case 6:
      return f32x4.mul(two, f32x4.sub(a, b));
    case 14:
      return f32x4.mul(two, f32x4.sub(b, a));
    case 7:
      return f32x4.mul(b, power_4(a, f32x4.sub(b, one)));
    default:
      // 0^b stays 0 whatever b is.
      return v128.and(f32x4.mul(power_4(a, b), log_4(a)), f32x4.gt(a, f32x4.splat(0)));
  }
}

/** Four floats, or one of them four times. */
function load_4(at: usize, step: usize): v128 {
  return step > 0 ? v128.load(at) : v128.load_splat<f32>(at);
}

/** What lies under n steps of the first of `rank` axes; returns where y goes on. */
function join(f: i32, n: i32, rank: i32, plan: usize, a: usize, b: usize, y: usize): usize {
  const step_a = (<usize>load<i32>(plan, 4)) << 2;
  const step_b = (<usize>load<i32>(plan, 8)) << 2;
  if (rank > 1) {
    const next = plan + AXIS;
    const extent = load<i32>(next);
    for (let i = 0; i < n; i++, a += step_a, b += step_b) y = join(f, extent, rank - 1, next, a, b, y);
    return y;
  }
  const end = y + ((<usize>n) << 2);
  for (; y < end; y += 16, a += step_a << 2, b += step_b << 2) {
    store_first(y, value_4(f, load_4(a, step_a), load_4(b, step_b)), end - y);
  }
  return end;
}

/**
 * y = f(a, b): 0 a + b   1 a - b   2 a b   3 a / b   4 the larger   5 the smaller   6 (a - b)^2   7 a^b, a >= 0
 *
 *   plan  i32[rank,3]  extents and strides; that of the first axis, the rows, is not read
 *   a     f32[rows]    and what the plan's strides reach from there; three floats behind are read
 *   b     f32[rows]    likewise
 *   y     f32[rows]    times the extents of the other axes, row-major; may be a or b if these are not stretched
 */
export function join_f32(
  f: i32,
  rows: i32,
  rank: i32,
  plan: I32Pointer,
  a: F32Pointer,
  b: F32Pointer,
  y: F32Pointer,
): void {
  need(f >= 0 && f < FUNCTIONS && rank >= 1);
  join(f, rows, rank, plan, a, b, y);
}

/** The same for a gradient; `side` is where in a plan the stride of dx lies. Returns where dy goes on. */
function join_grad(
  f: i32,
  n: i32,
  rank: i32,
  plan: usize,
  side: usize,
  a: usize,
  b: usize,
  dy: usize,
  dx: usize,
): usize {
  const step_a = (<usize>load<i32>(plan, 4)) << 2;
  const step_b = (<usize>load<i32>(plan, 8)) << 2;
  const step = (<usize>load<i32>(plan + side)) << 2;
  if (rank > 1) {
    const next = plan + AXIS;
    const extent = load<i32>(next);
    for (let i = 0; i < n; i++, a += step_a, b += step_b, dx += step) {
      dy = join_grad(f, extent, rank - 1, next, side, a, b, dy, dx);
    }
    return dy;
  }
  const end = dy + ((<usize>n) << 2);
  let sums = f32x4.splat(0);
  for (; dy < end; dy += 16, a += step_a << 2, b += step_b << 2, dx += step << 2) {
    const left = end - dy;
    const through = f32x4.mul(v128.load(dy), slope_4(f, load_4(a, step_a), load_4(b, step_b)));
    if (step > 0) store_first(dx, f32x4.add(v128.load(dx), through), left);
    else sums = f32x4.add(sums, first_of(through, left));
  }
  if (step == 0) store<f32>(dx, load<f32>(dx) + sum_of(sums));
  return end;
}

/**
 * dx += dy times the slope of f to a, where f is below 8, or to b, of the function f - 8: summed over the axes along which that input
 * is stretched.
 *
 *   plan  i32[rank,3]  as for join_f32
 *   a     f32[rows]    as there
 *   b     f32[rows]
 *   dy    f32[rows]    as y there; three floats behind are read
 *   dx    f32[rows]    with the strides of a, or of b
 *
 * Order  axes ascending; along the last, element i to sum i mod 4, joined (0 + 1) + (2 + 3), then added to dx.
 */
export function join_grad_f32(
  f: i32,
  rows: i32,
  rank: i32,
  plan: I32Pointer,
  a: F32Pointer,
  b: F32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  need(f >= 0 && f < 2 * FUNCTIONS && rank >= 1);
  join_grad(f, rows, rank, plan, f < FUNCTIONS ? 4 : 8, a, b, dy, dx);
}
