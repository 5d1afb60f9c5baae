/** Rows moved between arrays of different widths: what concatenation, padding and cropping are made of. */
import { F32Pointer, I32Pointer } from "../support/pointer";

/**
 * y[r,*] = x[r,*] for every row.
 *
 *   x  f32[rows,n]  ldx >= n elements per row
 *   y  f32[rows,n]  ldy >= n elements per row; never touched beyond column n, not overlapping x
 */
export function copy_rows_f32(rows: i32, n: i32, x: F32Pointer, ldx: i32, y: F32Pointer, ldy: i32): void {
  const bytes = (<usize>n) << 2;
  const stepX = (<usize>ldx) << 2;
  const stepY = (<usize>ldy) << 2;
  for (let r = 0; r < rows; r++, x += stepX, y += stepY) memory.copy(y, x, bytes);
}

/** y[r,*] += x[r,*] for every row: the gradient of copy_rows_f32.   x, y  f32[rows,n], layout as there */
export function add_rows_f32(rows: i32, n: i32, x: F32Pointer, ldx: i32, y: F32Pointer, ldy: i32): void {
  const bytes = (<usize>n) << 2;
  const stepX = ((<usize>ldx) << 2) - bytes;
  const stepY = ((<usize>ldy) << 2) - bytes;
  for (let r = 0; r < rows; r++, x += stepX, y += stepY) {
    const end = x + bytes;
    for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
    for (; x < end; x += 4, y += 4) store<f32>(y, load<f32>(y) + load<f32>(x));
  }
}

/** y[r,i] = x[r,index[i]] for every row.   x, y  f32[rows,n], index  i32[n], each of 0 .. n - 1 once; y is not x */
export function permute_f32(rows: i32, n: i32, index: I32Pointer, x: F32Pointer, y: F32Pointer): void {
  const bytes = (<usize>n) << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) {
    for (let i: usize = 0; i < bytes; i += 4) store<f32>(y + i, load<f32>(x + ((<usize>load<i32>(index + i)) << 2)));
  }
}

/** dx[r,index[i]] += dy[r,i] for every row: the gradient of permute_f32.   dy, dx  f32[rows,n], index  i32[n] */
export function permute_grad_f32(rows: i32, n: i32, index: I32Pointer, dy: F32Pointer, dx: F32Pointer): void {
  const bytes = (<usize>n) << 2;
  for (let r = 0; r < rows; r++, dy += bytes, dx += bytes) {
    for (let i: usize = 0; i < bytes; i += 4) {
      const to = dx + ((<usize>load<i32>(index + i)) << 2);
      store<f32>(to, load<f32>(to) + load<f32>(dy + i));
    }
  }
}
