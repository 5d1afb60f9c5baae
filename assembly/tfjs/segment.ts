/** Rows summed by segment: the gradient of a gather. */
import { need } from "../support/need";
import { F32Pointer, I32Pointer } from "../support/pointer";

/**
 * y[ids[i],*] += x[i,*]; rows whose id is not in [0, segments) are dropped.
 *
 *   x    f32[n,width]
 *   ids  i32[n]
 *   y    f32[segments,width]
 *
 * Order  y, then rows ascending.
 * Error  |y' - y| <= g(rows of the segment) (|x| + |y|)
 */
export function segment_sum_f32(
  n: i32,
  width: i32,
  segments: i32,
  x: F32Pointer,
  ids: I32Pointer,
  y: F32Pointer,
): void {
  need(n >= 0 && width >= 0 && segments >= 0);
  const row = (<usize>width) << 2;
  for (let i = 0; i < n; i++, x += row, ids += 4) {
    const id = load<i32>(ids);
    if (id < 0 || id >= segments) continue;
    let to = y + row * id;
    const end = to + row;
    let from = x;
    for (; to + 16 <= end; to += 16, from += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
  }
}
