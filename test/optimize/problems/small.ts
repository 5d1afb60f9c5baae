/** The problems of up to nine variables: More, Garbow, Hillstrom (MGH), Hock and Schittkowski, and edges. */
import { boxed, type Problem, problem, squares } from "./problem.ts";

type Quad = [number, number, number, number];
const inf = Number.POSITIVE_INFINITY;

const rosenbrock = boxed(
  "rosenbrock_2",
  [-1.2, 1],
  squares(([a, b], add) => {
    const [x, y] = [a as number, b as number];
    add(10 * (y - x * x), [-20 * x, 10]);
    add(1 - x, [-1, 0]);
  }),
  [-50, 0],
  [0.5, 100],
);

const powellBadlyScaled = boxed(
  "powell_badly_scaled",
  [0, 1],
  squares(([a, b], add) => {
    const [x, y] = [a as number, b as number];
    add(1e4 * x * y - 1, [1e4 * y, 1e4 * x]);
    add(Math.exp(-x) + Math.exp(-y) - 1.0001, [-Math.exp(-x), -Math.exp(-y)]);
  }),
  [0, 1],
  [1, 9],
);

const beale = boxed(
  "beale",
  [1, 1],
  squares(([a, b], add) => {
    const [x, y] = [a as number, b as number];
    [1.5, 2.25, 2.625].forEach((value, k) => {
      const i = k + 1;
      add(value - x * (1 - y ** i), [-(1 - y ** i), x * i * y ** (i - 1)]);
    });
  }),
  [0.6, 0.5],
  [10, 100],
);

const helicalValley = boxed(
  "helical_valley",
  [-1, 0, 0],
  squares((v, add) => {
    const [x, y, z] = v as [number, number, number];
    const turn = 2 * Math.PI;
    const theta =
      x > 0 ? Math.atan(y / x) / turn : x < 0 ? Math.atan(y / x) / turn + 0.5 : 0.25 * (y === 0 ? 1 : Math.sign(y));
    const rr = x * x + y * y;
    const radius = Math.sqrt(rr);
    add(10 * (z - 10 * theta), [(100 * y) / (turn * rr), (-100 * x) / (turn * rr), 10]);
    add(10 * (radius - 1), [(10 * x) / radius, (10 * y) / radius, 0]);
    add(z, [0, 0, 1]);
  }),
  [-100, -1, -1],
  [0.8, 1, 1],
);

const BARD = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39];
const bard = boxed(
  "bard",
  [1, 1, 1],
  squares((v, add) => {
    const [x, y, z] = v as [number, number, number];
    BARD.forEach((value, k) => {
      const u = k + 1;
      const t = 16 - u;
      const w = Math.min(u, t);
      const bottom = t * y + w * z;
      add(value - (x + u / bottom), [-1, (u * t) / bottom ** 2, (u * w) / bottom ** 2]);
    });
  }),
  [0.1, 0.05, 0.05],
  [50, 100, 50],
);

const BELL = [0.0009, 0.0044, 0.0175, 0.054, 0.1295, 0.242, 0.3521, 0.3989];
const gaussian = boxed(
  "gaussian",
  [0.4, 1, 0],
  squares((v, add) => {
    const [x, y, z] = v as [number, number, number];
    for (let i = 1; i <= 15; i++) {
      const t = (8 - i) / 2 - z;
      const e = Math.exp((-y * t * t) / 2);
      add(x * e - (BELL[i <= 8 ? i - 1 : 15 - i] as number), [e, (-x * e * t * t) / 2, x * e * y * t]);
    }
  }),
  [0.4, 1, -0.5],
  [4.2, 2, 0.1],
);

const box3d = boxed(
  "box_3d",
  [0, 10, 20],
  squares((v, add) => {
    const [x, y, z] = v as [number, number, number];
    for (let i = 1; i <= 10; i++) {
      const t = 0.1 * i;
      const [ex, ey, e] = [Math.exp(-t * x), Math.exp(-t * y), Math.exp(-t) - Math.exp(-10 * t)];
      add(ex - ey - z * e, [-t * ex, t * ey, -e]);
    }
  }),
  [0, 5, 0],
  [2, 9.5, 20],
);

const wood = boxed(
  "wood",
  [-3, -1, -3, -1],
  squares((v, add) => {
    const [a, b, c, d] = v as Quad;
    const [r90, r10] = [Math.sqrt(90), Math.sqrt(10)];
    add(10 * (b - a * a), [-20 * a, 10, 0, 0]);
    add(1 - a, [-1, 0, 0, 0]);
    add(r90 * (d - c * c), [0, 0, -2 * r90 * c, r90]);
    add(1 - c, [0, 0, -1, 0]);
    add(r10 * (b + d - 2), [0, r10, 0, r10]);
    add((b - d) / r10, [0, 1 / r10, 0, -1 / r10]);
  }),
  [-100, -100, -100, -100],
  [0, 10, 100, 100],
);

const KOWALIK = [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246];
const OSBORNE = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625];
const kowalikOsborne = boxed(
  "kowalik_osborne",
  [0.25, 0.39, 0.415, 0.39],
  squares((v, add) => {
    const [a, b, c, d] = v as Quad;
    KOWALIK.forEach((value, i) => {
      const u = OSBORNE[i] as number;
      const top = u * u + u * b;
      const bottom = u * u + u * c + d;
      const q = (a * top) / bottom ** 2;
      add(value - (a * top) / bottom, [-top / bottom, (-a * u) / bottom, q * u, q]);
    });
  }),
  [0, -1, 0.13, 0.12],
  [10, 12, 13, 14],
);

const brownDennis = boxed(
  "brown_dennis",
  [25, 5, -5, -1],
  (x, g) => {
    const [a, b, c, d] = Array.from(x) as Quad;
    let f = 0;
    g.fill(0);
    for (let i = 1; i <= 20; i++) {
      const t = i / 5;
      const p = a + t * b - Math.exp(t);
      const q = c + d * Math.sin(t) - Math.cos(t);
      const r = p * p + q * q;
      f += r * r;
      [p, t * p, q, Math.sin(t) * q].forEach((v, j) => {
        g[j] = (g[j] as number) + 4 * r * v;
      });
    }
    return f;
  },
  [-10, 0, -100, -20],
  [100, 15, 0, 0.2],
);

const biggs = boxed(
  "biggs_exp6",
  [1, 2, 1, 1, 1, 1],
  squares((v, add) => {
    const [a, b, c, d, e, h] = v as [...Quad, number, number];
    for (let i = 1; i <= 13; i++) {
      const t = 0.1 * i;
      const value = Math.exp(-t) - 5 * Math.exp(-10 * t) + 3 * Math.exp(-4 * t);
      const [ea, eb, ee] = [Math.exp(-t * a), Math.exp(-t * b), Math.exp(-t * e)];
      add(c * ea - d * eb + h * ee - value, [-t * c * ea, t * d * eb, ea, -eb, -t * h * ee, ee]);
    }
  }),
  [0, 0, 0, 1, 0, 0],
  [2, 8, 1, 7, 5, 5],
);

const watson = boxed(
  "watson_9",
  Array(9).fill(0),
  squares((x, add) => {
    for (let i = 1; i <= 29; i++) {
      const t = i / 29;
      let slope = 0;
      let value = 0;
      x.forEach((v, k) => {
        if (k > 0) slope += k * v * t ** (k - 1);
        value += v * t ** k;
      });
      add(
        slope - value * value - 1,
        x.map((_, k) => (k > 0 ? k * t ** (k - 1) : 0) - 2 * value * t ** k),
      );
    }
    const [a, b] = x as [number, number];
    add(a, [1]);
    add(b - a * a - 1, [-2 * a, 1]);
  }),
  [-1e-5, 0, 0, 0, 0, -3, 0, -3, 0],
  [1e-5, 0.9, 0.1, 1, 1, 0, 4, 0, 2],
);

const hs5 = boxed(
  "hs5",
  [0, 0],
  (v, g) => {
    const [x, y] = Array.from(v) as [number, number];
    g[0] = Math.cos(x + y) + 2 * (x - y) - 1.5;
    g[1] = Math.cos(x + y) - 2 * (x - y) + 2.5;
    return Math.sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1;
  },
  [-1.5, -3],
  [4, 3],
);

const hs45 = boxed(
  "hs45",
  Array(5).fill(2),
  (x, g) => {
    const product = (skip: number) => x.reduce((p, v, i) => (i === skip ? p : p * v), 1);
    for (let i = 0; i < 5; i++) g[i] = -product(i) / 120;
    return 2 - product(-1) / 120;
  },
  Array(5).fill(0),
  [1, 2, 3, 4, 5],
);

const one = boxed(
  "n1_active",
  [5],
  ([x], g) => {
    const t = (x as number) - 2;
    g[0] = 4 * t ** 3 + 1;
    return t ** 4 + (x as number);
  },
  [3],
  [inf],
);

const fixed = problem(
  "all_fixed_n3",
  [0, 0, 0],
  (x, g) => {
    x.forEach((v, i) => {
      g[i] = 2 * (v - 5);
    });
    return x.reduce((f, v) => f + (v - 5) ** 2, 0);
  },
  (i) => i,
  (i) => i,
);

export const small: Problem[] = [
  rosenbrock,
  powellBadlyScaled,
  beale,
  helicalValley,
  bard,
  gaussian,
  box3d,
  wood,
  kowalikOsborne,
  brownDennis,
  biggs,
  watson,
  hs5,
  hs45,
  one,
  fixed,
];
