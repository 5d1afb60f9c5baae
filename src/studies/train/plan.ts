/** Which way a recipe is trained, and with which settings: its own, or those of the options. */
import { outOfRange } from "../../check.ts";
import { requirePreprocess } from "../../model/index.ts";
import {
  type AnyRecipe,
  buildRecipe,
  FULLY_CONNECTED,
  isAutoencoder,
  isQuocNet,
  type MinibatchedRecipe,
  type Recipe,
  withIterations,
} from "../../train/index.ts";
import { requireSparsity, type SparsitySettings } from "../sparsity/settings.ts";
import type { TrainStudyOptions } from "./options.ts";
import { dropoutRates, STRATEGY_OPTIONS, strategySettings } from "./strategy.ts";

/** A recipe with all of its settings. */
export type TrainingPlan =
  | { way: "full batches"; recipe: AnyRecipe; spectral: number }
  | { way: "minibatches"; recipe: MinibatchedRecipe };

/** Options that mean something to minibatches alone. */
const MINIBATCH_OPTIONS = ["epochs", "batch", "rate", "schedule", "strategy", ...STRATEGY_OPTIONS] as const;

/** The plan for images of so many values. Options that do not belong together are refused, by name. */
export function trainingPlan(given: AnyRecipe, options: TrainStudyOptions, inputs: number): TrainingPlan {
  if (isAutoencoder(given)) return autoencoderPlan(given, options);
  refuseFor(given, "sparsity", options.sparsity && "some");
  const preprocess = requirePreprocess("preprocess", options.preprocess ?? given.preprocess);
  const recipe = preprocess ? { ...given, preprocess } : given;
  if (!isMinibatch(recipe, options)) {
    const iterations = options.iterations ?? recipe.iterations;
    if (iterations === 0) outOfRange("iterations", `a number for ${recipe.name}`, "none");
    // Fewer than a phase on a part of the rows has shorten that too; more go to the run on all rows.
    const own = {
      ...withIterations(withDecay(recipe, options), options.iterations ?? Number.POSITIVE_INFINITY),
      iterations,
    };
    return { way: "full batches", recipe: own, spectral: options.spectral ?? 0 };
  }
  const own = withMinibatches(recipe, options);
  const strategy = strategySettings(own, options, () => buildRecipe(own, inputs, options.seed ?? 0));
  return { way: "minibatches", recipe: { ...own, strategy } };
}

/** Autoencoders are trained by full batches, with the decay that their recipe or `sparsity` says. */
function autoencoderPlan(recipe: AnyRecipe, options: TrainStudyOptions): TrainingPlan {
  const { optimizer, iterations, sparsity } = options;
  refuseFor(recipe, "preprocess", options.preprocess && "some");
  const none = [...MINIBATCH_OPTIONS, "decay", "spectral"] as const;
  for (const name of none) refuseFor(recipe, name, options[name]);
  if (optimizer !== "lbfgs") refuseFor(recipe, "optimizer", optimizer);
  const own = sparsity ? withSparsity(recipe, sparsity) : recipe;
  return {
    way: "full batches",
    recipe: iterations === undefined ? own : withIterations(own, iterations),
    spectral: 0,
  };
}

/** A sparse autoencoder with another objective. */
function withSparsity(recipe: AnyRecipe, sparsity: SparsitySettings): AnyRecipe {
  requireSparsity("sparsity", sparsity);
  if (!isAutoencoder(recipe) || isQuocNet(recipe)) return outOfRange("sparsity", `none for ${recipe.name}`, "some");
  return { ...recipe, ...sparsity };
}

function refuseFor({ name }: AnyRecipe, option: string, value: unknown): void {
  if (value !== undefined) outOfRange(option, `none for ${name}`, String(value));
}

/** Whether the options ask for minibatches: by the optimiser, by another option that tells, or else as the recipe says. */
function isMinibatch(recipe: Recipe, options: TrainStudyOptions): boolean {
  const { optimizer, iterations, spectral } = options;
  const telling = MINIBATCH_OPTIONS.find((name) => options[name] !== undefined);
  const is = optimizer === undefined ? telling !== undefined || recipe.minibatch !== undefined : optimizer !== "lbfgs";
  if (is && iterations !== undefined) {
    outOfRange("iterations", "L-BFGS, which it belongs to", "minibatches; they have epochs");
  }
  if (is && spectral !== undefined) outOfRange("spectral", "L-BFGS, which it belongs to", "minibatches");
  if (!is && telling) outOfRange(telling, "optimizer sgd or adam beside it", "lbfgs");
  return is;
}

/** The lambdas of the options in the place of the recipe's. */
function withDecay(recipe: Recipe, { decay }: TrainStudyOptions): Recipe {
  const count = recipe.decay.length;
  const lambdas = decay?.length === 1 ? recipe.decay.map(() => decay[0] as number) : (decay ?? recipe.decay);
  if (lambdas.length !== count) outOfRange("decay", `1 number or ${count}, one a layer`, `${lambdas.length}`);
  return { ...recipe, decay: lambdas };
}

function withMinibatches(recipe: Recipe, options: TrainStudyOptions): MinibatchedRecipe {
  const own = recipe.minibatch ?? FULLY_CONNECTED.minibatch;
  const dropout = dropoutRates(recipe, options);
  const optimizer = options.optimizer === "sgd" || options.optimizer === "adam" ? options.optimizer : own.optimizer;
  const known = recipe.minibatch ? recipe : withMinibatchDefaults(recipe, dropout !== undefined);
  return {
    ...withDecay(known, options),
    ...(dropout && { dropout }),
    minibatch: {
      optimizer,
      rate: options.rate ?? (optimizer === own.optimizer ? own.rate : 0.1),
      schedule: options.schedule ?? own.schedule,
      epochs: options.epochs ?? own.epochs,
      batch: options.batch ?? own.batch,
    },
  };
}

/** A recipe of L-BFGS with the decay and the initial weights that go with minibatches. */
function withMinibatchDefaults(recipe: Recipe, hasDropout: boolean): Recipe {
  const { gain, decay } = FULLY_CONNECTED;
  return { ...recipe, gain, decay: recipe.decay.map(() => (hasDropout ? decay.dropout : decay.plain)) };
}
