/**
 * Linear lower bounds of a network of rectifiers over parts of a region: each row has intervals of its own for the inputs of the
 * rectifiers, and parameters of its own, which an ascent improves: slopes of the lines below [alpha: Xu et al. 2021] and multipliers of the
 * signs that a part takes for granted [beta: Wang et al. 2021]. Whatever the parameters are, a bound holds for the f32 numbers that the network gives.
 */
import { type F32Pointer, type F64Pointer, offset32 } from "../../wasm/index.ts";
import { type LinearBounds, orNone, type Prepared } from "../linear-bounds.ts";
import type { Ball } from "../region.ts";
import { down32 } from "../rounding.ts";
import type { BoundStep } from "../step.ts";

/** Rows that are worked on at once. */
const BATCH = 64;

/** How far a step of the ascent may move a slope, and a multiplier in units of the coefficients. */
export interface Rates {
  readonly slope: number;
  readonly split: number;
}

/** A rectifier of the network: the value that it takes and the one that it gives, and their size. */
export interface Rectifier {
  readonly input: number;
  readonly output: number;
  readonly size: number;
}

interface Place {
  /** f64[size] */
  readonly reference: F64Pointer;
  /** f32[BATCH, 2, size] */
  readonly ends: F32Pointer;
  /** f32[4, BATCH, size] */
  readonly state: F32Pointer;
}

/** Where the rows of a batch begin: the value, where its coefficients are, and what their constants mean in the end. */
export interface Beginning {
  /** Rectifiers before this value are passed. */
  readonly before: number;
  begin(bounds: LinearBounds, prepared: Prepared): { from: number; at: F32Pointer };
  finish(bounds: LinearBounds, prepared: Prepared, count: number): Float64Array;
}

/** One f32 array a rectifier: of intervals lower ends, then upper ends; or of parameters. */
export type PerRectifier = readonly Float32Array[];

export class Relaxation {
  readonly rectifiers: readonly Rectifier[];
  readonly batch: number;
  readonly bounds: LinearBounds;
  /** Bounds that were computed, a row each. */
  evaluations = 0;
  private readonly places: readonly Place[];
  /** f32[BATCH, size] by value: differences to the reference. */
  private readonly tangents: readonly (F32Pointer | undefined)[];
  private readonly through: ReadonlyMap<
    number,
    (rows: { count: number; at: F32Pointer; constants: F64Pointer }) => void
  >;
  private prepared: Prepared | undefined;

  /** Whether a network's every bend is a rectifier's. */
  static fits({ steps }: LinearBounds): boolean {
    return steps.every((step) => !step || (step.bends ? step.isRectifier === true : step.tangent !== undefined));
  }

  constructor(bounds: LinearBounds) {
    this.bounds = bounds;
    this.batch = Math.min(BATCH, bounds.rows);
    const { arena, kernels } = bounds.workspace;
    const { batch } = this;
    this.rectifiers = bounds.steps.flatMap((step, i) => {
      if (!step?.isRectifier) return [];
      return [{ input: step.inputs[0] as number, output: i + 1, size: step.outputSize }];
    });
    this.places = this.rectifiers.map(({ size }) => ({
      reference: arena.allocateF64(size),
      ends: arena.allocateF32(batch * 2 * size),
      state: arena.allocateF32(batch * 4 * size),
    }));
    const isTaken = (value: number) => value === 0 || bounds.steps[value - 1] !== undefined;
    this.tangents = bounds.widths.map((width, value) => {
      return isTaken(value) ? arena.allocateF32(batch * width) : undefined;
    });
    this.through = new Map(
      this.rectifiers.map(({ output, size }, k) => {
        const { ends, state, reference } = this.places[k] as Place;
        return [
          output,
          ({ count, at, constants }) => kernels.relax_rectifier_f32(count, size, at, ends, state, reference, constants),
        ];
      }),
    );
  }

  /** Sets the region, and returns the intervals of the rectifiers' inputs over all of it; undefined where a number is not finite. */
  prepare(ball: Ball): PerRectifier | undefined {
    this.prepared = this.bounds.prepare(ball);
    if (!this.prepared) return undefined;
    const { references, known } = this.prepared;
    const { arena } = this.bounds.workspace;
    return this.rectifiers.map(({ input, size }, k) => {
      arena.f64((this.places[k] as Place).reference, size).set(references[input] as Float64Array);
      const ends = new Float32Array(2 * size);
      const { lower, upper } = known[input] as { lower: Float64Array; upper: Float64Array };
      for (let i = 0; i < size; i++) {
        ends[i] = down32(lower[i] as number);
        ends[size + i] = -down32(-(upper[i] as number));
      }
      return ends;
    });
  }

  get region(): Prepared["region"] {
    return this.current.region;
  }

  private get current(): Prepared {
    return this.prepared as Prepared;
  }

  /** Rows of weights of the scores, one behind another. */
  weighing(weights: Float32Array): Beginning {
    return {
      before: this.bounds.target,
      begin: (bounds, prepared) => {
        bounds.begin(weights, prepared);
        return { from: bounds.target, at: bounds.start };
      },
      finish: (bounds, _, count) => bounds.workspace.arena.f64(bounds.constants, count).map(orNone),
    };
  }

  /** The numbers of a rectifier's input, times `sign`. */
  units(rectifier: number, units: Int32Array, sign: 1 | -1): Beginning {
    const { input } = this.rectifiers[rectifier] as Rectifier;
    return {
      before: input,
      begin: (bounds) => bounds.beginUnits(input, bounds.steps[input - 1] as BoundStep, units, sign),
      finish: (bounds, { references }) => bounds.boundsOfUnits(units, sign, references[input] as Float64Array),
    };
  }

  /** Sets the intervals and parameters of the rows of a batch, and forgets moments. */
  set(
    count: number,
    before: number,
    ends: (row: number) => PerRectifier,
    parameters: (row: number) => PerRectifier,
  ): void {
    const { arena } = this.bounds.workspace;
    this.rectifiers.forEach(({ output, size }, k) => {
      if (output > before) return;
      const place = this.places[k] as Place;
      const intervals = arena.f32(place.ends, count * 2 * size);
      const state = arena.f32(place.state, 3 * count * size);
      state.fill(0, count * size);
      for (let r = 0; r < count; r++) {
        intervals.set(ends(r)[k] as Float32Array, r * 2 * size);
        state.set(parameters(r)[k] as Float32Array, r * size);
      }
    });
  }

  /** Bounds of the rows of a batch, and the coefficients of the input that they come to. */
  pull(count: number, beginning: Beginning): { found: Float64Array; coefficients: F32Pointer } {
    const { bounds } = this;
    const { from, at } = beginning.begin(bounds, this.current);
    const coefficients = bounds.toInput(this.current.region, from, count, at, this.through);
    this.evaluations += count;
    return { found: beginning.finish(bounds, this.current, count), coefficients };
  }

  /** One step of the ascent from where the bounds of the batch are least: differences of the input. */
  push(count: number, { before }: Beginning, differences: Float32Array, rates: Rates): void {
    const { arena, kernels } = this.bounds.workspace;
    arena.f32(this.tangents[0] as F32Pointer, differences.length).set(differences);
    for (let value = 1; value <= before; value++) {
      const step = this.bounds.steps[value - 1];
      const to = this.tangents[value];
      if (!step || to === undefined) continue;
      const inputs = step.inputs.map((input) => this.tangents[input] as F32Pointer);
      const k = this.rectifiers.findIndex(({ output }) => output === value);
      const { size } = this.rectifiers[k] ?? { size: 0 };
      if (k < 0) {
        // What follows the last rectifier has nothing to learn.
        if (this.rectifiers.some(({ output }) => output > value && output <= before)) step.tangent?.(count, inputs, to);
        continue;
      }
      arena.f32(to, count * size).set(arena.f32(inputs[0] as F32Pointer, count * size));
      const { ends, state, reference } = this.places[k] as Place;
      kernels.ascend_rectifier_f32(count, size, rates.slope, rates.split, to, ends, state, reference);
    }
  }

  /** A row's parameters of a rectifier: a view. */
  parameters(rectifier: number, row: number): Float32Array {
    const { size } = this.rectifiers[rectifier] as Rectifier;
    return this.bounds.workspace.arena.f32(offset32((this.places[rectifier] as Place).state, row * size), size);
  }

  /** A row's coefficients of what a rectifier gives, as the last bound met them: a view. */
  met(rectifier: number, count: number, row: number): Float32Array {
    const { size } = this.rectifiers[rectifier] as Rectifier;
    const { state } = this.places[rectifier] as Place;
    return this.bounds.workspace.arena.f32(offset32(state, (3 * count + row) * size), size);
  }
}
