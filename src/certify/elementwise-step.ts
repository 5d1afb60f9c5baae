/** Functions of one number: coefficients above zero take the line below the function, the others the line above. */
import type { F32Pointer, F64Pointer } from "../wasm/index.ts";
import type { Curve } from "./curve.ts";
import { deviations, emptyInterval, type Interval, type Known } from "./interval.ts";
import { type Lines, linesAround } from "./lines.ts";
import { above, below, LEAST_32, UNIT_32, widenForSum } from "./rounding.ts";
import type { BoundRows, BoundStep, StepContext } from "./step.ts";

export abstract class BetweenLines implements BoundStep {
  readonly inputs: readonly number[];
  readonly inputSizes: readonly number[];
  readonly outputSize: number;
  readonly bends: boolean = true;
  underflow = 0;
  protected readonly context: StepContext;
  /** f32[2,n], f64[n] each. */
  private readonly slopes: F32Pointer;
  private readonly lower: F64Pointer;
  private readonly upper: F64Pointer;

  constructor(context: StepContext, input: number, size: number) {
    const { arena } = context.workspace;
    this.context = context;
    this.inputs = [input];
    this.inputSizes = [size];
    this.outputSize = size;
    this.slopes = arena.allocateF32(2 * size);
    this.lower = arena.allocateF64(size);
    this.upper = arena.allocateF64(size);
  }

  /** One of the functions, nearly. */
  protected abstract valueAt(index: number, x: number): number;

  /** The lines around one of the functions. */
  protected abstract linesOf(index: number, lower: number, upper: number): Lines;

  reference([input]: readonly [Float64Array]): Float64Array {
    return input.map((x, i) => this.valueAt(i, x));
  }

  forward([input]: readonly [Known], reference: Float64Array): Interval {
    const n = this.outputSize;
    const away = deviations(input);
    const { workspace, terms } = this.context;
    const output = emptyInterval(n);
    const slopes = new Float32Array(2 * n);
    const [lower, upper] = [new Float64Array(n), new Float64Array(n)];
    this.underflow = 0;
    for (let i = 0; i < n; i++) {
      const lines = this.linesOf(i, input.lower[i] as number, input.upper[i] as number);
      const x = input.reference[i] as number;
      const y = reference[i] as number;
      const most = away[i] as number;
      slopes[i] = lines.lowerSlope;
      slopes[n + i] = lines.upperSlope;
      // A coefficient times its slope is rounded once.
      const lost = terms.slope * 2 * UNIT_32 * Math.abs(lines.lowerSlope) * most;
      const lostAbove = terms.slope * 2 * UNIT_32 * Math.abs(lines.upperSlope) * most;
      const start = lines.lowerSlope * x;
      const startAbove = lines.upperSlope * x;
      const size = Math.abs(y) + Math.abs(start) + Math.abs(lines.lowerShift) + lost;
      const sizeAbove = Math.abs(y) + Math.abs(startAbove) + Math.abs(lines.upperShift) + lostAbove;
      lower[i] = below(lines.lowerShift + start - y - lost, size);
      upper[i] = above(lines.upperShift + startAbove - y + lostAbove, sizeAbove);
      output.lower[i] = lines.least;
      output.upper[i] = lines.most;
      this.underflow += LEAST_32 * most;
    }
    widenForSum(lower, upper, terms);
    const { arena } = workspace;
    arena.f32(this.slopes, 2 * n).set(slopes);
    arena.f64(this.lower, n).set(lower);
    arena.f64(this.upper, n).set(upper);
    return output;
  }

  backward({ count, at, constants }: BoundRows, give: (input: number, at: F32Pointer) => void): void {
    const { kernels } = this.context.workspace;
    kernels.relax_f32(count, this.outputSize, at, this.slopes, this.lower, this.upper, constants);
    give(this.inputs[0] as number, at);
  }
}

/** Activations: one function for all numbers, or one a number. */
export class ElementwiseStep extends BetweenLines {
  readonly isRectifier: boolean;
  private readonly curveOf: (index: number) => Curve;

  constructor(context: StepContext, input: number, size: number, curveOf: (index: number) => Curve) {
    super(context, input, size);
    this.curveOf = curveOf;
    this.isRectifier = Array.from({ length: size }, (_, i) => curveOf(i)).every((curve) => curve.isRectifier === true);
  }

  bendsWithin(_input: number, index: number, lower: number, upper: number): boolean {
    return !this.curveOf(index).pieces.some(
      ({ from, to, shape }) => shape === "straight" && from <= lower && upper <= to,
    );
  }

  protected override valueAt(index: number, x: number): number {
    return this.curveOf(index).value(x);
  }

  protected override linesOf(index: number, lower: number, upper: number): Lines {
    return linesAround(this.curveOf(index), lower, upper, this.context.terms.activation);
  }
}

/** y = (x - mean) factor + shift, each operation rounded once: both lines are one. */
export class ScaleStep extends BetweenLines {
  override readonly bends = false;
  private readonly mean: Float32Array;
  private readonly factor: Float32Array;
  private readonly shift: Float32Array;

  /** f32[channels] each, repeated over the numbers. */
  constructor(
    context: StepContext,
    input: number,
    size: number,
    parts: { mean: Float32Array; factor: Float32Array; shift: Float32Array },
  ) {
    super(context, input, size);
    this.mean = parts.mean;
    this.factor = parts.factor;
    this.shift = parts.shift;
  }

  tangent(count: number, [from]: readonly [F32Pointer], to: F32Pointer): void {
    const { arena } = this.context.workspace;
    const n = count * this.outputSize;
    const out = arena.f32(to, n);
    arena.f32(from, n).forEach((x, i) => {
      out[i] = x * (this.factor[i % this.factor.length] as number);
    });
  }

  protected override valueAt(index: number, x: number): number {
    const at = index % this.mean.length;
    return (x - (this.mean[at] as number)) * (this.factor[at] as number) + (this.shift[at] as number);
  }

  protected override linesOf(index: number, lower: number, upper: number): Lines {
    const at = index % this.mean.length;
    const [mean, factor, shift] = [this.mean[at] as number, this.factor[at] as number, this.shift[at] as number];
    const reach = (Math.max(Math.abs(lower), Math.abs(upper)) + Math.abs(mean)) * Math.abs(factor);
    const size = reach + Math.abs(shift);
    const error = this.context.terms.forward * (3.01 * UNIT_32 * size + 2 * LEAST_32);
    const constant = shift - mean * factor;
    const ends = [lower * factor, upper * factor];
    return {
      ...{ lowerSlope: factor, upperSlope: factor },
      lowerShift: below(constant - error, size),
      upperShift: above(constant + error, size),
      least: below(Math.min(...ends) + constant - error, size),
      most: above(Math.max(...ends) + constant + error, size),
    };
  }
}
