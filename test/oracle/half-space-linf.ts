/** The smallest cube around a point, cut by a box, that meets a half-space: in closed form up to a sort. */
import type { HalfSpaceProblem } from "./half-space.ts";

/**
 * The least e >= 0 with <w, clamp(x + e sign(w))> + b >= margin; infinite where no point of the box lies in the half-space.
 * The reach grows with e in straight pieces, between the e at which components meet their bounds.
 */
export function linfToHalfSpace({ x, w, b, lower, upper }: HalfSpaceProblem, margin: number): number {
  const reach = (e: number) =>
    w.reduce((sum, slope, i) => {
      const to = (x[i] as number) + Math.sign(slope) * e;
      return sum + slope * Math.min(Math.max(to, lower), upper);
    }, b);
  const meets = w
    .map((slope, i) => (slope === 0 ? 0 : Math.abs((slope > 0 ? upper : lower) - (x[i] as number))))
    .sort((p, q) => p - q);
  let from = 0;
  if (reach(0) >= margin) return 0;
  for (const to of meets) {
    if (reach(to) >= margin) return from + ((margin - reach(from)) / (reach(to) - reach(from))) * (to - from);
    from = to;
  }
  return Number.POSITIVE_INFINITY;
}
