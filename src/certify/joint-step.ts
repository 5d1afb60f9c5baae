/**
 * The largest of some numbers, or of them and zero, over balls of L2. A line leaves something of each output, and a change of small L2 can
 * not have the most of all of them at once: what is left is bounded for all outputs together, by one 2-norm.
 *
 * Where z* is the largest number of the reference, e_i = dz_i - dz*, s_i = z* - z_i and e_i <= h_i, what the largest changes by, beyond dz*,
 * lies between the vertices 0 and v_i = b_i e_i of a simplex, b_i = 1 - s_i / h_i. Its line goes through the centre of these m + 1 vertices, and
 * what it leaves is at most |F dz| for the least ellipsoid around the simplex: F_i = sqrt(m / (m + 1)) (v_i - a sum v_j),
 * a = (1 - sqrt(1 / (m + 1))) / m.
 *
 * The rows of F and the coefficients of what is left are scaled, output by output, one against the other: any scale is sound.
 */
import type { F32Pointer, F64Pointer } from "../wasm/index.ts";
import { deviations, emptyInterval, type Interval, type Known } from "./interval.ts";
import { above, below, gamma32, LEAST_32, widenForSum } from "./rounding.ts";
import type { BoundRows, BoundStep, StepContext, WeightedSum } from "./step.ts";

/** What rounding of a slope and of a factor's coefficient to f32 comes to at most, beside a number's change; both are at most 2. */
const ROUNDED = 2 ** -22;
/** Below this a share b counts as this where outputs are scaled. */
const LEAST_SHARE = 2 ** -20;

/** The numbers that each output is the largest of. */
export interface Choices {
  /** i32[outputs + 1] */
  readonly starts: Int32Array;
  readonly taps: Int32Array;
  /** Whether zero is among them. */
  readonly floor: boolean;
}

/** Where rows of coefficients are kept, from a row on, instead of being paid for. */
export interface Kept {
  readonly values: Float32Array;
  first: number;
}

export class JointStep implements BoundStep {
  readonly inputs: readonly number[];
  readonly inputSizes: readonly number[];
  readonly outputSize: number;
  readonly bends = true;
  readonly isEven = true;
  underflow = 0;
  /** What |F dz| does not exceed over the region, F scaled. */
  radius = Number.POSITIVE_INFINITY;
  kept: Kept | undefined;
  private readonly context: StepContext;
  private readonly choices: Choices;
  /** Outputs that a number may be the largest of. */
  private readonly overlap: number;
  /** A tap: the slope of the line. */
  private readonly slopes: Float32Array;
  /** An output: what it is scaled by, 0 where it is straight. */
  private readonly scales: Float32Array;
  private readonly lower: F64Pointer;
  private readonly upper: F64Pointer;
  private readonly result: F32Pointer;
  /** The rows of F, and the output that each belongs to. */
  factor: readonly WeightedSum[] = [];
  owners: readonly number[] = [];
  /** An output: what its usual scale is multiplied by, not far from 1. */
  readonly balance: Float64Array;

  constructor(context: StepContext, input: number, size: number, choices: Choices) {
    const { arena } = context.workspace;
    const n = choices.starts.length - 1;
    this.context = context;
    this.choices = choices;
    this.inputs = [input];
    this.inputSizes = [size];
    this.outputSize = n;
    const uses = new Int32Array(size);
    for (const tap of choices.taps) uses[tap] = (uses[tap] as number) + 1;
    this.overlap = uses.reduce((a, b) => Math.max(a, b), 0);
    this.slopes = new Float32Array(choices.taps.length);
    this.scales = new Float32Array(n);
    this.balance = new Float64Array(n).fill(1);
    this.lower = arena.allocateF64(n);
    this.upper = arena.allocateF64(n);
    this.result = arena.allocateF32(context.rows * size);
  }

  reference([input]: readonly [Float64Array]): Float64Array {
    const { starts, taps, floor } = this.choices;
    return Float64Array.from({ length: this.outputSize }, (_, i) => {
      let most = floor ? 0 : Number.NEGATIVE_INFINITY;
      for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
        most = Math.max(most, input[taps[k] as number] as number);
      }
      return most;
    });
  }

  forward([input]: readonly [Known]): Interval {
    const { terms, workspace } = this.context;
    const { starts, taps, floor } = this.choices;
    const n = this.outputSize;
    const away = deviations(input);
    const output = emptyInterval(n);
    const upper = new Float64Array(n);
    const lost = terms.slope * (gamma32(this.overlap + 1) + ROUNDED);
    let sizes = 0;
    this.radius = Number.POSITIVE_INFINITY;
    const factor: WeightedSum[] = [];
    const owners: number[] = [];
    this.slopes.fill(0);
    for (let i = 0; i < n; i++) {
      const [from, to] = [starts[i] as number, starts[i + 1] as number];
      // Zero is tap -1.
      let star = floor ? -1 : from;
      let [low, high] = floor ? [0, 0] : [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let k = from; k < to; k++) {
        const tap = taps[k] as number;
        if ((input.reference[tap] as number) > this.at(input.reference, star)) star = k;
        low = Math.max(low, input.lower[tap] as number);
        high = Math.max(high, input.upper[tap] as number);
      }
      output.lower[i] = low;
      output.upper[i] = high;
      const moved = this.open(i, star, input, away, factor);
      while (owners.length < factor.length) owners.push(i);
      sizes += moved;
      upper[i] = lost * moved;
    }
    const lower = upper.map((cost) => -cost);
    widenForSum(lower, upper, terms);
    workspace.arena.f64(this.lower, n).set(lower);
    workspace.arena.f64(this.upper, n).set(upper);
    this.underflow = LEAST_32 * sizes;
    this.factor = factor;
    this.owners = owners;
    return output;
  }

  /** The line of an output and its rows of F; how far the numbers that it depends on may be away, together. */
  private open(
    i: number,
    star: number,
    { lower, upper, reference }: Known,
    away: Float64Array,
    factor: WeightedSum[],
  ): number {
    const { starts, floor } = this.choices;
    const most = this.at(reference, star);
    const down = most - this.at(lower, star);
    const found: { place: number; share: number }[] = [];
    let moved = this.at(away, star);
    for (let k = floor ? -1 : (starts[i] as number); k < (starts[i + 1] as number); k = this.next(k, i)) {
      if (k === star) continue;
      const [z, u] = [this.at(reference, k), this.at(upper, k)];
      const behind = Math.max(0, below(most - z, Math.abs(most) + Math.abs(z)));
      const reach = above(u - z + down, Math.abs(u) + 2 * Math.abs(z) + 2 * Math.abs(most) + Math.abs(down));
      if (reach <= behind) continue;
      found.push({ place: k, share: Math.min(1, 1 - behind / reach) });
      moved += this.at(away, k);
    }
    const m = found.length;
    const shares = found.reduce((sum, { share }) => sum + share, 0);
    for (const { place, share } of found) if (place >= 0) this.slopes[place] = share / (m + 1);
    if (star >= 0) this.slopes[star] = 1 - shares / (m + 1);
    if (m === 0) {
      this.scales[i] = 0;
      return moved;
    }
    const largest = found.reduce((a, { share }) => Math.max(a, share), LEAST_SHARE);
    const scale = Math.fround(Math.sqrt(largest) * Math.sqrt(Math.sqrt(largest)) * (this.balance[i] as number));
    this.scales[i] = scale;
    const [size, aside] = [Math.sqrt(m / (m + 1)) / scale, (1 - Math.sqrt(1 / (m + 1))) / m];
    const all = [star, ...found.map(({ place }) => place)];
    const places = all.filter((k) => k >= 0);
    const indices = Int32Array.from(places, (k) => this.choices.taps[k] as number);
    for (const own of found) {
      let sum = 0;
      const of = new Map<number, number>();
      for (const { place, share } of found) {
        const c = size * ((place === own.place ? share : 0) - aside * share);
        of.set(place, c);
        sum += c;
      }
      of.set(star, -sum);
      const weights = Float32Array.from(places, (k) => of.get(k) as number);
      factor.push({ indices, weights, cost: (ROUNDED * moved) / scale });
    }
    return moved;
  }

  /** The tap behind another, of an output; the first of all is behind zero. */
  private next(k: number, i: number): number {
    return k < 0 ? (this.choices.starts[i] as number) : k + 1;
  }

  /** What belongs to a tap; zero is zero. */
  private at(values: Float64Array, k: number): number {
    return k < 0 ? 0 : (values[this.choices.taps[k] as number] as number);
  }

  backward({ count, at, constants }: BoundRows, give: (input: number, at: F32Pointer) => void): void {
    const { kernels, arena } = this.context.workspace;
    const { starts, taps } = this.choices;
    const { outputSize: n, scales, slopes, kept, radius } = this;
    const size = this.inputSizes[0] as number;
    kernels.interval_sum_f64(count, n, at, this.lower, this.upper, constants);
    const from = arena.f32(at, count * n);
    const to = arena.f32(this.result, count * size).fill(0);
    const paid = arena.f64(constants, count);
    for (let r = 0; r < count; r++) {
      let squares = 0;
      for (let i = 0; i < n; i++) {
        const x = from[r * n + i] as number;
        if (x === 0) continue;
        const scaled = x * (scales[i] as number);
        squares += scaled * scaled;
        if (kept) kept.values[(kept.first + r) * n + i] = scaled;
        for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
          const slope = slopes[k] as number;
          if (slope === 0) continue;
          const place = r * size + (taps[k] as number);
          to[place] = (to[place] as number) + Math.fround(x * slope);
        }
      }
      if (!kept && squares > 0) paid[r] = (paid[r] as number) - Math.sqrt(squares) * radius * (1 + 2 ** -24);
    }
    give(this.inputs[0] as number, this.result);
  }

  /** What its lines make of differences, and beside that what is left, scaled: nearly. */
  spread(count: number, from: Float32Array, left: Float64Array, to: Float32Array): void {
    const { starts, taps } = this.choices;
    const { outputSize: n, scales, slopes } = this;
    const size = this.inputSizes[0] as number;
    for (let r = 0; r < count; r++) {
      for (let i = 0; i < n; i++) {
        let sum = (scales[i] as number) * (left[r * n + i] as number);
        for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
          sum += (slopes[k] as number) * (from[r * size + (taps[k] as number)] as number);
        }
        to[r * n + i] = sum;
      }
    }
  }

  /** The rows of F times differences: f64[count, rows], nearly. */
  factorTimes(count: number, from: Float32Array): Float64Array {
    const size = this.inputSizes[0] as number;
    const rows = this.factor.length;
    const out = new Float64Array(count * rows);
    this.factor.forEach(({ indices, weights }, row) => {
      for (let r = 0; r < count; r++) {
        let sum = 0;
        for (let k = 0; k < indices.length; k++) {
          sum += (weights[k] as number) * (from[r * size + (indices[k] as number)] as number);
        }
        out[r * rows + row] = sum;
      }
    });
    return out;
  }

  /** Sums of the rows of F: f32[count, size], nearly.   sums  f64[count, rows] */
  factorSums(count: number, sums: Float64Array, to: Float32Array): void {
    const size = this.inputSizes[0] as number;
    const rows = this.factor.length;
    to.fill(0);
    this.factor.forEach(({ indices, weights }, row) => {
      for (let r = 0; r < count; r++) {
        const by = sums[r * rows + row] as number;
        for (let k = 0; k < indices.length; k++) {
          const at = r * size + (indices[k] as number);
          to[at] = (to[at] as number) + by * (weights[k] as number);
        }
      }
    });
  }

  bendsWithin(_input: number, _index: number, lower: number, upper: number): boolean {
    return upper > lower && !(this.choices.floor && upper <= 0);
  }
}
