/**
 * Layers whose output is a sum of products of inputs and weights, whatever shares which weight: convolutions of every
 * kind and means of windows, listed product by product.
 */
import { poolPixels } from "./pool.ts";
import { meetings, type Window } from "./window.ts";

export interface LinearStep {
  kind: "linear";
  outputs: number;
  /** Kernel, then bias. */
  weights: Float64Array;
  /** How many of the weights are the kernel's. */
  kernelSize: number;
  /** Whether the weights are parameters of the network. */
  trainable: boolean;
  /** Products of an output, of an input and of a weight at most. */
  most: { output: number; input: number; weight: number };
  /** Every product: which output it enters, of which input and which weight. */
  each(visit: (output: number, input: number, weight: number) => void): void;
  /** The weight that an output starts at, or -1. */
  start(output: number): number;
}

export interface MaxStep {
  kind: "max";
  /** The inputs of each output, the first of equals first. */
  pixels: number[][];
}

/** y = bias + x * kernel[kh,kw,c,n]. */
export function convolutionStep(
  win: Window,
  c: number,
  n: number,
  kernel: Float64Array,
  bias: Float64Array | undefined,
): LinearStep {
  const met = [...meetings(win)];
  return {
    kind: "linear",
    outputs: win.oh * win.ow * n,
    ...weightsOf(kernel, bias, n),
    most: { output: win.kh * win.kw * c, input: win.kh * win.kw * n, weight: win.oh * win.ow },
    each(visit) {
      for (const [position, tap, pixel] of met) {
        for (let i = 0; i < c; i++) {
          for (let o = 0; o < n; o++) visit(position * n + o, pixel * c + i, (tap * c + i) * n + o);
        }
      }
    },
  };
}

/** m filters a channel, kernel[kh,kw,c,m]. */
export function depthwiseStep(
  win: Window,
  c: number,
  m: number,
  kernel: Float64Array,
  bias: Float64Array | undefined,
): LinearStep {
  const met = [...meetings(win)];
  return {
    kind: "linear",
    outputs: win.oh * win.ow * c * m,
    ...weightsOf(kernel, bias, c * m),
    most: { output: win.kh * win.kw, input: win.kh * win.kw * m, weight: win.oh * win.ow },
    each(visit) {
      for (const [position, tap, pixel] of met) {
        for (let o = 0; o < c * m; o++) {
          visit(position * c * m + o, pixel * c + Math.floor(o / m), tap * c * m + o);
        }
      }
    },
  };
}

/** The mean of what each window meets: a weight for each number of pixels. */
export function meanStep(win: Window, c: number): LinearStep {
  const pixels = poolPixels(win, 1, c);
  const taps = win.kh * win.kw;
  return {
    kind: "linear",
    outputs: pixels.length,
    weights: Float64Array.from({ length: taps }, (_, i) => 1 / (i + 1)),
    kernelSize: taps,
    trainable: false,
    most: { output: taps, input: taps, weight: win.oh * win.ow },
    each(visit) {
      pixels.forEach((window, output) => {
        for (const input of window) visit(output, input, window.length - 1);
      });
    },
    start: () => -1,
  };
}

export function maxStep(win: Window, c: number): MaxStep {
  return { kind: "max", pixels: poolPixels(win, 1, c) };
}

function weightsOf(kernel: Float64Array, bias: Float64Array | undefined, n: number) {
  return {
    weights: Float64Array.from([...kernel, ...(bias ?? [])]),
    kernelSize: kernel.length,
    trainable: true,
    start: (output: number) => (bias ? kernel.length + (output % n) : -1),
  };
}

/** y = Wx + b. */
export function linearForward(step: LinearStep, x: Float64Array): Float64Array<ArrayBuffer> {
  const y = Float64Array.from({ length: step.outputs }, (_, i) => step.weights[step.start(i)] ?? 0);
  step.each((output, input, weight) => {
    y[output] = (y[output] as number) + (x[input] as number) * (step.weights[weight] as number);
  });
  return y;
}

/** W^T dy. */
export function linearInputGradient(step: LinearStep, inputs: number, dy: Float64Array): Float64Array<ArrayBuffer> {
  const dx = new Float64Array(inputs);
  step.each((output, input, weight) => {
    dx[input] = (dx[input] as number) + (dy[output] as number) * (step.weights[weight] as number);
  });
  return dx;
}

/** To the weights, kernel before bias. */
export function linearWeightGradient(step: LinearStep, x: Float64Array, dy: Float64Array): Float64Array {
  const dw = new Float64Array(step.weights.length);
  step.each((output, input, weight) => {
    dw[weight] = (dw[weight] as number) + (dy[output] as number) * (x[input] as number);
  });
  dy.forEach((slope, output) => {
    const at = step.start(output);
    if (at >= 0) dw[at] = (dw[at] as number) + slope;
  });
  return dw;
}

/** Where the largest of a window lies, the first of equals. */
export function firstLargest(window: readonly number[], x: ArrayLike<number>): number {
  return window.reduce((best, at) => ((x[at] as number) > (x[best] as number) ? at : best));
}

export function maxForward({ pixels }: MaxStep, x: Float64Array): Float64Array<ArrayBuffer> {
  return Float64Array.from(pixels, (window) => x[firstLargest(window, x)] as number);
}

export function maxInputGradient({ pixels }: MaxStep, x: Float64Array, dy: Float64Array): Float64Array<ArrayBuffer> {
  const dx = new Float64Array(x.length);
  pixels.forEach((window, output) => {
    const at = firstLargest(window, x);
    dx[at] = (dx[at] as number) + (dy[output] as number);
  });
  return dx;
}
