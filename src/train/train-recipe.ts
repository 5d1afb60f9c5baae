/** Trains the network of any recipe from nothing; resumable between two evaluations. */
import { outOfRange, requireOptions } from "../check.ts";
import type { Network } from "../model/index.ts";
import type { Status } from "../optimize/options.ts";
import { fitAutoencoderClassifier } from "./autoencoder-classifier.ts";
import { type FitOptions, type FitState, fullBatchFit, type GradientElsewhere } from "./full-batch.ts";
import type { TrainingSet } from "./objective.ts";
import { fitQuocNet } from "./quocnet-recipe.ts";
import { type AnyRecipe, buildRecipe, isAutoencoder, isQuocNet, iterationsOf, iterationsOfStages } from "./recipes.ts";
import type { StagesOptions, StagesState } from "./stages.ts";

/** The whole state of a run, as plain numbers and typed arrays. */
export type TrainState = FitState | StagesState;

/** How far the training of a recipe is. */
export interface TrainProgress {
  /** Of all phases or stages together, at most `iterations`. */
  iteration: number;
  /** Iterations of all phases or stages, at most. */
  iterations: number;
  /** Which of them is under way, from 0, and which of its iterations that is. */
  stage: number;
  /** Number of phases or stages. */
  stages: number;
  /** Iterations of the present one. */
  stageIteration: number;
  /** Rows that it trains on. */
  rows: number;
  /** Its objective. */
  value: number;
  /** Share of the training rows that are wrong; of an autoencoder, which knows no labels, the mean squared error / 2. */
  error: number;
  /** Whether `error` is a share. */
  isShare: boolean;
  /** Returns the state of the run; the arrays belong to the caller. */
  snapshot: () => TrainState;
}

/** How the training of a recipe is followed, stopped and resumed. */
export interface TrainOptions {
  /** beta of (beta / 2) s(W)^2 of each kernel, beside the recipe's decay (spectral-penalty.ts); default 0. Not of autoencoders. */
  spectral?: number;
  /** Continues a run that was stopped: `state` of its result, with the same recipe, data and seed. */
  resume?: TrainState;
  /** Stops the run at the next evaluation; the result's state continues it. */
  signal?: AbortSignal;
  /** Called after each iteration; a promise is awaited. */
  onIteration?: (progress: TrainProgress) => void | Promise<void>;
}

/** What the training of a recipe gave. */
export interface TrainResult {
  /** The network; after a stop, with the weights at that point. */
  network: Network;
  /** Of the last stage: why it ended, what it took, its objective. */
  status: Status;
  /** Iterations of the last stage. */
  iterations: number;
  /** Evaluations of the last stage. */
  evaluations: number;
  /** The objective at the end of the last stage. */
  value: number;
  /** What `resume` continues from. */
  state: TrainState;
}

/** Who computes the gradients of a training, such as the workers of an executor. */
export type GradientOf = (network: Network, data: TrainingSet) => GradientElsewhere;

/**
 * Trains the network of a recipe from nothing; with `gradientOf`, which autoencoders do without, it computes no gradient itself. The bits depend on the recipe, the data, the seed and the penalty
 * alone. Rejects for data that do not fit the recipe, and for options that are unknown or out of range.
 */
export async function trainRecipe(
  recipe: AnyRecipe,
  data: TrainingSet,
  inputs: number,
  seed: number,
  options: TrainOptions = {},
  gradientOf?: GradientOf,
): Promise<TrainResult> {
  requireOptions("trainRecipe", options, { spectral: true, resume: true, signal: true, onIteration: true });
  const { spectral = 0, resume, signal, onIteration } = options;
  const stopped = { ...(signal && { signal }) };
  const iterations = iterationsOf(recipe);
  const each = iterationsOfStages(recipe);
  const before = (stage: number) => each.slice(0, stage).reduce((sum, some) => sum + some, 0);
  if (!isAutoencoder(recipe)) {
    const network = buildRecipe(recipe, inputs, seed);
    const { decay, phases, memory } = recipe;
    const settings: FitOptions = {
      ...stopped,
      decay,
      spectral,
      ...(phases && { phases }),
      iterations: recipe.iterations,
      ...(memory !== undefined && { memory }),
      ...(resume && { resume: resume as FitState }),
      onIteration: ({ phase, phases: stages, iteration, rows, value, error, snapshot }) =>
        onIteration?.({
          iteration: before(phase) + iteration,
          iterations,
          ...{ stage: phase, stages, stageIteration: iteration, rows, value, error, isShare: true, snapshot },
        }),
    };
    return { ...(await fullBatchFit(network, data, settings, gradientOf?.(network, data))), network };
  }

  if (spectral !== 0) outOfRange("spectral", `none for ${recipe.name}, an autoencoder`, `${spectral}`);
  const byStages: StagesOptions & { seed: number } = {
    ...stopped,
    seed,
    ...(resume && { resume: resume as StagesState }),
    onIteration: ({ stage, stages, iteration, rows, value, error, snapshot }) =>
      onIteration?.({
        iteration: before(stage) + iteration,
        iterations,
        ...{ stage, stages, stageIteration: iteration, rows, value, error },
        isShare: stage === stages - 1,
        snapshot: () => {
          const { autoencoder, ...rest } = snapshot();
          return { ...rest, autoencoder: autoencoder.slice() };
        },
      }),
  };
  const { network, runs, state } = isQuocNet(recipe)
    ? await fitQuocNet(data, recipe, byStages)
    : await fitAutoencoderClassifier(data, inputs, recipe, byStages);
  const last = runs.at(-1) as (typeof runs)[number];
  return { ...last, network, state };
}
