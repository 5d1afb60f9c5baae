/** Weighted sums of several inputs, number by number: sums, differences, means. Each addition is rounded once, and so is the mean's factor. */
import { gamma } from "../numeric/rounding.ts";
import type { F32Pointer, F64Pointer } from "../wasm/index.ts";
import { deviations, emptyInterval, type Interval, type Known } from "./interval.ts";
import { above, below, gamma32, LEAST_32, UNIT_32, widenForSum } from "./rounding.ts";
import type { BoundRows, BoundStep, StepContext } from "./step.ts";

export class SumStep implements BoundStep {
  readonly inputs: readonly number[];
  readonly inputSizes: readonly number[];
  readonly outputSize: number;
  readonly bends = false;
  readonly isEven = true;
  underflow = 0;
  private readonly context: StepContext;
  /** f32 values, one an input. */
  private readonly factors: readonly number[];
  private readonly results: readonly F32Pointer[];
  private readonly lower: F64Pointer;
  private readonly upper: F64Pointer;

  constructor(context: StepContext, inputs: readonly number[], size: number, factors: readonly number[]) {
    const { arena } = context.workspace;
    this.context = context;
    this.inputs = inputs;
    this.inputSizes = inputs.map(() => size);
    this.outputSize = size;
    this.factors = factors;
    this.results = inputs.map(() => arena.allocateF32(context.rows * size));
    this.lower = arena.allocateF64(size);
    this.upper = arena.allocateF64(size);
  }

  reference(inputs: readonly Float64Array[]): Float64Array {
    const out = new Float64Array(this.outputSize);
    inputs.forEach((input, k) => {
      for (let i = 0; i < out.length; i++)
        out[i] = (out[i] as number) + (this.factors[k] as number) * (input[i] as number);
    });
    return out;
  }

  forward(inputs: readonly Known[], reference: Float64Array): Interval {
    const n = this.outputSize;
    const away = inputs.map(deviations);
    const { terms, workspace } = this.context;
    const { factors } = this;
    const output = emptyInterval(n);
    const [rowLower, rowUpper] = [new Float64Array(n), new Float64Array(n)];
    let sizes = 0;
    for (let i = 0; i < n; i++) {
      let [low, high, size, moved] = [0, 0, Math.abs(reference[i] as number), 0];
      inputs.forEach((input, k) => {
        const factor = factors[k] as number;
        const [l, u] = [factor * (input.lower[i] as number), factor * (input.upper[i] as number)];
        low += Math.min(l, u);
        high += Math.max(l, u);
        size += Math.max(Math.abs(l), Math.abs(u), Math.abs(factor * (input.reference[i] as number)));
        moved += Math.abs(factor) * (away[k]?.[i] as number);
      });
      const error = terms.forward * (gamma32(inputs.length + 1) * size + LEAST_32);
      output.lower[i] = below(low - error, inputs.length * size);
      output.upper[i] = above(high + error, inputs.length * size);
      // The reference is a sum of f64, rounded.
      const cost = error + 2 * gamma(inputs.length + 4) * size + terms.slope * 2 * UNIT_32 * moved;
      rowLower[i] = -cost;
      rowUpper[i] = cost;
      sizes += moved;
    }
    widenForSum(rowLower, rowUpper, terms);
    const { arena } = workspace;
    arena.f64(this.lower, n).set(rowLower);
    arena.f64(this.upper, n).set(rowUpper);
    this.underflow = LEAST_32 * sizes;
    return output;
  }

  backward({ count, at, constants }: BoundRows, give: (input: number, at: F32Pointer) => void): void {
    const { kernels, arena } = this.context.workspace;
    const n = count * this.outputSize;
    kernels.interval_sum_f64(count, this.outputSize, at, this.lower, this.upper, constants);
    this.inputs.forEach((value, k) => {
      const to = this.results[k] as F32Pointer;
      arena.f32(to, n);
      kernels.scale_f32(n, this.factors[k] as number, at, to);
      give(value, to);
    });
  }

  tangent(count: number, inputs: readonly F32Pointer[], to: F32Pointer): void {
    const { kernels, arena } = this.context.workspace;
    const n = count * this.outputSize;
    arena.f32(to, n).fill(0);
    inputs.forEach((at, k) => {
      kernels.axpy_f32(n, this.factors[k] as number, at, to);
    });
  }
}
