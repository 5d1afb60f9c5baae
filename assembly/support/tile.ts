/**
 * The register tiles that the products share: four rows of a, one panel of b, a block of c.
 *
 * Eight 128-bit accumulators, two panel loads and four broadcasts a step of k; each output element keeps its own
 * accumulator, so no sum is ever split.
 */

/** Bytes of one row of the 4 x 8 scratch block. */
export const BLOCK_ROW: usize = 32;

/**
 * c += a.b for one 4 x 8 tile, the rows of a read in place.
 *
 *   a0..a3  f32[k]     rows of a
 *   b       f32[k,8]   one packed panel
 *   c       f32[4,8]   row_c bytes a row, read once and written once
 *
 * Order   c, then + a[p] b[p] for p ascending, each product rounded before it is added.
 */
export function tile_4x8(k: i32, a0: usize, a1: usize, a2: usize, a3: usize, b: usize, c: usize, row_c: usize): void {
  tile_from_4x8(k, a0, a1, a2, a3, b, c, row_c, c, row_c);
}

/**
 * The same with the sums started at another block, row_from bytes a row: one of zeros, whose rows may all be one.
 *
 * Two steps a turn with a way out between them: were they one block, V8 would load for both before it computes, and
 * eight accumulators, four b and eight a do not fit in sixteen registers. Half of the accumulators would go through memory.
 */
export function tile_from_4x8(
  k: i32,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  b: usize,
  from: usize,
  row_from: usize,
  c: usize,
  row_c: usize,
): void {
  const from_1 = from + row_from;
  const from_2 = from_1 + row_from;
  const from_3 = from_2 + row_from;
  let c0_03 = v128.load(from);
  let c0_47 = v128.load(from, 16);
  let c1_03 = v128.load(from_1);
  let c1_47 = v128.load(from_1, 16);
  let c2_03 = v128.load(from_2);
  let c2_47 = v128.load(from_2, 16);
  let c3_03 = v128.load(from_3);
  let c3_47 = v128.load(from_3, 16);

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

  const c1 = c + row_c;
  const c2 = c1 + row_c;
  const c3 = c2 + row_c;
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
export function tile_4x4(k: i32, a0: usize, a1: usize, a2: usize, a3: usize, b: usize, c: usize, row_c: usize): void {
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
export function tile_packed_4x8(k: i32, a: usize, b: usize, c: usize, row_c: usize): void {
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

/** One row of a over four panels: as many sums as the 4 x 8 tile has, so that none waits for another.   c  f32[32] */
export function tile_1x32(k: i32, a: usize, b: usize, b1: usize, b2: usize, b3: usize, c: usize): void {
  let c_0 = v128.load(c);
  let c_1 = v128.load(c, 16);
  let c_2 = v128.load(c, 32);
  let c_3 = v128.load(c, 48);
  let c_4 = v128.load(c, 64);
  let c_5 = v128.load(c, 80);
  let c_6 = v128.load(c, 96);
  let c_7 = v128.load(c, 112);
  const end = a + ((<usize>k) << 2);
  for (; a != end; a += 4) {
    const x = v128.load_splat<f32>(a);
    c_0 = madd(c_0, x, v128.load(b));
    c_1 = madd(c_1, x, v128.load(b, 16));
    c_2 = madd(c_2, x, v128.load(b1));
    c_3 = madd(c_3, x, v128.load(b1, 16));
    c_4 = madd(c_4, x, v128.load(b2));
    c_5 = madd(c_5, x, v128.load(b2, 16));
    c_6 = madd(c_6, x, v128.load(b3));
    c_7 = madd(c_7, x, v128.load(b3, 16));
    b += 32;
    b1 += 32;
    b2 += 32;
    b3 += 32;
  }
  v128.store(c, c_0);
  v128.store(c, c_1, 16);
  v128.store(c, c_2, 32);
  v128.store(c, c_3, 48);
  v128.store(c, c_4, 64);
  v128.store(c, c_5, 80);
  v128.store(c, c_6, 96);
  v128.store(c, c_7, 112);
}

/** The same over two panels, for what is left of few columns.   c  f32[16] */
export function tile_1x16(k: i32, a: usize, b: usize, b1: usize, c: usize): void {
  let c_0 = v128.load(c);
  let c_1 = v128.load(c, 16);
  let c_2 = v128.load(c, 32);
  let c_3 = v128.load(c, 48);
  const end = a + ((<usize>k) << 2);
  for (; a != end; a += 4) {
    const x = v128.load_splat<f32>(a);
    c_0 = madd(c_0, x, v128.load(b));
    c_1 = madd(c_1, x, v128.load(b, 16));
    c_2 = madd(c_2, x, v128.load(b1));
    c_3 = madd(c_3, x, v128.load(b1, 16));
    b += 32;
    b1 += 32;
  }
  v128.store(c, c_0);
  v128.store(c, c_1, 16);
  v128.store(c, c_2, 32);
  v128.store(c, c_3, 48);
}

export function madd(c: v128, a: v128, b: v128): v128 {
  return f32x4.add(c, f32x4.mul(a, b));
}

/** Stores the columns of four rows of four, `step` bytes apart. */
export function store_columns(a: v128, b: v128, c: v128, d: v128, to: usize, step: usize): void {
  const ab_low = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab_high = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd_low = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd_high = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f64>(ab_low, cd_low, 0, 2));
  v128.store(to + step, v128.shuffle<f64>(ab_low, cd_low, 1, 3));
  v128.store(to + step * 2, v128.shuffle<f64>(ab_high, cd_high, 0, 2));
  v128.store(to + step * 3, v128.shuffle<f64>(ab_high, cd_high, 1, 3));
}

/** Copies rows x columns floats between a block of row stride ld_from bytes and one of ld_to bytes. */
export function copy_block(rows: i32, columns: i32, from: usize, ld_from: usize, to: usize, ld_to: usize): void {
  // At most 32 floats: the engine's memory.copy costs more in its call than these moves do.
  const bytes = (<usize>columns) << 2;
  for (let r = 0; r < rows; r++, from += ld_from, to += ld_to) {
    for (let i: usize = 0; i < bytes; i += 4) store<f32>(to + i, load<f32>(from + i));
  }
}
