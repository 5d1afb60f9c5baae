/**
 * The largest of some numbers: of a window, or of the same place in several inputs. Below goes the number with the largest lower end.
 * Above, the number x with the largest upper end u, and m, the next largest upper end: the largest of all is at most max(x, m), which
 * bends up, so the line from (l, m) to (u, u) lies above; where l >= m it is x.   [Xiao et al. 2024, MaxLin]
 */
import type { Window } from "../model/layers/index.ts";
import type { F32Pointer, F64Pointer, I32Pointer } from "../wasm/index.ts";
import { deviations, emptyInterval, type Interval, type Known } from "./interval.ts";
import { above, below, gamma32, LEAST_32, widenForSum } from "./rounding.ts";
import type { BoundRows, BoundStep, StepContext } from "./step.ts";

export class WindowChoiceStep implements BoundStep {
  readonly inputs: readonly number[];
  readonly inputSizes: readonly number[];
  readonly outputSize: number;
  readonly bends = true;
  underflow = 0;
  private readonly context: StepContext;
  private readonly window: Window;
  /** Windows that a number is in at most. */
  private readonly overlap: number;
  private readonly index: I32Pointer;
  private readonly slope: F32Pointer;
  private readonly lower: F64Pointer;
  private readonly upper: F64Pointer;
  private readonly result: F32Pointer;

  constructor(context: StepContext, input: number, window: Window) {
    const { h, w, c, oh, ow, kh, kw, sh, sw } = window;
    const { arena } = context.workspace;
    this.context = context;
    this.window = window;
    this.inputs = [input];
    this.inputSizes = [h * w * c];
    const n = oh * ow * c;
    this.outputSize = n;
    this.overlap = Math.ceil(kh / sh) * Math.ceil(kw / sw);
    this.index = arena.allocateI32(2 * n);
    this.slope = arena.allocateF32(n);
    this.lower = arena.allocateF64(n);
    this.upper = arena.allocateF64(n);
    this.result = arena.allocateF32(context.rows * h * w * c);
  }

  reference([input]: readonly [Float64Array]): Float64Array {
    const { oh, ow, c } = this.window;
    const out = new Float64Array(this.outputSize);
    for (let position = 0; position < oh * ow; position++) {
      const taps = this.tapsOf(position);
      for (let k = 0; k < c; k++) {
        out[position * c + k] = taps.reduce(
          (most, tap) => Math.max(most, input[tap + k] as number),
          Number.NEGATIVE_INFINITY,
        );
      }
    }
    return out;
  }

  forward([input]: readonly [Known], reference: Float64Array): Interval {
    const { oh, ow, c } = this.window;
    const away = deviations(input);
    const { workspace, terms } = this.context;
    const n = this.outputSize;
    const output = emptyInterval(n);
    const index = new Int32Array(2 * n);
    const slope = new Float32Array(n);
    const [lower, upper] = [new Float64Array(n), new Float64Array(n)];
    // Products are rounded once, and sums where windows overlap.
    const lost = terms.slope * gamma32(this.overlap + 1);
    let size = 0;
    for (let position = 0; position < oh * ow; position++) {
      const taps = this.tapsOf(position);
      for (let k = 0; k < c; k++) {
        const i = position * c + k;
        const line = chosen(input, taps, k);
        index[i] = line.below;
        index[n + i] = line.above;
        slope[i] = line.slope;
        output.lower[i] = input.lower[line.below] as number;
        output.upper[i] = input.upper[line.above] as number;
        const y = reference[i] as number;
        const [x, xAbove] = [input.reference[line.below] as number, input.reference[line.above] as number];
        const [cost, costAbove] = [lost * (away[line.below] as number), lost * (away[line.above] as number)];
        const start = line.slope * xAbove;
        lower[i] = below(x - y - cost, Math.abs(x) + Math.abs(y) + cost);
        upper[i] = above(
          line.shift + start - y + costAbove,
          Math.abs(line.shift) + Math.abs(start) + Math.abs(y) + costAbove,
        );
        size += (away[line.below] as number) + (away[line.above] as number);
      }
    }
    widenForSum(lower, upper, terms);
    const { arena } = workspace;
    arena.i32(this.index, 2 * n).set(index);
    arena.f32(this.slope, n).set(slope);
    arena.f64(this.lower, n).set(lower);
    arena.f64(this.upper, n).set(upper);
    this.underflow = LEAST_32 * size;
    return output;
  }

  backward({ count, at, constants }: BoundRows, give: (input: number, at: F32Pointer) => void): void {
    const { kernels, arena } = this.context.workspace;
    const size = this.inputSizes[0] as number;
    kernels.interval_sum_f64(count, this.outputSize, at, this.lower, this.upper, constants);
    arena.f32(this.result, count * size).fill(0);
    kernels.choose_grad_f32(count, this.outputSize, size, at, this.index, this.slope, this.result);
    give(this.inputs[0] as number, this.result);
  }

  /** Whether the number may be the largest of a window without being it everywhere: not looked into. */
  bendsWithin(_input: number, _index: number, lower: number, upper: number): boolean {
    return upper > lower;
  }

  private tapsOf(position: number): number[] {
    return tapsWithin(this.window, position);
  }
}

/** Where the first channels of a window's pixels lie. */
export function tapsWithin({ h, w, c, ow, kh, kw, sh, sw, top, left }: Window, position: number): number[] {
  const [y, x] = [Math.floor(position / ow) * sh - top, (position % ow) * sw - left];
  const taps: number[] = [];
  for (let i = Math.max(0, y); i < Math.min(h, y + kh); i++) {
    for (let j = Math.max(0, x); j < Math.min(w, x + kw); j++) taps.push((i * w + j) * c);
  }
  return taps;
}

/** The lines around the largest of the numbers at taps + k. */
function chosen(
  { lower, upper }: Interval,
  taps: readonly number[],
  k: number,
): { below: number; above: number; slope: number; shift: number } {
  let [low, high] = [(taps[0] as number) + k, (taps[0] as number) + k];
  for (const tap of taps) {
    if ((lower[tap + k] as number) > (lower[low] as number)) low = tap + k;
    if ((upper[tap + k] as number) > (upper[high] as number)) high = tap + k;
  }
  let next = Number.NEGATIVE_INFINITY;
  for (const tap of taps) if (tap + k !== high) next = Math.max(next, upper[tap + k] as number);
  const [l, u] = [lower[high] as number, upper[high] as number];
  // The number itself: then it is the best line below as well.
  if (next <= l) return { below: high, above: high, slope: 1, shift: 0 };
  const slope = Math.fround((u - next) / (u - l));
  const ends = [next - slope * l, u - slope * u];
  const size = Math.abs(next) + Math.abs(u) + slope * Math.max(Math.abs(l), Math.abs(u));
  return { below: low, above: high, slope, shift: above(Math.max(...ends), size) };
}
