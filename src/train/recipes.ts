/**
 * Which network a name stands for, and how it is trained. The shipped models are the paper's (Szegedy et al. 2014, section
 * 4, table 1) under the settings with which its errors come out; any other `fc<units>-...-<classes>` is a sigmoid network
 * of those sizes. FC100-100-10 has no training error left after some 190 iterations; its test error goes on falling
 * for hundreds more, while the decay shrinks the first layer.
 */
import { outOfRange } from "../check.ts";
import { fullyConnected, type Network } from "../model/index.ts";
import type { AutoencoderRecipe } from "./autoencoder-classifier.ts";

export interface Recipe {
  name: string;
  /** Units of each layer, the last being the classes. */
  units: readonly number[];
  useBias: boolean;
  /** lambda of (lambda / 2) |W|^2, one a layer. */
  decay: readonly number[];
  iterations: number;
}

export const RECIPES: readonly Recipe[] = [
  { name: "fc100-100-10", units: [100, 100, 10], useBias: true, decay: [1e-5, 1e-5, 1e-6], iterations: 700 },
  { name: "fc10-1e-4", units: [10], useBias: false, decay: [1e-4], iterations: 150 },
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
export function buildRecipe({ name, units, useBias }: Recipe, inputs: number, seed: number): Network {
  return fullyConnected([inputs, ...units], { name, useBias, seed });
}
