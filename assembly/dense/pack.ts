/**
 * Panels of eight columns, the form in which gemm.ts reads its right-hand matrix.
 *
 * Values smaller than `floor` in magnitude are packed as zero. Weight decay drives the weights of inputs that never
 * vary below 1e-38, and a product with subnormal numbers runs some twenty times slower on common processors: the
 * caller passes a floor far below the rounding of any sum they enter (or 0).
 */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";
import { store_columns } from "../support/tile";

/** x where |x| >= least, zero elsewhere; a NaN stays. */
function not_below(least: v128, x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), least));
}

/**
 * p[ceil(n/8),k,8] = b[k,n], columns beyond n zero.
 *
 *   b  f32[k,n]            row-major, ldb elements a row
 *   p  f32[ceil(n/8),k,8]  panel after panel
 */
export function pack_b_f32_8(k: i32, n: i32, b: F32Pointer, ldb: i32, floor: f32, p: F32Pointer): void {
  need(k >= 0 && n >= 0 && ldb >= n);
  const least = f32x4.splat(floor);
  const row = (<usize>ldb) << 2;
  for (let j = 0; j < n; j += 8, b += 32) {
    const columns = min(8, n - j);
    let source = b;
    for (let i = 0; i < k; i++, source += row, p += 32) {
      if (columns == 8) {
        v128.store(p, not_below(least, v128.load(source)));
        v128.store(p, not_below(least, v128.load(source, 16)), 16);
      } else {
        v128.store(p, f32x4.splat(0));
        v128.store(p, f32x4.splat(0), 16);
        for (let c: usize = 0; c < (<usize>columns) << 2; c += 4) {
          const x = load<f32>(source + c);
          store<f32>(p + c, abs(x) < floor ? 0 : x);
        }
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
export function pack_bt_f32_8(k: i32, n: i32, bt: F32Pointer, ldb: i32, floor: f32, p: F32Pointer): void {
  need(k >= 0 && n >= 0 && ldb >= k);
  const least = f32x4.splat(floor);
  const row = (<usize>ldb) << 2;
  const whole = k & ~3;
  for (let j = 0; j < n; j += 8, bt += row << 3, p += (<usize>k) << 5) {
    const columns = min(8, n - j);
    if (columns < 8) memory.fill(p, 0, (<usize>k) << 5);
    let done = 0;
    // Four columns by four steps at a time.
    for (; done + 4 <= columns; done += 4) {
      const r0 = bt + row * done;
      const r1 = r0 + row;
      const r2 = r1 + row;
      const r3 = r2 + row;
      let to = p + ((<usize>done) << 2);
      for (let i = 0; i < whole; i += 4, to += 128) {
        const at = (<usize>i) << 2;
        store_columns(
          not_below(least, v128.load(r0 + at)),
          not_below(least, v128.load(r1 + at)),
          not_below(least, v128.load(r2 + at)),
          not_below(least, v128.load(r3 + at)),
          to,
          32,
        );
      }
    }
    let source = bt;
    for (let c = 0; c < columns; c++, source += row) {
      const first = c < done ? whole : 0;
      let to = p + ((<usize>c) << 2) + ((<usize>first) << 5);
      for (let i = first; i < k; i++, to += 32) {
        const x = load<f32>(source + ((<usize>i) << 2));
        store<f32>(to, abs(x) < floor ? 0 : x);
      }
    }
  }
}

/** y = x with values smaller than `floor` in magnitude as zero: the weights of kernels that read them unpacked.   x, y  f32[n] */
export function drop_below_f32(n: i32, floor: f32, x: F32Pointer, y: F32Pointer): void {
  const end = x + ((<usize>n) << 2);
  const least = f32x4.splat(floor);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, not_below(least, v128.load(x)));
  for (; x < end; x += 4, y += 4) {
    const value = load<f32>(x);
    store<f32>(y, abs(value) < floor ? 0 : value);
  }
}
