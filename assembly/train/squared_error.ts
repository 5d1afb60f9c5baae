/** The squared error of a reconstruction, row by row. */
import { need } from "../support/need";
import { F32Pointer, F64Pointer } from "../support/pointer";

/**
 * Half the squared distance of each row to its target, and its gradient with respect to the row.
 *
 *   y         f32[rows,n]
 *   target    f32[rows,n]
 *   loss      f64[rows]    sum of (y - target)^2 / 2, the differences rounded to f32, the rest in f64
 *   gradient  f32[rows,n]  y - target, overwritten; may be y
 *
 * Order  two partial sums, element i to sum i mod 2, joined at the end: a function of the row alone.
 */
export function squared_error_f32(
  rows: i32,
  n: i32,
  y: F32Pointer,
  target: F32Pointer,
  loss: F64Pointer,
  gradient: F32Pointer,
): void {
  need(rows >= 0 && n >= 0);
  const bytes = (<usize>n) << 2;
  for (let r = 0; r < rows; r++, loss += 8) {
    const end = y + bytes;
    let sums = f64x2.splat(0);
    for (; y + 8 <= end; y += 8, target += 8, gradient += 8) {
      const d = f32x4.sub(v128.load64_zero(y), v128.load64_zero(target));
      v128.store64_lane(gradient, d, 0);
      const wide = f64x2.promote_low_f32x4(d);
      sums = f64x2.add(sums, f64x2.mul(wide, wide));
    }
    let s0 = f64x2.extract_lane(sums, 0);
    if (y < end) {
      const d = load<f32>(y) - load<f32>(target);
      store<f32>(gradient, d);
      s0 += <f64>d * <f64>d;
      y += 4;
      target += 4;
      gradient += 4;
    }
    store<f64>(loss, 0.5 * (s0 + f64x2.extract_lane(sums, 1)));
  }
}
