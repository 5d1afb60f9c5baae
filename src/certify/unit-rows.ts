/** The rows of a linear operation's matrix, one output at a time, without the matrix. */
import type { LinearMap, Window } from "../model/layers/index.ts";

/** What a sum meets on its way: a reference of the input, how far each number may be from it, and how large it may be. */
export interface Met {
  readonly reference: Float64Array;
  readonly away: Float64Array;
  readonly size: Float64Array;
}

export interface UnitRows {
  /** The row of an output times x, in f64, ascending. */
  product(output: number, x: Float64Array): number;
  /**
   * The sum, over the products of an output in the order of the kernels, of the largest magnitude of each product and of the sum up to it,
   * which starts at `start`: times half a spacing, what the rounding of both may come to.
   */
  roundings(output: number, start: number, met: Met): number;
  /** to += x times the row of an output. */
  add(output: number, x: number, to: Float64Array): void;
  /** Writes the rows of some outputs, times `sign`, one behind another. */
  write(outputs: Int32Array, sign: 1 | -1, to: Float32Array): void;
}

/** @param values the kernel's, as they count */
export function unitRowsOf(map: LinearMap, values: Float32Array): UnitRows {
  return map.kind === "product" ? new MatrixRows(map, values) : new WindowRows(map, values);
}

/** The rows of means over what of each window lies inside. The weights are those that the gradient has, one over a count. */
export function meanRows(window: Window): UnitRows {
  return new MeanRows(window);
}

class MatrixRows implements UnitRows {
  private readonly inputs: number;
  private readonly units: number;
  private readonly outer: number;
  /** By units. */
  private readonly values: Float32Array;

  constructor({ kernel, outer }: Extract<LinearMap, { kind: "product" }>, values: Float32Array) {
    [this.inputs, this.units] = kernel.shape as [number, number];
    this.outer = outer;
    const { inputs, units } = this;
    this.values = new Float32Array(values.length);
    for (let i = 0; i < inputs; i++) {
      for (let j = 0; j < units; j++) this.values[j * inputs + i] = values[i * units + j] as number;
    }
  }

  product(output: number, x: Float64Array): number {
    const { inputs, units, values } = this;
    const from = (output % units) * inputs;
    const at = Math.floor(output / units) * inputs;
    let sum = 0;
    for (let i = 0; i < inputs; i++) sum += (values[from + i] as number) * (x[at + i] as number);
    return sum;
  }

  roundings(output: number, start: number, { reference, away, size }: Met): number {
    const { inputs, units, values } = this;
    const from = (output % units) * inputs;
    const at = Math.floor(output / units) * inputs;
    let sum = start;
    let beside = 0;
    let total = 0;
    for (let i = 0; i < inputs; i++) {
      const weight = values[from + i] as number;
      const magnitude = Math.abs(weight);
      const term = magnitude * (size[at + i] as number);
      // Zero is added without rounding.
      if (term === 0) continue;
      sum += weight * (reference[at + i] as number);
      beside += magnitude * (away[at + i] as number);
      total += term + Math.abs(sum) + beside;
    }
    return total;
  }

  add(output: number, x: number, to: Float64Array): void {
    const { inputs, units, values } = this;
    const from = (output % units) * inputs;
    const at = Math.floor(output / units) * inputs;
    for (let i = 0; i < inputs; i++) to[at + i] = (to[at + i] as number) + x * (values[from + i] as number);
  }

  write(outputs: Int32Array, sign: 1 | -1, to: Float32Array): void {
    const { inputs, units, outer, values } = this;
    if (outer > 1) to.fill(0);
    outputs.forEach((output, r) => {
      const from = (output % units) * inputs;
      const at = r * outer * inputs + Math.floor(output / units) * inputs;
      to.set(values.subarray(from, from + inputs), at);
    });
    if (sign === -1) for (let i = 0; i < to.length; i++) to[i] = -(to[i] as number);
  }
}

/** Rows with few numbers: those of a window. */
abstract class SparseRows implements UnitRows {
  private readonly width: number;

  constructor(width: number) {
    this.width = width;
  }

  /** Calls `use(place in the input, weight)` for each number of a row. */
  protected abstract each(output: number, use: (at: number, weight: number) => void): void;

  product(output: number, x: Float64Array): number {
    let sum = 0;
    this.each(output, (at, weight) => {
      sum += weight * (x[at] as number);
    });
    return sum;
  }

  roundings(output: number, start: number, { reference, away, size }: Met): number {
    let [sum, beside, total] = [start, 0, 0];
    this.each(output, (at, weight) => {
      const term = Math.abs(weight) * (size[at] as number);
      if (term === 0) return;
      sum += weight * (reference[at] as number);
      beside += Math.abs(weight) * (away[at] as number);
      total += term + Math.abs(sum) + beside;
    });
    return total;
  }

  add(output: number, x: number, to: Float64Array): void {
    this.each(output, (at, weight) => {
      to[at] = (to[at] as number) + x * weight;
    });
  }

  write(outputs: Int32Array, sign: 1 | -1, to: Float32Array): void {
    to.fill(0);
    outputs.forEach((output, r) => {
      const start = r * this.width;
      this.each(output, (at, weight) => {
        to[start + at] = sign * weight;
      });
    });
  }
}

/** Convolutions of all kinds. */
class WindowRows extends SparseRows {
  private readonly window: Window;
  private readonly values: Float32Array;
  /** Outputs of a position, and inputs that one sees at each tap. */
  private readonly channels: number;
  private readonly depth: number;
  /** Outputs that see the same inputs. */
  private readonly shared: number;
  /** Weights of a position, where each has its own. */
  private readonly own: number;

  constructor(map: Exclude<LinearMap, { kind: "product" }>, values: Float32Array) {
    const { window } = map;
    const filters = map.kernel.shape.at(-1) as number;
    super(window.h * window.w * window.c);
    this.window = window;
    this.values = values;
    this.channels = map.kind === "depthwise" ? window.c * filters : filters;
    const groups = map.kind === "depthwise" ? window.c : map.kind === "convolution" ? map.groups : 1;
    this.depth = window.c / groups;
    this.shared = this.channels / groups;
    this.own = map.kind === "local" ? window.kh * window.kw * window.c * filters : 0;
  }

  protected override each(output: number, use: (at: number, weight: number) => void): void {
    const { values, channels, depth, shared, own } = this;
    const { c, ow, h, w, kh, kw, sh, sw, dh, dw, top, left } = this.window;
    const [position, o] = [Math.floor(output / channels), output % channels];
    const [y, x] = [Math.floor(position / ow) * sh - top, (position % ow) * sw - left];
    const first = Math.floor(o / shared) * depth;
    for (let p = 0; p < kh; p++) {
      for (let q = 0; q < kw; q++) {
        const [i, j] = [y + p * dh, x + q * dw];
        if (i < 0 || i >= h || j < 0 || j >= w) continue;
        const at = (i * w + j) * c + first;
        const from = position * own + (p * kw + q) * depth * channels + o;
        for (let k = 0; k < depth; k++) use(at + k, values[from + k * channels] as number);
      }
    }
  }
}

class MeanRows extends SparseRows {
  private readonly window: Window;

  constructor(window: Window) {
    super(window.h * window.w * window.c);
    this.window = window;
  }

  protected override each(output: number, use: (at: number, weight: number) => void): void {
    const { c, ow, h, w, kh, kw, sh, sw, top, left } = this.window;
    const [position, k] = [Math.floor(output / c), output % c];
    const [y, x] = [Math.floor(position / ow) * sh - top, (position % ow) * sw - left];
    const [y0, y1] = [Math.max(0, y), Math.min(h, y + kh)];
    const [x0, x1] = [Math.max(0, x), Math.min(w, x + kw)];
    const weight = 1 / ((y1 - y0) * (x1 - x0));
    for (let i = y0; i < y1; i++) for (let j = x0; j < x1; j++) use((i * w + j) * c + k, weight);
  }
}
