/** Small networks that between them hold every layer, every activation and every shape that runs here. */
import { artifactsOf, conv, dense, networkOf, type Part, part } from "../../src/goldens/small-networks.ts";
import { Network } from "../../src/model/index.ts";

export { artifactsOf, conv, dense, networkOf, type Part, part };

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
