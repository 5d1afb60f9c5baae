/** Pooling in double precision: the largest and the mean of what a window meets, and what each passes back. */
import { meetings, type Window } from "./window.ts";

type Numbers = ArrayLike<number>;

/** The pixels that each output's window meets, taps ascending: indices into x[images,h,w,c] for y[images,oh,ow,c]. */
export function poolPixels(win: Window, images: number, c: number): number[][] {
  const pixels: number[][] = Array.from({ length: images * win.oh * win.ow * c }, () => []);
  const each = [...meetings(win)];
  for (let image = 0; image < images; image++) {
    for (const [position, , pixel] of each) {
      for (let i = 0; i < c; i++) {
        const at = (image * win.oh * win.ow + position) * c + i;
        pixels[at]?.push((image * win.h * win.w + pixel) * c + i);
      }
    }
  }
  return pixels;
}

/** Where the largest of each window lies, the first of equals. */
export function largest(pixels: readonly number[][], x: Numbers): number[] {
  return pixels.map((window) => window.reduce((best, at) => ((x[at] as number) > (x[best] as number) ? at : best)));
}

export function mean(pixels: readonly number[][], x: Numbers): Float64Array {
  return Float64Array.from(pixels, (at) => at.reduce((sum, i) => sum + (x[i] as number), 0) / at.length);
}
