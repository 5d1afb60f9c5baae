/**
 * Pooling of NHWC images: the largest or the mean of a window, channel by channel, and the gradients. Windows as in
 * depthwise.ts; taps on the border are left out, and a mean is over those that are not. Every window must meet the image.
 */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";

/** y = max(y, x) over so many bytes of floats. */
function larger(bytes: usize, x: usize, y: usize): void {
  const end = y + bytes;
  // Not the cheaper pmax: it would lose a NaN, and a sum that overflowed would come out as a number.
  for (; y + 16 <= end; y += 16, x += 16) v128.store(y, f32x4.max(v128.load(y), v128.load(x)));
  for (; y < end; y += 4, x += 4) store<f32>(y, max<f32>(load<f32>(y), load<f32>(x)));
}

/** y += x over so many bytes of floats. */
function add(bytes: usize, x: usize, y: usize): void {
  const end = y + bytes;
  for (; y + 16 <= end; y += 16, x += 16) v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
  for (; y < end; y += 4, x += 4) store<f32>(y, load<f32>(y) + load<f32>(x));
}

/** y += x / by over so many bytes of floats. */
function add_quotient(bytes: usize, by: f32, x: usize, y: usize): void {
  const end = y + bytes;
  const count = f32x4.splat(by);
  for (; y + 16 <= end; y += 16, x += 16) v128.store(y, f32x4.add(v128.load(y), f32x4.div(v128.load(x), count)));
  for (; y < end; y += 4, x += 4) store<f32>(y, load<f32>(y) + load<f32>(x) / by);
}

/** y /= by over so many bytes of floats. */
function divide(bytes: usize, by: f32, y: usize): void {
  const end = y + bytes;
  const count = f32x4.splat(by);
  for (; y + 16 <= end; y += 16) v128.store(y, f32x4.div(v128.load(y), count));
  for (; y < end; y += 4) store<f32>(y, load<f32>(y) / by);
}

/** y[i,j,*] = the largest of the window's pixels, NaN if one of them is.   x  f32[images,h,w,c], y  f32[images,oh,ow,c] */
export function max_pool_f32(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  top: i32,
  left: i32,
  x: F32Pointer,
  y: F32Pointer,
): void {
  need(images >= 0 && c > 0 && kh > 0 && kw > 0 && sh > 0 && sw > 0);
  const pixel = (<usize>c) << 2;
  for (let s = 0; s < images; s++, x += pixel * (h * w)) {
    for (let i = 0; i < oh; i++) {
      const above = i * sh - top;
      const p0 = max(0, -above);
      const p1 = min(kh, h - above);
      for (let j = 0; j < ow; j++, y += pixel) {
        const before = j * sw - left;
        const q0 = max(0, -before);
        const q1 = min(kw, w - before);
        need(p0 < p1 && q0 < q1);
        const first = x + pixel * ((above + p0) * w + before + q0);
        memory.copy(y, first, pixel);
        for (let p = p0; p < p1; p++) {
          let at = first + pixel * ((p - p0) * w);
          for (let q = q0; q < q1; q++, at += pixel) larger(pixel, at, y);
        }
      }
    }
  }
}

/**
 * dx += dy at the first of the window's largest pixels, as tfjs on the cpu takes it.
 *
 *   x, dx  f32[images,h,w,c]
 *   y, dy  f32[images,oh,ow,c]   y the output of max_pool_f32
 *
 * Order  dx, then what windows give for i, j ascending.
 */
export function max_pool_grad_f32(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  top: i32,
  left: i32,
  x: F32Pointer,
  y: F32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  need(images >= 0 && c > 0 && kh > 0 && kw > 0 && sh > 0 && sw > 0);
  const pixel = (<usize>c) << 2;
  const whole = pixel & ~15;
  for (let s = 0; s < images; s++, x += pixel * (h * w), dx += pixel * (h * w)) {
    for (let i = 0; i < oh; i++) {
      const above = i * sh - top;
      const p0 = max(0, -above);
      const p1 = min(kh, h - above);
      for (let j = 0; j < ow; j++, y += pixel, dy += pixel) {
        const before = j * sw - left;
        const q0 = max(0, -before);
        const q1 = min(kw, w - before);
        for (let channel: usize = 0; channel < whole; channel += 16) {
          const top_4 = v128.load(y + channel);
          const slope = v128.load(dy + channel);
          let open = i32x4.splat(-1);
          for (let p = p0; p < p1; p++) {
            let at = pixel * ((above + p) * w + before + q0) + channel;
            for (let q = q0; q < q1; q++, at += pixel) {
              const here = v128.and(open, f32x4.eq(v128.load(x + at), top_4));
              open = v128.andnot(open, here);
              v128.store(dx + at, f32x4.add(v128.load(dx + at), v128.and(slope, here)));
            }
          }
        }
        for (let channel = whole; channel < pixel; channel += 4) {
          const largest = load<f32>(y + channel);
          let open = true;
          for (let p = p0; p < p1 && open; p++) {
            let at = pixel * ((above + p) * w + before + q0) + channel;
            for (let q = q0; q < q1 && open; q++, at += pixel) {
              if (load<f32>(x + at) != largest) continue;
              open = false;
              store<f32>(dx + at, load<f32>(dx + at) + load<f32>(dy + channel));
            }
          }
        }
      }
    }
  }
}

/**
 * y[i,j,*] = the mean of the window's pixels that lie inside.   x  f32[images,h,w,c], y  f32[images,oh,ow,c]
 *
 * Order  taps summed p, q ascending, then divided by their number.
 * Error  |y' - y| <= g(kh kw) |x| / count, barring underflow
 */
export function avg_pool_f32(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  top: i32,
  left: i32,
  x: F32Pointer,
  y: F32Pointer,
): void {
  need(images >= 0 && c > 0 && kh > 0 && kw > 0 && sh > 0 && sw > 0);
  const pixel = (<usize>c) << 2;
  for (let s = 0; s < images; s++, x += pixel * (h * w)) {
    for (let i = 0; i < oh; i++) {
      const above = i * sh - top;
      const p0 = max(0, -above);
      const p1 = min(kh, h - above);
      for (let j = 0; j < ow; j++, y += pixel) {
        const before = j * sw - left;
        const q0 = max(0, -before);
        const q1 = min(kw, w - before);
        need(p0 < p1 && q0 < q1);
        memory.fill(y, 0, pixel);
        for (let p = p0; p < p1; p++) {
          let at = x + pixel * ((above + p) * w + before + q0);
          for (let q = q0; q < q1; q++, at += pixel) add(pixel, at, y);
        }
        divide(pixel, <f32>((p1 - p0) * (q1 - q0)), y);
      }
    }
  }
}

/**
 * dx += dy / count over the window's pixels that lie inside, count of them.   dy  f32[images,oh,ow,c], dx  f32[images,h,w,c]
 *
 * Order  dx, then what windows give for i, j ascending.
 */
export function avg_pool_grad_f32(
  images: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  top: i32,
  left: i32,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  need(images >= 0 && c > 0 && kh > 0 && kw > 0 && sh > 0 && sw > 0);
  const pixel = (<usize>c) << 2;
  for (let s = 0; s < images; s++, dx += pixel * (h * w)) {
    for (let i = 0; i < oh; i++) {
      const above = i * sh - top;
      const p0 = max(0, -above);
      const p1 = min(kh, h - above);
      for (let j = 0; j < ow; j++, dy += pixel) {
        const before = j * sw - left;
        const q0 = max(0, -before);
        const q1 = min(kw, w - before);
        const count = <f32>((p1 - p0) * (q1 - q0));
        for (let p = p0; p < p1; p++) {
          let at = dx + pixel * ((above + p) * w + before + q0);
          for (let q = q0; q < q1; q++, at += pixel) add_quotient(pixel, count, dy, at);
        }
      }
    }
  }
}
