/** Vectors at the end of an array, where less than four floats are left. */

/** Stores the first `bytes` of four floats, or all. */
export function store_first(to: usize, v: v128, bytes: usize): void {
  if (bytes >= 16) {
    v128.store(to, v);
    return;
  }
  store<f32>(to, f32x4.extract_lane(v, 0));
  if (bytes > 4) store<f32>(to, f32x4.extract_lane(v, 1), 4);
  if (bytes > 8) store<f32>(to, f32x4.extract_lane(v, 2), 8);
}

/** The first `bytes` of four floats, zeros behind them. */
export function first_of(v: v128, bytes: usize): v128 {
  if (bytes >= 16) return v;
  if (bytes == 4) return v128.and(v, i32x4(-1, 0, 0, 0));
  return v128.and(v, bytes == 8 ? i32x4(-1, -1, 0, 0) : i32x4(-1, -1, -1, 0));
}

/** The sum of four floats, (0 + 1) + (2 + 3). */
export function sum_of(v: v128): f32 {
  const low = f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1);
  return low + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}
