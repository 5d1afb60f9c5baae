/** The products of a convolution, x[images,h,w,c] with filter[kh,kw,c,n], as terms of the sums they enter. */
import { meetings, type Term, type Window } from "./window.ts";

type Numbers = ArrayLike<number>;

export interface Convolution {
  win: Window;
  images: number;
  c: number;
  n: number;
}

/** Output, tap, channel by channel: y[images,oh,ow,n]. */
export function* forwardTerms({ win, images, c, n }: Convolution, x: Numbers, filter: Numbers): Generator<Term> {
  const each = [...meetings(win)];
  for (let image = 0; image < images; image++) {
    for (const [position, tap, pixel] of each) {
      for (let i = 0; i < c; i++) {
        for (let o = 0; o < n; o++) {
          const at = (image * win.oh * win.ow + position) * n + o;
          yield [at, x[(image * win.h * win.w + pixel) * c + i] as number, filter[(tap * c + i) * n + o] as number];
        }
      }
    }
  }
}

/** The gradient to the input, dx[images,h,w,c]; positions ascending, then taps, then output channels. */
export function* inputTerms({ win, images, c, n }: Convolution, dy: Numbers, filter: Numbers): Generator<Term> {
  const each = [...meetings(win)];
  for (let image = 0; image < images; image++) {
    for (const [position, tap, pixel] of each) {
      for (let i = 0; i < c; i++) {
        for (let o = 0; o < n; o++) {
          const slope = dy[(image * win.oh * win.ow + position) * n + o] as number;
          yield [(image * win.h * win.w + pixel) * c + i, slope, filter[(tap * c + i) * n + o] as number];
        }
      }
    }
  }
}

/** The gradient to the filter, [kh,kw,c,n], from one image's positions `first` up to `end`. */
export function* filterTerms(
  { win, c, n }: Convolution,
  x: Numbers,
  dy: Numbers,
  first = 0,
  end = win.oh * win.ow,
): Generator<Term> {
  for (const [position, tap, pixel] of meetings(win)) {
    if (position < first || position >= end) continue;
    for (let i = 0; i < c; i++) {
      for (let o = 0; o < n; o++) {
        yield [(tap * c + i) * n + o, x[pixel * c + i] as number, dy[position * n + o] as number];
      }
    }
  }
}
