/**
 * The models of the paper's tables (Szegedy et al. 2014, sections 4.1 and 4.2) under the settings with which its errors come
 * out: mean cross-entropy, (lambda / 2) |W|^2, linear models without biases and from zeros. The paper says "L-BFGS until
 * convergence"; FC100-100-10 has no training error left long before its test error stops falling, while the decay shrinks
 * the first layer, so the runs here are long.
 *
 * How long a run is, the phase on a tenth of the rows before it and the pairs of its history were chosen by the objective
 * on the training images alone, never by a test error (docs/decisions/train.md).
 */
import { outOfRange } from "../../check.ts";
import type { AnyRecipe, Recipe } from "../../train/index.ts";

/** A model as the paper names it and as it is trained here. */
export interface PaperModel {
  /** As the paper's tables write it. */
  title: string;
  recipe: AnyRecipe;
}

function linear(name: string, lambda: number): Recipe {
  return { name, units: [10], useBias: false, decay: [lambda], iterations: 150 };
}

/** Pairs of the history: a pair takes 16 bytes a parameter, in memory and in a checkpoint. */
const MEMORY = 80;

/** MNIST's training images, and those of a half. */
const IMAGES = 60_000;

/**
 * Two sigmoid layers and a softmax; the paper's lambdas. Of FC123-456-10 it states none: those of the others. P1 is the first
 * half of the training set, P2 the second: how the paper drew them is not stated.
 */
function sigmoid(name: string, hidden: readonly [number, number], iterations: number, half?: 1 | 2): Recipe {
  const decay = [1e-5, 1e-5, 1e-6];
  const phases = [{ rows: (half ? IMAGES / 2 : IMAGES) / 10, iterations: 200 }];
  const units = [...hidden, 10];
  return { name, units, useBias: true, decay, phases, iterations, memory: MEMORY, ...(half && { half }) };
}

/** Every model of tables 1 to 4. */
export const PAPER_MODELS: readonly PaperModel[] = [
  { title: "FC10(10⁻⁴)", recipe: linear("fc10-1e-4", 1e-4) },
  { title: "FC10(10⁻²)", recipe: linear("fc10-1e-2", 1e-2) },
  { title: "FC10(1)", recipe: linear("fc10-1", 1) },
  { title: "FC100-100-10", recipe: sigmoid("fc100-100-10", [100, 100], 320) },
  { title: "FC200-200-10", recipe: sigmoid("fc200-200-10", [200, 200], 320) },
  {
    title: "AE400-10",
    recipe: {
      name: "ae400-10",
      units: 400,
      decoder: "sigmoid",
      classes: 10,
      decay: 3e-3,
      beta: 3,
      target: 0.1,
      // Most of the way is gone on 12,000 images, at a fifth of the time; the last iterations see all of them.
      stages: [
        { rows: 12_000, iterations: 150 },
        { rows: 12_000, iterations: 100 },
        { rows: 60_000, iterations: 12 },
      ],
      classifier: { decay: 1e-6, iterations: 600 },
    },
  },
  { title: "FC100-100-10", recipe: sigmoid("fc100-100-10-p1", [100, 100], 350, 1) },
  { title: "FC123-456-10", recipe: sigmoid("fc123-456-10-p1", [123, 456], 320, 1) },
  { title: "FC100-100-10′", recipe: sigmoid("fc100-100-10-p2", [100, 100], 360, 2) },
];

/** The recipes of the paper's models, by which `blindspot train` knows their names. */
export const PAPER_RECIPES: readonly AnyRecipe[] = PAPER_MODELS.map(({ recipe }) => recipe);

/** The models of tables 1 and 2, in their order. */
export const TABLE_1_MODELS = ["fc10-1e-4", "fc10-1e-2", "fc10-1", "fc100-100-10", "fc200-200-10", "ae400-10"] as const;

/** The models of tables 3 and 4, in their order. */
export const TABLE_3_MODELS = ["fc100-100-10-p1", "fc123-456-10-p1", "fc100-100-10-p2"] as const;

/** The model of a name. */
export function paperModel(name: string): PaperModel {
  const names = PAPER_RECIPES.map((recipe) => recipe.name).join(", ");
  return PAPER_MODELS.find(({ recipe }) => recipe.name === name) ?? outOfRange("model", names, JSON.stringify(name));
}
