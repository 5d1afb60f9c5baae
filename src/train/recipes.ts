/**
 * How a network is trained from nothing, as plain data. The paper's own are in src/paper/models.ts; any name
 * `fc<units>-...-<classes>` stands for a sigmoid network of those sizes.
 */
import { outOfRange } from "../check.ts";
import { autoencoderClassifier, fullyConnected, type Network } from "../model/index.ts";
import type { AutoencoderRecipe } from "./autoencoder-classifier.ts";

/** Fully connected layers, trained on labels alone. */
export interface ConnectedRecipe {
  name: string;
  /** Units of each layer, the last being the classes. */
  units: readonly number[];
  useBias: boolean;
  /** lambda of (lambda / 2) |W|^2, one a layer. */
  decay: readonly number[];
  iterations: number;
  /** The half of the training set that it is trained on, the first or the second; default all of it. */
  half?: 1 | 2;
}

export type Recipe = ConnectedRecipe | AutoencoderRecipe;

export function isAutoencoder(recipe: Recipe): recipe is AutoencoderRecipe {
  return "stages" in recipe;
}

/** Units of each layer, the last being the classes. */
export function unitsOf(recipe: Recipe): readonly number[] {
  return isAutoencoder(recipe) ? [recipe.units, recipe.classes] : recipe.units;
}

/** lambda of (lambda / 2) |W|^2, one a layer. */
export function decaysOf(recipe: Recipe): readonly number[] {
  return isAutoencoder(recipe) ? [recipe.decay, recipe.classifier.decay] : recipe.decay;
}

/** L-BFGS iterations at most, those of all stages together. */
export function iterationsOf(recipe: Recipe): number {
  if (!isAutoencoder(recipe)) return recipe.iterations;
  return recipe.stages.reduce((sum, { iterations }) => sum + iterations, recipe.classifier.iterations);
}

/** The recipe with no more than so many iterations, in each of its stages. */
export function withIterations<R extends Recipe>(recipe: R, most: number): R {
  if (!isAutoencoder(recipe)) return { ...recipe, iterations: Math.min(recipe.iterations, most) };
  const { stages, classifier } = recipe;
  return {
    ...recipe,
    stages: stages.map((stage) => ({ ...stage, iterations: Math.min(stage.iterations, most) })),
    classifier: { ...classifier, iterations: Math.min(classifier.iterations, most) },
  };
}

const SIZES = /^fc(\d+(?:-\d+)*)$/;

/** The recipe of a name: one of the `known`, or fully connected layers of the sizes in the name, without decay. */
export function recipeOf(name: string, known: readonly Recipe[]): Recipe {
  const found = known.find((recipe) => recipe.name === name);
  if (found) return found;
  const sizes = SIZES.exec(name)?.[1];
  if (!sizes) {
    const names = known.map((recipe) => recipe.name).join(", ");
    outOfRange("recipe", `${names}, or sizes such as fc300-100-10`, JSON.stringify(name));
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
export function partOf(count: number, recipe: Recipe): [start: number, end: number] {
  return halfOf(count, isAutoencoder(recipe) ? undefined : recipe.half);
}

/** The untrained network of a recipe. */
export function buildRecipe(recipe: Recipe, inputs: number, seed: number): Network {
  if (isAutoencoder(recipe)) {
    const { units, classes } = recipe;
    return autoencoderClassifier({ name: recipe.name, inputs, units, classes, seed });
  }
  const { name, units, useBias } = recipe;
  return fullyConnected([inputs, ...units], { name, useBias, seed });
}
