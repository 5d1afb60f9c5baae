/** Borders of NHWC images: put on before a convolution. */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";

/**
 * y = x with `top` rows and `left` columns of zeros before it and zeros behind it up to ph x pw.
 *
 *   x  f32[images,h,w,c], y  f32[images,ph,pw,c],  top + h <= ph, left + w <= pw
 */
export function pad_image_f32(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  ph: i32,
  pw: i32,
  top: i32,
  left: i32,
  x: F32Pointer,
  y: F32Pointer,
): void {
  need(top >= 0 && left >= 0 && top + h <= ph && left + w <= pw);
  const pixel = (<usize>c) << 2;
  const before = pixel * left;
  const inside = pixel * w;
  const border = pixel * (pw - w); // behind one row and before the next
  for (let image = 0; image < images; image++) {
    const above = pixel * pw * top + before;
    memory.fill(y, 0, above);
    y += above;
    for (let i = 0; i < h; i++, x += inside, y += inside + border) {
      memory.copy(y, x, inside);
      if (i < h - 1) memory.fill(y + inside, 0, border);
    }
    const below = pixel * pw * (ph - top - h) + border - before;
    y -= border;
    memory.fill(y, 0, below);
    y += below;
  }
}
