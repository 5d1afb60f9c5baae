/**
 * Rows of a region that break a claim: those where linear bounds are least, and those that descents by the signs of gradients find.
 * Every row that is returned lies in the region and was asked again, on the kernels that run.   [Madry et al. 2018]
 */
import { lengthIn } from "../attacks/index.ts";
import type { Network } from "../model/index.ts";
import { Random } from "../numeric/random.ts";
import { type Alternative, breaks, type Claim, conditionValue } from "./claim.ts";
import { down32 } from "./rounding.ts";

/** The steps of a descent; the first one's share of the region's width. */
const STEPS = 24;
const FIRST = 0.25;
/** What is left of a step's length after each. */
const DECAY = 0.9;
/** Numbers of rows that descend at once. */
const CHUNK = 2 ** 18;
/** How much shorter a change is made that came out too long. */
const SHORTER = 1 - 2 ** -20;

export class Witness {
  private readonly network: Network;
  private readonly claim: Claim;
  private readonly lower: Float32Array;
  private readonly upper: Float32Array;

  constructor(network: Network, claim: Claim) {
    this.network = network;
    this.claim = claim;
    const { row, box, norm, epsilon } = claim.ball;
    const reach = norm === "linf" ? epsilon : Number.POSITIVE_INFINITY;
    const low = (i: number) => Math.max(box.lower[i] as number, (row[i] as number) - reach);
    const high = (i: number) => Math.min(box.upper[i] as number, (row[i] as number) + reach);
    // The f32 numbers inside.
    this.lower = Float32Array.from(row, (_, i) => -down32(-low(i)));
    this.upper = Float32Array.from(row, (_, i) => down32(high(i)));
  }

  /** A row that breaks the claim, among those at some differences to the row in the middle. */
  at(differences: Float32Array): Float32Array | undefined {
    const { row } = this.claim.ball;
    const size = row.length;
    const rows = differences.map((d, i) => this.held((row[i % size] as number) + d, i % size));
    for (let first = 0; first < rows.length; first += size) this.shorten(rows.subarray(first, first + size));
    return this.broken(rows);
  }

  /** A row that breaks the claim, by descents towards each alternative from so many rows, the first of them the middle. */
  search(alternatives: readonly Alternative[], count: number): Float32Array | undefined {
    const size = this.lower.length;
    const starts = alternatives.flatMap((alternative) => {
      return Array.from({ length: count }, (_, start) => ({ alternative, start }));
    });
    const most = Math.max(1, Math.floor(CHUNK / size));
    for (let first = 0; first < starts.length; first += most) {
      const found = this.descend(starts.slice(first, first + most));
      if (found) return found;
    }
    return undefined;
  }

  private descend(starts: readonly { alternative: Alternative; start: number }[]): Float32Array | undefined {
    const { network, lower, upper } = this;
    const size = lower.length;
    const rows = new Float32Array(starts.length * size);
    starts.forEach(({ start }, r) => {
      const random = new Random(start, WITNESSES);
      for (let i = 0; i < size; i++) {
        const share = start === 0 ? 0.5 : random.uniform(i);
        rows[r * size + i] = this.held((lower[i] as number) + share * ((upper[i] as number) - (lower[i] as number)), i);
      }
    });
    let length = FIRST;
    for (let step = 0; step <= STEPS; step++) {
      const { scores, gradient } = network.scoreGradient(rows, (scores, r) => {
        // Downhill for the condition that is farthest from holding.
        const { alternative } = starts[r] as (typeof starts)[number];
        return alternative.reduce((worst, one) =>
          conditionValue(one, scores) > conditionValue(worst, scores) ? one : worst,
        ).weights;
      });
      const found = this.firstBroken(rows, scores);
      if (found || step === STEPS) return found;
      for (let i = 0; i < rows.length; i++) {
        const [k, slope] = [i % size, gradient[i] as number];
        const by = slope === 0 ? 0 : length * ((upper[k] as number) - (lower[k] as number));
        rows[i] = this.held((rows[i] as number) - (slope > 0 ? by : -by), k);
      }
      for (let first = 0; first < rows.length; first += size) this.shorten(rows.subarray(first, first + size));
      length *= DECAY;
    }
    return undefined;
  }

  private broken(rows: Float32Array): Float32Array | undefined {
    return this.firstBroken(rows, this.network.scores(rows));
  }

  private firstBroken(rows: Float32Array, scores: Float32Array): Float32Array | undefined {
    const size = this.lower.length;
    const width = scores.length / (rows.length / size);
    for (let r = 0; r * size < rows.length; r++) {
      if (!breaks(this.claim, scores.subarray(r * width, (r + 1) * width))) continue;
      const row = rows.slice(r * size, (r + 1) * size);
      if (this.isInside(row)) return row;
    }
    return undefined;
  }

  private held(x: number, i: number): number {
    return Math.min(Math.max(Math.fround(x), this.lower[i] as number), this.upper[i] as number);
  }

  /** Draws a row towards the middle where it is outside of the ball. */
  private shorten(row: Float32Array): void {
    const { row: middle, epsilon, norm } = this.claim.ball;
    if (norm === "linf") return;
    const length = lengthIn(norm, middle, row);
    if (length <= epsilon) return;
    const share = (epsilon / length) * SHORTER;
    for (let i = 0; i < row.length; i++) {
      const x = middle[i] as number;
      row[i] = this.held(x + share * ((row[i] as number) - x), i);
    }
  }

  private isInside(row: Float32Array): boolean {
    const { row: middle, norm, epsilon } = this.claim.ball;
    const isInBox = row.every((x, i) => x >= (this.lower[i] as number) && x <= (this.upper[i] as number));
    return isInBox && (norm === "linf" || lengthIn(norm, middle, row) <= epsilon);
  }
}

/** Of the random numbers that starts take. */
const WITNESSES = 0x77697473;
