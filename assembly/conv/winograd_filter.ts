/** Filters as Winograd's convolutions multiply them: G w G^T in the planes of winograd_plane.ts, packed in panels of eight columns. */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";
import { place_of, plane_of, slices_at, slices_of, whole_vectors } from "./winograd_plane";

/**
 * u = G w G^T, each number computed in double precision and rounded once.
 *
 *   filter  f32[kh,kh,c,n]                             kh 3 or 5
 *   u       f32[(3 kh - 1) / 2,(3 kh - 1) / 2,4 ceil(c/4),8 ceil(n/8)]
 *
 * Plane by plane, panel by panel of eight filters, the plane's slices of channels below one another; rows beyond c and columns
 * beyond n zero. Values smaller than `floor` in magnitude count as zero.
 */
export function winograd_filter_f32_8(kh: i32, c: i32, n: i32, filter: F32Pointer, floor: f32, u: F32Pointer): void {
  transform(kh, c, n, filter, floor, u, false);
}

/**
 * The same for the gradient to the input, transposed.
 *
 *   filter  f32[kh,kh,c,n]                             kh 3 or 5
 *   u       f32[(3 kh - 1) / 2,(3 kh - 1) / 2,n,8 ceil(c/8)]
 *
 * Plane by plane, panel by panel of eight columns, which are the channels (whole vectors of them) of the plane's slices side
 * by side; rows are filters.
 */
export function winograd_filter_bt_f32_8(kh: i32, c: i32, n: i32, filter: F32Pointer, floor: f32, u: F32Pointer): void {
  transform(kh, c, n, filter, floor, u, true);
}

function transform(taps: i32, c: i32, n: i32, filter: usize, floor: f32, u: usize, is_transposed: bool): void {
  need((taps == 3 || taps == 5) && c > 0 && n > 0);
  const channels = whole_vectors(c);
  const row = (<usize>n) << 2;
  const tap = row * c;
  const least = f32x4.splat(floor);
  const half = f64x2.splat(0.5);
  for (let p = 0; p < 16; p++) {
    const k = slices_at(taps, p) * channels;
    const bytes = is_transposed ? row * ((k + 7) & ~7) : (<usize>(k * ((n + 7) & ~7))) << 2;
    memory.fill(u, 0, bytes);
    for (let i = 0; i < slices_of(taps); i++) {
      if (plane_of(i) != p >> 2) continue;
      for (let j = 0; j < slices_of(taps); j++) {
        if (plane_of(j) != (p & 3)) continue;
        const first = place_of(taps, i, j) * channels;
        for (let channel = 0; channel < c; channel++) {
          const at = filter + row * channel;
          const k_at = first + channel;
          for (let o = 0; o < n; o += 2) {
            const is_pair = o + 1 < n;
            const x = slice_2d(taps, i, j, at + ((<usize>o) << 2), tap, least, half, is_pair);
            const y = f32x4.demote_f64x2_zero(x);
            if (is_transposed) {
              const to = u + ((<usize>((k_at >> 3) * n + o)) << 5) + ((<usize>(k_at & 7)) << 2);
              v128.store_lane<f32>(to, y, 0);
              if (is_pair) v128.store_lane<f32>(to, y, 1, 32);
            } else {
              const to = u + ((<usize>((o >> 3) * k + k_at)) << 5) + ((<usize>(o & 7)) << 2);
              if (is_pair) v128.store_lane<u64>(to, y, 0);
              else v128.store_lane<f32>(to, y, 0);
            }
          }
        }
      }
    }
    u += bytes;
  }
}

/** Slice (i, j) of two filters side by side, f64x2. */
function slice_2d(taps: i32, i: i32, j: i32, at: usize, tap: usize, least: v128, half: v128, is_pair: bool): v128 {
  const first = j < 4 ? 0 : 3;
  const s = j < 4 ? j : j - 4;
  const row = tap * taps;
  if (j >= 4) {
    const a = s < 2 ? slice_1d(i, at + tap * first, row, least, half, is_pair) : f64x2.splat(0);
    const b = s > 0 ? slice_1d(i, at + tap * (first + 1), row, least, half, is_pair) : f64x2.splat(0);
    return f64x2.add(a, b);
  }
  if (s == 0) return slice_1d(i, at, row, least, half, is_pair);
  const c = slice_1d(i, at + 2 * tap, row, least, half, is_pair);
  if (s == 3) return c;
  const a = slice_1d(i, at, row, least, half, is_pair);
  const b = slice_1d(i, at + tap, row, least, half, is_pair);
  const sum = f64x2.add(a, c);
  return f64x2.mul(half, s == 1 ? f64x2.add(sum, b) : f64x2.sub(sum, b));
}

/** Slice i of the column of taps that starts at `at`, `row` bytes from one to the next. */
function slice_1d(i: i32, at: usize, row: usize, least: v128, half: v128, is_pair: bool): v128 {
  if (i >= 4) {
    const third = at + 3 * row;
    if (i == 4) return load_pair(third, least, is_pair);
    const b = load_pair(third + row, least, is_pair);
    return i == 6 ? b : f64x2.add(load_pair(third, least, is_pair), b);
  }
  if (i == 0) return load_pair(at, least, is_pair);
  const c = load_pair(at + 2 * row, least, is_pair);
  if (i == 3) return c;
  const sum = f64x2.add(load_pair(at, least, is_pair), c);
  const b = load_pair(at + row, least, is_pair);
  return f64x2.mul(half, i == 1 ? f64x2.add(sum, b) : f64x2.sub(sum, b));
}

function load_pair(at: usize, least: v128, is_pair: bool): v128 {
  const x = is_pair ? v128.load_zero<u64>(at) : v128.load_zero<u32>(at);
  return f64x2.promote_low_f32x4(v128.andnot(x, f32x4.lt(f32x4.abs(x), least)));
}
