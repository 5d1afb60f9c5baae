/**
 * Lower bounds of weighted sums of a network's scores over a region of its input, of the single-precision numbers that it gives: linear
 * bounds are taken back from the scores to the input, through lines around what bends [CROWN: Zhang et al. 2018]. The lines need
 * intervals; where an interval decides them, it is narrowed by the same way back from there.
 */
import type { Network } from "../model/index.ts";
import { gamma } from "../numeric/rounding.ts";
import { type F32Pointer, type F64Pointer, offset32, Workspace } from "../wasm/index.ts";
import { deviations, emptyInterval, type Interval, isTameInterval, type Known } from "./interval.ts";
import { JointStep } from "./joint-step.ts";
import { type Ball, Region } from "./region.ts";
import { ALL_TERMS, below, type ErrorTerms, UNIT_32, widenForSum } from "./rounding.ts";
import type { BoundRows, BoundStep } from "./step.ts";
import { boundStep, jointStep, type jointSteps, leadingTo, stepsOf } from "./steps.ts";
import { type Intervals, intersect, WiderRegions } from "./wider-regions.ts";

/** Coefficients of the widest value that are worked on at once, and the rows that are worth it. */
const CHUNK = 2 ** 20;
const MOST_ROWS = 256;
const LEAST_ROWS = 16;
/** Numbers of a value beyond which bounds of every interval cost much more than one of the scores. */
const LARGE = 4096;

/** A region, and what is known of every value over it. */
export interface Prepared {
  readonly region: Region;
  readonly references: readonly Float64Array[];
  readonly known: readonly (Known | undefined)[];
}

export class LinearBounds {
  /** Whether a bound takes so long that quick ones should say where to look first. */
  readonly isLarge: boolean;
  /** Numbers of the scores: one where the model ends in one sigmoid. */
  readonly scores: number;
  readonly workspace = new Workspace();
  /** By the value they give, less one; undefined for what does not lead to the scores. */
  readonly steps: readonly (BoundStep | undefined)[];
  /** Numbers of each value. */
  readonly widths: readonly number[];
  /** The value that the scores are. */
  readonly target: number;
  /** Rows of coefficients that are taken back at once, at most. */
  readonly rows: number;
  /** f32[rows, widest value] and f64[rows]: where rows begin, and what they come to. */
  readonly start: F32Pointer;
  readonly constants: F64Pointer;
  private readonly terms: ErrorTerms;
  /** Whether a row and minus the row cost the same in every step. */
  protected readonly isEven: boolean;
  /** The intervals that the last region narrowed, by value. */
  narrowed: Intervals = new Map();
  private readonly place: ReturnType<typeof Region.reserve>;
  /** Balls of the last row. */
  readonly wider = new WiderRegions();
  private referenced: { row: Float32Array; values: readonly Float64Array[] } | undefined;
  private reached: { first: number; count: number; at: F32Pointer } | undefined;
  /** f64[2, width] for values that several steps take: what adding their coefficients may cost. */
  private readonly joins = new Map<number, { lower: F64Pointer; upper: F64Pointer }>();

  /** @param terms which errors to account for: all, but in tests that show what one of them is for */
  constructor(network: Network, terms: ErrorTerms = ALL_TERMS, joint?: ReturnType<typeof jointSteps>) {
    this.terms = terms;
    const own = stepsOf(network);
    const { scores } = own;
    const steps = joint?.steps ?? own.steps;
    const isNeeded = leadingTo(steps, scores);
    const widths = [network.inputSize, ...steps.map(({ operation, merge }) => (operation ?? merge)?.outputSize ?? 0)];
    this.widths = widths;
    this.target = scores;
    this.scores = widths[scores] as number;
    const widest = widths.filter((_, value) => value === 0 || isNeeded[value - 1]).reduce((a, b) => Math.max(a, b));
    this.isLarge = widest > LARGE;
    this.rows = Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor(CHUNK / widest)));
    const { workspace, rows } = this;
    const context = { workspace, rows, terms };
    this.steps = steps.map((step, i) => {
      const sizes = step.inputs.map((value) => widths[value] as number);
      const floor = joint?.floors.get(i + 1);
      if (isNeeded[i] && floor !== undefined) return jointStep(context, step, floor);
      return isNeeded[i] ? boundStep(context, step, sizes, network.workspace) : undefined;
    });
    this.isEven = joint !== undefined && this.steps.every((step) => !step || step.isEven);
    const { arena } = workspace;
    this.start = arena.allocateF32(rows * widest);
    this.constants = arena.allocateF64(rows);
    this.place = Region.reserve(workspace, network.inputSize);
    const takers = widths.map((_, value) => this.steps.filter((step) => step?.inputs.includes(value)).length);
    const repeats = widths.map((_, value) =>
      this.steps.some((step) => (step?.inputs.filter((at) => at === value).length ?? 0) > 1),
    );
    widths.forEach((width, value) => {
      if ((takers[value] as number) < 2 && !repeats[value]) return;
      this.joins.set(value, { lower: arena.allocateF64(width), upper: arena.allocateF64(width) });
    });
  }

  /**
   * Lower bounds, minus infinity where none is known.
   *
   * @param weights f32[n, scores]
   * @param narrows whether intervals are narrowed by bounds of their own; without it bounds are quick and wide
   * @param around intervals of a region that holds this one
   */
  bound(ball: Ball, weights: Float32Array, narrows = true, around?: Intervals): Float64Array {
    const count = weights.length / this.scores;
    const prepared = this.prepare(ball, narrows, around);
    if (!prepared) return new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    const found = new Float64Array(count);
    for (let first = 0; first < count; first += this.rows) {
      const n = Math.min(this.rows, count - first);
      this.begin(weights.subarray(first * this.scores, (first + n) * this.scores), prepared);
      this.reached = { first, count: n, at: this.toInput(prepared.region, this.target, n, this.start) };
      found.set(this.workspace.arena.f64(this.constants, n), first);
    }
    return found.map(orNone);
  }

  /** The coefficients of the input that row `r` of the last bounds came to, until the next; undefined of rows that were not the last. */
  coefficients(r: number): Float32Array | undefined {
    const { first, count, at } = this.reached ?? { first: 0, count: 0, at: this.start };
    if (r < first || r >= first + count) return undefined;
    const size = this.widths[0] as number;
    return this.workspace.arena.f32(offset32(at, (r - first) * size), size);
  }

  /** What is known of every value over a ball, and lines that hold there until the next ball; undefined where a number is not finite. */
  prepare(ball: Ball, narrows = true, around?: Intervals): Prepared | undefined {
    const region = new Region(this.workspace, this.place, { ...ball, terms: this.terms });
    const references = this.referencesOf(ball.row);
    const known = this.propagate(region, references, ball, narrows, around);
    return known && { region, references, known };
  }

  /** Puts rows of weights of the scores where rows begin, with their constants. */
  begin(weights: Float32Array, { references }: Prepared): void {
    const { arena } = this.workspace;
    const n = weights.length / this.scores;
    arena.f32(this.start, weights.length).set(weights);
    arena.f64(this.constants, n).set(weighed(weights, references[this.target] as Float64Array));
    this.settle(n, 0);
  }

  /** The values of a row in double precision; those of the last row are kept. */
  private referencesOf(row: Float32Array): readonly Float64Array[] {
    if (this.referenced?.row === row) return this.referenced.values;
    const values: Float64Array[] = [Float64Array.from(row)];
    for (const step of this.steps) {
      values.push(
        step ? step.reference(step.inputs.map((value) => values[value] as Float64Array)) : new Float64Array(0),
      );
    }
    this.referenced = { row, values };
    return values;
  }

  /** Intervals of all values and the lines that they give; undefined where one is not finite. */
  private propagate(
    region: Region,
    references: readonly Float64Array[],
    ball: Ball,
    narrows: boolean,
    around: Intervals | undefined,
  ): readonly (Known | undefined)[] | undefined {
    const known: (Known | undefined)[] = [region.hull];
    const wider = around ?? this.wider.around(ball);
    const narrowed = new Map<number, Interval>();
    // Where a number is not finite nothing is known.
    this.narrowed = new Map();
    this.prepareJoin(0, region.hull);
    for (const [i, step] of this.steps.entries()) {
      known.push(undefined);
      if (!step) continue;
      const value = i + 1;
      const reference = references[value] as Float64Array;
      const output = {
        ...step.forward(
          step.inputs.map((input) => known[input] as Known),
          reference,
        ),
        reference,
      };
      if (!isTameInterval(output)) return undefined;
      if (step instanceof JointStep && ball.norm === "l2") step.radius = this.leftBy(step, ball.epsilon);
      if (narrows && !step.bends && !(region.isBox && step.inputs.every((input) => input === 0))) {
        const before = wider?.get(value);
        if (before) intersect(output, before);
        if (this.narrow(region, value, step, output)) narrowed.set(value, output);
      }
      known[value] = output;
      this.prepareJoin(value, output);
    }
    this.narrowed = narrowed;
    if (narrowed.size > 0 && !around) this.wider.keep(ball.epsilon, narrowed);
    return known;
  }

  /** Narrows the intervals that decide the lines of what takes them; false where none does. */
  protected narrow(region: Region, value: number, step: BoundStep, { lower, upper, reference }: Known): boolean {
    const takers = this.steps.filter((taker) => taker?.bends && taker.inputs.includes(value)) as BoundStep[];
    if (takers.length === 0) return false;
    const wanted = Int32Array.from(lower.keys()).filter((i) =>
      takers.some((taker) => taker.bendsWithin?.(value, i, lower[i] as number, upper[i] as number) ?? true),
    );
    for (let first = 0; first < wanted.length; first += this.rows) {
      const units = wanted.subarray(first, first + this.rows);
      const set = (sign: 1 | -1) => {
        this.boundsOfUnits(units, sign, reference).forEach((bound, r) => {
          const unit = units[r] as number;
          if (sign === 1) lower[unit] = Math.max(lower[unit] as number, bound);
          else upper[unit] = Math.min(upper[unit] as number, -bound);
        });
      };
      const back = (sign: 1 | -1, over: Region | undefined) => {
        const { from, at } = this.beginUnits(value, step, units, sign);
        return this.toInput(over, from, units.length, at);
      };
      if (this.isEven) {
        // Minus the rows come to minus the coefficients, at the same cost.
        const at = back(1, undefined);
        const { arena, kernels } = this.workspace;
        const costs = arena.f64(this.constants, units.length).slice();
        const n = units.length * (this.widths[0] as number);
        for (const sign of [1, -1] as const) {
          if (sign === -1) kernels.scale_f32(n, -1, at, at);
          arena.f64(this.constants, units.length).set(costs);
          region.add(units.length, at, this.constants);
          this.settle(units.length, 0);
          set(sign);
        }
        continue;
      }
      for (const sign of [1, -1] as const) {
        back(sign, region);
        set(sign);
      }
    }
    return true;
  }

  /** How long what a step's lines leave may be over a ball of L2, scaled: not known here. */
  protected leftBy(_step: JointStep, _epsilon: number): number {
    return Number.POSITIVE_INFINITY;
  }

  /** Begins a row for each of some numbers of a value, times `sign`: where the rows are, and of which value. */
  beginUnits(value: number, step: BoundStep, units: Int32Array, sign: 1 | -1): { from: number; at: F32Pointer } {
    const { arena } = this.workspace;
    const width = this.widths[value] as number;
    arena.f64(this.constants, units.length).fill(0);
    if (step.unitRows) return { from: step.inputs[0] as number, at: step.unitRows(units, sign, this.constants) };
    const rows = arena.f32(this.start, units.length * width).fill(0);
    units.forEach((unit, r) => {
      rows[r * width + unit] = sign;
    });
    return { from: value, at: this.start };
  }

  /** Lower bounds of the numbers themselves, times `sign`, after their rows were taken back. */
  boundsOfUnits(units: Int32Array, sign: 1 | -1, reference: Float64Array): Float64Array {
    const found = this.workspace.arena.f64(this.constants, units.length);
    return found.map((bound, r) => {
      const at = sign * (reference[units[r] as number] as number);
      return orNone(below(at + bound, Math.abs(bound) + Math.abs(at)));
    });
  }

  /**
   * Takes rows of coefficients of a value back to the input, and their least over the region to the constants.
   *
   * @param region undefined where the coefficients alone are wanted
   * @param through what takes them through a step in its place, by the value that the step gives
   * @returns the coefficients of the input, which the next rows overwrite
   */
  toInput(
    region: Region | undefined,
    from: number,
    count: number,
    at: F32Pointer,
    through?: ReadonlyMap<number, (rows: BoundRows) => void>,
  ): F32Pointer {
    const { constants } = this;
    const waiting = new Map([[from, at]]);
    for (let value = from; value > 0; value--) {
      const rows = waiting.get(value);
      if (rows === undefined) continue;
      const step = this.steps[value - 1] as BoundStep;
      const give = (input: number, to: F32Pointer) => {
        const there = waiting.get(input);
        if (there === undefined) waiting.set(input, to);
        else this.join(input, count, to, there);
      };
      const own = through?.get(value);
      if (own) {
        own({ count, at: rows, constants });
        give(step.inputs[0] as number, rows);
      } else step.backward({ count, at: rows, constants }, give);
      this.settle(count, own ? 0 : step.underflow);
    }
    const coefficients = waiting.get(0) as F32Pointer;
    region?.add(count, coefficients, constants);
    this.settle(count, 0);
    return coefficients;
  }

  /** Adds coefficients to others of the same value. */
  private join(value: number, count: number, from: F32Pointer, to: F32Pointer): void {
    const { kernels } = this.workspace;
    const width = this.widths[value] as number;
    kernels.add_f32(count * width, from, to);
    const { lower, upper } = this.joins.get(value) as { lower: F64Pointer; upper: F64Pointer };
    kernels.interval_sum_f64(count, width, to, lower, upper, this.constants);
    this.settle(count, 0);
  }

  /** One rounding of each sum of two coefficients. */
  private prepareJoin(value: number, known: Known): void {
    const place = this.joins.get(value);
    if (!place) return;
    const upper = deviations(known).map((size) => 2 * this.terms.backward * UNIT_32 * size);
    const lower = upper.map((cost) => -cost);
    widenForSum(lower, upper, this.terms);
    const { arena } = this.workspace;
    arena.f64(place.lower, lower.length).set(lower);
    arena.f64(place.upper, upper.length).set(upper);
  }

  /** What adding to the constants may have lost, and underflow. */
  private settle(count: number, underflow: number): void {
    const constants = this.workspace.arena.f64(this.constants, count);
    for (let r = 0; r < count; r++) {
      const c = constants[r] as number;
      constants[r] = c - (4 * 2 ** -53 * Math.abs(c) + underflow + 2 ** -1000);
    }
  }
}

/** A bound that is no number is none. */
export function orNone(bound: number): number {
  return Number.isNaN(bound) ? Number.NEGATIVE_INFINITY : bound;
}

/** Lower bounds of what rows of weights make of a reference, rounding subtracted. */
function weighed(weights: Float32Array, reference: Float64Array): Float64Array<ArrayBuffer> {
  const n = reference.length;
  return Float64Array.from({ length: weights.length / n }, (_, r) => {
    let [sum, size] = [0, 0];
    for (let i = 0; i < n; i++) {
      const term = (weights[r * n + i] as number) * (reference[i] as number);
      sum += term;
      size += Math.abs(term);
    }
    return sum - 2 * gamma(n + 4) * size;
  });
}

/** The whole box as an interval, with held features at the row's values. */
export function boxAround(row: Float32Array, lower: Float64Array, upper: Float64Array, frozen: Uint8Array): Interval {
  const box = emptyInterval(row.length);
  row.forEach((x, i) => {
    box.lower[i] = frozen[i] ? x : (lower[i] as number);
    box.upper[i] = frozen[i] ? x : (upper[i] as number);
  });
  return box;
}
