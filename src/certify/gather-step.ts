/** Operations that move numbers: padding, cropping, permutations, repetition, and inputs that are put behind one another. */
import type { F32Pointer, F64Pointer } from "../wasm/index.ts";
import { deviations, emptyInterval, type Interval, type Known } from "./interval.ts";
import { gamma32, LEAST_32, widenForSum } from "./rounding.ts";
import type { BoundRows, BoundStep, StepContext } from "./step.ts";

/** Where each number of the output comes from: which input, which of its numbers; -1 for a zero. */
export interface Sources {
  readonly input: Int32Array;
  readonly index: Int32Array;
}

export class GatherStep implements BoundStep {
  readonly inputs: readonly number[];
  readonly inputSizes: readonly number[];
  readonly outputSize: number;
  readonly bends = false;
  readonly isEven = true;
  underflow = 0;
  private readonly context: StepContext;
  private readonly sources: Sources;
  /** Places that a number goes to at most. */
  private readonly copies: number;
  private readonly results: readonly F32Pointer[];
  private readonly lower: F64Pointer;
  private readonly upper: F64Pointer;

  constructor(context: StepContext, inputs: readonly number[], inputSizes: readonly number[], sources: Sources) {
    const { arena } = context.workspace;
    this.context = context;
    this.inputs = inputs;
    this.inputSizes = inputSizes;
    this.sources = sources;
    const n = sources.index.length;
    this.outputSize = n;
    const counts = inputSizes.map((size) => new Int32Array(size));
    sources.index.forEach((index, i) => {
      const count = counts[sources.input[i] as number];
      if (count && index >= 0) count[index] = (count[index] as number) + 1;
    });
    this.copies = counts.flatMap((count) => Array.from(count)).reduce((a, b) => Math.max(a, b), 0);
    this.results = inputSizes.map((size) => arena.allocateF32(context.rows * size));
    this.lower = arena.allocateF64(n);
    this.upper = arena.allocateF64(n);
  }

  reference(inputs: readonly Float64Array[]): Float64Array {
    const { index, input } = this.sources;
    return Float64Array.from(index, (at, i) => (at < 0 ? 0 : (inputs[input[i] as number]?.[at] ?? 0)));
  }

  forward(inputs: readonly Known[]): Interval {
    const { index, input } = this.sources;
    const away = inputs.map(deviations);
    const n = this.outputSize;
    const output = emptyInterval(n);
    const [lower, upper] = [new Float64Array(n), new Float64Array(n)];
    // Only where a number goes to several places are coefficients added.
    const lost = this.copies > 1 ? this.context.terms.backward * gamma32(this.copies) : 0;
    let size = 0;
    for (let i = 0; i < n; i++) {
      const [from, at] = [inputs[input[i] as number], index[i] as number];
      if (!from || at < 0) continue;
      const [low, high] = [from.lower[at] as number, from.upper[at] as number];
      output.lower[i] = low;
      output.upper[i] = high;
      const most = away[input[i] as number]?.[at] ?? 0;
      lower[i] = -lost * most;
      upper[i] = lost * most;
      size += most;
    }
    widenForSum(lower, upper, this.context.terms);
    const { arena } = this.context.workspace;
    arena.f64(this.lower, n).set(lower);
    arena.f64(this.upper, n).set(upper);
    this.underflow = this.copies * LEAST_32 * size;
    return output;
  }

  backward({ count, at, constants }: BoundRows, give: (input: number, at: F32Pointer) => void): void {
    const { kernels, arena } = this.context.workspace;
    const { index, input } = this.sources;
    const n = this.outputSize;
    if (this.copies > 1) kernels.interval_sum_f64(count, n, at, this.lower, this.upper, constants);
    const from = arena.f32(at, count * n);
    const to = this.results.map((result, k) => arena.f32(result, count * (this.inputSizes[k] as number)).fill(0));
    for (let r = 0; r < count; r++) {
      for (let i = 0; i < n; i++) {
        const [k, source] = [input[i] as number, index[i] as number];
        if (source < 0) continue;
        const row = to[k] as Float32Array;
        const place = r * (this.inputSizes[k] as number) + source;
        row[place] = (row[place] as number) + (from[r * n + i] as number);
      }
    }
    this.inputs.forEach((value, k) => {
      give(value, this.results[k] as F32Pointer);
    });
  }

  tangent(count: number, inputs: readonly F32Pointer[], to: F32Pointer): void {
    const { arena } = this.context.workspace;
    const { index, input } = this.sources;
    const n = this.outputSize;
    const out = arena.f32(to, count * n).fill(0);
    const from = inputs.map((at, k) => arena.f32(at, count * (this.inputSizes[k] as number)));
    for (let r = 0; r < count; r++) {
      for (let i = 0; i < n; i++) {
        const [k, source] = [input[i] as number, index[i] as number];
        if (source >= 0)
          out[r * n + i] = (from[k] as Float32Array)[r * (this.inputSizes[k] as number) + source] as number;
      }
    }
  }
}
