/** The problems of ten variables and more that a formula defines. */
import type { Objective } from "../../../src/optimize/index.ts";
import { type Problem, problem, vector } from "./problem.ts";

const inf = Number.POSITIVE_INFINITY;

/** The sample problem of the original's drivers. */
export const driverObjective: Objective = (x, g) => {
  const n = x.length;
  const first = (x[0] as number) - 1;
  let f = 0.25 * first * first;
  let t = 0;
  for (let i = 0; i < n; i++) {
    const v = x[i] as number;
    const next = i + 1 < n ? (x[i + 1] as number) - v * v : 0;
    f += next * next;
    g[i] = (i === 0 ? 2 * (v - 1) : 8 * t) - 16 * v * next;
    t = next;
  }
  return 4 * f;
};

export const driver = (n: number): Problem =>
  problem(
    `driver_n${n}`,
    vector(n, () => 3),
    driverObjective,
    (i) => (i % 2 === 1 ? 1 : -100),
    () => 100,
  );

export const rosenbrockObjective: Objective = (x, g) => {
  let f = 0;
  for (let i = 0; i < x.length; i += 2) {
    const a = x[i] as number;
    const t = (x[i + 1] as number) - a * a;
    f += 100 * t * t + (1 - a) * (1 - a);
    g[i] = -400 * a * t - 2 * (1 - a);
    g[i + 1] = 200 * t;
  }
  return f;
};

const rosenbrockStart = (n: number) => vector(n, (i) => (i % 2 === 1 ? -1.2 : 1));

/** Lower and upper bounds (a, b) of a pair (x_2i-1, x_2i). */
type PairBounds = { lower: [number, number]; upper: [number, number] };
const ofPair = (name: string, n: number, bounds: (pair: number) => PairBounds) =>
  problem(
    name,
    rosenbrockStart(n),
    rosenbrockObjective,
    (i) => bounds(Math.ceil(i / 2)).lower[(i - 1) % 2] as number,
    (i) => bounds(Math.ceil(i / 2)).upper[(i - 1) % 2] as number,
  );

const MIXED: PairBounds[] = [
  { lower: [-inf, -inf], upper: [inf, inf] },
  { lower: [-inf, -inf], upper: [0.5, inf] },
  { lower: [1.5, -10], upper: [10, 10] },
  { lower: [-inf, 2], upper: [inf, 2] },
  { lower: [-2, -inf], upper: [2, 0.5] },
];
const rosenbrockMixed = ofPair("ext_rosenbrock_n100_mixed", 100, (pair) => MIXED[pair % 5] as PairBounds);
const rosenbrockLarge = ofPair("ext_rosenbrock_n10000", 10000, (pair) => ({
  lower: [-inf, pair % 4 === 1 ? 0 : -inf],
  upper: [pair % 2 === 0 ? 0.5 : inf, inf],
}));

const powell = problem(
  "ext_powell_n100_free",
  vector(100, (i) => [1, 3, -1, 0][i % 4] as number),
  (x, g) => {
    let f = 0;
    for (let i = 0; i < x.length; i += 4) {
      const [a, b, c, d] = x.subarray(i, i + 4) as unknown as [number, number, number, number];
      const [p, q, r, s] = [a + 10 * b, c - d, b - 2 * c, a - d];
      f += p * p + 5 * q * q + r ** 4 + 10 * s ** 4;
      g[i] = 2 * p + 40 * s ** 3;
      g[i + 1] = 20 * p + 4 * r ** 3;
      g[i + 2] = 10 * q - 8 * r ** 3;
      g[i + 3] = -10 * q - 40 * s ** 3;
    }
    return f;
  },
);

const penalty = problem(
  "penalty_1_n10",
  vector(10, (i) => i),
  (x, g) => {
    const t = x.reduce((sum, v) => sum + v * v, -0.25);
    x.forEach((v, i) => {
      g[i] = 2e-5 * (v - 1) + 4 * t * v;
    });
    return x.reduce((sum, v) => sum + 1e-5 * (v - 1) ** 2, 0) + t * t;
  },
  (i) => (i === 2 || i === 6 || i === 10 ? 1 : 0),
  () => 100,
);

const variablyDimensioned = problem(
  "variably_dim_n20",
  vector(20, (i) => 1 - i / 20),
  (x, g) => {
    const s = x.reduce((sum, v, i) => sum + (i + 1) * (v - 1), 0);
    x.forEach((v, i) => {
      g[i] = 2 * (v - 1) + (i + 1) * (2 * s + 4 * s ** 3);
    });
    return x.reduce((sum, v) => sum + (v - 1) ** 2, 0) + s * s + s ** 4;
  },
  (i) => (i % 4 === 0 ? 0.2 : -inf),
  (i) => (i % 5 === 0 ? 0.7 : 10),
);

const brown = problem(
  "brown_almost_linear_n10",
  vector(10, () => 0.5),
  (x, g) => {
    const n = x.length;
    const sum = x.reduce((s, v) => s + v, 0);
    const last = x.reduce((p, v) => p * v, 1) - 1;
    let f = last * last;
    let total = 0;
    for (let i = 0; i < n - 1; i++) {
      const r = (x[i] as number) + sum - (n + 1);
      f += r * r;
      total += r;
    }
    for (let j = 0; j < n; j++) {
      const others = x.reduce((p, v, i) => (i === j ? p : p * v), 1);
      const own = j < n - 1 ? (x[j] as number) + sum - (n + 1) : 0;
      g[j] = 2 * (own + total + last * others);
    }
    return f;
  },
  (i) => (i >= 6 ? 0 : -inf),
  (i) => ([0.9, 1, 1.1][i - 1] as number) ?? inf,
);

/** Sum of squares of residuals that couple neighbours: r_i and its derivatives by x_i-1, x_i, x_i+1. */
function chain(
  residual: (i: number, before: number, at: number, after: number) => [number, number, number, number],
): Objective {
  return (x, g) => {
    const n = x.length;
    let f = 0;
    g.fill(0);
    for (let i = 0; i < n; i++) {
      const [r, before, at, after] = residual(i + 1, x[i - 1] ?? 0, x[i] as number, x[i + 1] ?? 0);
      f += r * r;
      if (i > 0) g[i - 1] = (g[i - 1] as number) + 2 * r * before;
      g[i] = (g[i] as number) + 2 * r * at;
      if (i + 1 < n) g[i + 1] = (g[i + 1] as number) + 2 * r * after;
    }
    return f;
  };
}

const h = 1 / 51;
const discreteBoundary = problem(
  "discrete_bv_n50",
  vector(50, (i) => i * h * (i * h - 1)),
  chain((i, before, at, after) => {
    const t = at + i * h + 1;
    return [2 * at - before - after + (h * h * t ** 3) / 2, -1, 2 + 1.5 * h * h * t * t, -1];
  }),
  (i) => (i % 10 === 0 ? -0.05 : -1),
  (i) => (i % 7 === 0 ? -0.08 : inf),
);

const clash = (i: number) => i % 3 === 0 && i % 10 === 1;
const broyden = problem(
  "broyden_tri_n100",
  vector(100, () => -1),
  chain((_, before, at, after) => [(3 - 2 * at) * at - before - 2 * after + 1, -1, 3 - 4 * at, -2]),
  (i) => (clash(i) ? -0.7 : i % 3 === 0 ? -0.6 : -inf),
  (i) => (clash(i) ? -0.7 : i % 10 === 1 ? -0.75 : i % 2 === 0 ? 5 : inf),
);

const linear = problem(
  "linear_full_rank_n50",
  vector(50, () => 1),
  (x, g) => {
    const m = 100;
    const s = (2 / m) * x.reduce((sum, v) => sum + v, 0);
    let f = (m - x.length) * (s + 1) * (s + 1);
    let total = -(m - x.length) * (s + 1);
    x.forEach((v) => {
      f += (v - s - 1) * (v - s - 1);
      total += v - s - 1;
    });
    x.forEach((v, j) => {
      g[j] = 2 * (v - s - 1 - (2 / m) * total);
    });
    return f;
  },
  (i) => (i % 2 === 1 ? -0.5 : -2),
  (i) => (i % 5 === 0 ? 0.3 : 2),
);

const side = 30;
const load = 5 / ((side + 1) * (side + 1));
const wall = (k: number) => {
  const [i, j] = [Math.floor((k - 1) / side) + 1, ((k - 1) % side) + 1];
  return Math.min(i, j, side + 1 - i, side + 1 - j) / (side + 1);
};
const torsion = problem(
  "torsion_n900",
  vector(side * side, wall),
  (x, g) => {
    const v = (i: number, j: number) => (i < 0 || j < 0 || i >= side || j >= side ? 0 : (x[i * side + j] as number));
    let f = 0;
    for (let i = 0; i <= side; i++) {
      for (let j = 0; j <= side; j++) {
        const [down, right] = [v(i, j) - v(i - 1, j), v(i, j) - v(i, j - 1)];
        f += (down * down + right * right) / 2;
        if (i === side || j === side) continue;
        f -= load * v(i, j);
        g[i * side + j] = 4 * v(i, j) - v(i - 1, j) - v(i + 1, j) - v(i, j - 1) - v(i, j + 1) - load;
      }
    }
    return f;
  },
  (k) => -wall(k),
  wall,
);

const degenerate = problem(
  "degenerate_vertex_n10",
  vector(10, (i) => 1 + (i % 3)),
  (x, g) => {
    const at = (i: number) => x[i] ?? 0;
    let f = at(0) ** 2;
    for (let i = 0; i < 10; i++) {
      f += (at(i + 1) - at(i)) ** 2 + 0.01 * (i + 1) * at(i) ** 2;
      g[i] = 2 * (2 * at(i) - at(i - 1) - at(i + 1)) + 0.02 * (i + 1) * at(i);
    }
    return f;
  },
  () => 0,
  () => 20,
);

const infeasible = problem(
  "infeasible_start_n20",
  vector(20, (i) => (i % 2 === 0 ? 1000 : -1000)),
  (x, g) => {
    let f = 0;
    g.fill(0);
    x.forEach((v, k) => {
      const t = v - (k + 1 - 10) / 5;
      f += t * t;
      g[k] = (g[k] as number) + 2 * t;
      if (k + 1 === x.length) return;
      const step = (x[k + 1] as number) - v;
      f += step * step * 0.5;
      g[k] = (g[k] as number) - step;
      g[k + 1] = (g[k + 1] as number) + step;
    });
    return f;
  },
  () => -1,
  (i) => (i % 3 === 0 ? 0.5 : 1),
);

export const large: Problem[] = [
  driver(25),
  driver(1000),
  rosenbrockMixed,
  powell,
  penalty,
  variablyDimensioned,
  brown,
  discreteBoundary,
  broyden,
  linear,
  torsion,
  degenerate,
  infeasible,
  rosenbrockLarge,
];
