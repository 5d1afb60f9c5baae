/** The problems with drawn data. */
import { generator, type Problem, problem, vector } from "./problem.ts";

const inf = Number.POSITIVE_INFINITY;

function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** f = x'Ax / 2 - b'x, A = H1 H2 H3 diag(d) H3 H2 H1 of Householder reflections. */
function denseQuadratic(): Problem {
  const n = 100;
  const { sym } = generator(20240601);
  const mirrors = [1, 2, 3].map(() => {
    const v = vector(n, sym);
    const norm = Math.sqrt(product(v, v));
    return v.map((e) => e / norm);
  });
  const b = vector(n, () => 10 * sym());
  const d = vector(n, (i) => 10 ** (-3 + (6 * (i - 1)) / (n - 1)));
  const reflect = (x: Float64Array, v: Float64Array) => {
    const twice = 2 * product(v, x);
    return x.map((e, i) => e - twice * (v[i] as number));
  };
  return problem(
    "quad_dense_n100_c6",
    new Float64Array(n),
    (x, g) => {
      const y = mirrors.reduce(reflect, Float64Array.from(x));
      const dy = y.map((v, i) => v * (d[i] as number));
      const ax = mirrors.toReversed().reduce(reflect, dy);
      for (let i = 0; i < n; i++) g[i] = (ax[i] as number) - (b[i] as number);
      return 0.5 * product(y, dy) - product(b, x);
    },
    (i) => (i % 10 === 0 ? 0.5 : i % 4 === 3 ? -inf : -1),
    (i) => (i % 10 === 0 ? 0.5 : i % 4 === 1 ? inf : 1),
  );
}

function nonNegativeLeastSquares(): Problem {
  const [rows, n] = [60, 30];
  const { sym } = generator(12345);
  const a = Array.from({ length: rows }, () => vector(n, sym));
  const b = vector(rows, sym);
  return problem(
    "nnls_60x30",
    vector(n, () => 1),
    (x, g) => {
      g.fill(0);
      let f = 0;
      a.forEach((row, i) => {
        const r = product(row, x) - (b[i] as number);
        f += 0.5 * r * r;
        row.forEach((v, j) => {
          g[j] = (g[j] as number) + v * r;
        });
      });
      return f;
    },
    () => 0,
  );
}

function sparseLogistic(): Problem {
  const [samples, p, lambda] = [80, 20, 0.01];
  const { sym } = generator(4242);
  const a = Array.from({ length: samples }, () => vector(p, sym));
  const noise = vector(samples, sym);
  const w = vector(p, (j) => [3, -2, 0, 0, 0][(j - 1) % 5] as number);
  const y = a.map((row, i) => (product(row, w) + 0.5 * (noise[i] as number) >= 0 ? 1 : -1));
  return problem(
    "l1_logreg_n41",
    new Float64Array(2 * p + 1),
    (x, g) => {
      const weights = vector(p, (j) => (x[j - 1] as number) - (x[p + j - 1] as number));
      let f = 0;
      g.fill(lambda, 0, 2 * p);
      g[2 * p] = 0;
      a.forEach((row, i) => {
        const label = y[i] as number;
        const z = label * (product(row, weights) + (x[2 * p] as number));
        f += Math.log(1 + Math.exp(-z)) / samples;
        const q = -label / (samples * (1 + Math.exp(z)));
        row.forEach((v, j) => {
          g[j] = (g[j] as number) + q * v;
          g[p + j] = (g[p + j] as number) - q * v;
        });
        g[2 * p] = (g[2 * p] as number) + q;
      });
      return f + lambda * x.subarray(0, 2 * p).reduce((sum, v) => sum + v, 0);
    },
    (i) => (i <= 2 * p ? 0 : -inf),
  );
}

export const generated: Problem[] = [denseQuadratic(), nonNegativeLeastSquares(), sparseLogistic()];
