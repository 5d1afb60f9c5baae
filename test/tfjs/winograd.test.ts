/** Gradients of convolutions to their input on tfjs-wasm that go by Winograd's products, and inputs that may not. */
import { beforeAll, expect, test } from "vitest";
import { winogradError } from "../../src/model/layers/winograd.ts";
import { registerGradientKernels } from "../../src/tfjs/index.ts";
import { inputTerms } from "../oracle/convolution.ts";
import { meetings, summed, windowOf } from "../oracle/window.ts";
import { firstBeyond, firstDifferent, g, U32, U64 } from "../support/bounds.ts";
import { noise32 } from "../support/noise.ts";
import { tf } from "../support/tfjs-wasm.ts";
import { inputScale } from "../support/winograd-bounds.ts";

beforeAll(() => registerGradientKernels());

const [images, size, c, n] = [2, 9, 12, 24];

function gradient(taps: number, dy: Float32Array, filter: Float32Array): Float32Array {
  return tf.tidy(() => {
    const slopes = tf.tensor4d(dy, [images, size, size, n]);
    const weights = tf.tensor4d(filter, [taps, taps, c, n]);
    return tf.conv2dTranspose(slopes, weights, [images, size, size, c], 1, "same").dataSync() as Float32Array;
  });
}

for (const taps of [3, 5]) {
  const win = windowOf([size, size], [taps, taps], [1, 1], [1, 1], "same");
  const it = { win, images, c, n };
  const filter = noise32(taps * taps * c * n, 1);
  const dy = noise32(images * size * size * n, 2);
  const zeros = new Float32Array(images * size * size * c);

  test(`Conv2DBackpropInput of ${taps} x ${taps} taps is within Winograd's bound of f64, and no sum of the products in order`, () => {
    const { value, magnitude, inOrder } = summed(zeros, inputTerms(it, dy, filter));
    const { scale, sum } = winogradError("to input", taps, { c, filters: n });
    const own = g(taps ** 2 * n, U64);
    const bound = inputScale(it, dy, filter).map((s, i) => sum * scale * s + own * (magnitude[i] as number));
    const found = gradient(taps, dy, filter);
    expect(firstBeyond(found, value, bound)).toBe(-1);
    expect(firstDifferent(found, inOrder)).not.toBe(-1);
  });

  for (const [title, bad] of [
    ["an infinity", Number.POSITIVE_INFINITY],
    ["a NaN", Number.NaN],
    ["a number near the largest", 2 ** 127],
  ] as const) {
    test(`${title} in dy reaches the pixels that its window meets and no others, ${taps} x ${taps} taps`, () => {
      const position = 4 * size + 5;
      const spoilt = dy.slice();
      spoilt[position * n + 7] = bad;
      const found = gradient(taps, spoilt, filter);
      const met = new Set([...meetings(win)].filter(([at]) => at === position).map(([, , pixel]) => pixel));
      expect(met.size).toBe(taps ** 2);
      const { value, magnitude } = summed(zeros, inputTerms(it, dy, filter));
      const unmet = (i: number) => !met.has(Math.floor(i / c));
      const bound = magnitude.map((m) => (g(taps ** 2 * n + 1, U32) + g(taps ** 2 * n, U64)) * m);
      const [kept, exact, allowed] = [found, value, bound].map((list) => [...list].filter((_, i) => unmet(i)));
      expect(firstBeyond(kept as number[], exact as number[], allowed as number[])).toBe(-1);
      for (const pixel of met) {
        for (let i = 0; i < c; i++) {
          const v = found[pixel * c + i] as number;
          if (bad === 2 ** 127) expect(Math.abs(v)).toBeGreaterThan(2 ** 100);
          else expect(Number.isFinite(v)).toBe(false);
        }
      }
    });
  }

  test(`an infinity in the filter reaches one channel of the gradient, ${taps} x ${taps} taps`, () => {
    const spoilt = filter.slice();
    spoilt[3 * n + 5] = Number.POSITIVE_INFINITY; // of channel 3, at the first tap
    const found = gradient(taps, dy, spoilt);
    expect(found.filter((v, i) => i % c !== 3 && !Number.isFinite(v))).toHaveLength(0);
    expect(found.some((v, i) => i % c === 3 && !Number.isFinite(v))).toBe(true);
  });
}
