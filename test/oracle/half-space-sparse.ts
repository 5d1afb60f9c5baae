/** The shortest ways in L1 and L0 from a point to a half-space, within a box: greedy, as every feature has its own price. */
import type { HalfSpaceProblem } from "./half-space.ts";

/** What each feature gains at most, and over which length, by falling price of a unit of length or of a feature. */
function moves({ x, w, lower, upper }: HalfSpaceProblem, price: (slope: number, gain: number) => number) {
  return w
    .map((slope, i) => {
      const room = slope === 0 ? 0 : Math.abs((slope > 0 ? upper : lower) - (x[i] as number));
      return { slope: Math.abs(slope), room, gain: Math.abs(slope) * room };
    })
    .sort((p, q) => price(q.slope, q.gain) - price(p.slope, p.gain));
}

function missingOf({ x, w, b }: HalfSpaceProblem, margin: number): number {
  return margin - w.reduce((sum, slope, i) => sum + slope * (x[i] as number), b);
}

/** The least sum |r_i| with <w, x + r> + b >= margin and x + r in the box; infinite where there is none. */
export function l1ToHalfSpace(problem: HalfSpaceProblem, margin: number): number {
  let missing = missingOf(problem, margin);
  let length = 0;
  for (const { slope, room, gain } of moves(problem, (slope) => slope)) {
    if (missing <= 0) return length;
    if (gain >= missing) return length + missing / slope;
    length += room;
    missing -= gain;
  }
  return missing <= 0 ? length : Number.POSITIVE_INFINITY;
}

/** The least number of features that must change for <w, x + r> + b >= margin; infinite where all do not suffice. */
export function l0ToHalfSpace(problem: HalfSpaceProblem, margin: number): number {
  let missing = missingOf(problem, margin);
  let count = 0;
  for (const { gain } of moves(problem, (_, most) => most)) {
    if (missing <= 0) return count;
    missing -= gain;
    count++;
  }
  return missing <= 0 ? count : Number.POSITIVE_INFINITY;
}
