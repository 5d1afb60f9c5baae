/** Whether two groups of numbers differ in their mean, by what dealing the numbers out anew at random would give. */
import { outOfRange, requireFinite, requireInteger, requireOptions } from "../check.ts";
import { Random } from "./random.ts";
import { mean, sum } from "./statistics.ts";

/** Stream of the generator. */
const STREAM = 2;

/** Deals of a test that is not told how many. */
export const DEALS = 9999;

/** What a permutation test of two groups found. */
export interface PermutationTest {
  /** Mean of the first group less that of the second. */
  difference: number;
  /** Means of the two groups. */
  means: readonly [number, number];
  /**
   * (1 + deals with a difference as large, either way) / (1 + deals): how often chance alone does that [Phipson and Smyth,
   * "Permutation p-values should never be zero", 2010].
   */
  p: number;
  /** Deals that were made. */
  deals: number;
}

/** How many deals a permutation test makes, and from which seed. */
export interface PermutationTestOptions {
  /** Default 9999. */
  deals?: number;
  /** Default 0. */
  seed?: number;
}

/** Two groups of numbers to be compared. */
export type Groups = readonly [a: ArrayLike<number>, b: ArrayLike<number>];

/**
 * A two-sided permutation test of the means of two groups of numbers; the same numbers, seed and deals give the same
 * bits. Throws for groups that are empty or not finite, and for options that are unknown or out of range.
 */
export function permutationTest(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: PermutationTestOptions = {},
): PermutationTest {
  requireOptions("permutationTest", options, { deals: true, seed: true });
  const { deals = DEALS, seed = 0 } = options;
  requireInteger("deals", deals, 1);
  const tests = new PermutationTests([[a, b]], { seed });
  for (let deal = 0; deal < deals; deal++) tests.deal();
  return tests.results()[0] as PermutationTest;
}

/**
 * Tests of several measures of the same two groups, to the bits of one test after another: the deals, which cost most, are shared.
 * A deal a call, so that a long test can be watched and stopped.
 */
export class PermutationTests {
  private readonly counters: readonly DealCounter[];
  private readonly random: Random;
  private readonly swaps: Uint32Array;
  private readonly size: number;
  private deals = 0;

  constructor(measures: readonly Groups[], { seed = 0 }: Pick<PermutationTestOptions, "seed"> = {}) {
    const [n, m] = measures[0]?.map(({ length }) => length) ?? [0, 0];
    for (const [a, b] of measures) {
      if (a.length === 0 || b.length === 0) outOfRange("groups", "a number in each", `${a.length} and ${b.length}`);
      if (a.length !== n || b.length !== m) {
        outOfRange("groups", `${n} and ${m} numbers, as the first measure has`, `${a.length} and ${b.length}`);
      }
      requireFinite("first group", a);
      requireFinite("second group", b);
    }
    this.counters = measures.map(([a, b]) => new DealCounter(a, b));
    this.random = new Random(seed, STREAM);
    this.swaps = new Uint32Array(n as number);
    this.size = (n as number) + (m as number);
  }

  /** Deals the numbers of every measure out anew. */
  deal(): void {
    const { swaps, size, random } = this;
    const n = swaps.length;
    for (let i = 0; i < n; i++) swaps[i] = i + Math.floor(random.uniform(this.deals * n + i) * (size - i));
    for (const counter of this.counters) counter.deal(swaps);
    this.deals++;
  }

  /** By the deals so far, a test a measure. */
  results(): PermutationTest[] {
    const { deals } = this;
    return this.counters.map(({ difference, means, asLarge }) => {
      return { difference, means, p: (1 + asLarge) / (1 + deals), deals };
    });
  }
}

/** Counts the deals of one measure whose groups are as far apart as the given ones. */
class DealCounter {
  readonly difference: number;
  readonly means: readonly [number, number];
  asLarge = 0;
  private readonly all: Float64Array;
  private readonly total: number;
  private readonly tolerance: number;

  constructor(a: ArrayLike<number>, b: ArrayLike<number>) {
    this.all = Float64Array.from([...Array.from(a), ...Array.from(b)]);
    this.total = sum(this.all);
    this.means = [mean(a), mean(b)];
    // A sum in another order may be off by this: such a deal counts as equal, as it should.
    this.tolerance = 1e-12 * (Math.abs(this.means[0]) + Math.abs(this.means[1]));
    const apart = this.means[0] - this.means[1];
    this.difference = Math.abs(apart) <= this.tolerance ? 0 : apart;
  }

  /** Shuffles by the first n swaps [Fisher and Yates], where any order to begin with is as good, and looks at the first n. */
  deal(swaps: Uint32Array): void {
    const { all, total } = this;
    const n = swaps.length;
    let first = 0;
    for (let i = 0; i < n; i++) {
      const j = swaps[i] as number;
      const value = all[j] as number;
      all[j] = all[i] as number;
      all[i] = value;
      first += value;
    }
    const apart = Math.abs(first / n - (total - first) / (all.length - n));
    if (apart >= Math.abs(this.difference) - this.tolerance) this.asLarge++;
  }
}
