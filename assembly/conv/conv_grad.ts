/**
 * The gradients of a convolution (conv.ts) to its filter and to its input. A window is given by the same numbers.
 *
 * To the filter: the packed tile with output positions as the sum. To the input at stride 1: conv_f32_4x8 over a
 * padded dy with the filter turned around, pack_filter_bt_f32_8. To the input at any stride: the products of dy with all
 * taps by gemm_f32_4x8, then scatter_window_f32 adds each to the pixel that it came from.
 */
import { need } from "../support/need";
import { pack_b_f32_8 } from "../dense/pack";
import { F32Pointer } from "../support/pointer";
import { BLOCK_ROW, store_columns, tile_1x16, tile_1x32, tile_packed_4x8 } from "../support/tile";

/** Positions that are summed before the sum is added to the gradient: a strip and a panel of them fit the first-level cache. */
const POSITIONS: i32 = 512;

/**
 * p[ceil(c/8),taps n,8] = the filter turned around and transposed: row (t, o), column i holds filter[taps-1-t, i, o];
 * columns beyond c zero, values smaller than `floor` in magnitude zero.
 *
 *   filter  f32[taps,c,n]
 *   p       f32[ceil(c/8),taps n,8]  panel after panel
 */
export function pack_filter_bt_f32_8(taps: i32, c: i32, n: i32, filter: F32Pointer, floor: f32, p: F32Pointer): void {
  need(taps >= 0 && c >= 0 && n >= 0);
  const row = (<usize>n) << 2;
  const tap = row * c;
  for (let j = 0; j < c; j += 8) {
    const columns = min(8, c - j);
    for (let t = taps - 1; t >= 0; t--, p += row << 3) {
      if (columns < 8) memory.fill(p, 0, row << 3);
      let source = filter + tap * t + row * j;
      for (let i = 0; i < columns; i++, source += row) {
        let to = p + ((<usize>i) << 2);
        for (let o: usize = 0; o < row; o += 4, to += 32) {
          const x = load<f32>(source + o);
          store<f32>(to, abs(x) < floor ? 0 : x);
        }
      }
    }
  }
}

/**
 * dx += the products of positions first, first + 1, ..., first + count - 1 of one image with all taps, each to its pixel;
 * taps on the border are left out.
 *
 *   columns  f32[count,kh kw c]  what the output position gives to each tap
 *   dx       f32[h,w,c]          without its border, of which `top` rows and `left` columns lie before it; where one is
 *                                negative, so many rows or columns of the image lie before the first window
 *
 * Order  positions ascending, then taps ascending: the bits do not depend on how the positions are divided among calls.
 */
export function scatter_window_f32(
  first: i32,
  count: i32,
  h: i32,
  w: i32,
  c: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  top: i32,
  left: i32,
  columns: F32Pointer,
  dx: F32Pointer,
): void {
  need(first >= 0 && ow > 0 && c > 0);
  const pixel = (<usize>c) << 2;
  const runs = dw == 1 ? 1 : kw;
  const width = dw == 1 ? kw : 1; // pixels that lie side by side
  for (let position = first; position < first + count; position++) {
    const i = (position / ow) * sh - top;
    const j = (position % ow) * sw - left;
    for (let p = 0; p < kh; p++) {
      const inside = i + p * dh >= 0 && i + p * dh < h;
      for (let q = 0; q < runs; q++, columns += pixel * width) {
        const at = j + q * dw;
        const from = max(at, 0);
        const to = min(at + width, w);
        if (!inside || to <= from) continue;
        add(pixel * (to - from), columns + pixel * (from - at), dx + pixel * ((i + p * dh) * w + from));
      }
    }
  }
}

/**
 * dx += the products of output rows first, first + 1, ..., first + count - 1 of an image of one channel with all taps, each to its
 * pixel, at stride 1; taps on the border are left out.
 *
 *   columns  f32[kh kw,count ow]  what the taps get from each position
 *   dx       f32[h,w]             borders as in scatter_window_f32
 *
 * Order  positions ascending, as scatter_window_f32 adds them: pixels side by side have their next terms side by side.
 */
export function overlap_rows_f32(
  first: i32,
  count: i32,
  h: i32,
  w: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  dh: i32,
  top: i32,
  left: i32,
  columns: F32Pointer,
  dx: F32Pointer,
): void {
  need(first >= 0 && count >= 0 && ow > 0 && kh > 0 && kw > 0);
  const tap = (<usize>(count * ow)) << 2;
  // From one position to the next the same pixel lies one tap further to the left.
  const next = <usize>4 - tap;
  const end = min(w, ow - 1 + kw - left);
  // Pixels that all taps of a row of them meet.
  const from = max(0, kw - 1 - left);
  const to = max(from, min(w, ow - left));
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < kh; p++) {
      const r = first + i + p * dh - top;
      if (r < 0 || r >= h) continue;
      const row = dx + ((<usize>(r * w)) << 2);
      const at = columns + tap * (p * kw) + ((<usize>(i * ow)) << 2);
      let s = max(0, -left);
      for (; s < end && s < from; s++) overlap_pixel(s + left, ow, kw, tap, next, at, row + ((<usize>s) << 2));
      let f = at + tap * (kw - 1) + ((<usize>(s + left - (kw - 1))) << 2);
      for (; s + 8 <= to; s += 8, f += 32) {
        const pixel = row + ((<usize>s) << 2);
        let sum_03 = v128.load(pixel);
        let sum_47 = v128.load(pixel, 16);
        let g = f;
        for (let t = 0; t < kw; t++, g += next) {
          sum_03 = f32x4.add(sum_03, v128.load(g));
          sum_47 = f32x4.add(sum_47, v128.load(g, 16));
        }
        v128.store(pixel, sum_03);
        v128.store(pixel, sum_47, 16);
      }
      if (s + 4 <= to) {
        const pixel = row + ((<usize>s) << 2);
        let sum = v128.load(pixel);
        for (let t = 0; t < kw; t++, f += next) sum = f32x4.add(sum, v128.load(f));
        v128.store(pixel, sum);
        s += 4;
      }
      for (; s < end; s++) overlap_pixel(s + left, ow, kw, tap, next, at, row + ((<usize>s) << 2));
    }
  }
}

/** One pixel, `at` behind the first window's first tap. */
function overlap_pixel(at: i32, ow: i32, kw: i32, tap: usize, next: usize, columns: usize, pixel: usize): void {
  const first = max(0, at - kw + 1);
  let f = columns + tap * (at - first) + ((<usize>first) << 2);
  let sum = load<f32>(pixel);
  for (let j = first; j < ow && j <= at; j++, f += next) sum += load<f32>(f);
  store<f32>(pixel, sum);
}

/** y += x over so many bytes of floats. */
function add(bytes: usize, x: usize, y: usize): void {
  const end = x + bytes;
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
  for (; x < end; x += 4, y += 4) store<f32>(y, load<f32>(y) + load<f32>(x));
}

/**
 * dk[p,q,i,o] += the sum over images and positions of x[i' sh + p dh, j' sw + q dw, i] dy[i',j',o].
 *
 *   x        f32[images,h,w,c]    padded already
 *   dy       f32[images,oh,ow,n]
 *   dk       f32[kh,kw,c,n]
 *   scratch  f32[min(512, oh ow) (8 ceil(n/8) + 4) + 32]  panels of dy, a strip of x, a block of dk
 *
 * Order  image by image; in an image runs of 512 positions, each summed from 0 for positions ascending, then added to dk.
 * Error  |dk' - dk| <= g(t) (|x|'|dy| + |dk|), t = min(512, oh ow) + images ceil(oh ow / 512)
 */
export function conv_filter_grad_f32_4x8(
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
  dy: F32Pointer,
  dk: F32Pointer,
  scratch: F32Pointer,
): void {
  need(images >= 0 && oh >= 0 && ow >= 0 && n >= 0 && c > 0 && kh > 0 && kw > 0);
  need(oh == 0 || (oh - 1) * sh + (kh - 1) * dh < h);
  need(ow == 0 || (ow - 1) * sw + (kw - 1) * dw < w);
  const positions = oh * ow;
  const whole = min(POSITIONS, positions);
  const pixel = (<usize>c) << 2;
  const image = pixel * (h * w);
  const row = (<usize>n) << 2;
  const strip = scratch + ((<usize>whole) << 5) * ((n + 7) >> 3);
  const block = strip + ((<usize>whole) << 4);
  const taps = kh * kw * c;
  for (let s = 0; s < images; s++, x += image) {
    for (let first = 0; first < positions; first += POSITIONS) {
      const count = min(POSITIONS, positions - first);
      pack_b_f32_8(count, n, dy, n, 0, scratch);
      dy += row * count;
      let to = dk;
      for (let t = 0; t < taps; t += 4, to += row << 2) {
        const rows = min(4, taps - t);
        const o0 = offset(t, w, c, kw, dh, dw);
        if (rows == 1 && n > 8) {
          gather_row(first, count, ow, pixel * sw, pixel * w * sh, x + o0, strip);
          add_row(count, n, strip, scratch, block, to);
          break;
        }
        const o1 = rows > 1 ? offset(t + 1, w, c, kw, dh, dw) : o0;
        const o2 = rows > 2 ? offset(t + 2, w, c, kw, dh, dw) : o1;
        const o3 = rows > 3 ? offset(t + 3, w, c, kw, dh, dw) : o2;
        gather_strip(first, count, ow, pixel * sw, pixel * w * sh, x, o0, o1, o2, o3, strip);
        let panel = scratch;
        let tj = to;
        for (let o = 0; o < n; o += 8, panel += (<usize>count) << 5, tj += BLOCK_ROW) {
          // By hand: the engine's memory.fill costs more in its call than eight stores do.
          for (let z: usize = 0; z < 4 * BLOCK_ROW; z += 16) v128.store(block + z, f32x4.splat(0));
          tile_packed_4x8(count, strip, panel, block, BLOCK_ROW);
          add_block(rows, min(8, n - o), block, tj, row);
        }
      }
    }
  }
}

/** y += the sum of strip[p] b[p,*], from 0, for one row of the filter: four panels of b side by side.   strip  f32[k], y  f32[n] */
function add_row(k: i32, n: i32, strip: usize, b: usize, block: usize, y: usize): void {
  const panel = (<usize>k) << 5;
  for (let o = 0; o < n; o += 32, b += panel << 2, y += 128) {
    const columns = min(32, n - o);
    // Panels that are not there repeat the last one; what they give stays in the block.
    const b1 = columns > 8 ? b + panel : b;
    const b2 = columns > 16 ? b1 + panel : b1;
    const b3 = columns > 24 ? b2 + panel : b2;
    for (let z: usize = 0; z < 128; z += 16) v128.store(block + z, f32x4.splat(0));
    if (columns > 16) tile_1x32(k, strip, b, b1, b2, b3, block);
    else tile_1x16(k, strip, b, b1, block);
    add((<usize>columns) << 2, block, y);
  }
}

/** strip[t] = x of the `count` positions from `first` on. */
function gather_row(first: i32, count: i32, ow: i32, step_j: usize, step_i: usize, x: usize, strip: usize): void {
  let j = first % ow;
  x += step_i * (first / ow) + step_j * j;
  const next_row = step_i - step_j * ow;
  for (const end = strip + ((<usize>count) << 2); strip < end; strip += 4, x += step_j) {
    store<f32>(strip, load<f32>(x));
    if (++j == ow) {
      j = 0;
      x += next_row;
    }
  }
}

/** Bytes from the first pixel under a window to what tap number t (of kh kw c) meets. */
function offset(t: i32, w: i32, c: i32, kw: i32, dh: i32, dw: i32): usize {
  const channel = t % c;
  const q = (t / c) % kw;
  const p = t / c / kw;
  return (<usize>((p * dh * w + q * dw) * c + channel)) << 2;
}

/** strip[count,4] = four taps of each of `count` positions, from position `first` on. */
function gather_strip(
  first: i32,
  count: i32,
  ow: i32,
  step_j: usize,
  step_i: usize,
  x: usize,
  o0: usize,
  o1: usize,
  o2: usize,
  o3: usize,
  strip: usize,
): void {
  let j = first % ow;
  x += step_i * (first / ow) + step_j * j;
  const next_row = step_i - step_j * ow;
  const adjacent = o1 == o0 + 4 && o2 == o0 + 8 && o3 == o0 + 12;
  if (step_j == 4 && !adjacent) {
    // One channel: four positions at a time.
    while (count > 0) {
      const n = min(ow - j, count);
      let t = 0;
      for (; t + 4 <= n; t += 4, x += 16, strip += 64) {
        store_columns(v128.load(x + o0), v128.load(x + o1), v128.load(x + o2), v128.load(x + o3), strip, 16);
      }
      for (; t < n; t++, x += 4, strip += 16) {
        store<f32>(strip, load<f32>(x + o0));
        store<f32>(strip, load<f32>(x + o1), 4);
        store<f32>(strip, load<f32>(x + o2), 8);
        store<f32>(strip, load<f32>(x + o3), 12);
      }
      count -= n;
      j = 0;
      x += next_row;
    }
    return;
  }
  for (const end = strip + ((<usize>count) << 4); strip < end; strip += 16) {
    if (adjacent) {
      v128.store(strip, v128.load(x + o0));
    } else {
      store<f32>(strip, load<f32>(x + o0));
      store<f32>(strip, load<f32>(x + o1), 4);
      store<f32>(strip, load<f32>(x + o2), 8);
      store<f32>(strip, load<f32>(x + o3), 12);
    }
    x += step_j;
    if (++j == ow) {
      j = 0;
      x += next_row;
    }
  }
}

/** y += the block's first rows and columns, row_y bytes a row of y. */
function add_block(rows: i32, columns: i32, block: usize, y: usize, row_y: usize): void {
  for (let r = 0; r < rows; r++, block += BLOCK_ROW, y += row_y) add((<usize>columns) << 2, block, y);
}
