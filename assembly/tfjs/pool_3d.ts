/**
 * Pooling of volumes, f32[volumes,d,h,w,c]: the largest of a window, channel by channel, its gradient, and that of the
 * mean. The windows of pool.ts with a third side: depths d, od, kd, sd and `front`, the border before the first slice.
 */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";

/** y = max(y, x) over so many bytes of floats; a NaN in x is passed over. */
function larger(bytes: usize, x: usize, y: usize): void {
  const end = y + bytes;
  for (; y + 16 <= end; y += 16, x += 16) v128.store(y, f32x4.pmax(v128.load(y), v128.load(x)));
  for (; y < end; y += 4, x += 4) {
    const value = load<f32>(x);
    if (value > load<f32>(y)) store<f32>(y, value);
  }
}

/**
 * y[m,i,j,*] = the largest of the window's voxels that are numbers, as tfjs on the cpu has it.
 *
 *   x  f32[volumes,d,h,w,c]
 *   y  f32[volumes,od,oh,ow,c]   -infinity where there is none
 */
export function max_pool_3d_f32(
  volumes: i32,
  d: i32,
  h: i32,
  w: i32,
  c: i32,
  od: i32,
  oh: i32,
  ow: i32,
  kd: i32,
  kh: i32,
  kw: i32,
  sd: i32,
  sh: i32,
  sw: i32,
  front: i32,
  top: i32,
  left: i32,
  x: F32Pointer,
  y: F32Pointer,
): void {
  need(volumes >= 0 && c > 0 && kd > 0 && kh > 0 && kw > 0 && sd > 0 && sh > 0 && sw > 0);
  const voxel = (<usize>c) << 2;
  for (let s = 0; s < volumes; s++, x += voxel * (d * h * w)) {
    for (let m = 0; m < od; m++) {
      const ahead = m * sd - front;
      const n0 = max(0, -ahead);
      const n1 = min(kd, d - ahead);
      for (let i = 0; i < oh; i++) {
        const above = i * sh - top;
        const p0 = max(0, -above);
        const p1 = min(kh, h - above);
        for (let j = 0; j < ow; j++, y += voxel) {
          const before = j * sw - left;
          const q0 = max(0, -before);
          const q1 = min(kw, w - before);
          for (let o: usize = 0; o < voxel; o += 4) store<f32>(y + o, -f32.POSITIVE_INFINITY);
          for (let n = n0; n < n1; n++) {
            for (let p = p0; p < p1; p++) {
              let at = x + voxel * (((ahead + n) * h + above + p) * w + before + q0);
              for (let q = q0; q < q1; q++, at += voxel) larger(voxel, at, y);
            }
          }
        }
      }
    }
  }
}

/**
 * dx += dy at the last of the window's largest voxels, as tfjs on the cpu takes it (of a plane's pixels it takes the first).
 *
 *   x, dx  f32[volumes,d,h,w,c]
 *   dy     f32[volumes,od,oh,ow,c]
 *
 * Order  dx, then what windows give for m, i, j ascending. A NaN is passed over.
 */
export function max_pool_3d_grad_f32(
  volumes: i32,
  d: i32,
  h: i32,
  w: i32,
  c: i32,
  od: i32,
  oh: i32,
  ow: i32,
  kd: i32,
  kh: i32,
  kw: i32,
  sd: i32,
  sh: i32,
  sw: i32,
  front: i32,
  top: i32,
  left: i32,
  x: F32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  need(volumes >= 0 && c > 0 && kd > 0 && kh > 0 && kw > 0 && sd > 0 && sh > 0 && sw > 0);
  const voxel = (<usize>c) << 2;
  const volume = voxel * (d * h * w);
  for (let s = 0; s < volumes; s++, x += volume, dx += volume) {
    for (let m = 0; m < od; m++) {
      const ahead = m * sd - front;
      const n0 = max(0, -ahead);
      const n1 = min(kd, d - ahead);
      for (let i = 0; i < oh; i++) {
        const above = i * sh - top;
        const p0 = max(0, -above);
        const p1 = min(kh, h - above);
        for (let j = 0; j < ow; j++, dy += voxel) {
          const before = j * sw - left;
          const q0 = max(0, -before);
          const q1 = min(kw, w - before);
          for (let o: usize = 0; o < voxel; o += 4) {
            let largest: f32 = -f32.POSITIVE_INFINITY;
            let place: usize = 0;
            let found = false;
            for (let n = n0; n < n1; n++) {
              for (let p = p0; p < p1; p++) {
                let at = voxel * (((ahead + n) * h + above + p) * w + before + q0) + o;
                for (let q = q0; q < q1; q++, at += voxel) {
                  const value = load<f32>(x + at);
                  if (!(value >= largest)) continue;
                  largest = value;
                  place = at;
                  found = true;
                }
              }
            }
            if (found) store<f32>(dx + place, load<f32>(dx + place) + load<f32>(dy + o));
          }
        }
      }
    }
  }
}

/** y += x / by over so many bytes of floats. */
function add_quotient(bytes: usize, by: f32, x: usize, y: usize): void {
  const end = y + bytes;
  const count = f32x4.splat(by);
  for (; y + 16 <= end; y += 16, x += 16) v128.store(y, f32x4.add(v128.load(y), f32x4.div(v128.load(x), count)));
  for (; y < end; y += 4, x += 4) store<f32>(y, load<f32>(y) + load<f32>(x) / by);
}

/**
 * dx += dy / count over the window's voxels that lie inside, count of them.
 *
 *   dy  f32[volumes,od,oh,ow,c]
 *   dx  f32[volumes,d,h,w,c]
 *
 * Order  dx, then what windows give for m, i, j ascending.
 */
export function avg_pool_3d_grad_f32(
  volumes: i32,
  d: i32,
  h: i32,
  w: i32,
  c: i32,
  od: i32,
  oh: i32,
  ow: i32,
  kd: i32,
  kh: i32,
  kw: i32,
  sd: i32,
  sh: i32,
  sw: i32,
  front: i32,
  top: i32,
  left: i32,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  need(volumes >= 0 && c > 0 && kd > 0 && kh > 0 && kw > 0 && sd > 0 && sh > 0 && sw > 0);
  const voxel = (<usize>c) << 2;
  for (let s = 0; s < volumes; s++, dx += voxel * (d * h * w)) {
    for (let m = 0; m < od; m++) {
      const ahead = m * sd - front;
      const n0 = max(0, -ahead);
      const n1 = min(kd, d - ahead);
      for (let i = 0; i < oh; i++) {
        const above = i * sh - top;
        const p0 = max(0, -above);
        const p1 = min(kh, h - above);
        for (let j = 0; j < ow; j++, dy += voxel) {
          const before = j * sw - left;
          const q0 = max(0, -before);
          const q1 = min(kw, w - before);
          const count = <f32>((n1 - n0) * (p1 - p0) * (q1 - q0));
          for (let n = n0; n < n1; n++) {
            for (let p = p0; p < p1; p++) {
              let at = dx + voxel * (((ahead + n) * h + above + p) * w + before + q0);
              for (let q = q0; q < q1; q++, at += voxel) add_quotient(voxel, count, dy, at);
            }
          }
        }
      }
    }
  }
}
