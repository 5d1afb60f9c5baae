/** Rows moved between arrays of different widths: what concatenation, padding and cropping are made of. */

/**
 * y[r,*] = x[r,*] for every row.
 *
 *   x  f32[rows,n]  ldx >= n elements per row
 *   y  f32[rows,n]  ldy >= n elements per row; never touched beyond column n, not overlapping x
 */
export function copy_rows_f32(rows: i32, n: i32, x: usize, ldx: i32, y: usize, ldy: i32): void {
  const bytes = (<usize>n) << 2;
  const stepX = (<usize>ldx) << 2;
  const stepY = (<usize>ldy) << 2;
  for (let r = 0; r < rows; r++, x += stepX, y += stepY) memory.copy(y, x, bytes);
}

/** y[r,*] += x[r,*] for every row: the gradient of copy_rows_f32.   Layout as there */
export function add_rows_f32(rows: i32, n: i32, x: usize, ldx: i32, y: usize, ldy: i32): void {
  const bytes = (<usize>n) << 2;
  const stepX = ((<usize>ldx) << 2) - bytes;
  const stepY = ((<usize>ldy) << 2) - bytes;
  for (let r = 0; r < rows; r++, x += stepX, y += stepY) {
    const end = x + bytes;
    for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
    for (; x < end; x += 4, y += 4) store<f32>(y, load<f32>(y) + load<f32>(x));
  }
}
