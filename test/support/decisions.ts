/**
 * What two implementations decided at the kinks of a network, for one image: their gradients are each judged by the
 * double-precision gradient of their own decisions, and where they decided differently the numbers must lie at the kink.
 */
import * as layers from "@tensorflow/tfjs-layers";
import { expect } from "vitest";
import type { Network } from "../../src/model/index.ts";
import { type DecidedLayer, type Decisions, decidedGradient, decisionsOf } from "../oracle/decided.ts";
import { crossEntropyGradient } from "../oracle/softmax.ts";
import { U32 } from "./bounds.ts";
import { softmaxError } from "./softmax-bounds.ts";
import { tf, unshiftedSlack } from "./tfjs.ts";

interface Entry {
  name: string;
  inbound_nodes: [string, number, number][][];
}

/** The layers of a functional network that calls each of them once, and the name of its input. */
export function decidedLayers(network: Network): { list: DecidedLayer[]; input: string } {
  const { modelTopology, weightSpecs, weightData } = network.toArtifacts();
  const { config } = modelTopology as { config: { layers: Entry[]; input_layers: [string][] } };
  const weights = new Map<string, Record<string, Float32Array>>();
  let at = 0;
  for (const { name, shape } of weightSpecs) {
    const size = shape.reduce((product, n) => product * n, 1);
    const [layer, last] = name.split("/") as [string, string];
    weights.set(layer, { ...weights.get(layer), [last]: new Float32Array(weightData, 4 * at, size) });
    at += size;
  }
  const inputs = new Map(config.layers.map(({ name, inbound_nodes }) => [name, inbound_nodes]));
  const list = network.layers.map(({ name, className, config, inputShape, outputShape }) => {
    const nodes = inputs.get(name) ?? [];
    if (nodes.length !== 1) throw new Error(`decisions: expected one call of ${name}, got ${nodes.length}`);
    const taken = (nodes[0] ?? []).map(([from]) => from);
    return { name, className, config, inputs: taken, inputShape, outputShape, weights: weights.get(name) ?? {} };
  });
  return { list, input: config.input_layers[0]?.[0] as string };
}

/** What one implementation gave for an image, and what is exact for its decisions. */
export interface Decided {
  logits: Float32Array;
  gradient: Float32Array;
  /** Outputs of all layers. */
  outputs: (layer: string) => ArrayLike<number>;
  decisions: Map<string, Decisions>;
  /** The gradient that its decisions and logits make, in double precision. */
  exact: Float64Array;
}

/** A unit that the two decided differently, and how far it is from its kink, relative to the largest number of its layer. */
export interface Open {
  layer: string;
  unit: number;
  distance: number;
}

export interface Comparison {
  ours: Decided;
  theirs: Decided;
  open: Open[];
  /** Whether a unit of `open` lies on the way of the gradient to an element of the image. */
  isReached: boolean[];
  /**
   * Relative to the largest number of a result: what its sums lose, on the way to the logits and on the way back, if errors
   * are passed on as the numbers themselves are.
   */
  forwardLoss: number;
  backwardLoss: number;
}

/**
 * What rounding makes of a sum of k terms whose errors have signs of their own: lambda sqrt(k) u with lambda = 4, beyond
 * which one in three thousand is [Higham & Mary 2019, theorem 2.4]. The bound for the worst of signs would not tell
 * rounding from a kink.
 */
const likely = (k: number) => 4 * Math.sqrt(k) * U32;

/** tfjs's model without its final softmax: the loss is taken from logits. */
function withoutSoftmax(model: layers.LayersModel): layers.LayersModel {
  const linear = layers.layers.activation({ activation: "linear" }) as unknown as { activation: unknown };
  const last = model.layers.at(-1) as unknown as { activation: unknown };
  last.activation = linear.activation;
  return model;
}

/** One image through both; the tfjs model loses its softmax. */
export function compare(network: Network, model: layers.LayersModel, row: Float32Array, label: number): Comparison {
  const { list, input } = decidedLayers(network);
  const last = list.at(-1)?.name as string;
  const known = new Map<string, Float32Array>([[input, row]]);
  const our = network.lossGradient(row, [label]);
  const ourOutputs = (layer: string) => {
    const found = known.get(layer) ?? network.activations(row, layer);
    known.set(layer, found);
    return found;
  };
  const plain = withoutSoftmax(model);
  const names = list.filter(({ name }) => name !== last).map(({ name }) => name);
  const whole = layers.model({
    inputs: plain.inputs,
    outputs: [...names, last].map((name) => plain.getLayer(name).output as layers.SymbolicTensor),
  });
  const theirValues = new Map<string, Float32Array>([[input, row]]);
  const theirGradient = withoutFilterGradients(() =>
    tf.tidy(() => {
      const x = tf.tensor(row, [1, ...network.inputShape]);
      const all = whole.predict(x) as tf.Tensor[];
      [...names, last].forEach((name, i) => {
        theirValues.set(name, all[i]?.dataSync() as Float32Array);
      });
      const oneHot = tf.cast(tf.oneHot(tf.tensor1d([label], "int32"), network.classes), "float32");
      const loss = (rows: tf.Tensor) =>
        tf.losses.softmaxCrossEntropy(oneHot, plain.apply(rows) as tf.Tensor, undefined, 0, tf.Reduction.SUM);
      return tf.grad(loss)(x).dataSync() as Float32Array;
    }),
  );
  const slopesAt = (logits: Float32Array) => Float64Array.from(crossEntropyGradient(logits, label));
  const decided = (logits: Float32Array, gradient: Float32Array, outputs: Decided["outputs"]): Decided => {
    const decisions = new Map<string, Decisions>();
    for (const layer of list) {
      const found = decisionsOf(layer, outputs);
      if (found) decisions.set(layer.name, found);
    }
    return { logits, gradient, outputs, decisions, exact: decidedGradient(list, input, decisions, slopesAt(logits)) };
  };
  const ours = decided(our.logits, our.gradient, ourOutputs);
  const theirs = decided(theirValues.get(last) as Float32Array, theirGradient, (layer) => {
    return theirValues.get(layer) as Float32Array;
  });
  // From the same slopes by the other decisions: the same operations where these do not reach.
  const crossed = decidedGradient(list, input, theirs.decisions, slopesAt(ours.logits));
  const softmax = softmaxError(ours.logits) + unshiftedSlack(ours.logits);
  return {
    ours,
    theirs,
    open: list.flatMap((layer) => openOf(layer, ours, theirs)),
    isReached: Array.from(crossed, (v, i) => v !== ours.exact[i]),
    forwardLoss: list.reduce((sum, layer) => sum + likely(terms(layer, "forward")), 0),
    backwardLoss: list.reduce((sum, layer) => sum + likely(terms(layer, "backward")), softmax),
  };
}

/**
 * tfjs works out the gradients to the filters of a convolution with an activation whether they are asked for or not, which
 * on the cpu takes ten times as long as all the rest: meanwhile they are zeros, which nobody reads.
 */
function withoutFilterGradients<T>(run: () => T): T {
  const [kernelName, backendName] = ["Conv2DBackpropFilter", "cpu"];
  const kernel = tf.getKernel(kernelName, backendName);
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ attrs, backend }) => {
      const { filterShape } = attrs as unknown as { filterShape: number[] };
      const zeros = new Float32Array(filterShape.reduce((product, n) => product * n, 1));
      const { makeTensorInfo } = backend as unknown as { makeTensorInfo: (...args: unknown[]) => tf.TensorInfo };
      return makeTensorInfo.call(backend, filterShape, "float32", zeros);
    },
  });
  try {
    return run();
  } finally {
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel(kernel);
  }
}

/** The most numbers that a sum of a layer adds up, and two more for a bias and a scale. */
function terms({ className, config, inputShape, outputShape }: DecidedLayer, way: "forward" | "backward"): number {
  const shape = way === "forward" ? inputShape : outputShape;
  const [kh, kw] = (config.kernel_size ?? config.pool_size ?? [1, 1]) as [number, number];
  const across = className === "Conv2D" || className === "Dense" ? (shape.at(-1) as number) : 1;
  const over = className.startsWith("Global") && way === "forward" ? (shape[0] as number) * (shape[1] as number) : 1;
  return over * kh * kw * across + 2;
}

function openOf(layer: DecidedLayer, ours: Decided, theirs: Decided): Open[] {
  const [a, b] = [ours.decisions.get(layer.name), theirs.decisions.get(layer.name)];
  if (!a || !b) return [];
  const values = layer.config.activation === "relu" ? layer.name : (layer.inputs[0] as string);
  const [x, y] = [ours.outputs(values), theirs.outputs(values)];
  const top = largestOf(y);
  const open: Open[] = [];
  for (let unit = 0; unit < a.length; unit++) {
    const [i, j] = [a[unit] as number, b[unit] as number];
    if (i === j) continue;
    // Two inputs of a pool that are nearly equal; else a number on one side of the kink here, on the other there.
    const distance =
      layer.className === "MaxPooling2D"
        ? Math.max(Math.abs((x[i] as number) - (x[j] as number)), Math.abs((y[i] as number) - (y[j] as number)))
        : Math.abs((x[unit] as number) - (y[unit] as number));
    open.push({ layer: layer.name, unit, distance: distance / top });
  }
  return open;
}

/** The largest difference, relative to the largest of the numbers expected. */
export function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let furthest = 0;
  for (let i = 0; i < expected.length; i++) {
    furthest = Math.max(furthest, Math.abs((actual[i] as number) - (expected[i] as number)));
  }
  return furthest / largestOf(expected);
}

/**
 * Logits agree; each gradient is that of its own decisions; where the two decided differently, both had a number that is
 * within rounding of the kink; and what these units do not reach agrees.
 */
export function expectExplained({ ours, theirs, open, isReached, forwardLoss, backwardLoss }: Comparison): void {
  expect(Math.max(forwardLoss, backwardLoss)).toBeLessThan(3e-4);
  expect(distance(ours.logits, theirs.logits)).toBeLessThanOrEqual(2 * forwardLoss);
  expect(distance(ours.gradient, ours.exact)).toBeLessThanOrEqual(backwardLoss);
  expect(distance(theirs.gradient, theirs.exact)).toBeLessThanOrEqual(backwardLoss);
  for (const { layer, unit, distance } of open) {
    expect(distance, `${layer}[${unit}]`).toBeLessThanOrEqual(2 * forwardLoss);
  }
  const outside = (values: Float32Array) => values.map((v, i) => (isReached[i] ? 0 : v));
  const apart = distance(outside(ours.gradient), outside(theirs.gradient)) * largestOf(outside(theirs.gradient));
  // The slopes at the logits differ by what these differ, twice: by a term, and by the sum that divides it.
  const slopes = 2 * distance(ours.logits, theirs.logits) * largestOf(theirs.logits);
  expect(apart / largestOf(theirs.gradient)).toBeLessThanOrEqual(2 * backwardLoss + slopes);
}

export function largestOf(values: ArrayLike<number>): number {
  let top = 0;
  for (let i = 0; i < values.length; i++) top = Math.max(top, Math.abs(values[i] as number));
  return top;
}
