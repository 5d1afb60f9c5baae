/**
 * Which network a name stands for, and how it is trained. The shipped fully connected models are the paper's (Szegedy et al. 2014, section
 * 4, table 1) under the settings with which its errors come out; any other `fc<units>-...-<classes>` is a sigmoid network
 * of those sizes. FC100-100-10 has no training error left after some 190 iterations; its test error goes on falling
 * for hundreds more, while the decay shrinks the first layer.
 */
import { outOfRange } from "../check.ts";
import { fullyConnected, mnistConvnet, type Network } from "../model/index.ts";
import type { AutoencoderRecipe } from "./autoencoder-classifier.ts";
import type { OptimizerName } from "./optimizer.ts";
import type { Schedule } from "./schedule.ts";
import type { StrategySettings } from "./strategies/settings.ts";

export interface Recipe {
  name: string;
  /** Units of each fully connected layer, the last being the classes. */
  units: readonly number[];
  useBias: boolean;
  /** lambda of (lambda / 2) |W|^2, one a kernel. */
  decay: readonly number[];
  /** Of L-BFGS at most. */
  iterations: number;
  /** How it is trained by minibatches; a recipe without it is one of L-BFGS. */
  minibatch?: MinibatchRecipe;
  /** Factor of the initial weights of hidden layers; default 1. */
  gain?: number;
  /** Rates of Dropout, before each layer; default none. */
  dropout?: readonly number[];
  /** What is trained on beside the data; default nothing. */
  strategy?: StrategySettings;
  /** What is built where it is no fully connected network. */
  architecture?: "mnist-convnet";
}

export interface MinibatchRecipe {
  optimizer: OptimizerName;
  rate: number;
  schedule: Schedule;
  epochs: number;
  batch: number;
}

/** For fully connected sigmoid networks on digits, with the decay and the gain that go with it (DECISIONS.md). */
export const FULLY_CONNECTED = {
  minibatch: { optimizer: "adam", rate: 5e-3, schedule: "cosine", epochs: 50, batch: 100 },
  gain: 4,
  /** With dropout, which does part of its work, less. */
  decay: { plain: 6e-5, dropout: 1e-5 },
} as const satisfies { minibatch: MinibatchRecipe; [more: string]: unknown };

export const RECIPES: readonly Recipe[] = [
  { name: "fc100-100-10", units: [100, 100, 10], useBias: true, decay: [1e-5, 1e-5, 1e-6], iterations: 700 },
  { name: "fc10-1e-4", units: [10], useBias: false, decay: [1e-4], iterations: 150 },
  {
    name: "fc100-100-10-adversarial",
    units: [100, 100, 10],
    useBias: true,
    decay: [6e-5, 6e-5, 6e-5],
    iterations: 0,
    minibatch: FULLY_CONNECTED.minibatch,
    gain: FULLY_CONNECTED.gain,
    strategy: { name: "adversarial-layers" },
  },
  {
    name: "mnist-convnet",
    units: [128, 10],
    useBias: true,
    decay: [1e-5, 1e-5, 1e-5, 1e-5],
    iterations: 0,
    minibatch: { optimizer: "adam", rate: 1e-3, schedule: "cosine", epochs: 4, batch: 64 },
    architecture: "mnist-convnet",
  },
];

/**
 * The paper's AE400-10, which states its units and the lambda of its softmax only. Most of the way is gone on 12,000 images, at
 * a fifth of the time, with one new start of the solver's history; the last iterations see all 60,000.
 */
export const AE400: AutoencoderRecipe = {
  name: "ae400-10",
  units: 400,
  decoder: "sigmoid",
  classes: 10,
  decay: 3e-3,
  beta: 3,
  target: 0.1,
  stages: [
    { rows: 12000, iterations: 150 },
    { rows: 12000, iterations: 100 },
    { rows: 60000, iterations: 12 },
  ],
  classifier: { decay: 1e-6, iterations: 600 },
};

const SIZES = /^fc(\d+(?:-\d+)*)$/;

/** The recipe of a name: one of `RECIPES`, or fully connected layers of the sizes in the name, without decay. */
export function recipeOf(name: string): Recipe {
  const known = RECIPES.find((recipe) => recipe.name === name);
  if (known) return known;
  const sizes = SIZES.exec(name)?.[1];
  if (!sizes) {
    const names = RECIPES.map((recipe) => recipe.name).join(", ");
    outOfRange("recipe", `${names}, or sizes such as fc300-100-10`, JSON.stringify(name));
  }
  const units = (sizes as string).split("-").map(Number);
  return { name, units, useBias: true, decay: units.map(() => 0), iterations: 500 };
}

/** The untrained network of a recipe. */
export function buildRecipe(recipe: Recipe, inputs: number, seed: number): Network {
  const { name, units, useBias, architecture, gain, dropout } = recipe;
  if (architecture === "mnist-convnet") return mnistConvnet({ seed });
  return fullyConnected([inputs, ...units], {
    name,
    useBias,
    seed,
    ...(gain !== undefined && { gain }),
    ...(dropout && { dropout }),
  });
}
