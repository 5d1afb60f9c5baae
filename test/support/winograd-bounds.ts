/** What the bounds of Winograd's convolutions are stated in: largest numbers of a tile times sums of weights over the taps. */
import type { Convolution } from "../oracle/convolution.ts";

type Numbers = ArrayLike<number>;

/** sum_k |filter[k,c,n]| over the taps k, [c,n]. */
function weightSums({ win, c, n }: Convolution, filter: Numbers): Float64Array {
  const sums = new Float64Array(c * n);
  for (let tap = 0; tap < win.kh * win.kw; tap++) {
    for (let at = 0; at < c * n; at++) sums[at] = (sums[at] as number) + Math.abs(filter[tap * c * n + at] as number);
  }
  return sums;
}

/** Calls `use` for the 2 x 2 tiles of the outputs of each image, at the tile's first output. */
function eachTile({ win, images }: Convolution, use: (image: number, i: number, j: number) => void): void {
  for (let image = 0; image < images; image++) {
    for (let i = 0; i < win.oh; i += 2) for (let j = 0; j < win.ow; j += 2) use(image, i, j);
  }
}

/** The pixels of an h x w image in a square from (i, j) on. */
function pixels(h: number, w: number, i: number, j: number, size: number): number[] {
  const found: number[] = [];
  for (let p = Math.max(0, i); p < Math.min(h, i + size); p++) {
    for (let q = Math.max(0, j); q < Math.min(w, j + size); q++) found.push(p * w + q);
  }
  return found;
}

/** The largest magnitudes over some pixels, channel by channel. */
function largest(values: Numbers, first: number, at: readonly number[], channels: number): Float64Array {
  const found = new Float64Array(channels);
  for (const pixel of at) {
    for (let i = 0; i < channels; i++) {
      found[i] = Math.max(found[i] as number, Math.abs(values[(first + pixel) * channels + i] as number));
    }
  }
  return found;
}

/** For each output sum_c X_c W_c, X the largest |x| in the patch of its tile, W the sums of the weights. */
export function forwardScale(it: Convolution, x: Numbers, filter: Numbers): Float64Array {
  const { win, images, c, n } = it;
  const weights = weightSums(it, filter);
  const scale = new Float64Array(images * win.oh * win.ow * n);
  eachTile(it, (image, i, j) => {
    const patch = pixels(win.h, win.w, i - win.top, j - win.left, win.kh + 1);
    const top = largest(x, image * win.h * win.w, patch, c);
    for (const output of pixels(win.oh, win.ow, i, j, 2)) {
      for (let o = 0; o < n; o++) {
        const sum = top.reduce((total, size, channel) => total + size * (weights[channel * n + o] as number), 0);
        scale[(image * win.oh * win.ow + output) * n + o] = sum;
      }
    }
  });
  return scale;
}

/** For each pixel the sum over the tiles whose patch meets it of sum_o Y_o W_o, Y the largest |dy| of the tile. */
export function inputScale(it: Convolution, dy: Numbers, filter: Numbers): Float64Array {
  const { win, images, c, n } = it;
  const weights = weightSums(it, filter);
  const scale = new Float64Array(images * win.h * win.w * c);
  eachTile(it, (image, i, j) => {
    const top = largest(dy, image * win.oh * win.ow, pixels(win.oh, win.ow, i, j, 2), n);
    const sums = Float64Array.from({ length: c }, (_, channel) =>
      top.reduce((total, size, o) => total + size * (weights[channel * n + o] as number), 0),
    );
    for (const pixel of pixels(win.h, win.w, i - win.top, j - win.left, win.kh + 1)) {
      const at = (image * win.h * win.w + pixel) * c;
      for (let channel = 0; channel < c; channel++) {
        scale[at + channel] = (scale[at + channel] as number) + (sums[channel] as number);
      }
    }
  });
  return scale;
}
