/**
 * Windows that slide over an image, and sums over what they meet: written as tfjs defines them (TensorFlow's "same"
 * and "valid"), one number at a time in double precision.
 */

type Numbers = ArrayLike<number>;

/** A filter of kh x kw taps over an image of h x w, with oh x ow outputs. */
export interface Window {
  h: number;
  w: number;
  oh: number;
  ow: number;
  kh: number;
  kw: number;
  sh: number;
  sw: number;
  dh: number;
  dw: number;
  /** Rows and columns of border before the image. */
  top: number;
  left: number;
}

export type Padding = "same" | "valid";

/** Outputs along one side, and the border before it. */
function side(size: number, taps: number, stride: number, dilation: number, padding: Padding): [number, number] {
  const reach = (taps - 1) * dilation + 1;
  if (padding === "valid") return [Math.floor((size - reach) / stride) + 1, 0];
  const outputs = Math.ceil(size / stride);
  return [outputs, Math.floor(Math.max(0, (outputs - 1) * stride + reach - size) / 2)];
}

export function windowOf(
  [h, w]: readonly [number, number],
  [kh, kw]: readonly [number, number],
  [sh, sw]: readonly [number, number],
  [dh, dw]: readonly [number, number],
  padding: Padding,
): Window {
  const [oh, top] = side(h, kh, sh, dh, padding);
  const [ow, left] = side(w, kw, sw, dw, padding);
  return { h, w, oh, ow, kh, kw, sh, sw, dh, dw, top, left };
}

/** The border put on: zeros before and behind as far as the last window reaches. */
export function padded(win: Window): Window {
  const h = Math.max(win.top + win.h, (win.oh - 1) * win.sh + (win.kh - 1) * win.dh + 1);
  const w = Math.max(win.left + win.w, (win.ow - 1) * win.sw + (win.kw - 1) * win.dw + 1);
  return { ...win, h, w, top: 0, left: 0 };
}

/** x[images,h,w,c] inside zeros. */
export function pad(win: Window, images: number, c: number, x: Numbers): Float32Array {
  const to = padded(win);
  const y = new Float32Array(images * to.h * to.w * c);
  for (let image = 0; image < images; image++) {
    for (let i = 0; i < win.h; i++) {
      for (let j = 0; j < win.w; j++) {
        for (let ch = 0; ch < c; ch++) {
          const at = ((image * to.h + i + win.top) * to.w + j + win.left) * c + ch;
          y[at] = x[((image * win.h + i) * win.w + j) * c + ch] as number;
        }
      }
    }
  }
  return y;
}

/** Output position, tap and pixel wherever a window meets the image: positions ascending, taps ascending in each. */
export function* meetings(win: Window): Generator<[position: number, tap: number, pixel: number]> {
  for (let i = 0; i < win.oh; i++) {
    for (let j = 0; j < win.ow; j++) {
      for (let p = 0; p < win.kh; p++) {
        for (let q = 0; q < win.kw; q++) {
          const [y, x] = [i * win.sh + p * win.dh - win.top, j * win.sw + q * win.dw - win.left];
          if (y < 0 || y >= win.h || x < 0 || x >= win.w) continue;
          yield [i * win.ow + j, p * win.kw + q, y * win.w + x];
        }
      }
    }
  }
}

/** One product of a sum: the element it enters, and its factors. */
export type Term = readonly [at: number, a: number, b: number];

export interface Summed {
  /** In double precision. */
  value: Float64Array;
  /** |start| + the sum of |a||b|, what the error bound multiplies. */
  magnitude: Float64Array;
  /** In the order of the terms, each product and each sum rounded to f32 (exactly: 53 >= 2 * 24 + 2). */
  inOrder: Float32Array;
  /** Terms of the element that has most. */
  most: number;
}

export function summed(start: Numbers, terms: Iterable<Term>): Summed {
  const value = Float64Array.from(start);
  const magnitude = value.map(Math.abs);
  const inOrder = Float32Array.from(start);
  const count = new Int32Array(start.length);
  for (const [at, a, b] of terms) {
    value[at] = (value[at] as number) + a * b;
    magnitude[at] = (magnitude[at] as number) + Math.abs(a * b);
    inOrder[at] = (inOrder[at] as number) + Math.fround(a * b);
    count[at] = (count[at] as number) + 1;
  }
  return { value, magnitude, inOrder, most: Math.max(0, ...count) };
}
