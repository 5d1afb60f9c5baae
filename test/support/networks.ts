/** Small networks that between them hold every layer, every activation and every shape that runs here. */
import { type ModelArtifacts, Network, type WeightSpec } from "../../src/model/index.ts";
import { noise32 } from "./noise.ts";

/** One layer as tfjs lists it, and the shapes of its weights. */
export interface Part {
  class_name: string;
  config: Record<string, unknown>;
  weights: WeightSpec[];
}

export function dense(name: string, inputs: number, units: number, activation: string, useBias = true): Part {
  const kernel = { name: `${name}/kernel`, shape: [inputs, units], dtype: "float32" };
  const bias = { name: `${name}/bias`, shape: [units], dtype: "float32" };
  const config = { name, units, activation, use_bias: useBias };
  return { class_name: "Dense", config, weights: useBias ? [kernel, bias] : [kernel] };
}

export function part(class_name: string, config: Record<string, unknown>): Part {
  return { class_name, config, weights: [] };
}

/** A layer with a window and a kernel: `shapes` are those of its weights, its bias last. */
export function conv(
  class_name: string,
  config: { name: string } & Record<string, unknown>,
  shapes: Record<string, number[]>,
): Part {
  const weights = Object.entries(shapes).map(([w, shape]) => ({
    name: `${config.name}/${w}`,
    shape,
    dtype: "float32",
  }));
  return { class_name, config: { use_bias: "bias" in shapes, ...config }, weights };
}

/** Artifacts of a Sequential model whose weights are noise of the given size. */
export function artifactsOf(inputShape: readonly number[], parts: readonly Part[], size = 1): ModelArtifacts {
  const layers = parts.map(({ class_name, config }, i) => ({
    class_name,
    config: i === 0 ? { ...config, batch_input_shape: [null, ...inputShape] } : config,
  }));
  const weightSpecs = parts.flatMap(({ weights }) => weights);
  const count = weightSpecs.reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0);
  return {
    modelTopology: { class_name: "Sequential", config: { name: "small", layers } },
    weightSpecs,
    weightData: noise32(count, 1, size).buffer as ArrayBuffer,
  };
}

export function networkOf(inputShape: readonly number[], parts: readonly Part[], size = 1): Network {
  return Network.fromArtifacts(artifactsOf(inputShape, parts, size));
}

/** The same network without a softmax at its end: what it answers are the logits. */
export function logitNetwork(network: Network): Network {
  const artifacts = network.toArtifacts();
  const topology = structuredClone(artifacts.modelTopology) as { config: { layers: Part[] } };
  const last = topology.config.layers.at(-1) as Part;
  last.config.activation = "linear";
  return Network.fromArtifacts({ ...artifacts, modelTopology: topology });
}

export interface SmallNetwork {
  title: string;
  network: () => Network;
  /** Whether the logits are what enters a final softmax or its like, and not the output itself. */
  softmax: boolean;
  /** What tfjs is no judge of: its gradients, or the whole model. */
  tfjsFails?: "gradients" | "everything";
}

export const SMALL_NETWORKS: readonly SmallNetwork[] = [
  {
    title: "a linear softmax classifier without bias, 13-4",
    network: () => networkOf([13], [dense("fc1", 13, 4, "softmax", false)]),
    softmax: true,
  },
  {
    title: "a sigmoid network, 9-7-8-5",
    network: () =>
      networkOf([9], [dense("fc1", 9, 7, "sigmoid"), dense("fc2", 7, 8, "sigmoid"), dense("fc3", 8, 5, "softmax")]),
    softmax: true,
  },
  {
    title: "tanh, then relu without bias, then plain logits, 10-17-6-3",
    network: () =>
      networkOf([10], [dense("fc1", 10, 17, "tanh"), dense("fc2", 17, 6, "relu", false), dense("fc3", 6, 3, "linear")]),
    softmax: false,
  },
  {
    title: "Dense on rows of rank 2, Dropout, Flatten, Activation softmax",
    network: () =>
      networkOf(
        [4, 3],
        [
          dense("fc1", 3, 5, "sigmoid"),
          part("Dropout", { name: "drop", rate: 0.5 }),
          part("Flatten", { name: "flat" }),
          dense("fc2", 20, 4, "linear"),
          part("Activation", { name: "answer", activation: "softmax" }),
        ],
      ),
    softmax: true,
  },
  {
    title: "Reshape, Activations between, relu on rank 2, 12-[3,4]-[3,2]-6-3",
    network: () =>
      networkOf(
        [12],
        [
          part("Reshape", { name: "grid", target_shape: [3, 4] }),
          dense("fc1", 4, 2, "linear"),
          part("Activation", { name: "bend", activation: "relu" }),
          part("Flatten", { name: "flat" }),
          part("Activation", { name: "squash", activation: "tanh" }),
          dense("fc2", 6, 3, "softmax"),
        ],
      ),
    softmax: true,
  },
  {
    title: "a softmax in the middle, 8-6-3",
    network: () => networkOf([8], [dense("fc1", 8, 6, "softmax"), dense("fc2", 6, 3, "softmax")]),
    softmax: true,
  },
  {
    title: "a softmax over parts of what enters the last layer",
    network: () =>
      networkOf(
        [6],
        [
          dense("fc1", 6, 12, "linear"),
          part("Reshape", { name: "groups", target_shape: [3, 4] }),
          part("Activation", { name: "share", activation: "softmax" }),
          part("Flatten", { name: "flat" }),
          dense("fc2", 12, 5, "linear"),
        ],
      ),
    softmax: false,
  },
  {
    title: "sigmoid outputs, 6-4",
    network: () => networkOf([6], [dense("fc1", 6, 4, "sigmoid")]),
    softmax: true,
  },
  {
    title: "tanh outputs, 6-4",
    network: () => networkOf([6], [dense("fc1", 6, 4, "tanh")]),
    softmax: true,
  },
];
