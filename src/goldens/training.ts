/** The bits of weights after a few steps of every way of training. */
import { Autoencoder, type Network } from "../model/index.ts";
import {
  adversarial,
  adversarialFit,
  adversarialLayers,
  fit,
  fitAutoencoder,
  hardNegatives,
  type MinibatchOptions,
} from "../train/index.ts";
import { labels, pixels } from "./data.ts";
import type { Golden, Results } from "./golden.ts";
import { NETWORKS } from "./layers.ts";
import { dense, networkOf, part } from "./small-networks.ts";

const COUNT = 48;

const setOf = ({ inputSize, classes }: Network) => ({
  rows: pixels(COUNT * inputSize, 21),
  labels: labels(COUNT, classes, 22),
});

/** A network whose layers draw masks in training. */
const dropping = () =>
  networkOf(
    [20],
    [dense("first", 20, 16, "relu"), part("Dropout", { name: "drop", rate: 0.3 }), dense("last", 16, 4, "softmax")],
  );

const MINIBATCHES: Readonly<Record<string, { make: () => Network; options: MinibatchOptions }>> = {
  sgd: { make: net("dense"), options: { optimizer: { name: "sgd", momentum: 0.9 } } },
  "sgd, Nesterov": { make: net("dense"), options: { optimizer: { name: "sgd", momentum: 0.9, nesterov: true } } },
  adam: { make: net("normalised"), options: { optimizer: "adam" } },
  "adam, decay": { make: net("convolutions"), options: { optimizer: "adam", decay: 1e-3 } },
  dropout: { make: dropping, options: { optimizer: "adam" } },
  "adversarial, fresh": { make: net("dense"), options: { optimizer: "adam", strategy: adversarial() } },
  "adversarial, in pools": { make: net("dense"), options: { optimizer: "adam", strategy: adversarial({ pool: 16 }) } },
  "adversarial at the layers": { make: net("dense"), options: { optimizer: "adam", strategy: adversarialLayers() } },
  "hard negatives": { make: net("dense"), options: { optimizer: "adam", strategy: hardNegatives() } },
};

function net(kind: keyof typeof NETWORKS): () => Network {
  return NETWORKS[kind] as () => Network;
}

export function trainingGoldens(): Golden[] {
  const minibatches = Object.entries(MINIBATCHES).map(
    ([name, { make, options }]): Golden => ({
      name,
      isQuick: false,
      run: async (): Promise<Results> => {
        const network = make();
        const { records } = await fit(network, setOf(network), { ...options, batch: 16, epochs: 2, seed: 3 });
        return [network.getParameters(), JSON.stringify(records.map(({ loss, error }) => [loss, error]))];
      },
    }),
  );
  return [
    ...Object.entries(NETWORKS).map(
      ([kind, make]): Golden => ({
        name: `full batches, ${kind}`,
        isQuick: kind === "dense",
        run: async () => {
          const network = make();
          await fit(network, setOf(network), { iterations: 12, decay: 1e-3 });
          return [network.getParameters()];
        },
      }),
    ),
    {
      name: "full batches in phases, with a penalty",
      isQuick: false,
      run: async () => {
        const network = net("dense")();
        const phases = [{ rows: 20, iterations: 4 }];
        await fit(network, setOf(network), { phases, iterations: 6, spectral: 0.01, memory: 4 });
        return [network.getParameters()];
      },
    },
    ...minibatches,
    {
      name: "adversarialFit, in pools",
      isQuick: false,
      run: async () => {
        const network = net("convolutions")();
        await adversarialFit(network, setOf(network), { epochs: 2, batch: 16, seed: 3, pool: 16 });
        return [network.getParameters()];
      },
    },
    {
      name: "adversarialFit",
      isQuick: false,
      run: async () => {
        const network = net("dense")();
        await adversarialFit(network, setOf(network), { epochs: 2, batch: 16, seed: 3 });
        return [network.getParameters()];
      },
    },
    {
      name: "autoencoder",
      isQuick: false,
      run: async () => {
        const autoencoder = new Autoencoder({ inputs: 20, units: 12 });
        await fitAutoencoder(autoencoder, pixels(COUNT * 20, 21), { iterations: 8 });
        return [autoencoder.getParameters()];
      },
    },
  ];
}
