/** The nearest point of a half-space within a box, in closed form up to a sort: what an attack on a linear model should find. */

export interface HalfSpaceProblem {
  x: ArrayLike<number>;
  /** <w, x'> + b >= margin is asked for. */
  w: readonly number[];
  b: number;
  lower: number;
  upper: number;
}

export interface Nearest {
  /** Infinite where no point of the box lies in the half-space. */
  distance: number;
  /** Components that the box holds at a bound. */
  held: number;
}

/**
 * The minimiser is clamp(x + t w) for the least t >= 0 that reaches the margin: the conditions of Karush, Kuhn and Tucker
 * with multiplier 2 t. Its reach grows with t in straight pieces, between the t at which components meet their bounds.
 */
export function nearestInHalfSpace({ x, w, b, lower, upper }: HalfSpaceProblem, margin: number): Nearest {
  const at = (t: number) => Array.from(x, (v, i) => Math.min(Math.max(v + t * (w[i] as number), lower), upper));
  const reach = (t: number) => at(t).reduce((sum, v, i) => sum + v * (w[i] as number), b);
  const meets = w
    .map((slope, i) => (slope === 0 ? 0 : ((slope > 0 ? upper : lower) - (x[i] as number)) / slope))
    .sort((p, q) => p - q);
  let from = 0;
  if (reach(0) >= margin) return { distance: 0, held: 0 };
  for (const to of meets) {
    if (reach(to) >= margin) {
      const share = (margin - reach(from)) / (reach(to) - reach(from));
      const nearest = at(from + share * (to - from));
      return {
        distance: Math.sqrt(nearest.reduce((sum, v, i) => sum + (v - (x[i] as number)) ** 2, 0)),
        held: nearest.filter((v, i) => w[i] !== 0 && (v === lower || v === upper)).length,
      };
    }
    from = to;
  }
  return { distance: Number.POSITIVE_INFINITY, held: w.length };
}
