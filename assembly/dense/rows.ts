/** Row-wise companions of a matrix product: the bias on the way forward, its gradient on the way back. */
import { F32Pointer, F64Pointer } from "../support/pointer";

/** Bytes that are copied at a time to fill rows: one call of the engine costs as much as copying some hundred bytes. */
const FILL_BYTES: usize = 4096;

/** y[r,*] = x for every row: the bias a product is accumulated on.   x  f32[n], y  f32[rows,n] */
export function fill_rows_f32(rows: i32, n: i32, x: F32Pointer, y: F32Pointer): void {
  if (rows <= 0) return;
  const row = (<usize>n) << 2;
  const all = row * rows;
  memory.copy(y, x, row);
  // What is filled is copied behind itself, whole rows of it.
  let block = row;
  for (let done = row; done < all; ) {
    const bytes = min(block, all - done);
    memory.copy(y + done, y, bytes);
    done += bytes;
    if (block < FILL_BYTES) block = done;
  }
}

/**
 * y += the sum of the rows of x, rows ascending.   x  f32[rows,n], y  f32[n]
 *
 * Four rows a pass over y, and two vectors of each, whose sums do not wait for one another.
 */
export function sum_rows_f32(rows: i32, n: i32, x: F32Pointer, y: F32Pointer): void {
  const row = (<usize>n) << 2;
  const end = y + row;
  for (; rows >= 4; rows -= 4, x += row << 2) {
    let x0 = x;
    let x1 = x0 + row;
    let x2 = x1 + row;
    let x3 = x2 + row;
    let to = y;
    for (; to + 32 <= end; to += 32, x0 += 32, x1 += 32, x2 += 32, x3 += 32) {
      let y_03 = f32x4.add(v128.load(to), v128.load(x0));
      let y_47 = f32x4.add(v128.load(to, 16), v128.load(x0, 16));
      y_03 = f32x4.add(y_03, v128.load(x1));
      y_47 = f32x4.add(y_47, v128.load(x1, 16));
      y_03 = f32x4.add(y_03, v128.load(x2));
      y_47 = f32x4.add(y_47, v128.load(x2, 16));
      v128.store(to, f32x4.add(y_03, v128.load(x3)));
      v128.store(to, f32x4.add(y_47, v128.load(x3, 16)), 16);
    }
    if (to + 16 <= end) {
      const y_03 = f32x4.add(f32x4.add(v128.load(to), v128.load(x0)), v128.load(x1));
      v128.store(to, f32x4.add(f32x4.add(y_03, v128.load(x2)), v128.load(x3)));
      to += 16;
      x0 += 16;
      x1 += 16;
      x2 += 16;
      x3 += 16;
    }
    for (; to < end; to += 4, x0 += 4, x1 += 4, x2 += 4, x3 += 4) {
      store<f32>(to, load<f32>(to) + load<f32>(x0) + load<f32>(x1) + load<f32>(x2) + load<f32>(x3));
    }
  }
  for (; rows > 0; rows--) {
    let to = y;
    for (; to + 16 <= end; to += 16, x += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(x)));
    for (; to < end; to += 4, x += 4) store<f32>(to, load<f32>(to) + load<f32>(x));
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
