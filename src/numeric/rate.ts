/** A share of rows, with what it is a share of and how far a sample of that size can be trusted. */
import { wilsonInterval } from "./interval.ts";

/** A share of some rows, and its interval of 95 %. */
export interface Rate {
  /** hits / count, in [0, 1]. */
  rate: number;
  /** Rows that count. */
  hits: number;
  /** Rows in all. */
  count: number;
  /** The 95 % interval of Wilson: the rate over all images is within it 95 times in 100. */
  low: number;
  /** The upper end of the interval. */
  high: number;
}

/** The share of the rows for which something holds. */
export function rateOf(hits: number, count: number): Rate {
  return { rate: hits / count, hits, count, ...wilsonInterval(hits, count) };
}

/** The share of the rows for which it does not. */
export function complement({ hits, count }: Pick<Rate, "hits" | "count">): Rate {
  return rateOf(count - hits, count);
}
