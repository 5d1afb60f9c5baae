/** What a search through the parts of a region comes to, and what ends it. */

export interface Outcome {
  readonly verdict: "proved" | "falsified" | "undecided";
  /** The row that falsifies. */
  readonly row?: Float32Array;
  /** Linear bounds that were computed, each of one row of coefficients. */
  readonly evaluations: number;
  /** Parts that were bounded. */
  readonly parts: number;
}

export interface Search {
  /** Whether the budget is spent, given the bounds that were computed. */
  readonly isSpent: (evaluations: number) => boolean;
  /** Gives the event loop its turn. */
  readonly turn: () => Promise<void>;
}
