/** Row-wise companions of a matrix product: the bias on the way forward, its gradient on the way back. */
import { F32Pointer, F64Pointer } from "../support/pointer";

/** y[r,*] = x for every row: the bias a product is accumulated on.   x  f32[n], y  f32[rows,n] */
export function fill_rows_f32(rows: i32, n: i32, x: F32Pointer, y: F32Pointer): void {
  const bytes = (<usize>n) << 2;
  for (let r = 0; r < rows; r++, y += bytes) memory.copy(y, x, bytes);
}

/** y += the sum of the rows of x, rows ascending.   x  f32[rows,n], y  f32[n] */
export function sum_rows_f32(rows: i32, n: i32, x: F32Pointer, y: F32Pointer): void {
  for (let r = 0; r < rows; r++) {
    const end = x + ((<usize>n) << 2);
    let to = y;
    for (; x + 16 <= end; x += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(x)));
    for (; x < end; x += 4, to += 4) store<f32>(to, load<f32>(to) + load<f32>(x));
  }
}

/** y += x, x widened.   x  f32[n], y  f64[n] */
export function add_f32_to_f64(n: i32, x: F32Pointer, y: F64Pointer): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 8 <= end; x += 8, y += 16) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.promote_low_f32x4(v128.load64_zero(x))));
  }
  if (x < end) store<f64>(y, load<f64>(y) + <f64>load<f32>(x));
}
