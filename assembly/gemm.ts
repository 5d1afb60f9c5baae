/**
 * Single-precision matrix products on one 4 x 8 register tile: c += a.b and c += a^T.b.
 *
 * Eight 128-bit accumulators, two panel loads and four broadcasts a step of k; each output element keeps its
 * own accumulator, so no sum is ever split. Ragged edges run the same tile, or its left half, over a 4 x 8 scratch
 * block, which makes edge and body one expression and the bits of a row a function of that row alone.
 */
import { need } from "./need";

/** Bytes of one row of the 4 x 8 scratch block. */
const BLOCK_ROW: usize = 32;

/** Rows of a that pass one panel of b before the next: few enough to stay in the second-level cache. */
const STRIPS: i32 = 64;

/**
 * c += a.b for one 4 x 8 tile, the rows of a read in place.
 *
 *   a0..a3  f32[k]     rows of a
 *   b       f32[k,8]   one packed panel
 *   c       f32[4,8]   row_c bytes a row, read once and written once
 *
 * Order   c, then + a[p] b[p] for p ascending, each product rounded before it is added.
 *
 * Two steps a turn with a way out between them: were they one block, V8 would load for both before it computes, and
 * eight accumulators, four b and eight a do not fit in sixteen registers. Half of the accumulators would go through memory.
 */
function tile_4x8(k: i32, a0: usize, a1: usize, a2: usize, a3: usize, b: usize, c: usize, row_c: usize): void {
  const c1 = c + row_c;
  const c2 = c1 + row_c;
  const c3 = c2 + row_c;
  let c0_03 = v128.load(c);
  let c0_47 = v128.load(c, 16);
  let c1_03 = v128.load(c1);
  let c1_47 = v128.load(c1, 16);
  let c2_03 = v128.load(c2);
  let c2_47 = v128.load(c2, 16);
  let c3_03 = v128.load(c3);
  let c3_47 = v128.load(c3, 16);

  const end = a0 + ((<usize>k) << 2);
  while (a0 != end) {
    let b_03 = v128.load(b);
    let b_47 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a0);
    c0_03 = madd(c0_03, x, b_03);
    c0_47 = madd(c0_47, x, b_47);
    x = v128.load_splat<f32>(a1);
    c1_03 = madd(c1_03, x, b_03);
    c1_47 = madd(c1_47, x, b_47);
    x = v128.load_splat<f32>(a2);
    c2_03 = madd(c2_03, x, b_03);
    c2_47 = madd(c2_47, x, b_47);
    x = v128.load_splat<f32>(a3);
    c3_03 = madd(c3_03, x, b_03);
    c3_47 = madd(c3_47, x, b_47);
    if (a0 == end - 4) break;
    b_03 = v128.load(b, 32);
    b_47 = v128.load(b, 48);
    x = v128.load_splat<f32>(a0, 4);
    c0_03 = madd(c0_03, x, b_03);
    c0_47 = madd(c0_47, x, b_47);
    x = v128.load_splat<f32>(a1, 4);
    c1_03 = madd(c1_03, x, b_03);
    c1_47 = madd(c1_47, x, b_47);
    x = v128.load_splat<f32>(a2, 4);
    c2_03 = madd(c2_03, x, b_03);
    c2_47 = madd(c2_47, x, b_47);
    x = v128.load_splat<f32>(a3, 4);
    c3_03 = madd(c3_03, x, b_03);
    c3_47 = madd(c3_47, x, b_47);
    a0 += 8;
    a1 += 8;
    a2 += 8;
    a3 += 8;
    b += 64;
  }

  v128.store(c, c0_03);
  v128.store(c, c0_47, 16);
  v128.store(c1, c1_03);
  v128.store(c1, c1_47, 16);
  v128.store(c2, c2_03);
  v128.store(c2, c2_47, 16);
  v128.store(c3, c3_03);
  v128.store(c3, c3_47, 16);
}

/** The left half of the tile, for a panel with no more than four columns that count. */
function tile_4x4(k: i32, a0: usize, a1: usize, a2: usize, a3: usize, b: usize, c: usize, row_c: usize): void {
  const c1 = c + row_c;
  const c2 = c1 + row_c;
  const c3 = c2 + row_c;
  let c0_03 = v128.load(c);
  let c1_03 = v128.load(c1);
  let c2_03 = v128.load(c2);
  let c3_03 = v128.load(c3);

  const end = a0 + ((<usize>k) << 2);
  while (a0 != end) {
    let b_03 = v128.load(b);
    let x = v128.load_splat<f32>(a0);
    c0_03 = madd(c0_03, x, b_03);
    x = v128.load_splat<f32>(a1);
    c1_03 = madd(c1_03, x, b_03);
    x = v128.load_splat<f32>(a2);
    c2_03 = madd(c2_03, x, b_03);
    x = v128.load_splat<f32>(a3);
    c3_03 = madd(c3_03, x, b_03);
    if (a0 == end - 4) break;
    b_03 = v128.load(b, 32);
    x = v128.load_splat<f32>(a0, 4);
    c0_03 = madd(c0_03, x, b_03);
    x = v128.load_splat<f32>(a1, 4);
    c1_03 = madd(c1_03, x, b_03);
    x = v128.load_splat<f32>(a2, 4);
    c2_03 = madd(c2_03, x, b_03);
    x = v128.load_splat<f32>(a3, 4);
    c3_03 = madd(c3_03, x, b_03);
    a0 += 8;
    a1 += 8;
    a2 += 8;
    a3 += 8;
    b += 64;
  }

  v128.store(c, c0_03);
  v128.store(c1, c1_03);
  v128.store(c2, c2_03);
  v128.store(c3, c3_03);
}

/** The tile over a strip of a packed as f32[k,4]: four broadcasts from 16 consecutive bytes. */
function tile_packed_4x8(k: i32, a: usize, b: usize, c: usize, row_c: usize): void {
  const c1 = c + row_c;
  const c2 = c1 + row_c;
  const c3 = c2 + row_c;
  let c0_03 = v128.load(c);
  let c0_47 = v128.load(c, 16);
  let c1_03 = v128.load(c1);
  let c1_47 = v128.load(c1, 16);
  let c2_03 = v128.load(c2);
  let c2_47 = v128.load(c2, 16);
  let c3_03 = v128.load(c3);
  let c3_47 = v128.load(c3, 16);

  const end = a + ((<usize>k) << 4);
  while (a != end) {
    const b_03 = v128.load(b);
    const b_47 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    c0_03 = madd(c0_03, x, b_03);
    c0_47 = madd(c0_47, x, b_47);
    x = v128.load_splat<f32>(a, 4);
    c1_03 = madd(c1_03, x, b_03);
    c1_47 = madd(c1_47, x, b_47);
    x = v128.load_splat<f32>(a, 8);
    c2_03 = madd(c2_03, x, b_03);
    c2_47 = madd(c2_47, x, b_47);
    x = v128.load_splat<f32>(a, 12);
    c3_03 = madd(c3_03, x, b_03);
    c3_47 = madd(c3_47, x, b_47);
    a += 16;
    b += 32;
  }

  v128.store(c, c0_03);
  v128.store(c, c0_47, 16);
  v128.store(c1, c1_03);
  v128.store(c1, c1_47, 16);
  v128.store(c2, c2_03);
  v128.store(c2, c2_47, 16);
  v128.store(c3, c3_03);
  v128.store(c3, c3_47, 16);
}

function madd(c: v128, a: v128, b: v128): v128 {
  return f32x4.add(c, f32x4.mul(a, b));
}

/** Copies rows x columns floats between a block of row stride ld_from bytes and one of ld_to bytes. */
function copy_block(rows: i32, columns: i32, from: usize, ld_from: usize, to: usize, ld_to: usize): void {
  // At most 32 floats: the engine's memory.copy costs more in its call than these moves do.
  const bytes = (<usize>columns) << 2;
  for (let r = 0; r < rows; r++, from += ld_from, to += ld_to) {
    for (let i: usize = 0; i < bytes; i += 4) store<f32>(to + i, load<f32>(from + i));
  }
}

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
  a: usize,
  lda: i32,
  b: usize,
  c: usize,
  ldc: i32,
  scratch: usize,
): void {
  need(m >= 0 && n >= 0 && k >= 0 && lda >= k && ldc >= n);
  const row_a = (<usize>lda) << 2;
  const row_c = (<usize>ldc) << 2;
  const step_a = row_a * STRIPS;
  const step_c = row_c * STRIPS;
  for (let i = 0; i < m; i += STRIPS, a += step_a, c += step_c) {
    product_strips(min(STRIPS, m - i), n, k, a, row_a, b, c, row_c, scratch);
  }
}

/** The product for m rows that stay in the cache, strides in bytes. */
function product_strips(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  row_a: usize,
  b: usize,
  c: usize,
  row_c: usize,
  scratch: usize,
): void {
  const panel = (<usize>k) << 5;
  const whole_m = m & ~3;
  // A panel of b stays in the first-level cache while every strip of a passes it.
  for (let j = 0; j < n; j += 8, b += panel, c += BLOCK_ROW) {
    let ai = a;
    let ci = c;
    const columns = min(8, n - j);
    if (columns == 8) {
      for (let i = 0; i < whole_m; i += 4, ai += row_a << 2, ci += row_c << 2) {
        tile_4x8(k, ai, ai + row_a, ai + 2 * row_a, ai + 3 * row_a, b, ci, row_c);
      }
    }
    for (let i = columns == 8 ? whole_m : 0; i < m; i += 4, ai += row_a << 2, ci += row_c << 2) {
      const rows = min(4, m - i);
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
  a: usize,
  lda: i32,
  b: usize,
  c: usize,
  ldc: i32,
  scratch: usize,
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
