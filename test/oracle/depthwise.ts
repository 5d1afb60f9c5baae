/** The products of a depthwise convolution with m filters a channel, [kh,kw,c,m], as terms of the sums they enter. */
import { meetings, type Term, type Window } from "./window.ts";

type Numbers = ArrayLike<number>;

export interface Depthwise {
  win: Window;
  images: number;
  c: number;
  m: number;
}

/** Where the numbers of one product lie: output, tap's filter, pixel's channel. */
function* triples({ win, images, c, m }: Depthwise): Generator<[output: number, filter: number, input: number]> {
  const each = [...meetings(win)];
  for (let image = 0; image < images; image++) {
    for (const [position, tap, pixel] of each) {
      for (let o = 0; o < c * m; o++) {
        const output = (image * win.oh * win.ow + position) * c * m + o;
        yield [output, tap * c * m + o, (image * win.h * win.w + pixel) * c + Math.floor(o / m)];
      }
    }
  }
}

export function* depthwiseTerms(it: Depthwise, x: Numbers, filter: Numbers): Generator<Term> {
  for (const [output, f, input] of triples(it)) yield [output, x[input] as number, filter[f] as number];
}

export function* depthwiseInputTerms(it: Depthwise, dy: Numbers, filter: Numbers): Generator<Term> {
  for (const [output, f, input] of triples(it)) yield [input, dy[output] as number, filter[f] as number];
}

export function* depthwiseFilterTerms(it: Depthwise, x: Numbers, dy: Numbers): Generator<Term> {
  for (const [output, f, input] of triples(it)) yield [f, x[input] as number, dy[output] as number];
}
