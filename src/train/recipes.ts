/**
 * A recipe says how a network is trained from nothing, as plain data. The recipes of the paper's tables are in
 * src/studies/paper/models.ts, the others here. Any name `fc<units>-...-<classes>` stands for a sigmoid network of those sizes.
 */
import { outOfRange } from "../check.ts";
import {
  autoencoderClassifier,
  fullyConnected,
  mnistConvnet,
  Network,
  type Preprocess,
  quocNetStages,
  smallConvnet,
} from "../model/index.ts";
import type { AutoencoderRecipe } from "./autoencoder-classifier.ts";
import type { OptimizerName } from "./optimizer.ts";
import { buildQuocNet, type QuocNetRecipe } from "./quocnet-recipe.ts";
import type { Phase } from "./run.ts";
import type { Schedule } from "./schedule.ts";
import type { StrategySettings } from "./strategies/settings.ts";

/** How a network is built and trained. */
export interface Recipe {
  /** What errors and records call it. */
  name: string;
  /** Units of each fully connected layer, the last being the classes. */
  units: readonly number[];
  /** Whether the layers have biases. */
  useBias: boolean;
  /** lambda of (lambda / 2) |W|^2, one a kernel. */
  decay: readonly number[];
  /** Runs of L-BFGS on the first of its training rows, before the one on all of them; default none. */
  phases?: readonly Phase[];
  /** Iterations of L-BFGS on all rows, at most. */
  iterations: number;
  /** Pairs of the L-BFGS history; default 20. */
  memory?: number;
  /** The half of the training set that it is trained on, the first or the second; default all of it. */
  half?: 1 | 2;
  /** How it is trained by minibatches; without this, it is trained by L-BFGS. */
  minibatch?: MinibatchRecipe;
  /** Factor of the initial weights of hidden layers; default 1. */
  gain?: number;
  /** Rates of Dropout, before each layer; default none. */
  dropout?: readonly number[];
  /** The strategy that adds to the data; default none. */
  strategy?: StrategySettings;
  /** What is done to the data before the network, which has it as its first layer; default nothing. */
  preprocess?: Preprocess;
  /** The architecture, if the network is not fully connected. */
  architecture?: "mnist-convnet" | "small-convnet";
}

/** A recipe of training by minibatches. */
export type MinibatchedRecipe = Recipe & { minibatch: MinibatchRecipe };

/** A recipe of a network trained on labels, or of one trained without them, stage by stage, with a classifier. */
export type AnyRecipe = Recipe | AutoencoderRecipe | QuocNetRecipe;

/** How a network is trained by minibatches. */
export interface MinibatchRecipe {
  /** The optimiser. */
  optimizer: OptimizerName;
  /** Learning rate at the start. */
  rate: number;
  /** How the rate falls. */
  schedule: Schedule;
  /** Passes over the data. */
  epochs: number;
  /** Rows of a step. */
  batch: number;
}

/** For fully connected sigmoid networks on digits, with the decay and the gain that go with it (docs/decisions/train.md). */
export const FULLY_CONNECTED = {
  minibatch: { optimizer: "adam", rate: 5e-3, schedule: "cosine", epochs: 50, batch: 100 },
  gain: 4,
  /** Less with dropout, which regularises too. */
  decay: { plain: 6e-5, dropout: 4e-5 },
} as const satisfies { minibatch: MinibatchRecipe; [more: string]: unknown };

/** The recipes beside those of the tables. */
export const RECIPES: readonly (Recipe | QuocNetRecipe)[] = [
  {
    name: "fc100-100-10-adversarial",
    units: [100, 100, 10],
    useBias: true,
    decay: [6e-5, 6e-5, 6e-5],
    iterations: 0,
    minibatch: { ...FULLY_CONNECTED.minibatch, epochs: 80 },
    gain: FULLY_CONNECTED.gain,
    strategy: {
      name: "adversarial-layers",
      places: [
        { layer: "input", radius: 0.8 },
        { layer: "fc1", radius: 0.2 },
        { layer: "fc2", radius: 0.2 },
      ],
      steps: 2,
    },
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
  {
    name: "mnist-certified",
    units: [32, 10],
    useBias: true,
    decay: [0, 0, 0, 0],
    iterations: 0,
    minibatch: { optimizer: "adam", rate: 2e-3, schedule: "cosine", epochs: 10, batch: 64 },
    architecture: "small-convnet",
    strategy: { name: "certified", epsilon: 0.1, kappa: 0.3, warmUp: 1, ramp: 4 },
  },
  {
    name: "quocnet-small",
    quocnet: {
      image: 28,
      channels: 1,
      normalize: true,
      stages: 3,
      field: [8, 3, 3],
      stride: [2, 1, 1],
      maps: [8, 16, 32],
      pool: [2, 2, 2],
      window: 5,
    },
    classes: 10,
    lambda: 0.1,
    epsilon: 1e-2,
    stages: [
      { rows: 3000, iterations: 100 },
      { rows: 3000, iterations: 100 },
      { rows: 3000, iterations: 100 },
    ],
    classifier: { decay: 1e-3, iterations: 60 },
  },
];

/** Whether the recipe trains without labels first: an autoencoder, of which a QuocNet is one of several stages. */
export function isAutoencoder(recipe: AnyRecipe): recipe is AutoencoderRecipe | QuocNetRecipe {
  return "stages" in recipe;
}

/** Whether the recipe is of a QuocNet. */
export function isQuocNet(recipe: AnyRecipe): recipe is QuocNetRecipe {
  return "quocnet" in recipe;
}

/** Units of each layer, or maps of each stage, the last being the classes. */
export function unitsOf(recipe: AnyRecipe): readonly number[] {
  if (isQuocNet(recipe)) return [...quocNetStages(recipe.quocnet).map(({ maps }) => maps), recipe.classes];
  return isAutoencoder(recipe) ? [recipe.units, recipe.classes] : recipe.units;
}

/** lambda of (lambda / 2) |W|^2, one a layer. */
export function decaysOf(recipe: AnyRecipe): readonly number[] {
  if (isQuocNet(recipe)) return [recipe.classifier.decay];
  return isAutoencoder(recipe) ? [recipe.decay, recipe.classifier.decay] : recipe.decay;
}

/** L-BFGS iterations at most, those of all phases or stages together. */
export function iterationsOf(recipe: AnyRecipe): number {
  return iterationsOfStages(recipe).reduce((sum, iterations) => sum + iterations, 0);
}

/** L-BFGS iterations at most of each phase, the one on all rows being the last, or of each stage, the classifier's being the last. */
export function iterationsOfStages(recipe: AnyRecipe): number[] {
  const [before, last] = isAutoencoder(recipe)
    ? [recipe.stages, recipe.classifier.iterations]
    : [recipe.phases ?? [], recipe.iterations];
  return [...before.map(({ iterations }) => iterations), last];
}

/** The recipe with at most `most` iterations in each of its phases or stages. */
export function withIterations<R extends AnyRecipe>(recipe: R, most: number): R {
  const capped = (phases: readonly Phase[]) =>
    phases.map((phase) => ({ ...phase, iterations: Math.min(phase.iterations, most) }));
  if (!isAutoencoder(recipe)) {
    const { phases, iterations } = recipe;
    return { ...recipe, ...(phases && { phases: capped(phases) }), iterations: Math.min(iterations, most) };
  }
  const { stages, classifier } = recipe;
  return {
    ...recipe,
    stages: capped(stages),
    classifier: { ...classifier, iterations: Math.min(classifier.iterations, most) },
  };
}

const SIZES = /^fc(\d+(?:-\d+)*)$/;

/**
 * The recipe of a name: one of the `known`, or fully connected layers of the sizes in the name, without decay. A refusal
 * begins with `subject`.
 */
export function recipeOf<R extends AnyRecipe>(name: string, known: readonly R[], subject = "recipe"): R | Recipe {
  const found = known.find((recipe) => recipe.name === name);
  if (found) return found;
  const sizes = SIZES.exec(name)?.[1];
  if (!sizes) {
    const names = known.map((recipe) => recipe.name).join(", ");
    outOfRange(subject, `${names}, or sizes such as fc300-100-10`, JSON.stringify(name));
  }
  const units = (sizes as string).split("-").map(Number);
  return { name, units, useBias: true, decay: units.map(() => 0), iterations: 500 };
}

/** Positions from which up to which, not included, a half of `count` images reaches; without a half, all of them. */
export function halfOf(count: number, half?: 1 | 2): [start: number, end: number] {
  const middle = Math.floor(count / 2);
  return [half === 2 ? middle : 0, half === 1 ? middle : count];
}

/** The part of `count` training images that the recipe trains on. */
export function partOf(count: number, recipe: AnyRecipe): [start: number, end: number] {
  return halfOf(count, isAutoencoder(recipe) ? undefined : recipe.half);
}

/** The untrained network of a recipe. */
export function buildRecipe(recipe: AnyRecipe, inputs: number, seed: number): Network {
  if (isQuocNet(recipe)) {
    const network = buildQuocNet(recipe, seed);
    if (network.inputSize !== inputs)
      outOfRange("images", `${network.inputSize} values, as ${recipe.name} takes`, inputs);
    return network;
  }
  if (isAutoencoder(recipe)) {
    return autoencoderClassifier({ name: recipe.name, inputs, units: recipe.units, classes: recipe.classes, seed });
  }
  const { preprocess } = recipe;
  const network = buildBare(recipe, inputs, seed);
  return preprocess ? Network.fromArtifacts(network.toArtifacts(), { preprocess }) : network;
}

function buildBare(
  { name, units, useBias, architecture, gain, dropout }: Recipe,
  inputs: number,
  seed: number,
): Network {
  if (architecture === "mnist-convnet") return mnistConvnet({ seed });
  if (architecture === "small-convnet") return smallConvnet({ name, seed });
  return fullyConnected([inputs, ...units], {
    name,
    useBias,
    seed,
    ...(gain !== undefined && { gain }),
    ...(dropout && { dropout }),
  });
}
