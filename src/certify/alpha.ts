/**
 * How much a label leads over a ball at least, by linear bounds whose slopes below are improved by an ascent, those of the intervals on the
 * way included [alpha-CROWN: Xu et al. 2021]. For networks whose every bend is a rectifier.
 */
import { ascend, ascendUnits } from "./branch/ascent.ts";
import { firstParameters, narrow, openUnits } from "./branch/part.ts";
import { Relaxation } from "./branch/relaxation.ts";
import type { LinearBounds } from "./linear-bounds.ts";
import { leadNeeded, leadWeights, type Question } from "./question.ts";

/** Steps of the ascent and its rates: of intervals, and of the leads. */
const INTERVALS = { steps: 8, rates: { slope: 0.2, split: 0 }, enough: 0 } as const;
const LEADS = { steps: 20, rates: { slope: 0.2, split: 0 }, enough: Number.POSITIVE_INFINITY } as const;

export class AlphaBounds {
  private readonly relaxation: Relaxation;

  /** Undefined for networks that do not bend or bend otherwise, and for those whose intervals take long enough as it is. */
  static of(bounds: LinearBounds): AlphaBounds | undefined {
    const bends = bounds.steps.some((step) => step?.isRectifier === true);
    return bends && Relaxation.fits(bounds) && !bounds.isLarge ? new AlphaBounds(bounds) : undefined;
  }

  private constructor(bounds: LinearBounds) {
    this.relaxation = new Relaxation(bounds);
  }

  lead({ target, bounds, row, label, other, norm, box }: Question, epsilon: number): number {
    const { relaxation } = this;
    const ends = relaxation.prepare({ row, box, norm, epsilon });
    if (!ends) return Number.NEGATIVE_INFINITY;
    relaxation.rectifiers.forEach(({ input }, k) => {
      // The first intervals have no slopes before them.
      if (relaxation.rectifiers.some(({ output }) => output <= input)) this.narrowUnits(ends, k);
    });
    const weights = leadWeights(bounds.scores, label, other);
    const count = weights.length / bounds.scores;
    const parameters = firstParameters(ends);
    let least = Number.POSITIVE_INFINITY;
    for (let first = 0; first < count; first += relaxation.batch) {
      const n = Math.min(relaxation.batch, count - first);
      const beginning = relaxation.weighing(weights.subarray(first * bounds.scores, (first + n) * bounds.scores));
      relaxation.set(
        n,
        beginning.before,
        () => ends,
        () => parameters,
      );
      for (const bound of ascend(relaxation, n, beginning, LEADS).bounds) least = Math.min(least, bound);
    }
    return least - leadNeeded(target);
  }

  /** Narrows the intervals of a rectifier's inputs that have both signs. */
  private narrowUnits(ends: readonly Float32Array[], k: number): void {
    const { relaxation } = this;
    const interval = ends[k] as Float32Array;
    const size = interval.length / 2;
    const open = openUnits(interval);
    for (let first = 0; first < open.length; first += relaxation.batch) {
      const units = Int32Array.from(open.slice(first, first + relaxation.batch));
      const below = ascendUnits(relaxation, { k, units, sign: 1, ends }, INTERVALS).bounds;
      const above = ascendUnits(relaxation, { k, units, sign: -1, ends }, INTERVALS).bounds;
      units.forEach((unit, r) => {
        narrow(interval, size, unit, below[r] as number, above[r] as number);
      });
    }
  }
}
