/** Filters as Winograd's convolutions multiply them: G w G^T in the planes of winograd_plane.ts, packed in panels of eight columns. */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";
import { GAP, place_of, plane_of, slices_at, slices_of, whole_vectors } from "./winograd_plane";

/** Bytes of two filters half transformed, f64[7,5,2]; behind them two numbers of each slice say where it goes. */
const HALF: usize = 560;

/**
 * u = G w G^T, each number computed in double precision and rounded once.
 *
 *   filter   f32[kh,kh,c,n]   kh 3 or 5
 *   u        f32[(3 kh - 1) / 2,(3 kh - 1) / 2,4 ceil(c/4),8 ceil(n/8)]
 *   scratch  f32[240]
 *
 * Plane by plane, panel by panel of eight filters, the plane's slices of channels below one another; rows beyond c and columns
 * beyond n zero. Values smaller than `floor` in magnitude count as zero.
 */
export function winograd_filter_f32_8(
  kh: i32,
  c: i32,
  n: i32,
  filter: F32Pointer,
  floor: f32,
  u: F32Pointer,
  scratch: F32Pointer,
): void {
  transform(kh, c, n, filter, floor, u, scratch, false);
}

/**
 * The same for the gradient to the input, transposed.
 *
 *   filter   f32[kh,kh,c,n]   kh 3 or 5
 *   u        f32[(3 kh - 1) / 2,(3 kh - 1) / 2,n,8 ceil(c/8)]
 *   scratch  f32[240]
 *
 * Plane by plane, panel by panel of eight columns, which are the channels (whole vectors of them) of the plane's slices side
 * by side; rows are filters.
 */
export function winograd_filter_bt_f32_8(
  kh: i32,
  c: i32,
  n: i32,
  filter: F32Pointer,
  floor: f32,
  u: F32Pointer,
  scratch: F32Pointer,
): void {
  transform(kh, c, n, filter, floor, u, scratch, true);
}

function transform(
  taps: i32,
  c: i32,
  n: i32,
  filter: usize,
  floor: f32,
  u: usize,
  scratch: usize,
  is_transposed: bool,
): void {
  need((taps == 3 || taps == 5) && c > 0 && n > 0);
  const table = scratch + HALF;
  const size = place_slices(taps, c, n, table, is_transposed);
  memory.fill(u, 0, size);
  const row = (<usize>n) << 2;
  const tap = row * c;
  const least = f32x4.splat(floor);
  for (let channels = 0; channels < c; channels += 8) {
    for (let filters = 0; filters < n; filters += 8) {
      for (let channel = channels; channel < min(channels + 8, c); channel++) {
        for (let o = filters; o < min(filters + 8, n); o += 2) {
          const is_pair = o + 1 < n;
          const at = filter + row * channel + ((<usize>o) << 2);
          for (let q = 0; q < taps; q++) {
            const from = at + tap * q;
            const down = tap * taps;
            const to = scratch + ((<usize>q) << 4);
            slices_of_3(
              load_pair(from, least, is_pair),
              load_pair(from + down, least, is_pair),
              load_pair(from + 2 * down, least, is_pair),
              to,
            );
            if (taps == 3) continue;
            slices_of_2(load_pair(from + 3 * down, least, is_pair), load_pair(from + 4 * down, least, is_pair), to);
          }
          let entry = table;
          for (let i = 0; i < slices_of(taps); i++) {
            const from = scratch + 80 * i;
            const x0 = v128.load(from);
            const x1 = v128.load(from, 16);
            const x2 = v128.load(from, 32);
            const sum = f64x2.add(x0, x2);
            const half = f64x2.splat(0.5);
            put(entry, u, channel, o, n, x0, is_transposed, is_pair);
            put(entry + 8, u, channel, o, n, f64x2.mul(half, f64x2.add(sum, x1)), is_transposed, is_pair);
            put(entry + 16, u, channel, o, n, f64x2.mul(half, f64x2.sub(sum, x1)), is_transposed, is_pair);
            put(entry + 24, u, channel, o, n, x2, is_transposed, is_pair);
            entry += 32;
            if (taps == 3) continue;
            const x3 = v128.load(from, 48);
            const x4 = v128.load(from, 64);
            put(entry, u, channel, o, n, x3, is_transposed, is_pair);
            put(entry + 8, u, channel, o, n, f64x2.add(x3, x4), is_transposed, is_pair);
            put(entry + 16, u, channel, o, n, x4, is_transposed, is_pair);
            entry += 24;
          }
        }
      }
    }
  }
}

/** Slices 0 to 3 of three taps to to[0..3,0], five pairs a row. */
function slices_of_3(x0: v128, x1: v128, x2: v128, to: usize): void {
  const sum = f64x2.add(x0, x2);
  const half = f64x2.splat(0.5);
  v128.store(to, x0);
  v128.store(to, f64x2.mul(half, f64x2.add(sum, x1)), 80);
  v128.store(to, f64x2.mul(half, f64x2.sub(sum, x1)), 160);
  v128.store(to, x2, 240);
}

/** Slices 4 to 6, of two taps. */
function slices_of_2(x0: v128, x1: v128, to: usize): void {
  v128.store(to, x0, 320);
  v128.store(to, f64x2.add(x0, x1), 400);
  v128.store(to, x1, 480);
}

/** Two filters' taps, f64[2]; those smaller than `least` as zero. */
function load_pair(at: usize, least: v128, is_pair: bool): v128 {
  const x = is_pair ? v128.load_zero<u64>(at) : v128.load_zero<u32>(at);
  return f64x2.promote_low_f32x4(v128.andnot(x, f32x4.lt(f32x4.abs(x), least)));
}

/** Stores a slice of filters o and o + 1 where the table says. */
function put(entry: usize, u: usize, channel: i32, o: i32, n: i32, x: v128, is_transposed: bool, is_pair: bool): void {
  const y = f32x4.demote_f64x2_zero(x);
  const at = u + load<usize>(entry);
  const k = load<i32>(entry, 4);
  if (is_transposed) {
    const column = k + channel;
    const to = at + ((<usize>((column >> 3) * n + o)) << 5) + ((<usize>(column & 7)) << 2);
    v128.store_lane<f32>(to, y, 0);
    if (is_pair) v128.store_lane<f32>(to, y, 1, 32);
    return;
  }
  const to = at + ((<usize>((o >> 3) * k + channel)) << 5) + ((<usize>(o & 7)) << 2);
  if (is_pair) v128.store_lane<u64>(to, y, 0);
  else v128.store_lane<f32>(to, y, 0);
}

/**
 * Fills the table, two i32 a slice: in bytes where its plane starts (or within that its first row), and the rows of a panel (or
 * transposed its first column). Returns the bytes of all planes.
 */
function place_slices(taps: i32, c: i32, n: i32, table: usize, is_transposed: bool): usize {
  const channels = whole_vectors(c);
  let start: usize = 0;
  for (let p = 0; p < 16; p++) {
    const k = slices_at(taps, p) * channels;
    let entry = table;
    for (let i = 0; i < slices_of(taps); i++) {
      for (let j = 0; j < slices_of(taps); j++, entry += 8) {
        if (plane_of(i) != p >> 2 || plane_of(j) != (p & 3)) continue;
        const first = place_of(taps, i, j) * channels;
        store<usize>(entry, is_transposed ? start : start + ((<usize>first) << 5));
        store<i32>(entry, is_transposed ? first : k, 4);
      }
    }
    start += ((<usize>(is_transposed ? n * ((k + 7) & ~7) : k * ((n + 7) & ~7))) << 2) + GAP;
  }
  return start;
}
