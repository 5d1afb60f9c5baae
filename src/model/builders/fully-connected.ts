/** Networks in code, their weights drawn from a seed. */
import { type OptionNames, outOfRange, requireInteger, requireNumber, requireOptions, wrongType } from "../../check.ts";
import { Draws } from "../draws.ts";
import type { ActivationName } from "../layers/index.ts";
import { Network } from "../network.ts";

/** How a fully connected network is built. */
export interface BuildOptions {
  /** Name of the network; default `fc` and the sizes of its layers. */
  name?: string;
  /** Of the hidden layers; default sigmoid, as in the paper. */
  activation?: ActivationName;
  /** Default true. The paper's linear models fit its numbers without. */
  useBias?: boolean;
  /** Seed of the initial weights; default 0. */
  seed?: number;
  /**
   * Factor of the initial weights of hidden layers; default 1. Glorot's own analysis is of tanh: 4 makes up for a sigmoid's
   * slope of 1/4 and lets minibatches start faster.
   */
  gain?: number;
  /** Rates of Dropout layers: before the first layer, and after each hidden one; default none. A rate of 0 adds no layer. */
  dropout?: readonly number[];
}

const BUILD_OPTIONS: OptionNames<BuildOptions> = {
  name: true,
  activation: true,
  useBias: true,
  seed: true,
  gain: true,
  dropout: true,
};

/**
 * A fully connected classifier ending in a softmax: `fullyConnected([784, 100, 100, 10])` is the paper's
 * FC100-100-10. Kernels are Glorot uniform, U(+-sqrt(6 / (in + out))) [Glorot & Bengio 2010, eq. 16], biases zero;
 * a network without hidden layer is convex and starts at zero. Throws for sizes that are not whole, fewer than two of
 * them, and options that are unknown or out of range.
 *
 * @param sizes inputs, hidden units, classes
 */
export function fullyConnected(sizes: readonly number[], options: BuildOptions = {}): Network {
  if (!Array.isArray(sizes)) wrongType("sizes", "an array of whole numbers", sizes);
  if (sizes.length < 2) outOfRange("sizes", "inputs and classes at least", `[${sizes.join(", ")}]`);
  for (const size of sizes) requireInteger("sizes", size, 1);
  requireOptions("fullyConnected", options, BUILD_OPTIONS);
  const { activation = "sigmoid", useBias = true, seed = 0 } = options;
  const gain = requireNumber("gain", options.gain ?? 1, 0);
  const rates = requireRates(options.dropout, sizes.length - 1);
  const name = options.name ?? `fc${sizes.slice(1).join("-")}`;
  const last = sizes.length - 1;
  const layers = sizes.slice(1).flatMap((units, i) => {
    const rate = rates[i] as number;
    const known = i + 1 === last ? "softmax" : activation;
    const dense = {
      class_name: "Dense",
      config: { name: `fc${i + 1}`, units, activation: known, use_bias: useBias },
    };
    const dropped = { class_name: "Dropout", config: { name: `dropout${i + 1}`, rate } };
    return rate > 0 ? [dropped, dense] : [dense];
  });
  Object.assign((layers[0] as (typeof layers)[number]).config, { batch_input_shape: [null, sizes[0]] });
  const modelTopology = { class_name: "Sequential", config: { name, layers } };
  const weightSpecs = sizes.slice(1).flatMap((units, i) => {
    const kernel = { name: `fc${i + 1}/kernel`, shape: [sizes[i] as number, units], dtype: "float32" };
    return useBias ? [kernel, { name: `fc${i + 1}/bias`, shape: [units], dtype: "float32" }] : [kernel];
  });
  const draws = new Draws(seed);
  const weights = weightSpecs.flatMap(({ shape }, stream) => {
    if (shape.length === 1 || last === 1) return [new Float32Array((shape[0] as number) * (shape[1] ?? 1))];
    const [inputs, units] = shape as [number, number];
    const isHidden = stream < weightSpecs.length - (useBias ? 2 : 1);
    const values = new Float32Array(inputs * units);
    draws.glorot(values, (isHidden ? gain : 1) * Math.sqrt(6 / (inputs + units)), stream);
    return [values];
  });
  const all = new Float32Array(weights.reduce((sum, w) => sum + w.length, 0));
  let offset = 0;
  for (const w of weights) {
    all.set(w, offset);
    offset += w.length;
  }
  return Network.fromArtifacts({ modelTopology, weightSpecs, weightData: all.buffer });
}

/**
 * A linear softmax classifier, the paper's FC10: `softmaxRegression(784, 10)`. Without bias unless asked for. Throws
 * for sizes that are not whole, and options that are unknown or out of range.
 */
export function softmaxRegression(inputs: number, classes: number, options: BuildOptions = {}): Network {
  requireOptions("softmaxRegression", options, BUILD_OPTIONS);
  return fullyConnected([inputs, classes], { useBias: false, ...options });
}

/** A rate for each layer, before it. */
function requireRates(rates: readonly number[] | undefined, layers: number): readonly number[] {
  if (rates === undefined) return new Array<number>(layers).fill(0);
  if (rates.length !== layers) outOfRange("dropout", `${layers} rates, one before each layer`, `${rates.length}`);
  for (const [i, rate] of rates.entries()) requireNumber(`dropout[${i}]`, rate, 0, 1);
  return rates;
}
