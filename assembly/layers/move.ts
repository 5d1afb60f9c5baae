/** Numbers moved from place to place: by an index of blocks, and matrices turned over. */
import { need } from "../support/need";
import { F32Pointer, I32Pointer } from "../support/pointer";

/** Blocks of fewer bytes are copied here: the engine's memory.copy costs more in its call. */
const SHORT: usize = 256;

/**
 * y[r,j,*] = x[r, index[j] ...], n floats from there on, or `fill` where index[j] is below zero.
 *
 *   x      f32[rows,ldx]  ldx floats from one row to the next
 *   index  i32[m]         each at most ldx - n
 *   y      f32[rows,m,n]  not overlapping x
 */
export function take_f32(
  rows: i32,
  m: i32,
  n: i32,
  ldx: i32,
  index: I32Pointer,
  fill: f32,
  x: F32Pointer,
  y: F32Pointer,
): void {
  need(rows >= 0 && m >= 0 && n >= 1);
  const bytes = (<usize>n) << 2;
  const all = (<usize>m) << 2;
  const row = (<usize>ldx) << 2;
  const filled = f32x4.splat(fill);
  for (let r = 0; r < rows; r++, x += row) {
    for (let j: usize = 0; j < all; j += 4) {
      const at = load<i32>(index + j);
      const end = y + bytes;
      if (at < 0) {
        for (; y + 16 <= end; y += 16) v128.store(y, filled);
        for (; y < end; y += 4) store<f32>(y, fill);
        continue;
      }
      let from = x + ((<usize>at) << 2);
      if (bytes >= SHORT) {
        memory.copy(y, from, bytes);
        y = end;
        continue;
      }
      for (; y + 16 <= end; y += 16, from += 16) v128.store(y, v128.load(from));
      for (; y < end; y += 4, from += 4) store<f32>(y, load<f32>(from));
    }
  }
}

/**
 * dx[r, index[j] ...] += dy[r,j,*]: the gradient of take_f32.
 *
 *   dy     f32[rows,m,n]
 *   index  i32[m]
 *   dx     f32[rows,ldx]
 *
 * Order  dx, then blocks ascending.
 */
export function take_grad_f32(
  rows: i32,
  m: i32,
  n: i32,
  ldx: i32,
  index: I32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  need(rows >= 0 && m >= 0 && n >= 1);
  const bytes = (<usize>n) << 2;
  const all = (<usize>m) << 2;
  const row = (<usize>ldx) << 2;
  for (let r = 0; r < rows; r++, dx += row) {
    for (let j: usize = 0; j < all; j += 4) {
      const at = load<i32>(index + j);
      const end = dy + bytes;
      if (at < 0) {
        dy = end;
        continue;
      }
      let to = dx + ((<usize>at) << 2);
      for (; dy + 16 <= end; dy += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(dy)));
      for (; dy < end; dy += 4, to += 4) store<f32>(to, load<f32>(to) + load<f32>(dy));
    }
  }
}

/** Stores v, or adds it to what is there. */
function put(adds: bool, to: usize, v: v128): void {
  v128.store(to, adds ? f32x4.add(v128.load(to), v) : v);
}

/** y = x^T, or y += x^T, for matrices m x n, 4 x 4 at a time. */
function transpose(adds: bool, count: i32, m: i32, n: i32, x: usize, y: usize): void {
  const row_x = (<usize>n) << 2;
  const row_y = (<usize>m) << 2;
  for (let c = 0; c < count; c++, x += row_x * m, y += row_x * m) {
    let i: i32 = 0;
    for (; i + 4 <= m; i += 4) {
      let from = x + row_x * i;
      let to = y + ((<usize>i) << 2);
      let j: i32 = 0;
      for (; j + 4 <= n; j += 4, from += 16, to += row_y << 2) {
        const a = v128.load(from);
        const b = v128.load(from + row_x);
        const c2 = v128.load(from + row_x * 2);
        const d = v128.load(from + row_x * 3);
        const ab_low = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
        const ab_high = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
        const cd_low = v128.shuffle<f32>(c2, d, 0, 4, 1, 5);
        const cd_high = v128.shuffle<f32>(c2, d, 2, 6, 3, 7);
        put(adds, to, v128.shuffle<f64>(ab_low, cd_low, 0, 2));
        put(adds, to + row_y, v128.shuffle<f64>(ab_low, cd_low, 1, 3));
        put(adds, to + row_y * 2, v128.shuffle<f64>(ab_high, cd_high, 0, 2));
        put(adds, to + row_y * 3, v128.shuffle<f64>(ab_high, cd_high, 1, 3));
      }
      for (; j < n; j++, from += 4, to += row_y) {
        for (let p: usize = 0; p < 4; p++) {
          const v = load<f32>(from + row_x * p);
          store<f32>(to + (p << 2), adds ? load<f32>(to + (p << 2)) + v : v);
        }
      }
    }
    for (; i < m; i++) {
      const from = x + row_x * i;
      let to = y + ((<usize>i) << 2);
      for (let j: usize = 0; j < row_x; j += 4, to += row_y) {
        const v = load<f32>(from + j);
        store<f32>(to, adds ? load<f32>(to) + v : v);
      }
    }
  }
}

/** y[*,j,i] = x[*,i,j].   x  f32[count,m,n], y  f32[count,n,m] */
export function transpose_f32(count: i32, m: i32, n: i32, x: F32Pointer, y: F32Pointer): void {
  transpose(false, count, m, n, x, y);
}

/** dx[*,i,j] += dy[*,j,i]: the gradient of transpose_f32.   dy  f32[count,n,m], dx  f32[count,m,n] */
export function transpose_grad_f32(count: i32, m: i32, n: i32, dy: F32Pointer, dx: F32Pointer): void {
  transpose(true, count, n, m, dy, dx);
}
