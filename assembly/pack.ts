/** Panels of eight columns, the form in which gemm.ts reads its right-hand matrix. */
import { need } from "./need";

/**
 * p[ceil(n/8),k,8] = b[k,n], columns beyond n zero.
 *
 *   b  f32[k,n]            row-major, ldb elements a row
 *   p  f32[ceil(n/8),k,8]  panel after panel
 */
export function pack_b_f32_8(k: i32, n: i32, b: usize, ldb: i32, p: usize): void {
  need(k >= 0 && n >= 0 && ldb >= n);
  const row = (<usize>ldb) << 2;
  for (let j = 0; j < n; j += 8, b += 32) {
    const columns = min(8, n - j);
    let source = b;
    for (let i = 0; i < k; i++, source += row, p += 32) {
      if (columns == 8) {
        v128.store(p, v128.load(source));
        v128.store(p, v128.load(source, 16), 16);
      } else {
        v128.store(p, f32x4.splat(0));
        v128.store(p, f32x4.splat(0), 16);
        memory.copy(p, source, (<usize>columns) << 2);
      }
    }
  }
}

/**
 * p[ceil(n/8),k,8] = bt[n,k]^T, columns beyond n zero: the weights of a layer for its gradient to the input.
 *
 *   bt  f32[n,k]            row-major, ldb elements a row
 *   p   f32[ceil(n/8),k,8]  panel after panel
 */
export function pack_bt_f32_8(k: i32, n: i32, bt: usize, ldb: i32, p: usize): void {
  need(k >= 0 && n >= 0 && ldb >= k);
  const row = (<usize>ldb) << 2;
  for (let j = 0; j < n; j += 8, bt += row << 3, p += (<usize>k) << 5) {
    const columns = min(8, n - j);
    if (columns < 8) memory.fill(p, 0, (<usize>k) << 5);
    let source = bt;
    for (let c = 0; c < columns; c++, source += row) {
      let to = p + ((<usize>c) << 2);
      for (let i = 0; i < k; i++, to += 32) store<f32>(to, load<f32>(source + ((<usize>i) << 2)));
    }
  }
}
