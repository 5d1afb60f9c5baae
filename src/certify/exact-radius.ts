/**
 * The largest radius that branch and bound proves: between the radius that linear bounds prove and the nearest change that is known,
 * balls are decided until the two are near. Each ball that is proved is a certificate of its own.
 */

import type { Outcome, Search } from "./branch/outcome.ts";
import type { Spending } from "./budget.ts";

/** How near the radius comes to the nearest change that is known, relatively. */
const NEAR = 0.01;
/** The first ball that is tried, beside the nearest change: a little inside of what is wanted. */
const INSIDE = 0.7 * NEAR;
/** What a ball may spend of what is left. */
const SHARE = 0.6;
/** A radius grows by this factor at most where no change is known. */
const GROWTH = 1.5;

/** Between which lengths the largest radius lies: all that a search has come to. */
export interface RadiusBracket {
  /** Proved. */
  readonly low: number;
  /** The length of the shortest change known that alters the answer, or of the farthest there is. */
  readonly known: number;
  /** Not proved. */
  readonly high: number;
  /** Whether a change of the length `known` alters the answer. */
  readonly isKnown: boolean;
}

export interface ExactRadius {
  /** Proved. */
  readonly radius: number;
  /** The length of the shortest change known that alters the answer; NaN where none is. */
  readonly found: number;
  /** Whether the budget ended before the radius was near a change that alters the answer. */
  readonly isCut: boolean;
}

/**
 * @param begun where the search begins, or goes on
 * @param onBracket told of each bracket before a ball is decided
 * @param decide whether no change within a radius alters the answer, and the length of one that does where one is found
 */
export async function exactRadius(
  spending: Spending,
  begun: RadiusBracket,
  onBracket: (bracket: RadiusBracket) => void,
  decide: (radius: number, search: Search) => Promise<Pick<Outcome, "verdict" | "evaluations"> & { length?: number }>,
): Promise<ExactRadius> {
  let { low, known, high, isKnown } = begun;
  const end = (isCut: boolean) => ({ radius: low, found: isKnown ? known : Number.NaN, isCut });
  let next = high;
  while (low < (isKnown ? known * (1 - NEAR) : known)) {
    if (spending.isSpent) return end(true);
    if (high === known) next = isKnown ? known * (1 - INSIDE) : known;
    else next = (low + high) / 2;
    if (low > 0 && !isKnown) next = Math.min(next, GROWTH * low);
    // Nothing between them is left to try.
    if (next <= low * (1 + NEAR / 8)) return end(true);
    onBracket({ low, known, high, isKnown });
    const outcome = await decide(next, spending.search(SHARE));
    spending.evaluations += outcome.evaluations;
    if (outcome.verdict === "proved") low = next;
    else if (outcome.length !== undefined && outcome.verdict === "falsified") {
      [known, high, isKnown] = [outcome.length, outcome.length, true];
    } else high = next;
  }
  return end(false);
}
