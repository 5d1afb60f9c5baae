/**
 * Intervals of regions of one row that were looked at before: those of a ball hold for every smaller ball, so that what is settled
 * there, such as a rectifier that is off, needs no bound of its own any more.
 */
import type { Interval } from "./interval.ts";
import type { Ball } from "./region.ts";

/** Regions that are kept. */
const MOST = 4;

/** Intervals by value. */
export type Intervals = ReadonlyMap<number, Interval>;

/** What is known of a region that was looked at. */
export interface KeptRegion {
  readonly epsilon: number;
  readonly intervals: Intervals;
}

export class WiderRegions {
  private of: Omit<Ball, "epsilon"> | undefined;
  private kept: KeptRegion[] = [];

  /** The intervals of the smallest ball that holds this one. */
  around({ row, box, norm, epsilon }: Ball): Intervals | undefined {
    const { of } = this;
    if (of?.row !== row || of.box !== box || of.norm !== norm) {
      this.of = { row, box, norm };
      this.kept = [];
    }
    return this.kept.find((kept) => kept.epsilon >= epsilon)?.intervals;
  }

  /** All that is kept, plain data. */
  get regions(): readonly KeptRegion[] {
    return this.kept;
  }

  /** Goes on with what was kept of a row, whose regions these are. */
  restore({ row, box, norm }: Omit<Ball, "epsilon">, kept: readonly KeptRegion[]): void {
    this.of = { row, box, norm };
    this.kept = [...kept];
  }

  /** Keeps the intervals of a ball that `around` was asked about. */
  keep(epsilon: number, intervals: Intervals): void {
    this.kept = [...this.kept, { epsilon, intervals }].sort((a, b) => a.epsilon - b.epsilon).slice(-MOST);
  }
}

/** Narrows an interval to what it shares with another. */
export function intersect({ lower, upper }: Interval, other: Interval): void {
  for (let i = 0; i < lower.length; i++) {
    lower[i] = Math.max(lower[i] as number, other.lower[i] as number);
    upper[i] = Math.min(upper[i] as number, other.upper[i] as number);
  }
}
