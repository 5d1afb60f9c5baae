/**
 * The attack's objective around the network's part: from f64 points to f32 rows and back.
 *
 * F(x) = c |x - x0|^2 + loss(x); the network computes loss and its gradient in f32, distance and sum are in f64.
 */
import { need } from "../support/need";
import { F32Pointer, F64Pointer } from "../support/pointer";

/** y = x rounded to f32.   x  f64[n] (n a multiple of 8), y  f32[n] */
export function demote_f64_to_f32(n: i32, x: F64Pointer, y: F32Pointer): void {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  for (; x < end; x += 32, y += 16) {
    const low = f32x4.demote_f64x2_zero(v128.load(x));
    const high = f32x4.demote_f64x2_zero(v128.load(x, 16));
    v128.store(y, v128.shuffle<f32>(low, high, 0, 1, 4, 5));
  }
}

/**
 * g = slope + 2 c (x - origin), slope widened; returns |x - origin|^2, four partial sums joined (0+2) + (1+3).
 *
 *   x, origin, g  f64[n]  (n a multiple of 8)
 *   slope         f32[n]  gradient of the loss
 */
export function penalty_gradient_f64(
  n: i32,
  c: f64,
  x: F64Pointer,
  origin: F64Pointer,
  slope: F32Pointer,
  g: F64Pointer,
): f64 {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 3);
  const twice = f64x2.splat(2 * c);
  let even = f64x2.splat(0);
  let odd = even;
  for (; x < end; x += 32, origin += 32, slope += 16, g += 32) {
    const r0 = f64x2.sub(v128.load(x), v128.load(origin));
    const r1 = f64x2.sub(v128.load(x, 16), v128.load(origin, 16));
    v128.store(g, f64x2.add(f64x2.promote_low_f32x4(v128.load64_zero(slope)), f64x2.mul(twice, r0)));
    v128.store(g, f64x2.add(f64x2.promote_low_f32x4(v128.load64_zero(slope, 8)), f64x2.mul(twice, r1)), 16);
    even = f64x2.add(even, f64x2.mul(r0, r0));
    odd = f64x2.add(odd, f64x2.mul(r1, r1));
  }
  const sums = f64x2.add(even, odd);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}
