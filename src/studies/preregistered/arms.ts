/**
 * The arms, hypotheses and settings of the preregistered experiment on adversarial training (docs/preregistration.md). They were
 * committed before any run was made, all but "trades" (added during the runs), and no setting here was chosen by a test image. All arms
 * make as many updates.
 */
import { outOfRange } from "../../check.ts";
import {
  FULLY_CONNECTED,
  type MinibatchedRecipe,
  type PlaceOptions,
  type Recipe,
  type StrategySettings,
} from "../../train/index.ts";

/** Passes over the training images, and seeds, that were preregistered; fewer seeds of an arm that no hypothesis compares. */
export const PREREGISTERED = { epochs: 15, seeds: 20, uncomparedSeeds: 4, validation: 10_000 } as const;

/** A way of training. */
export interface PreregisteredArm {
  name: string;
  title: string;
  recipe: Recipe;
}

type Choice = Pick<Partial<Recipe>, "dropout" | "strategy"> & { decay?: number };

const DECAY = 6e-5;

function recipe({ decay = DECAY, ...rest }: Choice): Recipe {
  const { minibatch, gain } = FULLY_CONNECTED;
  return {
    name: "fc100-100-10",
    units: [100, 100, 10],
    useBias: true,
    decay: [decay, decay, decay],
    iterations: 0,
    minibatch: { ...minibatch, epochs: PREREGISTERED.epochs },
    gain,
    ...rest,
  };
}

const places = (radii: Readonly<Record<string, number>>): PlaceOptions[] =>
  Object.entries(radii).map(([layer, radius]) => ({ layer, radius }));
const layers = (radii: Readonly<Record<string, number>>, more: object = {}): StrategySettings => ({
  name: "adversarial-layers",
  places: places(radii),
  ...more,
});
const EVERYWHERE = { input: 0.8, fc1: 0.2, fc2: 0.2 };
/** A pool as large as the preregistered training images; of fewer images, as many fewer. */
const POOL = { attack: "lbfgs", pool: 50_000, replace: 0.1, target: "runner-up" } as const;

export const PREREGISTERED_ARMS: readonly PreregisteredArm[] = [
  { name: "decay", title: "weight decay only", recipe: recipe({}) },
  {
    name: "dropout",
    title: "dropout",
    recipe: recipe({ decay: 4e-5, dropout: [0.2, 0.1, 0.05], strategy: { name: "dropout" } }),
  },
  {
    name: "noise",
    title: "random noise at the input, as long as the examples",
    recipe: recipe({ strategy: { name: "adversarial", attack: "noise", radius: 0.8 } }),
  },
  {
    name: "unmoved",
    title: "the input's term a second time, not moved",
    recipe: recipe({ strategy: { name: "adversarial", radius: 0 } }),
  },
  { name: "input", title: "examples at the input", recipe: recipe({ strategy: { name: "adversarial", radius: 0.8 } }) },
  {
    name: "input-scaled",
    title: "the same, decay doubled as the loss is",
    recipe: recipe({ decay: 2 * DECAY, strategy: { name: "adversarial", radius: 0.8 } }),
  },
  { name: "first", title: "examples at the first hidden layer", recipe: recipe({ strategy: layers({ fc1: 0.2 }) }) },
  { name: "second", title: "examples at the second hidden layer", recipe: recipe({ strategy: layers({ fc2: 0.2 }) }) },
  {
    name: "hidden",
    title: "examples at both hidden layers",
    recipe: recipe({ strategy: layers({ fc1: 0.2, fc2: 0.2 }) }),
  },
  {
    name: "all",
    title: "examples at the input and both hidden layers",
    recipe: recipe({ strategy: layers(EVERYWHERE) }),
  },
  {
    name: "control",
    title: "as all, the hidden ones not moved",
    recipe: recipe({ strategy: layers({ ...EVERYWHERE, fc1: 0, fc2: 0 }) }),
  },
  {
    name: "all-scaled",
    title: "as all, decay four times as the loss is",
    recipe: recipe({ decay: 4 * DECAY, strategy: layers(EVERYWHERE) }),
  },
  {
    name: "relative",
    title: "at all places, half of each place's own smallest distortion",
    recipe: recipe({
      strategy: {
        name: "adversarial-layers",
        places: ["input", "fc1", "fc2"].map((layer) => ({ layer, share: 0.5 })),
      },
    }),
  },
  {
    name: "pools-mixed",
    title: "from pools by L-BFGS, all places at every step",
    recipe: recipe({ strategy: layers(EVERYWHERE, { ...POOL, alternate: false }) }),
  },
  {
    name: "pools-alternating",
    title: "from pools by L-BFGS, one place a step, as in the paper",
    recipe: recipe({ strategy: layers(EVERYWHERE, { ...POOL, alternate: true }) }),
  },
  {
    name: "pgd",
    title: "examples alone, by projected sign steps (Madry et al. 2018)",
    recipe: recipe({ strategy: { name: "adversarial", attack: "sign", steps: 7, radius: 0.1, clean: 0 } }),
  },
  // Added on 2026-11-29, while the first runs were being made; no hypothesis compares it.
  {
    name: "trades",
    title: "answers alike near the images (TRADES, Zhang et al. 2019)",
    recipe: recipe({ strategy: { name: "trades", beta: 6, radius: 0.1, steps: 7 } }),
  },
];

export const PREREGISTERED_NAMES: readonly string[] = PREREGISTERED_ARMS.map(({ name }) => name);

/** A hypothesis: the second arm has fewer test errors than the first. It is tested two-sidedly, seed by seed. */
export interface Hypothesis {
  first: string;
  second: string;
  /** Whose claim it is, in words. */
  claim: string;
}

/** Of the family whose p-values Holm's procedure adjusts together. */
export const HYPOTHESES: readonly Hypothesis[] = [
  { first: "decay", second: "dropout", claim: "dropout does better than weight decay (the paper: 1.3 and 1.6 %)" },
  {
    first: "decay",
    second: "pools-alternating",
    claim: "the paper's own training does better than weight decay (under 1.2 and 1.6 %)",
  },
  {
    first: "dropout",
    second: "pools-alternating",
    claim: "the paper's own training does better than dropout (under 1.2 and 1.3 %)",
  },
  {
    first: "input",
    second: "hidden",
    claim: "examples for higher layers are more useful than at the input (the paper)",
  },
  { first: "input", second: "all", claim: "examples at hidden layers help beside those at the input" },
  { first: "control", second: "all", claim: "it is the perturbation of hidden layers that helps, not their terms" },
  { first: "noise", second: "input", claim: "it is the direction of the examples that helps, not their length" },
  { first: "unmoved", second: "input", claim: "it is the perturbation of the input that helps, not its term" },
  { first: "input", second: "input-scaled", claim: "decay scaled to the summed loss does better" },
  { first: "pools-alternating", second: "pools-mixed", claim: "all places at every step do better than one in turn" },
  { first: "all", second: "relative", claim: "radii as shares of each layer's distortion do better than fixed ones" },
  { first: "all", second: "pools-mixed", claim: "pools of L-BFGS examples do better than fresh ones" },
];

/** Seeds of an arm where so many were asked for: no more than four of one that no hypothesis compares. */
export function preregisteredSeeds(name: string, asked: number): number {
  const isCompared = HYPOTHESES.some(({ first, second }) => name === first || name === second);
  return isCompared ? asked : Math.min(asked, PREREGISTERED.uncomparedSeeds);
}

/** The recipe of an arm for a set of other sizes than the preregistered, or for another number of epochs. */
export function preregisteredRecipe(
  name: string,
  { count, classes, epochs }: { count: number; classes: number; epochs: number },
): MinibatchedRecipe {
  const arm = PREREGISTERED_ARMS.find((one) => one.name === name);
  if (!arm) return outOfRange("arm", PREREGISTERED_NAMES.join(", "), JSON.stringify(name));
  const { units, minibatch = FULLY_CONNECTED.minibatch, strategy } = arm.recipe;
  const isPooled = strategy !== undefined && "pool" in strategy && strategy.pool !== undefined;
  return {
    ...arm.recipe,
    units: [...units.slice(0, -1), classes],
    minibatch: { ...minibatch, epochs },
    ...(isPooled && { strategy: { ...strategy, pool: Math.min(count, strategy.pool ?? count) } }),
  };
}
