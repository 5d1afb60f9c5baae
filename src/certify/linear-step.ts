/**
 * Linear operations: y = W x + b in single precision, which is W x + b + delta in exact arithmetic, |delta| bounded by the order of
 * the sums. Back go the coefficients by the operation's own gradient to its input, that is W^T without a matrix; with differences dx, dy
 * to references:
 *
 *   a dy >= fl(a W) dx - |a| |delta| - |a W - fl(a W)| |dx|,   |a W - fl(a W)| <= gamma |a| |W|
 *
 * Both penalties are |a| times numbers that are made once: they cost nothing a row. |delta| is a running error bound: half a spacing of
 * every product and every partial sum, whose order the kernels fix.   [Higham 2002, 3.3, 3.5]
 */
import {
  type LinearMap,
  linearOperation,
  type MappedOperation,
  negligible,
  type OperationMap,
  poolOperation,
  takesWinograd,
  type Window,
  winogradError,
} from "../model/layers/index.ts";
import { gamma } from "../numeric/rounding.ts";
import { type F32Pointer, type F64Pointer, NOWHERE, offset32, type Workspace } from "../wasm/index.ts";
import { deviations, emptyInterval, type Interval, type Known, magnitudes } from "./interval.ts";
import { above, below, gamma32, LEAST_32, UNIT_32, up32, widenForSum } from "./rounding.ts";
import type { BoundRows, BoundStep, StepContext, WeightedSum } from "./step.ts";
import { type Met, meanRows, type UnitRows, unitRowsOf } from "./unit-rows.ts";

/** A linear operation in the certificate's memory. */
interface Linear {
  /** W x in single precision, products as they are defined, and its gradient. */
  readonly weights: MappedOperation;
  /** |W| x, the same. */
  readonly sizes: MappedOperation;
  /** f32, repeated over the output; undefined for none. */
  readonly bias: Float32Array | undefined;
  /** Products that an output sums at most, and those that an input sums on the way back. */
  readonly forwardTerms: number;
  readonly backwardTerms: number;
  /** Where the network takes Winograd's products. */
  readonly winograd: { window: Window; filterSums: Float64Array; filters: number } | undefined;
  /** The rows of W, and whether f32 holds them exactly. */
  readonly rows: UnitRows;
  readonly isExact: boolean;
}

/** Sums of magnitudes up to this stay far from overflow on every way that a kernel takes. */
const LARGEST_SUM = 2 ** 96;

export class LinearStep implements BoundStep {
  readonly inputs: readonly number[];
  readonly inputSizes: readonly number[];
  readonly outputSize: number;
  readonly bends = false;
  readonly isEven = true;
  underflow = 0;
  private readonly context: StepContext;
  private readonly linear: Linear;
  private readonly result: F32Pointer;
  private readonly passed: F32Pointer;
  private readonly found: F32Pointer;
  /** f64[outputSize] each: minus and plus what rounding may cost, there and back. */
  private readonly lower: F64Pointer;
  private readonly upper: F64Pointer;
  /** The same there alone, for rows that are exact. */
  private readonly error: Float64Array;
  /** How far each input may be away, and what |W| makes of that at most. */
  private away: Float64Array = new Float64Array(0);
  private spread: Float64Array = new Float64Array(0);

  constructor(context: StepContext, input: number, map: LinearMap | PoolMap, from: Workspace) {
    const { arena } = context.workspace;
    this.context = context;
    this.linear =
      map.kind === "pooling" || map.kind === "global pooling" ? meanOf(context, map) : linearOf(context, map, from);
    const { inputSize, outputSize } = this.linear.weights;
    this.inputs = [input];
    this.inputSizes = [inputSize];
    this.outputSize = outputSize;
    this.result = arena.allocateF32(context.rows * inputSize);
    this.passed = arena.allocateF32(3 * inputSize);
    this.found = arena.allocateF32(3 * outputSize);
    this.error = new Float64Array(outputSize);
    this.lower = arena.allocateF64(outputSize);
    this.upper = arena.allocateF64(outputSize);
  }

  reference([input]: readonly [Float64Array]): Float64Array {
    const { rows, bias } = this.linear;
    return Float64Array.from(
      { length: this.outputSize },
      (_, i) => rows.product(i, input) + (bias ? (bias[i] as number) : 0),
    );
  }

  forward([input]: readonly [Known], reference: Float64Array): Interval {
    const { weights, sizes, bias, forwardTerms, backwardTerms, isExact } = this.linear;
    const { terms } = this.context;
    const n = this.outputSize;
    const size = magnitudes(input);
    const away = deviations(input);
    const middle = input.lower.map((low, i) => {
      return Math.fround((low + (input.upper[i] as number)) / 2 - (input.reference[i] as number));
    });
    const radius = input.lower.map((low, i) => {
      const [at, about] = [input.reference[i] as number, middle[i] as number];
      const high = input.upper[i] as number;
      return up32(above(Math.max(high - at - about, about - (low - at)), 3 * (size[i] as number)));
    });
    const [center] = this.run(weights, [middle]) as [Float32Array];
    const [reach, moved, spread] = this.run(
      sizes,
      [size, away, radius].map((row) => row.map(up32)),
    ) as [Float32Array, Float32Array, Float32Array];
    // What sums of positive terms may have lost, and a little for underflow.
    const tiny = (forwardTerms + 4) * LEAST_32;
    const grow = (sums: Float32Array) =>
      Float64Array.from(sums, (sum) => sum * (1 + 2 * gamma32(forwardTerms + 4)) + tiny);
    const [total, change, width] = [grow(reach), grow(moved), grow(spread)];
    this.away = away;
    this.spread = change;
    const errors = this.forwardErrors({ reference: input.reference, away, size }, total);
    const output = emptyInterval(n);
    const back = terms.backward * gamma32(backwardTerms + 2);
    const cost = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const at = reference[i] as number;
      // The reference is the product of f64, rounded.
      const inexact =
        2 * gamma(forwardTerms + 8) * ((total[i] as number) + (bias ? Math.abs(bias[i] as number) : 0) + Math.abs(at));
      const error = (errors[i] as number) + inexact;
      const beside = (width[i] as number) + gamma32(forwardTerms + 2) * (change[i] as number) + tiny + error;
      const about = at + (center[i] as number);
      const scale = Math.abs(at) + Math.abs(center[i] as number) + beside;
      // Partial sums that come near the end of single precision have no error that is stated.
      const isTame = (total[i] as number) < LARGEST_SUM;
      output.lower[i] = isTame ? below(about - beside, scale) : Number.NEGATIVE_INFINITY;
      output.upper[i] = isTame ? above(about + beside, scale) : Number.POSITIVE_INFINITY;
      // Rows of means are rounded themselves.
      const rounded = isExact ? 0 : terms.backward * 2 * UNIT_32 * (change[i] as number);
      this.error[i] = above(error + rounded, error + rounded);
      cost[i] = above(error + back * (change[i] as number), error);
    }
    const lower = cost.map((c) => -c);
    widenForSum(lower, cost, terms);
    const { arena } = this.context.workspace;
    arena.f64(this.lower, n).set(lower);
    arena.f64(this.upper, n).set(cost);
    this.underflow = (backwardTerms + 2) * LEAST_32 * away.reduce((a, b) => a + b, 0);
    return output;
  }

  backward({ count, at, constants }: BoundRows, give: (input: number, at: F32Pointer) => void): void {
    const { kernels, arena } = this.context.workspace;
    kernels.interval_sum_f64(count, this.outputSize, at, this.lower, this.upper, constants);
    arena.f32(this.result, count * (this.inputSizes[0] as number)).fill(0);
    this.linear.weights.inputGradient(count, NOWHERE, NOWHERE, at, this.result);
    give(this.inputs[0] as number, this.result);
  }

  tangent(count: number, [from]: readonly [F32Pointer], to: F32Pointer): void {
    this.linear.weights.forward(count, from, to);
  }

  unitRows(units: Int32Array, sign: 1 | -1, constants: F64Pointer): F32Pointer {
    const { arena } = this.context.workspace;
    const to = arena.f64(constants, units.length);
    units.forEach((unit, r) => {
      to[r] = -(this.error[unit] as number);
    });
    const size = this.inputSizes[0] as number;
    const rows = arena.f32(this.result, units.length * size);
    this.linear.rows.write(units, sign, rows);
    return this.result;
  }

  sumRows(sums: readonly WeightedSum[], constants: F64Pointer): F32Pointer {
    const { arena } = this.context.workspace;
    const { away } = this;
    const size = this.inputSizes[0] as number;
    const costs = arena.f64(constants, sums.length);
    const rows = arena.f32(this.result, sums.length * size);
    const exact = new Float64Array(size);
    sums.forEach(({ indices, weights, cost }, r) => {
      exact.fill(0);
      let [lost, moved] = [0, 0];
      let magnitude = 0;
      indices.forEach((index, k) => {
        const weight = weights[k] as number;
        this.linear.rows.add(index, weight, exact);
        lost += Math.abs(weight) * (this.error[index] as number);
        magnitude += Math.abs(weight) * (this.spread[index] as number);
      });
      for (let i = 0; i < size; i++) {
        const x = exact[i] as number;
        rows[r * size + i] = x;
        if (x !== 0) moved += (Math.abs(x) * UNIT_32 + LEAST_32) * (away[i] as number);
      }
      // The rounding of each coefficient to f32, and of its sum in f64.
      const total = cost + lost + moved + gamma(indices.length + 2) * magnitude;
      costs[r] = -total * (1 + 2 * gamma(size + 8));
    });
    return this.result;
  }

  /** What rounding in the pass that runs may do to each output, from magnitudes of the inputs and what |W| makes of them. */
  private forwardErrors(met: Met, total: Float64Array): Float64Array {
    const { bias, forwardTerms, winograd, rows, isExact } = this.linear;
    const { size } = met;
    const factor = this.context.terms.forward;
    const started = (i: number) => (bias ? Math.abs(bias[i] as number) : 0);
    if (!winograd && isExact) {
      // Every product and every sum is rounded once: half a spacing of what they may be, and of what is lost already.
      const unit = (UNIT_32 / (1 - (2 * forwardTerms + 4) * UNIT_32)) * (1 + 4 * gamma(forwardTerms + 8));
      return total.map(
        (_, i) => factor * (unit * rows.roundings(i, bias ? (bias[i] as number) : 0, met) + forwardTerms * LEAST_32),
      );
    }
    if (!winograd) {
      const unit = gamma32(forwardTerms + 1);
      return total.map((sum, i) => factor * (unit * (sum + started(i)) + forwardTerms * LEAST_32));
    }
    const { window, filterSums, filters } = winograd;
    const { scale, sum } = winogradError("forward", window.kh, { c: window.c, filters });
    const most = size.reduce((a, b) => Math.max(a, b), 0);
    // Every product of a transformed patch and filter may underflow, and so may what the transforms halve.
    const tiny = 1024 * forwardTerms * LEAST_32 * (1 + most);
    const tiles = tileSums(window, filters, filterSums, size);
    return tiles.map((tile, i) => factor * (sum * (scale * tile + started(i)) * (1 + UNIT_32) + tiny));
  }

  /** Outputs of some rows, which are f32 already. */
  private run(operation: MappedOperation, rows: readonly Float64Array[]): Float32Array[] {
    const { arena } = this.context.workspace;
    const { inputSize, outputSize } = operation;
    rows.forEach((row, r) => {
      arena.f32(offset32(this.passed, r * inputSize), inputSize).set(row);
    });
    operation.forward(rows.length, this.passed, this.found);
    return rows.map((_, r) => arena.f32(offset32(this.found, r * outputSize), outputSize).slice());
  }
}

type PoolMap = Extract<OperationMap, { kind: "pooling" | "global pooling" }>;

function meanOf({ workspace }: StepContext, map: PoolMap): Linear {
  const operation = poolOperation(workspace, map);
  const { kh, kw } = map.window;
  // The sum and the division; back, a division for each of the windows that meet a pixel.
  const terms = kh * kw + 2;
  return {
    ...{
      weights: operation,
      sizes: operation,
      bias: undefined,
      winograd: undefined,
      rows: meanRows(map.window),
      isExact: false,
    },
    ...{ forwardTerms: terms, backwardTerms: terms },
  };
}

function linearOf({ workspace }: StepContext, map: LinearMap, from: Workspace): Linear {
  // Weights that the kernels leave out are left out of the function that is certified.
  const floor = negligible(from, map.kernel);
  const kept = (value: number) => (Math.abs(value) < floor ? 0 : value);
  const weights = linearOperation(map, from, workspace, kept, "defined");
  const sizes = linearOperation(map, from, workspace, (value) => Math.abs(kept(value)), "defined");
  const values = from.arena.f32(map.kernel.at, map.kernel.size).map(kept);
  const { bias } = map;
  const known = bias && from.arena.f32(bias.at, bias.size);
  const repeated =
    known && Float32Array.from({ length: weights.outputSize }, (_, i) => known[i % known.length] as number);
  const [forwardTerms, backwardTerms] = termsOf(map);
  const isWinograd =
    map.kind === "convolution" && map.groups === 1 && takesWinograd(map.window, map.kernel.shape.at(-1) as number);
  return {
    ...{ weights, sizes, bias: repeated, forwardTerms, backwardTerms },
    winograd: isWinograd ? winogradOf(map, values) : undefined,
    rows: unitRowsOf(map, values),
    isExact: true,
  };
}

/** Products that an output sums, and those that an input sums at most, with the additions of windows that overlap. */
function termsOf(map: LinearMap): [forward: number, backward: number] {
  const filters = map.kernel.shape.at(-1) as number;
  if (map.kind === "product") return [map.kernel.shape[0] as number, filters];
  const { kh, kw, c } = map.window;
  const taps = kh * kw;
  switch (map.kind) {
    case "convolution":
      return [(taps * c) / map.groups, (taps * filters) / map.groups + taps];
    case "depthwise":
      return [taps, taps * (filters + 1)];
    case "local":
      return [taps * c, taps * (filters + 1)];
  }
}

function winogradOf(map: Extract<LinearMap, { kind: "convolution" }>, values: Float32Array): Linear["winograd"] {
  const { window, kernel } = map;
  const filters = kernel.shape.at(-1) as number;
  const filterSums = new Float64Array(window.c * filters);
  values.forEach((value, i) => {
    const at = i % filterSums.length;
    filterSums[at] = (filterSums[at] as number) + Math.abs(value);
  });
  return { window, filters, filterSums: filterSums.map((sum) => above(sum, window.kh * window.kw * sum)) };
}

/** For each output the sum over channels of the largest |x| in the patch of its 2 x 2 tile, times the filter's sum. */
function tileSums(
  { h, w, c, oh, ow, kh, kw, top, left }: Window,
  filters: number,
  sums: Float64Array,
  size: Float64Array,
): Float64Array {
  const out = new Float64Array(oh * ow * filters);
  const largest = new Float64Array(c);
  const total = new Float64Array(filters);
  for (let i = 0; i < oh; i += 2) {
    for (let j = 0; j < ow; j += 2) {
      largest.fill(0);
      for (let p = Math.max(0, i - top); p < Math.min(h, i - top + kh + 1); p++) {
        for (let q = Math.max(0, j - left); q < Math.min(w, j - left + kw + 1); q++) {
          for (let k = 0; k < c; k++) largest[k] = Math.max(largest[k] as number, size[(p * w + q) * c + k] as number);
        }
      }
      total.fill(0);
      for (let k = 0; k < c; k++) {
        for (let o = 0; o < filters; o++)
          total[o] = (total[o] as number) + (largest[k] as number) * (sums[k * filters + o] as number);
      }
      for (let p = i; p < Math.min(oh, i + 2); p++) {
        for (let q = j; q < Math.min(ow, j + 2); q++) out.set(total, (p * ow + q) * filters);
      }
    }
  }
  return out;
}
