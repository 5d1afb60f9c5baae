/**
 * Local contrast normalisation [Jarrett et al. 2009; Le et al. 2012]. With B the weighted mean of a position's
 * neighbourhood over all maps, (B h)(p) = sum_q G_q (1/c) sum_i h_i(p + q), what lies outside counting as zero:
 *
 *   g = h - B h,   d = max(least, sqrt(B g^2)),   y = g / d
 *
 * G is the outer product of a symmetric window of odd length with itself, so the blur is its own transpose and the
 * gradient is two more of them.
 */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";

/**
 * Blurs a plane in place: rows first, then columns.
 *
 *   window   f32[size]                  symmetric
 *   plane    f32[h,w]
 *   scratch  f32[(w + size - 1) + (h + size - 1) w]
 *
 * Order  each of the two sums runs over the window ascending, from 0.
 */
function blur(h: i32, w: i32, size: i32, window: usize, plane: usize, scratch: usize): void {
  const border = (<usize>(size >> 1)) << 2;
  const line = (<usize>w) << 2;
  const row = scratch;
  const middle = row + line + 2 * border;
  const edge = border * <usize>w;
  const span = (<usize>size) << 2;
  memory.fill(row, 0, line + 2 * border);
  memory.fill(middle, 0, edge);
  memory.fill(middle + edge + <usize>h * line, 0, edge);
  let to = middle + edge;
  for (let j = 0; j < h; j++) {
    memory.copy(row + border, plane + <usize>j * line, line);
    let k: usize = 0;
    for (; k + 16 <= line; k += 16, to += 16) v128.store(to, weighted_4(span, window, row + k, 4));
    for (; k < line; k += 4, to += 4) store<f32>(to, weighted_1(span, window, row + k, 4));
  }
  for (let j = 0; j < h; j++) {
    const from = middle + <usize>j * line;
    let k: usize = 0;
    for (; k + 16 <= line; k += 16, plane += 16) v128.store(plane, weighted_4(span, window, from + k, line));
    for (; k < line; k += 4, plane += 4) store<f32>(plane, weighted_1(span, window, from + k, line));
  }
}

/** sum_u window_u x(u), u ascending from 0, `step` bytes from one x to the next; for four neighbours. */
function weighted_4(span: usize, window: usize, x: usize, step: usize): v128 {
  let sum = f32x4.splat(0);
  for (let u: usize = 0; u < span; u += 4, x += step) {
    sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(window + u), v128.load(x)));
  }
  return sum;
}

function weighted_1(span: usize, window: usize, x: usize, step: usize): f32 {
  let sum: f32 = 0;
  for (let u: usize = 0; u < span; u += 4, x += step) sum += load<f32>(window + u) * load<f32>(x);
  return sum;
}

/** sum_i a_i b_i of c floats: four partial sums, element i to sum i mod 4, joined (0 + 1) + (2 + 3). */
function dot(c: i32, a: usize, b: usize): f32 {
  const end = a + ((<usize>c) << 2);
  let sums = f32x4.splat(0);
  for (; a + 16 <= end; a += 16, b += 16) sums = f32x4.add(sums, f32x4.mul(v128.load(a), v128.load(b)));
  let s0 = f32x4.extract_lane(sums, 0);
  let s1 = f32x4.extract_lane(sums, 1);
  let s2 = f32x4.extract_lane(sums, 2);
  const s3 = f32x4.extract_lane(sums, 3);
  if (a < end) s0 += load<f32>(a) * load<f32>(b);
  if (a + 4 < end) s1 += load<f32>(a, 4) * load<f32>(b, 4);
  if (a + 8 < end) s2 += load<f32>(a, 8) * load<f32>(b, 8);
  return s0 + s1 + (s2 + s3);
}

/** dot with ones. */
function sum(c: i32, a: usize): f32 {
  const end = a + ((<usize>c) << 2);
  let sums = f32x4.splat(0);
  for (; a + 16 <= end; a += 16) sums = f32x4.add(sums, v128.load(a));
  let s0 = f32x4.extract_lane(sums, 0);
  let s1 = f32x4.extract_lane(sums, 1);
  let s2 = f32x4.extract_lane(sums, 2);
  const s3 = f32x4.extract_lane(sums, 3);
  if (a < end) s0 += load<f32>(a);
  if (a + 4 < end) s1 += load<f32>(a, 4);
  if (a + 8 < end) s2 += load<f32>(a, 8);
  return s0 + s1 + (s2 + s3);
}

/** g = x - B x and d of one image; `plane` receives d. */
function centre(
  h: i32,
  w: i32,
  c: i32,
  size: i32,
  window: usize,
  least: f32,
  x: usize,
  g: usize,
  plane: usize,
  scratch: usize,
): void {
  const count = (<usize>h * <usize>w) << 2;
  const pixel = (<usize>c) << 2;
  let from = x;
  for (let p: usize = 0; p < count; p += 4, from += pixel) store<f32>(plane + p, sum(c, from) / <f32>c);
  blur(h, w, size, window, plane, scratch);
  let to = g;
  from = x;
  for (let p: usize = 0; p < count; p += 4) {
    const mean = load<f32>(plane + p);
    const end = from + pixel;
    for (; from + 16 <= end; from += 16, to += 16) v128.store(to, f32x4.sub(v128.load(from), f32x4.splat(mean)));
    for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(from) - mean);
  }
  to = g;
  for (let p: usize = 0; p < count; p += 4, to += pixel) store<f32>(plane + p, dot(c, to, to) / <f32>c);
  blur(h, w, size, window, plane, scratch);
  for (let p: usize = 0; p < count; p += 4) store<f32>(plane + p, max<f32>(least, sqrt<f32>(load<f32>(plane + p))));
}

/**
 * y = g / d for each image.
 *
 *   window   f32[size]  symmetric, size odd, its sum 1
 *   x, y     f32[rows,h,w,c]
 *   scratch  f32[h w + (w + size - 1) + (h + size - 1) w]  overwritten
 *
 * Order  the maps of a position in four partial sums (i mod 4), then the window along rows, then along columns.
 * Needs  least > 0
 */
export function contrast_f32(
  rows: i32,
  h: i32,
  w: i32,
  c: i32,
  size: i32,
  window: F32Pointer,
  least: f32,
  x: F32Pointer,
  y: F32Pointer,
  scratch: F32Pointer,
): void {
  need(h >= 1 && w >= 1 && c >= 1 && size >= 1 && (size & 1) == 1 && least > 0);
  const count = (<usize>h * <usize>w) << 2;
  const pixel = (<usize>c) << 2;
  for (let r = 0; r < rows; r++, x += <usize>h * <usize>w * pixel) {
    centre(h, w, c, size, window, least, x, y, scratch, scratch + count);
    for (let p: usize = 0; p < count; p += 4) {
      const d = load<f32>(scratch + p);
      const end = y + pixel;
      for (; y + 16 <= end; y += 16) v128.store(y, f32x4.div(v128.load(y), f32x4.splat(d)));
      for (; y < end; y += 4) store<f32>(y, load<f32>(y) / d);
    }
  }
}

/**
 * The gradient of contrast_f32. With e = (1/c) sum_i dy_i y_i / d^2 where d > least, else 0:
 *
 *   a = dy / d - g (G * e),   dx += a - B a
 *
 *   window        f32[size]
 *   x, y, dy, dx  f32[rows,h,w,c], y the output of contrast_f32
 *   scratch       f32[h w c + 2 h w + (w + size - 1) + (h + size - 1) w]  overwritten
 *
 * Order  that of contrast_f32 for every mean; dx + (a - B a)
 * Needs  least > 0
 */
export function contrast_grad_f32(
  rows: i32,
  h: i32,
  w: i32,
  c: i32,
  size: i32,
  window: F32Pointer,
  least: f32,
  x: F32Pointer,
  y: F32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
  scratch: F32Pointer,
): void {
  need(h >= 1 && w >= 1 && c >= 1 && size >= 1 && (size & 1) == 1 && least > 0);
  const count = (<usize>h * <usize>w) << 2;
  const pixel = (<usize>c) << 2;
  const image = <usize>h * <usize>w * pixel;
  const g = scratch;
  const d = g + image;
  const plane = d + count;
  const rest = plane + count;
  for (let r = 0; r < rows; r++, x += image, y += image, dy += image, dx += image) {
    centre(h, w, c, size, window, least, x, g, d, rest);
    let at: usize = 0;
    for (let p: usize = 0; p < count; p += 4, at += pixel) {
      const norm = load<f32>(d + p);
      store<f32>(plane + p, norm > least ? dot(c, dy + at, y + at) / (norm * norm) / <f32>c : 0);
    }
    blur(h, w, size, window, plane, rest);
    at = 0;
    for (let p: usize = 0; p < count; p += 4) {
      const norm = load<f32>(d + p);
      const e = load<f32>(plane + p);
      const end = at + pixel;
      for (; at + 16 <= end; at += 16) {
        const through = f32x4.mul(v128.load(g + at), f32x4.splat(e));
        v128.store(g + at, f32x4.sub(f32x4.div(v128.load(dy + at), f32x4.splat(norm)), through));
      }
      for (; at < end; at += 4) store<f32>(g + at, load<f32>(dy + at) / norm - load<f32>(g + at) * e);
    }
    at = g;
    for (let p: usize = 0; p < count; p += 4, at += pixel) store<f32>(plane + p, sum(c, at) / <f32>c);
    blur(h, w, size, window, plane, rest);
    at = 0;
    for (let p: usize = 0; p < count; p += 4) {
      const mean = load<f32>(plane + p);
      const end = at + pixel;
      for (; at + 16 <= end; at += 16) {
        const a = f32x4.sub(v128.load(g + at), f32x4.splat(mean));
        v128.store(dx + at, f32x4.add(v128.load(dx + at), a));
      }
      for (; at < end; at += 4) store<f32>(dx + at, load<f32>(dx + at) + (load<f32>(g + at) - mean));
    }
  }
}
