/**
 * Functions of one number that networks use now and then, and their slopes, by a number that says which: one loop serves all. What a
 * convnet spends its time in has kernels of its own (activation.ts, gate.ts, rectify.ts). The numbers are those of
 * src/model/layers/functions.ts.
 */
import { need } from "../support/need";
import { store_first } from "../support/partial";
import { F32Pointer } from "../support/pointer";
import {
  erf_4,
  erf_slope_4,
  gelu_tanh_4,
  gelu_tanh_slope_4,
  mish_4,
  mish_slope_4,
  power_4,
  whole_power_4,
} from "../support/smooth";
import { expm1_4 } from "../support/special";
import { exp_4, log_4 } from "../support/transcendental";

/** How many there are. */
const FUNCTIONS: i32 = 16;

/** a x + b */
function line_4(x: v128, a: f32, b: f32): v128 {
  return f32x4.add(f32x4.mul(f32x4.splat(a), x), f32x4.splat(b));
}

function value_4(f: i32, a: f32, b: f32, c: f32, x: v128): v128 {
  const one = f32x4.splat(1);
  switch (f) {
    case 0:
      return exp_4(x);
    case 1:
      return log_4(x);
    case 2:
      return f32x4.sqrt(x);
    case 3:
      return f32x4.div(one, f32x4.sqrt(x));
    case 4:
      return f32x4.mul(x, x);
    case 5:
      return f32x4.abs(x);
    case 6:
      return f32x4.div(one, x);
    case 7:
      return erf_4(x);
    case 8:
      return gelu_tanh_4(x);
    case 9:
      return mish_4(x);
    case 10:
      return f32x4.min(f32x4.max(line_4(x, a, b), f32x4.splat(0)), one);
    case 11: {
      const tail = f32x4.mul(f32x4.splat(a), expm1_4(f32x4.mul(f32x4.splat(c), x)));
      return v128.bitselect(tail, f32x4.mul(f32x4.splat(b), x), f32x4.lt(x, f32x4.splat(0)));
    }
    case 12:
      // A NaN is not below either: it stays.
      return v128.andnot(x, f32x4.le(x, f32x4.splat(a)));
    case 13:
      return whole_power_4(x, a);
    case 14:
      return power_4(x, f32x4.splat(a));
    default:
      return line_4(x, a, b);
  }
}

/** The slope; `at` is the output for exp, sqrt, rsqrt and 1 / x, for all others the input. */
function slope_4(f: i32, a: f32, b: f32, c: f32, at: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  switch (f) {
    case 0:
      return at;
    case 1:
      return f32x4.div(one, at);
    case 2:
      return f32x4.div(f32x4.splat(0.5), at);
    case 3:
      return f32x4.mul(f32x4.mul(f32x4.splat(-0.5), at), f32x4.mul(at, at));
    case 4:
      return f32x4.add(at, at);
    case 5:
      return v128.bitselect(one, f32x4.splat(-1), f32x4.gt(at, zero));
    case 6:
      return f32x4.neg(f32x4.mul(at, at));
    case 7:
      return erf_slope_4(at);
    case 8:
      return gelu_tanh_slope_4(at);
    case 9:
      return mish_slope_4(at);
    case 10: {
      const line = line_4(at, a, b);
      return v128.and(f32x4.splat(a), v128.and(f32x4.ge(line, zero), f32x4.le(line, one)));
    }
    case 11: {
      const tail = f32x4.mul(f32x4.splat(a * c), exp_4(f32x4.mul(f32x4.splat(c), at)));
      return v128.bitselect(tail, f32x4.splat(b), f32x4.lt(at, zero));
    }
    case 12:
      return v128.and(one, f32x4.gt(at, f32x4.splat(a)));
    case 13:
      return a == 0 ? zero : f32x4.mul(f32x4.splat(a), whole_power_4(at, a - 1));
    case 14:
      return f32x4.mul(f32x4.splat(a), power_4(at, f32x4.splat(a - 1)));
    default:
      return f32x4.splat(a);
  }
}

/**
 * y = f(x), by the number of the function:
 *
 *   0 e^x   1 ln x   2 sqrt x   3 1 / sqrt x   4 x^2   5 |x|   6 1 / x   7 erf x   8 gelu by tanh   9 mish
 *   10 a x + b held within 0 and 1   11 b x, below zero a (e^(c x) - 1)   12 x where x > a, elsewhere 0
 *   13 x^a, a whole   14 x^a, x >= 0   15 a x + b
 *
 *   x, y  f32[n]  may be the same; three floats behind x are read
 */
export function function_f32(f: i32, n: i32, a: f32, b: f32, c: f32, x: F32Pointer, y: F32Pointer): void {
  need(f >= 0 && f < FUNCTIONS);
  const end = x + ((<usize>n) << 2);
  for (; x < end; x += 16, y += 16) store_first(y, value_4(f, a, b, c, v128.load(x)), end - x);
}

/**
 * dx += dy f'(x): at jumps of the slope as tfjs has it, of |x| at zero -1, at the ends of 10 that of inside.
 *
 *   at      f32[n]  the output of function_f32 for 0, 2, 3 and 6, for the others its input; three floats behind it are read
 *   dy, dx  f32[n]  likewise
 */
export function function_grad_f32(
  f: i32,
  n: i32,
  a: f32,
  b: f32,
  c: f32,
  at: F32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  need(f >= 0 && f < FUNCTIONS);
  const end = at + ((<usize>n) << 2);
  for (; at < end; at += 16, dy += 16, dx += 16) {
    const through = f32x4.mul(v128.load(dy), slope_4(f, a, b, c, v128.load(at)));
    store_first(dx, f32x4.add(v128.load(dx), through), end - at);
  }
}
