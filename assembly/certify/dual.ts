/**
 * The least of a linear function over a ball that a box cuts, from below: the ball's constraint is priced, and the sum falls apart
 * into numbers. Every price gives a lower bound; the best one is looked for in single precision.
 *
 *   min { c.d : |d| <= e, lower <= d <= upper }  >=  sum_i min { c_i d_i + price(d_i) : lower_i <= d_i <= upper_i } - price(e)
 */
import { F32Pointer, F64Pointer } from "../support/pointer";

/** Passes that look for a price at most. */
const PASSES_2: i32 = 24;
const PASSES_1: i32 = 20;
/** A change of the price below which it is good enough: what the bound loses goes by its square. */
const CHANGE: f32 = 0.01;
/** Steps of that length and beyond are the box alone, or nothing. */
const LARGEST: f32 = 1e30;

function sum_4(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

function sum_2(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** The step t at which |clamp(-t c)| = e, about, from below. */
function step_for(n: i32, c: usize, lower: usize, upper: usize, e: f32): f32 {
  const bytes = (<usize>n) << 2;
  const square = e * e;
  let t: f32 = 0;
  for (let pass = 0; pass < PASSES_2; pass++) {
    const by = f32x4.splat(-t);
    let free = f32x4.splat(0);
    let clipped = f32x4.splat(0);
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) {
      const x = v128.load(c + i);
      const low = v128.load(lower + i);
      const high = v128.load(upper + i);
      const d = f32x4.mul(by, x);
      const inside = v128.and(f32x4.ge(d, low), f32x4.le(d, high));
      const held = f32x4.pmin(f32x4.pmax(d, low), high);
      free = f32x4.add(free, v128.and(f32x4.mul(x, x), inside));
      clipped = f32x4.add(clipped, v128.andnot(f32x4.mul(held, held), inside));
    }
    let sum_free = sum_4(free);
    let sum_clipped = sum_4(clipped);
    for (; i < bytes; i += 4) {
      const x = load<f32>(c + i);
      const low = load<f32>(lower + i);
      const high = load<f32>(upper + i);
      const d = -t * x;
      if (d >= low && d <= high) sum_free += x * x;
      else sum_clipped += d < low ? low * low : high * high;
    }
    const rest = square - sum_clipped;
    if (!(rest > 0)) return t;
    // Everything that matters is held by the box, and the ball holds that.
    if (!(sum_free > 0)) return LARGEST;
    const next = sqrt<f32>(rest / sum_free);
    if (!(next - t > CHANGE * t)) return max<f32>(next, t);
    t = next;
  }
  return t;
}

/**
 * sum[r] += a lower bound of min a[r].d over |d|_2 <= e, box[0] <= d <= box[1], by the price d^2 / (2 t).
 *
 *   a    f32[rows,n]
 *   box  f32[2,n]   with zero inside
 *   sum  f64[rows]
 *
 * Order  even elements in one partial sum, odd ones in another.
 * Error  none above: gamma(n + 16) of all terms are subtracted, u = 2^-53
 */
export function dual_l2_f64(rows: i32, n: i32, e: f64, a: F32Pointer, box: F32Pointer, sum: F64Pointer): void {
  const bytes = (<usize>n) << 2;
  const upper = box + bytes;
  const unit: f64 = <f64>(n + 16) * 1.1102230246251568e-16;
  for (let r = 0; r < rows; r++, a += bytes, sum += 8) {
    const found = step_for(n, a, box, upper, <f32>e);
    const t: f64 = <f64>(found > 1e-30 ? min<f32>(found, LARGEST) : LARGEST);
    const by = f64x2.splat(-t);
    let along_2 = f64x2.splat(0);
    let square_2 = f64x2.splat(0);
    let i: usize = 0;
    for (; i + 8 <= bytes; i += 8) {
      const c = f64x2.promote_low_f32x4(v128.load64_zero(a + i));
      const low = f64x2.promote_low_f32x4(v128.load64_zero(box + i));
      const high = f64x2.promote_low_f32x4(v128.load64_zero(upper + i));
      const d = f64x2.pmin(f64x2.pmax(f64x2.mul(by, c), low), high);
      along_2 = f64x2.add(along_2, f64x2.mul(c, d));
      square_2 = f64x2.add(square_2, f64x2.mul(d, d));
    }
    let along = sum_2(along_2);
    let square = sum_2(square_2);
    for (; i < bytes; i += 4) {
      const c = <f64>load<f32>(a + i);
      const d = min<f64>(max<f64>(-t * c, <f64>load<f32>(box + i)), <f64>load<f32>(upper + i));
      along += c * d;
      square += d * d;
    }
    const price = 0.5 / t;
    const value = along + (square - e * e) * price - unit * ((square + e * e) * price - along);
    store<f64>(sum, load<f64>(sum) + value);
  }
}

/** How far d_i may move against c_i. */
function room_4(x: v128, low: v128, high: v128): v128 {
  return v128.bitselect(f32x4.neg(low), high, f32x4.gt(x, f32x4.splat(0)));
}

function room_1(x: f32, low: f32, high: f32): f32 {
  return x > 0 ? -low : high;
}

/** The price at which what is worth moving fills the ball, about. */
function price_for(n: i32, c: usize, lower: usize, upper: usize, e: f32): f32 {
  const bytes = (<usize>n) << 2;
  let low_price: f32 = 0;
  let high_price: f32 = 0;
  for (let i: usize = 0; i < bytes; i += 4) high_price = max<f32>(high_price, abs<f32>(load<f32>(c + i)));
  for (let pass = 0; pass < PASSES_1; pass++) {
    // First whether the ball holds the box: then nothing is priced.
    const price: f32 = pass == 0 ? 0 : 0.5 * (low_price + high_price);
    const least = f32x4.splat(price);
    let moved_4 = f32x4.splat(0);
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) {
      const x = v128.load(c + i);
      const room = room_4(x, v128.load(lower + i), v128.load(upper + i));
      moved_4 = f32x4.add(moved_4, v128.and(room, f32x4.gt(f32x4.abs(x), least)));
    }
    let moved = sum_4(moved_4);
    for (; i < bytes; i += 4) {
      const x = load<f32>(c + i);
      if (abs<f32>(x) > price) moved += room_1(x, load<f32>(lower + i), load<f32>(upper + i));
    }
    if (moved > e) low_price = price;
    else if (pass == 0) return 0;
    else high_price = price;
  }
  return high_price;
}

/**
 * sum[r] += a lower bound of min a[r].d over |d|_1 <= e, box[0] <= d <= box[1], by a price on |d|.
 *
 *   a    f32[rows,n]
 *   box  f32[2,n]   with zero inside
 *   sum  f64[rows]
 *
 * Order  ascending.
 * Error  none above: gamma(n + 16) of all terms are subtracted, u = 2^-53
 */
export function dual_l1_f64(rows: i32, n: i32, e: f64, a: F32Pointer, box: F32Pointer, sum: F64Pointer): void {
  const bytes = (<usize>n) << 2;
  const upper = box + bytes;
  const unit: f64 = <f64>(n + 16) * 1.1102230246251568e-16;
  for (let r = 0; r < rows; r++, a += bytes, sum += 8) {
    const price = <f64>price_for(n, a, box, upper, <f32>e);
    let value = price * e;
    for (let i: usize = 0; i < bytes; i += 4) {
      const x = load<f32>(a + i);
      const gain = max<f64>(abs<f64>(<f64>x) - price, 0);
      value += gain * <f64>room_1(x, load<f32>(box + i), load<f32>(upper + i));
    }
    store<f64>(sum, load<f64>(sum) - value * (1 + unit));
  }
}
