/**
 * The search over c: a bracket of the largest penalty whose minimiser is a success. It is closed from below and above by a
 * factor a step, then narrowed by interpolating, in log c, the margins at its ends.
 */
import { exponential } from "../numeric/exponential.ts";
import { naturalLogarithm } from "../numeric/logarithm.ts";

/** The most that c grows at once. */
const GROWTH_MOST = 16;
/** A bracket counts as that of one factor up to rounding; a wider one is narrowed first, for nothing. */
const ONE_FACTOR = 1.000001;
/** The next c keeps this share of the bracket's width from its ends. */
const CLAMP = 0.1;

export class PenaltyBracket {
  /** Penalty of the minimisation to come. */
  c: number;
  /** How often a bracket of one factor or less has been narrowed. */
  narrowed = 0;
  private readonly factor: number;
  /** The ends: penalty, and the margin above what a success needs. */
  private success = { c: 0, margin: 0 };
  private failure = { c: Number.POSITIVE_INFINITY, margin: 0 };

  constructor(first: number, factor: number) {
    this.c = first;
    this.factor = factor;
  }

  /**
   * Takes the margin at the minimiser for c, beyond what a success needs, and sets the next c.
   *
   * At a minimiser that is a success, 2 c |r| is the slope of the loss, which is that of the margin times the probability of a
   * wrong answer; at the boundary that is 1/2: so c grows by 1 / (2 wrong), to first order, while there is no failure.
   */
  advance(margin: number, wrong: number): void {
    const { c, factor } = this;
    if (margin > 0) this.success = { c, margin };
    else this.failure = { c, margin };
    const { success, failure } = this;
    if (success.c === 0) this.c = c / factor;
    else if (failure.c === Number.POSITIVE_INFINITY) {
      this.c = c * Math.max(factor, Math.min(0.5 / wrong, GROWTH_MOST));
    } else {
      const width = failure.c / success.c;
      if (width <= ONE_FACTOR * factor) this.narrowed++;
      const share = success.margin / (success.margin - failure.margin);
      this.c = success.c * exponential(Math.min(1 - CLAMP, Math.max(CLAMP, share)) * naturalLogarithm(width));
    }
  }
}
