/** The shortest way in L1 from a point to a half-space, within a box: the steepest features go first, as far as the box lets them. */
import type { HalfSpaceProblem } from "./half-space.ts";

/** The least sum |r_i| with <w, x + r> + b >= margin and x + r in the box; infinite where there is none. */
export function l1ToHalfSpace({ x, w, b, lower, upper }: HalfSpaceProblem, margin: number): number {
  let missing = margin - w.reduce((sum, slope, i) => sum + slope * (x[i] as number), b);
  let length = 0;
  const moves = w
    .map((slope, i) => ({ slope: Math.abs(slope), room: Math.abs((slope > 0 ? upper : lower) - (x[i] as number)) }))
    .sort((p, q) => q.slope - p.slope);
  for (const { slope, room } of moves) {
    if (missing <= 0) return length;
    if (slope * room >= missing) return length + missing / slope;
    length += room;
    missing -= slope * room;
  }
  return missing <= 0 ? length : Number.POSITIVE_INFINITY;
}
