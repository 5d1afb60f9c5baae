/** L2 pooling and local contrast normalisation with their gradients, one number at a time. Images are [h, w, c]. */
import { add, divide, given, givens, multiply, type Running, root, subtract, sum } from "../support/running.ts";

type Vector = ArrayLike<number>;

export interface Pool {
  h: number;
  w: number;
  c: number;
  kh: number;
  kw: number;
  sh: number;
  sw: number;
  top: number;
  left: number;
  oh: number;
  ow: number;
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Positions in x of the window of element `at` of y. */
function windowOf({ h, w, c, kh, kw, sh, sw, top, left, ow }: Pool, at: number): number[] {
  const [k, j, i] = [at % c, Math.floor(at / c) % ow, Math.floor(at / (c * ow))];
  return range(kh).flatMap((u) =>
    range(kw).flatMap((v) => {
      const [y, x] = [i * sh - top + u, j * sw - left + v];
      return y >= 0 && y < h && x >= 0 && x < w ? [(y * w + x) * c + k] : [];
    }),
  );
}

/** y of one image. */
export function l2Pool(x: Vector, shape: Pool, eps: number): Running[] {
  return range(shape.oh * shape.ow * shape.c).map((at) => {
    const squares = windowOf(shape, at).map((i) => multiply(given(x[i] as number), given(x[i] as number)));
    return root(sum([given(eps), ...squares]));
  });
}

/** dx + the gradient, of one image, from the y that a kernel gave. */
export function l2PoolGradient(x: Vector, y: Vector, dy: Vector, dx: Vector, shape: Pool): Running[] {
  const terms = Array.from(dx, (v) => [given(v)]);
  for (const at of range(y.length)) {
    if (y[at] === 0) continue;
    const q = divide(given(dy[at] as number), given(y[at] as number));
    for (const i of windowOf(shape, at)) terms[i]?.push(multiply(q, given(x[i] as number)));
  }
  return terms.map((list) => sum(list));
}

export interface Contrast {
  h: number;
  w: number;
  c: number;
  /** Weights along one axis. */
  window: readonly number[];
  least: number;
}

/** The blur of a plane, zero outside. */
function blur(plane: readonly Running[], { h, w, window }: Contrast): Running[] {
  const r = (window.length - 1) / 2;
  const pass = (x: readonly Running[], step: (p: number, u: number) => number | undefined) =>
    range(h * w).map((p) =>
      sum(
        window.flatMap((weight, u) => {
          const from = step(p, u - r);
          return from === undefined ? [] : [multiply(given(weight), x[from] as Running)];
        }),
      ),
    );
  const along = pass(plane, (p, u) => ((p % w) + u >= 0 && (p % w) + u < w ? p + u : undefined));
  return pass(along, (p, u) => (p + u * w >= 0 && p + u * w < h * w ? p + u * w : undefined));
}

/** The mean of the maps at each position. */
function means(x: readonly Running[], { h, w, c }: Contrast): Running[] {
  return range(h * w).map((p) => divide(sum(x.slice(p * c, (p + 1) * c)), given(c)));
}

/** g, d, and where it is within rounding whether d is the deviation or the least. */
function centred(x: readonly Running[], shape: Contrast): { g: Running[]; d: Running[]; isOpen: boolean[] } {
  const local = blur(means(x, shape), shape);
  const g = x.map((v, i) => subtract(v, local[Math.floor(i / shape.c)] as Running));
  const variance = blur(
    means(
      g.map((v) => multiply(v, v)),
      shape,
    ),
    shape,
  );
  const deviation = variance.map(root);
  const d = deviation.map((v) => (v.value > shape.least ? v : { value: shape.least, bound: v.bound }));
  return { g, d, isOpen: deviation.map((v) => Math.abs(v.value - shape.least) <= v.bound) };
}

/** y of one image. */
export function contrast(x: Vector, shape: Contrast): Running[] {
  const { g, d } = centred(givens(x), shape);
  return g.map((v, i) => divide(v, d[Math.floor(i / shape.c)] as Running));
}

/** dx + the gradient, of one image, from the y that a kernel gave. */
export function contrastGradient(x: Vector, y: Vector, dy: Vector, dx: Vector, shape: Contrast): Running[] {
  const { h, w, c, least } = shape;
  const { g, d, isOpen } = centred(givens(x), shape);
  if (isOpen.includes(true)) throw new Error("contrast: expected images off the kink, got one on it");
  const e = range(h * w).map((p) => {
    const norm = d[p] as Running;
    if (norm.value <= least) return given(0);
    const terms = range(c).map((i) => multiply(given(dy[p * c + i] as number), given(y[p * c + i] as number)));
    return divide(divide(sum(terms), multiply(norm, norm)), given(c));
  });
  const through = blur(e, shape);
  const a = g.map((v, i) => {
    const p = Math.floor(i / c);
    return subtract(divide(given(dy[i] as number), d[p] as Running), multiply(v, through[p] as Running));
  });
  const local = blur(means(a, shape), shape);
  return a.map((v, i) => add(given(dx[i] as number), subtract(v, local[Math.floor(i / c)] as Running)));
}
