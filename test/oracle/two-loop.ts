/**
 * What the two-loop recursion computes, twice over: the recursion as the book writes it, and the matrix it stands
 * for, updated pair by pair.   [Nocedal & Wright 2006, algorithm 7.4 and equation 6.17]
 *
 * Both work on the variables they are given: the caller leaves the fixed ones out.
 */
import { add, divide, dot, exact, multiply, type Tracked } from "./tracked.ts";

type Vector = readonly Tracked[];

/** Oldest first. */
export interface Pair {
  s: number[];
  y: number[];
}

const MINUS_ONE = exact(-1);

function lift(x: readonly number[]): Vector {
  return x.map(exact);
}

function scale(a: Tracked, x: Vector): Vector {
  return x.map((v) => multiply(a, v));
}

function plus(x: Vector, y: Vector): Vector {
  return x.map((v, i) => add(v, y[i] as Tracked));
}

/** Pairs whose curvature the model can use. */
export function usable(pairs: readonly Pair[]): Pair[] {
  return pairs.filter(({ s, y }) => dot(lift(s), lift(y)).value > 0);
}

/** H_0 = s'y / y'y of the newest usable pair, gamma without one. */
function initialScale(pairs: readonly Pair[], gamma: number): Tracked {
  const newest = usable(pairs).at(-1);
  if (!newest) return exact(gamma);
  const y = lift(newest.y);
  return divide(dot(lift(newest.s), y), dot(y, y));
}

/** d = -H g by the recursion. */
export function twoLoop(pairs: readonly Pair[], g: readonly number[], gamma: number): Vector {
  const history = usable(pairs).map(({ s, y }) => ({ s: lift(s), y: lift(y), alpha: exact(0), sy: exact(0) }));
  let q = lift(g);
  for (const pair of history.toReversed()) {
    pair.sy = dot(pair.s, pair.y);
    pair.alpha = divide(dot(pair.s, q), pair.sy);
    q = plus(q, scale(multiply(MINUS_ONE, pair.alpha), pair.y));
  }
  let r = scale(initialScale(pairs, gamma), q);
  for (const { s, y, alpha, sy } of history) {
    const beta = divide(dot(y, r), sy);
    r = plus(r, scale(add(alpha, multiply(MINUS_ONE, beta)), s));
  }
  return scale(MINUS_ONE, r);
}

/** d = -H g by the matrix: H <- V'H V + rho s s', V = I - rho y s', rho = 1 / s'y. */
export function denseBfgs(pairs: readonly Pair[], g: readonly number[], gamma: number): Vector {
  const n = g.length;
  const start = initialScale(pairs, gamma);
  let h: Vector[] = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => (i === j ? start : exact(0))),
  );
  for (const pair of usable(pairs)) {
    const [s, y] = [lift(pair.s), lift(pair.y)];
    const rho = divide(exact(1), dot(s, y));
    const v: Vector[] = y.map((yi, i) =>
      s.map((sj, j) => add(exact(i === j ? 1 : 0), multiply(MINUS_ONE, multiply(rho, multiply(yi, sj))))),
    );
    const update = s.map((si) => s.map((sj) => multiply(rho, multiply(si, sj))));
    const hv = h.map((row) => v.map((_, j) => dot(row, column(v, j))));
    h = v.map((_, i) => v.map((_, j) => add(dot(column(v, i), column(hv, j)), (update[i] as Vector)[j] as Tracked)));
  }
  return h.map((row) => multiply(MINUS_ONE, dot(row, lift(g))));
}

function column(matrix: readonly Vector[], j: number): Vector {
  return matrix.map((row) => row[j] as Tracked);
}
