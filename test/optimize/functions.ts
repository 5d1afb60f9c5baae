/** Functions and starts that several tests share. */
import type { Objective } from "../../src/optimize/index.ts";

/** sum (x_i - c_i)^2: clamped to the box, its minimum is known. */
export const bowl =
  (c: ArrayLike<number>): Objective =>
  (x, g) => {
    let f = 0;
    for (let i = 0; i < x.length; i++) {
      const t = (x[i] as number) - (c[i] as number);
      f += t * t;
      g[i] = 2 * t;
    }
    return f;
  };
/** The standard start of the Rosenbrock functions. */
export const start = (n: number) => Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
