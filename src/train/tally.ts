/** Sums over rows, from which the means of an epoch are computed. */

export interface Tally {
  rows: number;
  /** Summed cross-entropy, nats; NaN where it is not finite. */
  loss: number;
  errors: number;
}

export function addTally(a: Tally, b: Tally): Tally {
  return { rows: a.rows + b.rows, loss: a.loss + b.loss, errors: a.errors + b.errors };
}
