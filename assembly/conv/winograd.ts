/**
 * Convolutions at stride 1 of three or five taps a side by Winograd's products: 16 instead of 36 for 2 x 2 outputs of three
 * taps, 49 instead of 100 of five. winograd_plane.ts says how, winograd_filter.ts makes the filters.
 *
 * Outputs are taken in tiles of 2 x 2, some tiles at a time: the patches of the image that they read are spread over 16
 * planes, each plane is one dense product over the channels, and the products are joined. A tile lies within one image and
 * its sums do not depend on the others, so the bits of an image do not depend on its batch.
 */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";
import { tile_from_4x8 } from "../support/tile";
import { add_4x4, add_6x6, join_2x2, split_4x4, split_6x6, spread_2x2 } from "./winograd_transform";
import { GAP, slices_at, whole_vectors } from "./winograd_plane";

/** Filters at a time: their products with the tiles of a block stay in the second-level cache. */
const FILTERS: i32 = 64;
/** Bytes of eight zeros, on a cache line. */
const ZEROS: usize = 64;
/** Bytes of the half-transformed patch, f32[7,6,4]. */
const HALF: usize = 704;

/** Tiles a block: as many in each as the number of blocks needs, whole fours. */
function block_of(count: i32, tiles: i32): i32 {
  const blocks = max(1, (count + tiles - 1) / tiles);
  return ((count + blocks - 1) / blocks + 3) & ~3;
}

/** c[rows,columns] = a.b, b in panels of eight columns; c has whole tiles of four rows and of eight columns. */
function product(
  rows: i32,
  columns: i32,
  k: i32,
  a: usize,
  row_a: usize,
  b: usize,
  c: usize,
  row_c: usize,
  zeros: usize,
): void {
  const panel = (<usize>k) << 5;
  for (let j = 0; j < columns; j += 8, b += panel, c += 32) {
    let ai = a;
    let ci = c;
    for (let i = 0; i < rows; i += 4, ai += row_a << 2, ci += row_c << 2) {
      // Rows that are not there repeat the last one.
      const last = rows - 1 - i;
      const a1 = ai + row_a * min(1, last);
      const a2 = ai + row_a * min(2, last);
      const a3 = ai + row_a * min(3, last);
      tile_from_4x8(k, ai, a1, a2, a3, b, zeros, 0, ci, row_c);
    }
  }
}

/**
 * The part of an image that a patch of size x size pixels covers, from row i and column j on, copied into the patch or added
 * from it: first the patch's rows, then its columns.
 */
function first_inside(at: i32): i32 {
  return max(0, -at);
}

function end_inside(at: i32, size: i32, extent: i32): i32 {
  return max(0, min(size, extent - at));
}

/** patch[high,wide,whole vectors of c] = the pixels of an image from (i, j) on, zero where there are none. */
function load_patch(
  high: i32,
  wide: i32,
  h: i32,
  w: i32,
  c: i32,
  ld: usize,
  i: i32,
  j: i32,
  x: usize,
  patch: usize,
): void {
  const pixel = (<usize>whole_vectors(c)) << 2;
  const bytes = (<usize>c) << 2;
  memory.fill(patch, 0, pixel * high * wide);
  for (let p = first_inside(i); p < end_inside(i, high, h); p++) {
    for (let q = first_inside(j); q < end_inside(j, wide, w); q++) {
      let from = x + ld * ((i + p) * w + j + q);
      let to = patch + pixel * (p * wide + q);
      const end = from + bytes;
      for (; from + 16 <= end; from += 16, to += 16) v128.store(to, v128.load(from));
      for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(from));
    }
  }
}

/** Adds a patch to the pixels of an image from (i, j) on, where there are any. */
function add_patch(
  high: i32,
  wide: i32,
  h: i32,
  w: i32,
  c: i32,
  ld: usize,
  i: i32,
  j: i32,
  patch: usize,
  x: usize,
): void {
  const pixel = (<usize>whole_vectors(c)) << 2;
  const bytes = (<usize>c) << 2;
  for (let p = first_inside(i); p < end_inside(i, high, h); p++) {
    for (let q = first_inside(j); q < end_inside(j, wide, w); q++) {
      let from = patch + pixel * (p * wide + q);
      let to = x + ld * ((i + p) * w + j + q);
      const end = from + bytes;
      for (; from + 16 <= end; from += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
      for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
    }
  }
}

/** Whether a patch lies inside an image, and may be read there by whole vectors. */
function is_inside(high: i32, wide: i32, h: i32, w: i32, c: i32, i: i32, j: i32): bool {
  return i >= 0 && j >= 0 && i + high <= h && j + wide <= w && (c & 3) == 0;
}

/**
 * y[i,j,*] += the sum over taps (p, q) and channels of x[i + p - top, j + q - left, *] filter[p,q,*,*], for each image; x is
 * zero outside the image.
 *
 *   tiles    at most so many are worked on at once
 *   x        f32[images,h,w,c]
 *   u        f32[(3 kh - 1) / 2,(3 kh - 1) / 2,4 ceil(c/4),8 ceil(n/8)]   by winograd_filter_f32_8
 *   y        f32[images,oh,ow,n]
 *   scratch  f32[16 (4 ceil(tiles/4) (4 ceil(c/4) (kh - 1) (kh - 1) / 4 + min(64, 8 ceil(n/8))) + 32) + (kh + 1) (kh + 1) 4 ceil(c/4) + 4 min(64, 4 ceil(n/4)) + 192]
 *
 * Order  each plane sums its slices, channels ascending in each; y, then a sum of the planes.
 * Error  |y' - y| <= g(k + 9) (16 sum_c X_c W_c + |y|), k = c (kh = 3) or 4 c (kh = 5), where X_c is the largest |x| of the
 *        channel in the tile's patch of (kh + 1)^2 pixels and W_c the sum of |filter| over its taps; barring underflow and
 *        overflow. Roundings: 2 of u, 2 of the patch, k of the product (its first sum is with zero), 4 of the
 *        joining, 1 of the sum with y. Magnitudes: in each direction |A^T| (|G| |w| . |B^T| |x|) <= 4 W X, since the rows of |B^T|
 *        sum to at most 2 and no element of |A^T| |G| exceeds 2.
 * Needs  kh = 3 or 5; taps both ways; strides and dilations of 1
 */
export function winograd_f32_4x8(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  top: i32,
  left: i32,
  n: i32,
  tiles: i32,
  x: F32Pointer,
  u: F32Pointer,
  y: F32Pointer,
  scratch: F32Pointer,
): void {
  need((kh == 3 || kh == 5) && images >= 0 && h > 0 && w > 0 && c > 0 && oh > 0 && ow > 0 && n > 0 && tiles > 0);
  const channels = whole_vectors(c);
  const size = kh + 1;
  const high = (oh + 1) >> 1;
  const wide = (ow + 1) >> 1;
  const count = images * high * wide;
  const block = block_of(count, tiles);
  const pixel = (<usize>c) << 2;
  const vectors = (<usize>channels) << 2;
  const out = (<usize>n) << 2;
  const row_v = kh == 5 ? vectors << 2 : vectors;
  const row_m = (<usize>min(FILTERS, (n + 7) & ~7)) << 2;
  const plane_v = row_v * block + GAP;
  const plane_m = row_m * block + GAP;
  const half = scratch + ZEROS;
  const patch = half + HALF;
  const outputs = patch + vectors * (size * size);
  const v = outputs + ((<usize>min(FILTERS, (n + 3) & ~3)) << 4);
  const m = v + (plane_v << 4);
  memory.fill(scratch, 0, ZEROS);

  for (let first = 0; first < count; first += block) {
    const rows = min(block, count - first);
    let to = v;
    for (let t = first; t < first + rows; t++, to += row_v) {
      const image = t / (high * wide);
      const i = ((t / wide) % high) * 2 - top;
      const j = (t % wide) * 2 - left;
      const from = x + pixel * (image * h * w);
      if (is_inside(size, size, h, w, c, i, j)) {
        const at = from + pixel * (i * w + j);
        if (kh == 3) split_4x4(channels, at, pixel * w, pixel, to, plane_v);
        else split_6x6(channels, at, pixel * w, pixel, to, plane_v, half);
      } else {
        load_patch(size, size, h, w, c, pixel, i, j, from, patch);
        if (kh == 3) split_4x4(channels, patch, vectors * size, vectors, to, plane_v);
        else split_6x6(channels, patch, vectors * size, vectors, to, plane_v, half);
      }
    }
    for (let f = 0; f < n; f += FILTERS) {
      const columns = min(FILTERS, n - f);
      let b = u;
      for (let p = 0; p < 16; p++) {
        const k = slices_at(kh, p) * channels;
        const panel = (<usize>k) << 5;
        product(rows, columns, k, v + plane_v * p, row_v, b + panel * (f >> 3), m + plane_m * p, row_m, scratch);
        b += panel * ((n + 7) >> 3) + GAP;
      }
      let from = m;
      for (let t = first; t < first + rows; t++, from += row_m) {
        const image = t / (high * wide);
        const i = ((t / wide) % high) * 2;
        const j = (t % wide) * 2;
        const at = y + out * (image * oh * ow) + ((<usize>f) << 2);
        if (is_inside(2, 2, oh, ow, columns, i, j)) {
          join_2x2(columns, from, plane_m, at + out * (i * ow + j), out * ow, out);
        } else {
          const whole = (<usize>whole_vectors(columns)) << 2;
          memory.fill(outputs, 0, whole << 2);
          join_2x2(columns, from, plane_m, outputs, whole << 1, whole);
          add_patch(2, 2, oh, ow, columns, out, i, j, outputs, at);
        }
      }
    }
  }
}

/**
 * The gradient of winograd_f32_4x8 to x, its transpose: dx[i + p - top, j + q - left, *] += filter[p,q,*,*] dy[i,j,*], what falls
 * outside the image being dropped.
 *
 *   tiles    at most so many are worked on at once
 *   dy       f32[images,oh,ow,n]
 *   u        f32[(3 kh - 1) / 2,(3 kh - 1) / 2,n,8 ceil(c/8)]   by winograd_filter_bt_f32_8
 *   dx       f32[images,h,w,c]
 *   scratch  f32[16 (4 ceil(tiles/4) (4 ceil(n/4) + 8 ceil(c/8) (kh - 1) (kh - 1) / 4) + 32) + (kh + 1) (kh + 1) 4 ceil(c/4) + 16 ceil(n/4) + 192]
 *
 * Order  filters ascending in each plane; dx, then the patches of the tiles that meet a pixel, ascending.
 * Error  |dx' - dx| <= g(n + 8 + t) (16 sum_tiles sum_o Y_o W_o + |dx|), where the t <= ((kh + 1) / 2)^2 tiles are those whose
 *        patch meets the pixel, Y_o the largest |dy| of the filter in the tile and W_o the sum of |filter| over its taps;
 *        barring underflow and overflow. Roundings: 2 of u, 2 of the slopes, n of the product, 4 of the patch, t of the
 *        sums with dx.
 * Needs  what winograd_f32_4x8 does
 */
export function winograd_input_grad_f32_4x8(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  top: i32,
  left: i32,
  n: i32,
  tiles: i32,
  dy: F32Pointer,
  u: F32Pointer,
  dx: F32Pointer,
  scratch: F32Pointer,
): void {
  need((kh == 3 || kh == 5) && images >= 0 && h > 0 && w > 0 && c > 0 && oh > 0 && ow > 0 && n > 0 && tiles > 0);
  const channels = whole_vectors(c);
  const size = kh + 1;
  const high = (oh + 1) >> 1;
  const wide = (ow + 1) >> 1;
  const count = images * high * wide;
  const block = block_of(count, tiles);
  const pixel = (<usize>c) << 2;
  const vectors = (<usize>channels) << 2;
  const out = (<usize>n) << 2;
  const row_d = (<usize>whole_vectors(n)) << 2;
  const row_m = (<usize>((slices_at(kh, 0) * channels + 7) & ~7)) << 2;
  const plane_d = row_d * block + GAP;
  const plane_m = row_m * block + GAP;
  const half = scratch + ZEROS;
  const patch = half + HALF;
  const slopes = patch + vectors * (size * size);
  const d = slopes + (row_d << 2);
  const m = d + (plane_d << 4);
  memory.fill(scratch, 0, ZEROS);

  for (let first = 0; first < count; first += block) {
    const rows = min(block, count - first);
    let to = d;
    for (let t = first; t < first + rows; t++, to += row_d) {
      const image = t / (high * wide);
      const i = ((t / wide) % high) * 2;
      const j = (t % wide) * 2;
      const from = dy + out * (image * oh * ow);
      if (is_inside(2, 2, oh, ow, n, i, j)) {
        spread_2x2(n, from + out * (i * ow + j), out * ow, out, to, plane_d);
      } else {
        load_patch(2, 2, oh, ow, n, out, i, j, from, slopes);
        spread_2x2(n, slopes, row_d << 1, row_d, to, plane_d);
      }
    }
    let b = u;
    for (let p = 0; p < 16; p++) {
      const columns = slices_at(kh, p) * channels;
      product(rows, columns, n, d + plane_d * p, row_d, b, m + plane_m * p, row_m, scratch);
      b += out * ((columns + 7) & ~7) + GAP;
    }
    let from = m;
    for (let t = first; t < first + rows; t++, from += row_m) {
      const image = t / (high * wide);
      const i = ((t / wide) % high) * 2 - top;
      const j = (t % wide) * 2 - left;
      const at = dx + pixel * (image * h * w);
      if (is_inside(size, size, h, w, c, i, j)) {
        const pixels = at + pixel * (i * w + j);
        if (kh == 3) add_4x4(channels, from, plane_m, pixels, pixel * w, pixel);
        else add_6x6(channels, from, plane_m, pixels, pixel * w, pixel, half);
      } else {
        memory.fill(patch, 0, vectors * (size * size));
        if (kh == 3) add_4x4(channels, from, plane_m, patch, vectors * size, vectors);
        else add_6x6(channels, from, plane_m, patch, vectors * size, vectors, half);
        add_patch(size, size, h, w, c, pixel, i, j, patch, at);
      }
    }
  }
}
