/** What a test problem is, and what its definitions are written with. */
import type { Objective } from "../../../src/optimize/index.ts";

export interface Problem {
  name: string;
  start: Float64Array;
  lower: Float64Array;
  upper: Float64Array;
  fg: Objective;
}

/** n numbers by their 1-based index. */
export const vector = (n: number, at: (i: number) => number) => Float64Array.from({ length: n }, (_, i) => at(i + 1));

/** A problem whose bounds are given by 1-based index; none where nothing is given. */
export function problem(
  name: string,
  start: Float64Array | number[],
  fg: Objective,
  lower: (i: number) => number = () => Number.NEGATIVE_INFINITY,
  upper: (i: number) => number = () => Number.POSITIVE_INFINITY,
): Problem {
  const n = start.length;
  return { name, start: Float64Array.from(start), fg, lower: vector(n, lower), upper: vector(n, upper) };
}

/** The same for bounds in arrays. */
export function boxed(name: string, start: number[], fg: Objective, lower: number[], upper: number[]): Problem {
  return problem(
    name,
    start,
    fg,
    (i) => lower[i - 1] as number,
    (i) => upper[i - 1] as number,
  );
}

/** f = sum r_i^2 and g = 2 J'r: `terms` calls `add` with each residual and its row of J. */
export function squares(terms: (x: number[], add: (r: number, row: number[]) => void) => void): Objective {
  return (x, g) => {
    let f = 0;
    g.fill(0);
    terms(Array.from(x), (r, row) => {
      f += r * r;
      for (let j = 0; j < row.length; j++) g[j] = (g[j] as number) + 2 * r * (row[j] as number);
    });
    return f;
  };
}

/** The generator of problems.md: numbers in (0, 1), and in (-1, 1). */
export function generator(seed: number): { draw: () => number; sym: () => number } {
  let s = seed;
  const draw = () => {
    s = (16807 * s) % 2147483647;
    return s / 2147483647;
  };
  return { draw, sym: () => 2 * draw() - 1 };
}
