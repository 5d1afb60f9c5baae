/**
 * The attack's objective around the network's part: F(x) = c |x - x0|^2 + loss(x), and what a change of c does to it.
 * Points and gradients are f32, as the network has them; the distance is summed in f64.
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
 * g = slope + 2 c (x - origin); returns |x - origin|^2 in f64, four partial sums joined (0+2) + (1+3).
 *
 *   x, origin, slope, g  f32[n]  (n a multiple of 8); slope the gradient of the loss, g overwritten and may be slope
 */
export function penalty_gradient_f32(
  n: i32,
  c: f64,
  x: F32Pointer,
  origin: F32Pointer,
  slope: F32Pointer,
  g: F32Pointer,
): f64 {
  need((n & 7) == 0);
  const end = x + ((<usize>n) << 2);
  const twice = f32x4.splat(<f32>(2 * c));
  let even = f64x2.splat(0);
  let odd = even;
  for (; x < end; x += 16, origin += 16, slope += 16, g += 16) {
    const r = f32x4.sub(v128.load(x), v128.load(origin));
    v128.store(g, f32x4.add(v128.load(slope), f32x4.mul(twice, r)));
    const low = f64x2.promote_low_f32x4(r);
    const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(r, r, 2, 3, 2, 3));
    even = f64x2.add(even, f64x2.mul(low, low));
    odd = f64x2.add(odd, f64x2.mul(high, high));
  }
  const sums = f64x2.add(even, odd);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}
