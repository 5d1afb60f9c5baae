/**
 * Layers that are sums of weighted inputs, as a list of who is connected to whom: convolution in groups, and locally
 * connected layers. One number at a time, with the tolerance of a single-precision sum in any order.
 */
import { given, multiply, type Running, sum } from "../support/running.ts";

type Vector = ArrayLike<number>;

/** What one output element sums: its bias, and inputs with their weights. */
export interface Connection {
  bias: number;
  taps: { input: number; weight: number }[];
}

export interface Local {
  h: number;
  w: number;
  c: number;
  kh: number;
  kw: number;
  sh: number;
  sw: number;
  dh: number;
  dw: number;
  top: number;
  left: number;
  oh: number;
  ow: number;
  filters: number;
  groups: number;
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Input pixel and place (u kw + v) of every tap of output (i, j) that lies inside the image. */
function tapsOf(s: Local, i: number, j: number): { pixel: number; tap: number }[] {
  return range(s.kh * s.kw).flatMap((tap) => {
    const y = i * s.sh - s.top + Math.floor(tap / s.kw) * s.dh;
    const x = j * s.sw - s.left + (tap % s.kw) * s.dw;
    return y >= 0 && y < s.h && x >= 0 && x < s.w ? [{ pixel: y * s.w + x, tap }] : [];
  });
}

/** Convolution in groups, kernel [kh, kw, c / groups, filters]. */
export function grouped(s: Local): Connection[] {
  const channels = s.c / s.groups;
  return range(s.oh * s.ow).flatMap((p) =>
    range(s.filters).map((f) => {
      const first = Math.floor(f / (s.filters / s.groups)) * channels;
      const taps = tapsOf(s, Math.floor(p / s.ow), p % s.ow).flatMap(({ pixel, tap }) =>
        range(channels).map((k) => ({ input: pixel * s.c + first + k, weight: (tap * channels + k) * s.filters + f })),
      );
      return { bias: f, taps };
    }),
  );
}

/** Weights of its own for every position, kernel [oh ow, kh kw c, filters], bias [oh ow, filters]. */
export function local(s: Local): Connection[] {
  const size = s.kh * s.kw * s.c;
  return range(s.oh * s.ow).flatMap((p) =>
    range(s.filters).map((f) => {
      const taps = tapsOf(s, Math.floor(p / s.ow), p % s.ow).flatMap(({ pixel, tap }) =>
        range(s.c).map((k) => ({
          input: pixel * s.c + k,
          weight: (p * size + tap * s.c + k) * s.filters + f,
        })),
      );
      return { bias: p * s.filters + f, taps };
    }),
  );
}

const product = (a: Vector, i: number, b: Vector, j: number) => multiply(given(a[i] as number), given(b[j] as number));

/** y of one row. */
export function outputs(list: readonly Connection[], x: Vector, kernel: Vector, bias: Vector | undefined): Running[] {
  return list.map((one) =>
    sum([given(bias?.[one.bias] ?? 0), ...one.taps.map(({ input, weight }) => product(x, input, kernel, weight))]),
  );
}

/** dx + the gradient to the input, of one row. */
export function inputGradient(list: readonly Connection[], kernel: Vector, dy: Vector, dx: Vector): Running[] {
  const terms = Array.from(dx, (v) => [given(v)]);
  list.forEach(({ taps }, at) => {
    for (const { input, weight } of taps) terms[input]?.push(product(dy, at, kernel, weight));
  });
  return terms.map((list) => sum(list));
}

/** The gradient to the kernel, summed over rows. */
export function kernelGradient(
  list: readonly Connection[],
  rows: readonly { x: Vector; dy: Vector }[],
  size: number,
): Running[] {
  const terms: Running[][] = range(size).map(() => []);
  for (const { x, dy } of rows) {
    list.forEach(({ taps }, at) => {
      for (const { input, weight } of taps) terms[weight]?.push(product(x, input, dy, at));
    });
  }
  return terms.map((list) => sum(list));
}

/** The gradient to the bias, summed over rows. */
export function biasGradient(list: readonly Connection[], rows: readonly { dy: Vector }[], size: number): Running[] {
  const terms: Running[][] = range(size).map(() => []);
  for (const { dy } of rows) {
    list.forEach(({ bias }, at) => {
      terms[bias]?.push(given(dy[at] as number));
    });
  }
  return terms.map((list) => sum(list));
}
