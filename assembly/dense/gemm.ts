/**
 * Single-precision matrix products on one 4 x 8 register tile, and on one of 1 x 32 for single rows: c += a.b and c += a^T.b.
 *
 * Ragged edges run the same tile, or its left half, over a 4 x 8 scratch block, which makes edge and body one
 * expression and the bits of a row a function of that row alone.
 */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";
import { BLOCK_ROW, copy_block, tile_1x16, tile_1x32, tile_4x4, tile_4x8, tile_packed_4x8 } from "../support/tile";

/** Rows of a that pass one panel of b before the next: few enough that DEPTH of each stay in the second-level cache. */
const STRIPS: i32 = 128;

/**
 * Steps of k in one go: 512 of a panel and of the strip that passes it are 24 KiB, which leaves the first-level cache some
 * air. Sums go on in c, so no bit depends on it.
 */
const DEPTH: i32 = 512;

/**
 * c[m,n] += a[m,k] . b[k,n]
 *
 *   a        f32[m,k]            row-major, lda elements a row, read in place
 *   b        f32[ceil(n/8),k,8]  packed by pack_b_f32_8 or pack_bt_f32_8, zero-filled to whole panels
 *   c        f32[m,n]            row-major, ldc elements a row; columns from n on are never touched
 *   scratch  f32[4,8]            overwritten
 *
 * Order  c[i,j] + a[i,0] b[0,j] + a[i,1] b[1,j] + ..., left to right: the bits do not depend on m, n or the tile.
 * Error  |c' - c| <= g(k+1) (|a||b| + |c|), g(k) = k u / (1 - k u), u = 2^-24, barring underflow   [Higham 2002, 3.5]
 */
export function gemm_f32_4x8(
  m: i32,
  n: i32,
  k: i32,
  a: F32Pointer,
  lda: i32,
  b: F32Pointer,
  c: F32Pointer,
  ldc: i32,
  scratch: F32Pointer,
): void {
  need(m >= 0 && n >= 0 && k >= 0 && lda >= k && ldc >= n);
  const row_a = (<usize>lda) << 2;
  const row_c = (<usize>ldc) << 2;
  const panel = (<usize>k) << 5;
  if (m == 1) {
    product_row(n, k, a, b, panel, c, scratch);
    return;
  }
  const step_a = row_a * STRIPS;
  const step_c = row_c * STRIPS;
  for (let i = 0; i < m; i += STRIPS, a += step_a, c += step_c) {
    for (let p = 0; p < k; p += DEPTH) {
      const at = <usize>p;
      product_strips(
        min(STRIPS, m - i),
        n,
        min(DEPTH, k - p),
        a + (at << 2),
        row_a,
        b + (at << 5),
        panel,
        c,
        row_c,
        scratch,
      );
    }
  }
}

/** The product for m rows and k steps that stay in the cache; strides, also from panel to panel, in bytes. */
function product_strips(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  row_a: usize,
  b: usize,
  panel: usize,
  c: usize,
  row_c: usize,
  scratch: usize,
): void {
  const whole_m = m & ~3;
  // A row or two behind the last whole strip are products of their own: a strip of three repeats one row.
  const in_strips = m - whole_m < 3 ? whole_m : m;
  for (let i = in_strips; i < m; i++) {
    product_row(n, k, a + row_a * i, b, panel, c + row_c * i, scratch);
  }
  const used = (<usize>k) << 5;
  // What each strip fetches of the next panel, in whole cache lines.
  const share = (used / max(1, in_strips >> 2) + 63) & ~63;
  // A panel of b stays in the first-level cache while every strip of a passes it.
  for (let j = 0; j < n; j += 8, b += panel, c += BLOCK_ROW) {
    let ai = a;
    let ci = c;
    const columns = min(8, n - j);
    let ahead = b + panel;
    const behind = j + 8 < n ? ahead + used : ahead;
    if (columns == 8) {
      for (let i = 0; i < whole_m; i += 4, ai += row_a << 2, ci += row_c << 2) {
        for (const end = min(ahead + share, behind); ahead < end; ahead += 64) load<i32>(ahead);
        tile_4x8(k, ai, ai + row_a, ai + 2 * row_a, ai + 3 * row_a, b, ci, row_c);
      }
    }
    for (let i = columns == 8 ? whole_m : 0; i < in_strips; i += 4, ai += row_a << 2, ci += row_c << 2) {
      const rows = min(4, in_strips - i);
      // Rows that are not there repeat the last one; what they give stays in the scratch block.
      const a1 = ai + (rows > 1 ? row_a : 0);
      const a2 = rows > 2 ? a1 + row_a : a1;
      const a3 = rows > 3 ? a2 + row_a : a2;
      copy_block(rows, columns, ci, row_c, scratch, BLOCK_ROW);
      if (columns > 4) tile_4x8(k, ai, a1, a2, a3, b, scratch, BLOCK_ROW);
      else tile_4x4(k, ai, a1, a2, a3, b, scratch, BLOCK_ROW);
      copy_block(rows, columns, scratch, BLOCK_ROW, ci, row_c);
    }
  }
}

/** The product for one row of a: four panels side by side, or two, `panel` bytes apart. */
function product_row(n: i32, k: i32, a: usize, b: usize, panel: usize, c: usize, scratch: usize): void {
  for (let j = 0; j < n; j += 32, b += panel << 2, c += 128) {
    const columns = min(32, n - j);
    // Panels that are not there repeat the last one; what they give stays in the scratch block.
    const b1 = columns > 8 ? b + panel : b;
    const b2 = columns > 16 ? b1 + panel : b1;
    const b3 = columns > 24 ? b2 + panel : b2;
    const to = columns == 32 ? c : scratch;
    if (columns < 32) copy_block(1, columns, c, 0, scratch, 0);
    if (columns > 16) tile_1x32(k, a, b, b1, b2, b3, to);
    else tile_1x16(k, a, b, b1, to);
    if (columns < 32) copy_block(1, columns, scratch, 0, c, 0);
  }
}

/**
 * c[m,n] += a[k,m]^T . b[k,n], the sum running over the rows of both.
 *
 *   a        f32[k,m]            row-major, lda elements a row
 *   b        f32[ceil(n/8),k,8]  packed by pack_b_f32_8
 *   c        f32[m,n]            row-major, ldc elements a row; columns from n on are never touched
 *   scratch  f32[k,4] + f32[4,8] overwritten: one strip of a, then one block of c
 *
 * Order  c[i,j] + a[0,i] b[0,j] + a[1,i] b[1,j] + ..., left to right.
 * Error  as gemm_f32_4x8
 */
export function gemm_tn_f32_4x8(
  m: i32,
  n: i32,
  k: i32,
  a: F32Pointer,
  lda: i32,
  b: F32Pointer,
  c: F32Pointer,
  ldc: i32,
  scratch: F32Pointer,
): void {
  need(m >= 0 && n >= 0 && k >= 0 && lda >= m && ldc >= n);
  const row_c = (<usize>ldc) << 2;
  const panel = (<usize>k) << 5;
  const block = scratch + ((<usize>k) << 4);
  for (let i = 0; i < m; i += 4, a += 16, c += row_c << 2) {
    const rows = min(4, m - i);
    pack_strip_4(k, rows, a, (<usize>lda) << 2, scratch);
    let bj = b;
    let cj = c;
    for (let j = 0; j < n; j += 8, bj += panel, cj += BLOCK_ROW) {
      const columns = min(8, n - j);
      if (rows == 4 && columns == 8) {
        tile_packed_4x8(k, scratch, bj, cj, row_c);
      } else {
        copy_block(rows, columns, cj, row_c, block, BLOCK_ROW);
        tile_packed_4x8(k, scratch, bj, block, BLOCK_ROW);
        copy_block(rows, columns, block, BLOCK_ROW, cj, row_c);
      }
    }
  }
}

/** p[k,4] = columns 0..columns-1 of a[k,*] (row_a bytes a row), zero beyond them. */
function pack_strip_4(k: i32, columns: i32, a: usize, row_a: usize, p: usize): void {
  const end = p + ((<usize>k) << 4);
  if (columns == 4) {
    for (; p < end; p += 16, a += row_a) v128.store(p, v128.load(a));
    return;
  }
  for (; p < end; p += 16, a += row_a) {
    v128.store(p, f32x4.splat(0));
    copy_block(1, columns, a, 0, p, 0);
  }
}
