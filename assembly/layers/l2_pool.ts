/**
 * L2 pooling [Le et al. 2012]: y = sqrt(eps + the sum of the squares of a window), channel by channel. Windows are
 * clipped to the image: what lies outside counts as zero.
 */
import { need } from "../support/need";
import { F32Pointer } from "../support/pointer";

/**
 * y[r,i,j,c] = sqrt(eps + sum over the kh x kw window at (i sh - top, j sw - left) of x[r,.,.,c]^2)
 *
 *   x  f32[rows,h,w,c]
 *   y  f32[rows,oh,ow,c]
 *
 * Order  eps + the first square + the second + ..., rows of the window ascending, columns ascending within them.
 * Error  relative, g(kh kw + 2)
 */
export function l2_pool_f32(
  rows: i32,
  h: i32,
  w: i32,
  c: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  top: i32,
  left: i32,
  oh: i32,
  ow: i32,
  eps: f32,
  x: F32Pointer,
  y: F32Pointer,
): void {
  need(h >= 1 && w >= 1 && c >= 1 && kh >= 1 && kw >= 1 && sh >= 1 && sw >= 1 && eps >= 0);
  const pixel = (<usize>c) << 2;
  const line = <usize>w * pixel;
  for (let r = 0; r < rows; r++, x += <usize>h * line) {
    for (let i = 0; i < oh; i++) {
      const y0 = max(i * sh - top, 0);
      const y1 = min(i * sh - top + kh, h);
      for (let j = 0; j < ow; j++) {
        const x0 = max(j * sw - left, 0);
        const x1 = min(j * sw - left + kw, w);
        let k: usize = 0;
        for (; k + 16 <= pixel; k += 16, y += 16) {
          let sum = f32x4.splat(eps);
          for (let u = y0; u < y1; u++) {
            const end = x + <usize>u * line + <usize>x1 * pixel + k;
            for (let at = x + <usize>u * line + <usize>x0 * pixel + k; at < end; at += pixel) {
              sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.load(at)));
            }
          }
          v128.store(y, f32x4.sqrt(sum));
        }
        for (; k < pixel; k += 4, y += 4) {
          let sum = eps;
          for (let u = y0; u < y1; u++) {
            const end = x + <usize>u * line + <usize>x1 * pixel + k;
            for (let at = x + <usize>u * line + <usize>x0 * pixel + k; at < end; at += pixel) {
              sum += load<f32>(at) * load<f32>(at);
            }
          }
          store<f32>(y, sqrt<f32>(sum));
        }
      }
    }
  }
}

/**
 * dx += (dy / y) x over each window, y the output of l2_pool_f32; nothing passes where y = 0, the tip of the cone.
 *
 *   x, dx  f32[rows,h,w,c]
 *   y, dy  f32[rows,oh,ow,c]
 *
 * Order  windows ascending, as they lie in y: dx + the first window's term + the next one's.
 * Error  |dx' - dx| <= g(t + 2) (|dx| + sum |dy / y| |x|), t the windows that an element lies in
 */
export function l2_pool_grad_f32(
  rows: i32,
  h: i32,
  w: i32,
  c: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  top: i32,
  left: i32,
  oh: i32,
  ow: i32,
  x: F32Pointer,
  y: F32Pointer,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  need(h >= 1 && w >= 1 && c >= 1 && kh >= 1 && kw >= 1 && sh >= 1 && sw >= 1);
  const pixel = (<usize>c) << 2;
  const line = <usize>w * pixel;
  const zero = f32x4.splat(0);
  for (let r = 0; r < rows; r++, x += <usize>h * line, dx += <usize>h * line) {
    for (let i = 0; i < oh; i++) {
      const y0 = max(i * sh - top, 0);
      const y1 = min(i * sh - top + kh, h);
      for (let j = 0; j < ow; j++) {
        const x0 = max(j * sw - left, 0);
        const x1 = min(j * sw - left + kw, w);
        let k: usize = 0;
        for (; k + 16 <= pixel; k += 16, y += 16, dy += 16) {
          const norm = v128.load(y);
          const q = v128.and(f32x4.div(v128.load(dy), norm), f32x4.ne(norm, zero));
          for (let u = y0; u < y1; u++) {
            const end = <usize>u * line + <usize>x1 * pixel + k;
            for (let at = <usize>u * line + <usize>x0 * pixel + k; at < end; at += pixel) {
              v128.store(dx + at, f32x4.add(v128.load(dx + at), f32x4.mul(q, v128.load(x + at))));
            }
          }
        }
        for (; k < pixel; k += 4, y += 4, dy += 4) {
          const norm = load<f32>(y);
          const q: f32 = norm != 0 ? load<f32>(dy) / norm : 0;
          for (let u = y0; u < y1; u++) {
            const end = <usize>u * line + <usize>x1 * pixel + k;
            for (let at = <usize>u * line + <usize>x0 * pixel + k; at < end; at += pixel) {
              store<f32>(dx + at, load<f32>(dx + at) + q * load<f32>(x + at));
            }
          }
        }
      }
    }
  }
}
