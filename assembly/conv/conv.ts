/**
 * Convolution of NHWC images by the register tile of the dense product, without im2col.
 *
 * In NHWC the taps of one row of a filter are kw c consecutive numbers of the image (c at a time where the filter is
 * dilated across), so over an image padded once a filter is kh strips of a dense kernel, and the tile's four rows of a
 * are four output positions, which need not lie in one output row nor in one image: only the last tile is ragged.
 *
 * With many channels the runs are long and the tile keeps the rate of the dense product. With one channel and a 5x5 filter a
 * run is five steps: there what four positions meet is copied into one strip, which passes all panels.
 *
 * A window is given by the same numbers everywhere here: the (padded) image h x w x c, the output oh x ow, the filter
 * kh x kw, strides sh, sw, dilations dh, dw. Output (i, j) meets image (i sh + p dh, j sw + q dw) at tap (p, q).
 */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";
import { BLOCK_ROW, copy_block, madd, tile_packed_4x8 } from "../support/tile";

/**
 * Where a run of taps has no more than so many bytes and a filter no more than so many taps, what four positions meet is gathered
 * for all panels: short runs cost more in turning from one to the next than the copying does.
 */
const NARROW_RUN: usize = 32;
const NARROW_TAPS: i32 = 64;

/** Output positions that pass one panel of weights before the next: their pixels stay in the first-level cache. */
const POSITIONS: i32 = 64;

/**
 * c += a.b for four positions, the taps of each in kh x runs runs of `run` bytes: after a run the next lies `skip`
 * bytes behind its end, after a row of runs `turn` more.
 *
 * Order   c, then + a[p] b[p], runs ascending, p ascending in each.
 *
 * The two steps a turn with a way out between them are those of tile_4x8, for the reason it gives.
 */
function window_4x8(
  kh: i32,
  runs: i32,
  run: usize,
  skip: usize,
  turn: usize,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  b: usize,
  c: usize,
  row_c: usize,
): void {
  let c0_03 = v128.load(c);
  let c0_47 = v128.load(c, 16);
  let c1_03 = v128.load(c + row_c);
  let c1_47 = v128.load(c + row_c, 16);
  let c2_03 = v128.load(c + 2 * row_c);
  let c2_47 = v128.load(c + 2 * row_c, 16);
  let c3_03 = v128.load(c + 3 * row_c);
  let c3_47 = v128.load(c + 3 * row_c, 16);

  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < runs; j++) {
      const end = a0 + run;
      for (;;) {
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
        a0 += 4;
        if (a0 == end) {
          a1 += 4;
          a2 += 4;
          a3 += 4;
          b += 32;
          break;
        }
        b_03 = v128.load(b, 32);
        b_47 = v128.load(b, 48);
        x = v128.load_splat<f32>(a0);
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
        a0 += 4;
        a1 += 8;
        a2 += 8;
        a3 += 8;
        b += 64;
        if (a0 == end) break;
      }
      a0 += skip;
      a1 += skip;
      a2 += skip;
      a3 += skip;
    }
    a0 += turn;
    a1 += turn;
    a2 += turn;
    a3 += turn;
  }

  v128.store(c, c0_03);
  v128.store(c, c0_47, 16);
  v128.store(c + row_c, c1_03);
  v128.store(c + row_c, c1_47, 16);
  v128.store(c + 2 * row_c, c2_03);
  v128.store(c + 2 * row_c, c2_47, 16);
  v128.store(c + 3 * row_c, c3_03);
  v128.store(c + 3 * row_c, c3_47, 16);
}

/** strip[t,4] = what the taps t of four positions meet, `run` bytes a row of taps, `turn` more from its end to the next. */
function gather_4(kh: i32, run: usize, turn: usize, a0: usize, a1: usize, a2: usize, a3: usize, strip: usize): void {
  const adjacent = a1 == a0 + 4 && a2 == a0 + 8 && a3 == a0 + 12;
  a1 -= a0;
  a2 -= a0;
  a3 -= a0;
  for (let i = 0; i < kh; i++, a0 += turn) {
    const end = a0 + run;
    if (adjacent) {
      for (; a0 != end; a0 += 4, strip += 16) v128.store(strip, v128.load(a0));
      continue;
    }
    for (; a0 != end; a0 += 4, strip += 16) {
      store<f32>(strip, load<f32>(a0));
      store<f32>(strip, load<f32>(a0 + a1), 4);
      store<f32>(strip, load<f32>(a0 + a2), 8);
      store<f32>(strip, load<f32>(a0 + a3), 12);
    }
  }
}

/** c += a.b for the first rows and columns of a tile over a strip f32[k,4]. */
function strip_tile(
  rows: i32,
  columns: i32,
  k: i32,
  strip: usize,
  b: usize,
  c: usize,
  row_c: usize,
  scratch: usize,
): void {
  if (rows == 4 && columns == 8) {
    tile_packed_4x8(k, strip, b, c, row_c);
    return;
  }
  copy_block(rows, columns, c, row_c, scratch, BLOCK_ROW);
  tile_packed_4x8(k, strip, b, scratch, BLOCK_ROW);
  copy_block(rows, columns, scratch, BLOCK_ROW, c, row_c);
}

/** The left half of the tile, for a panel with no more than four columns that count. */
function window_4x4(
  kh: i32,
  runs: i32,
  run: usize,
  skip: usize,
  turn: usize,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  b: usize,
  c: usize,
  row_c: usize,
): void {
  let c0_03 = v128.load(c);
  let c1_03 = v128.load(c + row_c);
  let c2_03 = v128.load(c + 2 * row_c);
  let c3_03 = v128.load(c + 3 * row_c);
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < runs; j++) {
      const end = a0 + run;
      for (; a0 != end; a0 += 4, a1 += 4, a2 += 4, a3 += 4, b += 32) {
        const b_03 = v128.load(b);
        c0_03 = madd(c0_03, v128.load_splat<f32>(a0), b_03);
        c1_03 = madd(c1_03, v128.load_splat<f32>(a1), b_03);
        c2_03 = madd(c2_03, v128.load_splat<f32>(a2), b_03);
        c3_03 = madd(c3_03, v128.load_splat<f32>(a3), b_03);
      }
      a0 += skip;
      a1 += skip;
      a2 += skip;
      a3 += skip;
    }
    a0 += turn;
    a1 += turn;
    a2 += turn;
    a3 += turn;
  }
  v128.store(c, c0_03);
  v128.store(c + row_c, c1_03);
  v128.store(c + 2 * row_c, c2_03);
  v128.store(c + 3 * row_c, c3_03);
}

/**
 * y[i,j,*] += the sum over taps (p, q) and channels of x[i sh + p dh, j sw + q dw, *] b[p,q,*,*], for each image.
 *
 *   x        f32[images,h,w,c]              padded already, read in place
 *   b        f32[ceil(n/8),kh kw c,8]       the filter [kh,kw,c,n] as a matrix [kh kw c, n], packed by pack_b_f32_8
 *   y        f32[images,oh,ow,n]
 *   scratch  f32[4,8]                       overwritten; where kh kw c <= 64, f32[64,kh kw c] behind it too
 *
 * Order  y, then its products for p, q, channel ascending, left to right: the bits do not depend on images or the tile.
 * Error  |y' - y| <= g(k+1) (|x||b| + |y|), k = kh kw c, g(k) = k u / (1 - k u), u = 2^-24, barring underflow
 */
export function conv_f32_4x8(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  n: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  x: F32Pointer,
  b: F32Pointer,
  y: F32Pointer,
  scratch: F32Pointer,
): void {
  need(images >= 0 && oh >= 0 && ow >= 0 && n >= 0 && c > 0 && kh > 0 && kw > 0);
  need(oh == 0 || (oh - 1) * sh + (kh - 1) * dh < h);
  need(ow == 0 || (ow - 1) * sw + (kw - 1) * dw < w);
  const pixel = (<usize>c) << 2;
  const row = pixel * w;
  const runs = dw == 1 ? 1 : kw;
  const run = dw == 1 ? pixel * kw : pixel;
  const skip = dw == 1 ? 0 : <i32>(pixel * (dw - 1));
  const turn = row * dh - (run + skip) * runs;
  const panel = (<usize>(kh * kw * c)) << 5;
  // From one output position to the next, then what is added at the end of an output row and of an image.
  const step_j = pixel * sw;
  const step_i = row * sh - step_j * ow;
  const step_image = row * h - (step_i + step_j * ow) * oh;
  const row_y = (<usize>n) << 2;

  const taps = kh * kw * c;
  const is_narrow = dw == 1 && run <= NARROW_RUN && taps <= NARROW_TAPS;
  const strips = scratch + 4 * BLOCK_ROW;
  const strip = (<usize>taps) << 4;

  const count = images * oh * ow;
  let x_first = x;
  let i_first = 0;
  let j_first = 0;
  for (let first = 0; first < count; first += POSITIONS, y += row_y * POSITIONS) {
    const positions = min(POSITIONS, count - first);
    let at = x;
    let i = 0;
    let j = 0;
    let bj = b;
    let yj = y;
    // A panel of b stays in the first-level cache while the positions pass it.
    for (let column = 0; column < n; column += 8, bj += panel, yj += BLOCK_ROW) {
      const columns = min(8, n - column);
      let to = yj;
      let gathered = strips;
      if (is_narrow && column > 0) {
        for (let done = 0; done < positions; done += 4, to += row_y << 2, gathered += strip) {
          strip_tile(min(4, positions - done), columns, taps, gathered, bj, to, row_y, scratch);
        }
        continue;
      }
      at = x_first;
      i = i_first;
      j = j_first;
      for (let done = 0; done < positions; done += 4, to += row_y << 2) {
        const rows = min(4, positions - done);
        // Positions that are not there repeat the last one; what they give stays in the scratch block.
        const a0 = at;
        let a1 = at;
        let a2 = at;
        let a3 = at;
        for (let r = 0; r < rows; r++) {
          if (r <= 1) a1 = at;
          if (r <= 2) a2 = at;
          a3 = at;
          at += step_j;
          if (++j == ow) {
            j = 0;
            at += step_i;
            if (++i == oh) {
              i = 0;
              at += step_image;
            }
          }
        }
        if (is_narrow) {
          gather_4(kh, run, turn, a0, a1, a2, a3, gathered);
          strip_tile(rows, columns, taps, gathered, bj, to, row_y, scratch);
          gathered += strip;
          continue;
        }
        if (rows == 4 && columns == 8) {
          window_4x8(kh, runs, run, skip, turn, a0, a1, a2, a3, bj, to, row_y);
          continue;
        }
        copy_block(rows, columns, to, row_y, scratch, BLOCK_ROW);
        if (columns > 4) window_4x8(kh, runs, run, skip, turn, a0, a1, a2, a3, bj, scratch, BLOCK_ROW);
        else window_4x4(kh, runs, run, skip, turn, a0, a1, a2, a3, bj, scratch, BLOCK_ROW);
        copy_block(rows, columns, scratch, BLOCK_ROW, to, row_y);
      }
    }
    x_first = at;
    i_first = i;
    j_first = j;
  }
}
