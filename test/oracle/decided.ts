/**
 * The gradient to the input of a network that is linear but for its rectifiers and largest-of pools, once it is given
 * which way each of them decided: a product of matrices in double precision, with no kink left in it.
 *
 * A single-precision gradient must be near the one of its own decisions. Two implementations may decide differently
 * where an input is within rounding of a kink, and both be right.
 */
import { largest, poolPixels } from "./pool.ts";
import { meetings, type Padding, type Window, windowOf } from "./window.ts";

type Image = readonly [h: number, w: number, c: number];

/** One call of a layer; every layer is called once. */
export interface DecidedLayer {
  name: string;
  className: string;
  config: Record<string, unknown>;
  inputs: readonly string[];
  inputShape: readonly number[];
  outputShape: readonly number[];
  /** By the last part of their names. */
  weights: Readonly<Record<string, ArrayLike<number>>>;
}

/** Which way a layer decided: 1 where a rectifier passes, else 0; of a largest-of pool, which input each output is. */
export type Decisions = ArrayLike<number>;

/** dx from dy, of a layer with one input. */
type Rule = (layer: DecidedLayer, dy: Float64Array, decisions: Decisions) => Float64Array;

const sizeOf = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
const pair = (value: unknown) => (typeof value === "number" ? [value, value] : value) as [number, number];

function windowIn({ config, inputShape }: DecidedLayer): Window {
  const [h, w] = inputShape as Image;
  const taps = pair(config.kernel_size ?? config.pool_size);
  const strides = pair(config.strides ?? taps);
  return windowOf([h, w], taps, strides, pair(config.dilation_rate ?? 1), config.padding as Padding);
}

/** dx[pixel,i] += dy[position,o] kernel[tap,i,o] wherever a window meets the image. */
function convolve(win: Window, c: number, n: number, kernel: ArrayLike<number>, dy: Float64Array): Float64Array {
  const dx = new Float64Array(win.h * win.w * c);
  for (const [position, tap, pixel] of meetings(win)) {
    for (let i = 0; i < c; i++) {
      let sum = 0;
      for (let o = 0; o < n; o++) sum += (dy[position * n + o] as number) * (kernel[(tap * c + i) * n + o] as number);
      dx[pixel * c + i] = (dx[pixel * c + i] as number) + sum;
    }
  }
  return dx;
}

const same: Rule = (_, dy) => dy;

const passed = (dy: Float64Array, decisions: Decisions) => dy.map((slope, i) => (decisions[i] === 1 ? slope : 0));

/** dy to each pixel of its window, in equal shares of those inside the image. */
function average(win: Window, c: number, dy: Float64Array): Float64Array {
  const dx = new Float64Array(win.h * win.w * c);
  poolPixels(win, 1, c).forEach((window, output) => {
    for (const at of window) dx[at] = (dx[at] as number) + (dy[output] as number) / window.length;
  });
  return dx;
}

const RULES: Readonly<Record<string, Rule>> = {
  Activation: same,
  Add: same,
  Dropout: same,
  Flatten: same,
  AveragePooling2D: (layer, dy) => average(windowIn(layer), layer.inputShape[2] as number, dy),
  BatchNormalization: ({ config, weights }, dy) => {
    const { gamma, moving_variance } = weights as Record<string, ArrayLike<number>>;
    const n = moving_variance?.length as number;
    return dy.map(
      (slope, i) =>
        (slope * (gamma?.[i % n] as number)) /
        Math.sqrt((moving_variance?.[i % n] as number) + (config.epsilon as number)),
    );
  },
  Conv2D: (layer, dy) => {
    const { inputShape, outputShape, weights } = layer;
    return convolve(windowIn(layer), inputShape[2] as number, outputShape[2] as number, weights.kernel ?? [], dy);
  },
  Dense: ({ inputShape, outputShape, weights }, dy) => {
    const win = windowOf([1, 1], [1, 1], [1, 1], [1, 1], "valid");
    return convolve(win, inputShape[0] as number, outputShape[0] as number, weights.kernel ?? [], dy);
  },
  DepthwiseConv2D: (layer, dy) => {
    const [h, w, c] = layer.inputShape as Image;
    const m = (layer.outputShape[2] as number) / c;
    const dx = new Float64Array(h * w * c);
    const kernel = layer.weights.depthwise_kernel ?? [];
    for (const [position, tap, pixel] of meetings(windowIn(layer))) {
      for (let o = 0; o < c * m; o++) {
        const at = pixel * c + Math.floor(o / m);
        dx[at] = (dx[at] as number) + (dy[position * c * m + o] as number) * (kernel[tap * c * m + o] as number);
      }
    }
    return dx;
  },
  GlobalAveragePooling2D: ({ inputShape }, dy) => {
    const [h, w, c] = inputShape as Image;
    return average(windowOf([h, w], [h, w], [1, 1], [1, 1], "valid"), c, dy);
  },
  MaxPooling2D: ({ inputShape }, dy, decisions) => {
    const dx = new Float64Array(sizeOf(inputShape));
    dy.forEach((slope, output) => {
      const at = decisions[output] as number;
      dx[at] = (dx[at] as number) + slope;
    });
    return dx;
  },
  ReLU: (_, dy, decisions) => passed(dy, decisions),
  ZeroPadding2D: ({ config, inputShape }, dy) => {
    const [h, w, c] = inputShape as Image;
    const [[top], [left, right]] = config.padding as [[number, number], [number, number]];
    return Float64Array.from({ length: h * w * c }, (_, at) => {
      const [channel, pixel] = [at % c, Math.floor(at / c)];
      const [i, j] = [Math.floor(pixel / w) + top, (pixel % w) + left];
      return dy[(i * (w + left + right) + j) * c + channel] as number;
    });
  },
};

/** Each input's share of the slopes of a Concatenate along the last axis. */
function parted(dy: Float64Array, widths: readonly number[]): Float64Array[] {
  const width = widths.reduce((sum, n) => sum + n, 0);
  let start = 0;
  return widths.map((n) => {
    const from = start;
    start += n;
    return Float64Array.from(
      { length: (dy.length / width) * n },
      (_, i) => dy[Math.floor(i / n) * width + from + (i % n)] as number,
    );
  });
}

/** What a layer decided, from the outputs that an implementation gave of it and of what it takes; none of a linear one. */
export function decisionsOf(layer: DecidedLayer, outputs: (layer: string) => ArrayLike<number>): Decisions | undefined {
  const { name, className, config, inputs, inputShape } = layer;
  const before = () => outputs(inputs[0] as string);
  if (className === "MaxPooling2D") return largest(poolPixels(windowIn(layer), 1, inputShape[2] as number), before());
  if (className === "ReLU") {
    const top = (config.max_value as number | null | undefined) ?? Number.POSITIVE_INFINITY;
    return Uint8Array.from(before(), (x) => (x > 0 && x <= top ? 1 : 0));
  }
  return config.activation === "relu" ? Uint8Array.from(outputs(name), (y) => (y > 0 ? 1 : 0)) : undefined;
}

/**
 * The gradient to the input from the slopes at what the last of the layers computes, before its softmax if it has one.
 * `layers` stand each behind what it takes; `input` is the name of what the first takes.
 */
export function decidedGradient(
  layers: readonly DecidedLayer[],
  input: string,
  decisions: ReadonlyMap<string, Decisions>,
  slopes: Float64Array,
): Float64Array {
  const widthOf = new Map(layers.map(({ name, outputShape }) => [name, outputShape.at(-1) as number]));
  const found = new Map<string, Float64Array>([[layers.at(-1)?.name as string, slopes]]);
  for (const layer of layers.toReversed()) {
    const { name, className, config, inputs } = layer;
    let dy = found.get(name);
    if (!dy) continue;
    const { activation = "linear" } = config;
    const decided = decisions.get(name) ?? [];
    if (activation === "relu") dy = passed(dy, decided);
    else if (activation !== "linear" && !(activation === "softmax" && dy === slopes)) {
      throw new Error(`decided: expected a linear or rectified layer, got ${name} with ${activation}`);
    }
    const rule = RULES[className];
    const widths = inputs.map((from) => widthOf.get(from) as number);
    let shares: Float64Array[];
    if (rule) shares = Array(inputs.length).fill(rule(layer, dy, decided));
    else if (className === "Concatenate") shares = parted(dy, widths);
    else throw new Error(`decided: expected a layer it knows, got ${className}`);
    inputs.forEach((from, i) => {
      found.set(from, sumOf(found.get(from), shares[i] as Float64Array));
    });
  }
  return found.get(input) as Float64Array;
}

function sumOf(known: Float64Array | undefined, share: Float64Array): Float64Array {
  return known ? known.map((v, i) => v + (share[i] as number)) : share;
}
