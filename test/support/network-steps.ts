/** The oracle's view of a network: its layers as steps, with a copy of its weights in double precision. */
import type { Network } from "../../src/model/index.ts";
import type { Layer } from "../../src/model/layers/index.ts";
import { convolutionStep, depthwiseStep, maxStep, meanStep } from "../oracle/linear.ts";
import type { Step } from "../oracle/network.ts";
import { type Padding, windowOf } from "../oracle/window.ts";

export interface Stepped {
  steps: Step[];
  /** How many steps lie before the output of each layer. */
  until: number[];
}

export function stepsOf(network: Network): Stepped {
  const parameters = Float64Array.from(network.getParameters());
  const steps: Step[] = [];
  const until: number[] = [];
  let at = 0;
  const take = (n: number) => {
    at += n;
    return parameters.slice(at - n, at);
  };
  for (const layer of network.layers) {
    const { className, config, inputShape, outputShape } = layer;
    steps.push(...windowSteps(layer, take));
    if (className === "Dense") {
      const [inputs, units] = [inputShape.at(-1) as number, config.units as number];
      const kernel = take(inputs * units);
      steps.push({ kind: "dense", inputs, units, kernel, bias: config.use_bias ? take(units) : undefined });
    }
    const activation = config.activation as "linear" | "relu" | "sigmoid" | "tanh" | "softmax" | undefined;
    if (activation && activation !== "linear") steps.push({ kind: activation, width: outputShape.at(-1) as number });
    until.push(steps.length);
  }
  if (at !== parameters.length) throw new Error(`steps: expected ${parameters.length} parameters, took ${at}`);
  return { steps, until };
}

/** The steps of a layer with windows; none for other layers. `take` gives the next parameters. */
function windowSteps({ className, config, inputShape }: Layer, take: (n: number) => Float64Array): Step[] {
  const image = (inputShape.length === 2 ? [1, ...inputShape] : inputShape) as [number, number, number];
  const [h, w, c] = image;
  const two = (value: unknown): [number, number] => {
    const list = (value ?? [1, 1]) as number[];
    return [list.length === 1 ? 1 : (list[0] as number), list.at(-1) as number];
  };
  const win = () => {
    const taps = two(config.kernel_size ?? config.pool_size);
    return windowOf([h, w], taps, two(config.strides), two(config.dilation_rate), config.padding as Padding);
  };
  const whole = () => windowOf([h, w], [h, w], [1, 1], [1, 1], "valid");
  const taps = () => two(config.kernel_size)[0] * two(config.kernel_size)[1];
  const bias = (n: number) => (config.use_bias ? take(n) : undefined);
  const [n, m] = [config.filters as number, config.depth_multiplier as number];
  switch (className) {
    case "Conv1D":
    case "Conv2D":
      return [convolutionStep(win(), c, n, take(taps() * c * n), bias(n))];
    case "DepthwiseConv2D":
      return [depthwiseStep(win(), c, m, take(taps() * c * m), bias(c * m))];
    case "SeparableConv2D": {
      const pixels = windowOf([win().oh, win().ow], [1, 1], [1, 1], [1, 1], "valid");
      return [
        depthwiseStep(win(), c, m, take(taps() * c * m), undefined),
        convolutionStep(pixels, c * m, n, take(c * m * n), bias(n)),
      ];
    }
    case "MaxPooling1D":
    case "MaxPooling2D":
      return [maxStep(win(), c)];
    case "GlobalMaxPooling2D":
      return [maxStep(whole(), c)];
    case "AveragePooling1D":
    case "AveragePooling2D":
      return [meanStep(win(), c)];
    case "GlobalAveragePooling2D":
      return [meanStep(whole(), c)];
    default:
      return [];
  }
}

/** Row r of flat rows. */
export function rowOf(rows: Float32Array, r: number, width: number): Float32Array {
  return rows.slice(r * width, (r + 1) * width);
}
