/** The bits of every layer and every activation: forward, the gradient to the row, the gradient to the parameters. */
import type { Network } from "../model/index.ts";
import { ACTIVATIONS, LAYERS, MERGES } from "../model/layers/index.ts";
import { labels, noise } from "./data.ts";
import type { Golden } from "./golden.ts";
import { exampleOf } from "./layer-examples.ts";
import { dense, networkOf, part } from "./small-networks.ts";

const ROWS = 5;

/** What a network gives for five rows, and both its gradients. */
function passes(network: Network): Float32Array[] {
  const { inputSize, classes } = network;
  const rows = noise(ROWS * inputSize, 7, 2);
  const weights = noise(classes, 3);
  const { scores, gradient } = network.scoreGradient(rows, () => weights);
  return [network.predict(rows), scores, gradient];
}

function parameterGradient(network: Network): Float32Array[] {
  const { inputSize, classes } = network;
  const { gradient } = network.parameterGradient(noise(ROWS * inputSize, 7, 2), labels(ROWS, classes, 5));
  return [Float32Array.from(gradient)];
}

export function layerGoldens(): Golden[] {
  const classes = [...Object.keys(LAYERS), ...Object.keys(MERGES)].filter((name) => exampleOf(name) !== undefined);
  return classes.flatMap((name) => {
    const network = () => exampleOf(name) as Network;
    const forward: Golden = { name, isQuick: true, run: () => passes(network()) };
    if (network().parameterCount === 0) return [forward];
    return [forward, { name: `${name}, parameters`, isQuick: true, run: () => parameterGradient(network()) }];
  });
}

/** Each activation between two dense layers, so that its gradient is that of a chain. */
export function activationGoldens(): Golden[] {
  return ACTIVATIONS.map((name) => ({
    name,
    isQuick: true,
    run: () => passes(networkOf([9], [dense("first", 9, 13, name), dense("last", 13, 4, "linear")])),
  }));
}

/** A dense network, one of convolutions, one with local response normalisation: what attacks and training are tried on. */
export const NETWORKS: Readonly<Record<string, () => Network>> = {
  dense: () => networkOf([20], [dense("first", 20, 16, "sigmoid"), dense("last", 16, 4, "softmax")]),
  convolutions: () => networkOf([6, 6, 1], [convolution("first"), part("Flatten", { name: "flat" }), last(108)]),
  normalised: () =>
    networkOf(
      [6, 6, 1],
      [
        convolution("first"),
        part("LocalResponseNormalization", { name: "lrn", depth_radius: 1 }),
        part("MaxPooling2D", { name: "pool", pool_size: 2, strides: 2 }),
        part("Flatten", { name: "flat" }),
        last(27),
      ],
    ),
};

function convolution(name: string) {
  const kernel = { name: `${name}/kernel`, shape: [3, 3, 1, 3], dtype: "float32" };
  const bias = { name: `${name}/bias`, shape: [3], dtype: "float32" };
  const config = { name, filters: 3, kernel_size: 3, padding: "same", activation: "relu", use_bias: true };
  return { class_name: "Conv2D", config, weights: [kernel, bias] };
}

const last = (inputs: number) => dense("last", inputs, 4, "softmax");
