/** The gradient of an image resized by bilinear interpolation. */
import { need } from "../support/need";
import { F32Pointer, I32Pointer } from "../support/pointer";
import { madd } from "../support/tile";

/** y += a x over so many bytes of floats. */
function add_scaled(bytes: usize, a: f32, x: usize, y: usize): void {
  const end = y + bytes;
  const factor = f32x4.splat(a);
  for (; y + 16 <= end; y += 16, x += 16) v128.store(y, madd(v128.load(y), factor, v128.load(x)));
  for (; y < end; y += 4, x += 4) store<f32>(y, load<f32>(y) + a * load<f32>(x));
}

/**
 * dx += the transpose of an interpolation between two rows and two columns, applied to dy.
 *
 *   dy             f32[images,oh,ow,c]
 *   rows           i32[2,oh]   the pixels before and behind each output, from the top
 *   columns        i32[2,ow]   the same from the left
 *   down           f32[oh]     how far behind the first of them it lies: its weight is 1 - that
 *   across         f32[ow]     the same from the left
 *   dx             f32[images,h,w,c]
 *
 * Order  dx, then outputs ascending; of an output its four pixels, rows before columns.
 * Error  |dx' - dx| <= g(taps + 4) of the sum of magnitudes
 */
export function resize_bilinear_grad_f32(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  rows: I32Pointer,
  columns: I32Pointer,
  down: F32Pointer,
  across: F32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  need(images >= 0 && h > 0 && w > 0 && c > 0);
  const pixel = (<usize>c) << 2;
  const behind_row = (<usize>oh) << 2;
  const behind_column = (<usize>ow) << 2;
  for (let s = 0; s < images; s++, dx += pixel * (h * w)) {
    for (let i = 0; i < oh; i++) {
      const row = rows + ((<usize>i) << 2);
      const above = dx + pixel * (w * load<i32>(row));
      const below = dx + pixel * (w * load<i32>(row + behind_row));
      const v = load<f32>(down + ((<usize>i) << 2));
      for (let j = 0; j < ow; j++, dy += pixel) {
        const column = columns + ((<usize>j) << 2);
        const left = pixel * load<i32>(column);
        const right = pixel * load<i32>(column + behind_column);
        const u = load<f32>(across + ((<usize>j) << 2));
        add_scaled(pixel, (1 - v) * (1 - u), dy, above + left);
        add_scaled(pixel, (1 - v) * u, dy, above + right);
        add_scaled(pixel, v * (1 - u), dy, below + left);
        add_scaled(pixel, v * u, dy, below + right);
      }
    }
  }
}
