/**
 * Layer normalisation: y_i = g_i d_i s + b_i, with d = x less its mean and s = 1 / sqrt(w), w = mean(d^2) + epsilon, group by group. Around numbers D
 * near those of the reference, with d = D + p, W = mean(D^2) + epsilon, S = W^(-1/2) and k = W^(-3/2) / 2:
 *
 *   w - W = (2 / n) sum D_j p_j + [0, R],   R = mean(p^2)
 *   s - S = -k (w - W) + [0, M (w - W)^2 / 2],   M = (3/4) w^(-5/2) where w is least, as s bends up
 *   d_i s = D_i S + S p_i + D_i (s - S) + p_i (s - S)
 *
 * so that a plane, the tangent, and an interval beside it hold y; where plain intervals are narrower, they hold it alone. The tangent's
 * coefficients on the way back are those of the layer's own gradient.
 *
 * The kernel that runs has these errors: sums of four lanes, each addition rounded once, n / 4 + 3 of them at most on the way of a number; a
 * rounding of every difference, square, quotient, root and product.   [Higham 2002, 3.1, 4.2]
 */
import { gamma } from "../numeric/rounding.ts";
import type { F32Pointer, F64Pointer } from "../wasm/index.ts";
import { deviations, emptyInterval, type Interval, type Known, magnitudes } from "./interval.ts";
import { above, below, gamma32, LEAST_32, UNIT_32, widenForSum } from "./rounding.ts";
import type { BoundRows, BoundStep, StepContext } from "./step.ts";

/** More than a sum of a group's length and what follows it lose in f64, relatively; up to 2^20 numbers a group. */
const LOST = 2 ** -28;

/** f32 values of the layer, and the epsilon that its kernel takes. */
export interface StandardiseParts {
  readonly channels: number;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly epsilon: number;
}

/** What the tangent of one group is made of. */
interface Plane {
  /** S, and 2 k / n. */
  readonly root: number;
  readonly bend: number;
  /** D, whose mean is nearly zero. */
  readonly differences: Float64Array;
}

export class StandardiseStep implements BoundStep {
  readonly inputs: readonly number[];
  readonly inputSizes: readonly number[];
  readonly outputSize: number;
  readonly bends = true;
  underflow = 0;
  private readonly context: StepContext;
  private readonly parts: StandardiseParts;
  private readonly result: F32Pointer;
  private readonly lower: F64Pointer;
  private readonly upper: F64Pointer;
  private planes: readonly Plane[] = [];
  /** Of each output 1 where the tangent counts, 0 where the interval alone does. */
  private readonly follows: Uint8Array;
  private away: Float64Array = new Float64Array(0);

  constructor(context: StepContext, input: number, size: number, parts: StandardiseParts) {
    const { arena } = context.workspace;
    this.context = context;
    this.parts = parts;
    this.inputs = [input];
    this.inputSizes = [size];
    this.outputSize = size;
    this.result = arena.allocateF32(context.rows * size);
    this.lower = arena.allocateF64(size);
    this.upper = arena.allocateF64(size);
    this.follows = new Uint8Array(size);
  }

  reference([input]: readonly [Float64Array]): Float64Array {
    const { channels: n, scale, shift } = this.parts;
    const out = new Float64Array(this.outputSize);
    for (let first = 0; first < out.length; first += n) {
      const { root, differences } = this.planeOf(input.subarray(first, first + n));
      for (let i = 0; i < n; i++) {
        out[first + i] = (scale[i] as number) * (differences[i] as number) * root + (shift[i] as number);
      }
    }
    return out;
  }

  private planeOf(x: Float64Array): Plane {
    const { channels: n, epsilon } = this.parts;
    const mean = x.reduce((sum, value) => sum + value, 0) / n;
    const differences = x.map((value) => value - mean);
    const w = differences.reduce((sum, d) => sum + d * d, 0) / n + epsilon;
    const root = 1 / Math.sqrt(w);
    return { root, bend: root / (w * n), differences };
  }

  forward([input]: readonly [Known], reference: Float64Array): Interval {
    const { workspace, terms } = this.context;
    const { channels: n } = this.parts;
    const size = this.outputSize;
    const output = emptyInterval(size);
    const [lower, upper] = [new Float64Array(size), new Float64Array(size)];
    const planes: Plane[] = [];
    this.away = deviations(input);
    const known = { ...input, size: magnitudes(input) };
    for (let first = 0; first < size; first += n) {
      planes.push(this.group(known, reference, first, output, lower, upper));
    }
    this.planes = planes;
    widenForSum(lower, upper, terms);
    workspace.arena.f64(this.lower, size).set(lower);
    workspace.arena.f64(this.upper, size).set(upper);
    this.underflow = LEAST_32 * this.away.reduce((a, b) => a + b, 0);
    return output;
  }

  /** Intervals of a group: of its outputs, and of what they differ from the tangent. */
  private group(
    { lower: low, upper: high, reference: x, size }: Known & { size: Float64Array },
    reference: Float64Array,
    first: number,
    output: Interval,
    lower: Float64Array,
    upper: Float64Array,
  ): Plane {
    const { channels: n, scale, shift, epsilon } = this.parts;
    const { terms } = this.context;
    const plane = this.planeOf(x.subarray(first, first + n));
    const { root, bend, differences } = plane;
    let [lows, highs, sizes] = [0, 0, 0];
    for (let i = first; i < first + n; i++) {
      lows += low[i] as number;
      highs += high[i] as number;
      sizes += size[i] as number;
    }
    // Of d: its ends, and how far it may be from D, rounding of D included.
    const [from, to, most, apart] = [0, 0, 0, 0].map(() => new Float64Array(n)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    let [least, largest, moved, squares, against, total] = [0, 0, 0, 0, 0, 0];
    const inexact = gamma(2 * n + 16);
    for (let i = 0; i < n; i++) {
      const at = first + i;
      const own = (size[at] as number) + sizes / n;
      const l = below((low[at] as number) * (1 - 1 / n) - (highs - (high[at] as number)) / n, n * own);
      const u = above((high[at] as number) * (1 - 1 / n) - (lows - (low[at] as number)) / n, n * own);
      const d = differences[i] as number;
      from[i] = l;
      to[i] = u;
      most[i] = Math.max(-l, u, Math.abs(d));
      apart[i] = above(Math.max(u - d, d - l, 0), 2 * (most[i] as number)) + inexact * own;
      const p = apart[i] as number;
      const inside = Math.max(l, -u, 0);
      least += inside * inside;
      largest += (most[i] as number) * (most[i] as number);
      moved += 2 * Math.abs(d) * p;
      squares += p * p;
      against += Math.abs(d) * inexact * own;
      total += d * d;
    }
    const grow = 1 + LOST;
    const w = total / n + epsilon;
    const step = ((moved + squares) / n) * grow + LOST * w;
    const floor = Math.max((least / n) * (1 - LOST) + epsilon * (1 - LOST), w - step - LOST * w);
    const ceiling = Math.min((largest / n) * grow + epsilon * grow, w + step + LOST * w);
    const kernel = this.kernelErrors(most, sizes / n, floor, ceiling);
    const [steepest, slowest] = [1 / Math.sqrt(floor), 1 / Math.sqrt(ceiling)];
    // s - S beside the tangent's share of it, and all of it.
    const rest = (squares / n) * (root / w / 2) * grow;
    // Between w and W, wherever that is.
    const bottom = Math.min(floor, w * (1 - LOST));
    const curved = (3 / 8 / (Math.sqrt(bottom) * bottom * bottom)) * step * step * grow;
    const swing = (Math.max(steepest - root, root - slowest, 0) + LOST * steepest) * grow;
    const rounded = LOST * (root + bend * (moved + squares));
    for (let i = 0; i < n; i++) {
      const at = first + i;
      const [g, b, y] = [scale[i] as number, shift[i] as number, reference[at] as number];
      const d = Math.abs(differences[i] as number);
      const p = apart[i] as number;
      const far = Math.abs(g) * (most[i] as number) * steepest * (1 + 2 * LOST);
      const error = terms.forward * kernel.error(Math.abs(g), Math.abs(b), most[i] as number);
      // Plain intervals; and no number of a group is more than the root of n - 1 deviations away.
      const ends = [slowest * (1 - LOST), steepest * grow].flatMap((s) => [
        g * (from[i] as number) * s,
        g * (to[i] as number) * s,
      ]);
      const cap = Math.abs(g) * Math.sqrt(n - 1) * grow;
      const reach = far + Math.abs(b) + error;
      const least = below(Math.max(Math.min(...ends), -cap) + b - error, reach);
      const greatest = above(Math.min(Math.max(...ends), cap) + b + error, reach);
      const isKnown = floor > 0 && kernel.isKnown && Number.isFinite(reach);
      output.lower[at] = isKnown ? least : Number.NEGATIVE_INFINITY;
      output.upper[at] = isKnown ? greatest : Number.POSITIVE_INFINITY;
      // What y may differ from the tangent: d times what s is beside it, the product of two changes, and what f64 lost.
      const product = Math.abs(g) * p * swing;
      const lost =
        Math.abs(g) * (d * rounded + inexact * ((size[at] as number) + sizes / n) * root + d * bend * against) +
        LOST * product +
        error;
      const [down, up] = [Math.abs(g) * d * rest, Math.abs(g) * d * curved];
      const isAlong = g * (differences[i] as number) > 0;
      const base = g * (differences[i] as number) * root + b - y;
      const around = [(isAlong ? down : up) + product + lost, (isAlong ? up : down) + product + lost] as const;
      const alone = [least - y, greatest - y] as const;
      const follows = around[0] + around[1] < alone[1] - alone[0];
      this.follows[at] = follows ? 1 : 0;
      const span = Math.abs(y) + Math.abs(g) * d * root + reach + around[0] + around[1];
      lower[at] = below(follows ? base - around[0] : alone[0], span);
      upper[at] = above(follows ? base + around[1] : alone[1], span);
    }
    return plane;
  }

  /** What the kernel's roundings come to, from the largest differences and the mean magnitude of a group. */
  private kernelErrors(
    most: Float64Array,
    size: number,
    floor: number,
    ceiling: number,
  ): { isKnown: boolean; error: (g: number, b: number, d: number) => number } {
    const { channels: n } = this.parts;
    const sums = n / 4 + 3;
    const mean = gamma32(sums + 1) * size + LEAST_32;
    const away = (d: number) => mean + UNIT_32 * (d + mean);
    let [squares, off] = [0, 0];
    for (const d of most) {
      const e = away(d);
      squares += (d + e) * (d + e);
      off += 2 * d * e + e * e;
    }
    const variance = (off / n + gamma32(sums + 3) * (squares / n) + 2 * LEAST_32) * (1 + LOST);
    const w = (variance + UNIT_32 * (ceiling + variance)) * (1 + LOST);
    const least = floor - w;
    const root = (1 / Math.sqrt(least)) * (1 + 4 * UNIT_32);
    const roots = ((root / least) * w) / 2 + 4 * UNIT_32 * root;
    const error = (g: number, b: number, d: number): number => {
      const there = d + away(d);
      const unit = away(d) * root + d * roots + UNIT_32 * there * root + LEAST_32;
      const value = there * root + LEAST_32;
      return (g * unit + gamma32(3) * (g * value + b) + 2 * LEAST_32) * (1 + LOST);
    };
    return { isKnown: least > 0, error };
  }

  backward({ count, at, constants }: BoundRows, give: (input: number, at: F32Pointer) => void): void {
    const { workspace, terms } = this.context;
    const { kernels, arena } = workspace;
    const { outputSize: size, away, follows } = this;
    const { channels: n, scale } = this.parts;
    kernels.interval_sum_f64(count, size, at, this.lower, this.upper, constants);
    const from = arena.f32(at, count * size);
    const to = arena.f32(this.result, count * size);
    const paid = arena.f64(constants, count);
    const weights = new Float64Array(n);
    const inexact = gamma(4 * n + 32);
    for (let r = 0; r < count; r++) {
      let cost = 0;
      this.planes.forEach(({ root, bend, differences }, group) => {
        const first = group * n;
        let [sum, sizes, along, alongSizes, middle, middles] = [0, 0, 0, 0, 0, 0];
        for (let i = 0; i < n; i++) {
          const c = follows[first + i] ? (from[r * size + first + i] as number) * (scale[i] as number) : 0;
          const d = differences[i] as number;
          weights[i] = c;
          sum += c;
          sizes += Math.abs(c);
          along += c * d;
          alongSizes += Math.abs(c * d);
          middle += d;
          middles += Math.abs(d);
        }
        for (let i = 0; i < n; i++) {
          const [c, d] = [weights[i] as number, differences[i] as number];
          const exact = root * (c - sum / n) - bend * along * (d - middle / n);
          const magnitude = root * (Math.abs(c) + sizes / n) + bend * alongSizes * (Math.abs(d) + middles / n);
          to[r * size + first + i] = exact;
          const lost = terms.backward * UNIT_32 * Math.abs(exact) + inexact * magnitude;
          cost += lost * (away[first + i] as number);
        }
      });
      paid[r] = (paid[r] as number) - cost * (1 + LOST);
    }
    give(this.inputs[0] as number, this.result);
  }
}
