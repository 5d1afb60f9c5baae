/** The layers of Keras that slide windows over an image, on numbers of the tape. */
import type { Tensor } from "./layers.ts";
import { convolutionStep, depthwiseStep, type LinearStep, maxStep, meanStep } from "./linear.ts";
import { largest, type Num, sum, times } from "./tape.ts";
import { type Padding, type Window, windowOf } from "./window.ts";

type Config = Record<string, unknown>;

/** Each output: its start, and a product for each weight that it meets. */
function connected(step: LinearStep, x: Tensor, weights: readonly Num[]): Num[] {
  const terms = Array.from({ length: step.outputs }, (_, output) => {
    const start = weights[step.start(output)];
    return start ? [start] : [];
  });
  step.each((output, input, weight) => terms[output]?.push(times(x.values[input] as Num, weights[weight] as Num)));
  return terms.map(sum);
}

function windowFor(config: Config, taps: unknown, [h, w]: readonly number[]): Window {
  const two = (value: unknown) => (value ?? [1, 1]) as [number, number];
  const dilation = two(config.dilation_rate);
  return windowOf([h as number, w as number], two(taps), two(config.strides), dilation, config.padding as Padding);
}

const valuesOf = ({ values }: Tensor): Float64Array => Float64Array.from(values, ({ value }) => value);

/** kernel[kh,kw,c,n], of every channel or of one each. */
export function convolved(config: Config, x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
  const [, , c, n] = kernel.shape as [number, number, number, number];
  const isDepthwise = config.depth_multiplier !== undefined;
  const win = windowFor(config, config.kernel_size, x.shape);
  const step = (isDepthwise ? depthwiseStep : convolutionStep)(win, c, n, valuesOf(kernel), bias && valuesOf(bias));
  const weights = [...kernel.values, ...(bias?.values ?? [])];
  return { shape: [win.oh, win.ow, isDepthwise ? c * n : n], values: connected(step, x, weights) };
}

/** A convolution from the output to the input, taken the other way around: kernel[kh,kw,filters,c]. */
export function transposed(config: Config, x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
  const [kh, kw, filters, c] = kernel.shape as [number, number, number, number];
  const [sh, sw] = (config.strides ?? [1, 1]) as [number, number];
  const [h, w] = x.shape as [number, number];
  const more = (taps: number, stride: number) => (config.padding === "same" ? 0 : Math.max(0, taps - stride));
  const shape = [h * sh + more(kh, sh), w * sw + more(kw, sw), filters];
  const step = convolutionStep(windowFor(config, [kh, kw], shape), filters, c, valuesOf(kernel), undefined);
  const terms = Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i): Num[] => {
    return bias ? [bias.values[i % filters] as Num] : [];
  });
  step.each((output, input, weight) => {
    terms[input]?.push(times(x.values[output] as Num, kernel.values[weight] as Num));
  });
  return { shape, values: terms.map(sum) };
}

export function largestOfWindows(config: Config, x: Tensor): Tensor {
  const win = windowFor(config, config.pool_size, x.shape);
  const c = x.shape[2] as number;
  const { pixels } = maxStep(win, c);
  return { shape: [win.oh, win.ow, c], values: pixels.map((at) => largest(at.map((i) => x.values[i] as Num))) };
}

/** `share` makes a weight of a fraction. */
export function meansOfWindows(config: Config, x: Tensor, share: (value: number) => Num): Tensor {
  const win = windowFor(config, config.pool_size, x.shape);
  const c = x.shape[2] as number;
  const step = meanStep(win, c);
  return { shape: [win.oh, win.ow, c], values: connected(step, x, Array.from(step.weights, share)) };
}
