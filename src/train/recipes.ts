/**
 * How a network is trained from nothing, as plain data. The paper's own are in src/paper/models.ts; any name
 * `fc<units>-...-<classes>` stands for a sigmoid network of those sizes.
 */
import { outOfRange } from "../check.ts";
import { fullyConnected, type Network } from "../model/index.ts";

export interface Recipe {
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

const SIZES = /^fc(\d+(?:-\d+)*)$/;

/**
 * The recipe of a name: one of the `known`, or fully connected layers of the sizes in the name, without decay.
 */
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

/** The untrained network of a recipe. */
export function buildRecipe({ name, units, useBias }: Recipe, inputs: number, seed: number): Network {
  return fullyConnected([inputs, ...units], { name, useBias, seed });
}
