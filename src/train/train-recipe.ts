/** Trains the network of any recipe from nothing; resumable between two evaluations. */
import { outOfRange, requireOptions } from "../check.ts";
import type { Network } from "../model/index.ts";
import type { LbfgsState } from "../optimize/lbfgs.ts";
import type { Status } from "../optimize/options.ts";
import { type AutoencoderClassifierState, fitAutoencoderClassifier } from "./autoencoder-classifier.ts";
import { fit } from "./fit.ts";
import type { TrainingSet } from "./objective.ts";
import { type AnyRecipe, buildRecipe, isAutoencoder, iterationsOf } from "./recipes.ts";

/** The whole state of a run, as plain numbers and typed arrays. */
export type TrainState = LbfgsState | AutoencoderClassifierState;

export interface TrainProgress {
  /** Of all stages together. */
  iteration: number;
  iterations: number;
  /** The objective of the stage. */
  value: number;
  /** Share of the training rows that are wrong; of an autoencoder, which knows no labels, the mean squared error / 2. */
  error: number;
  /** Whether `error` is a share. */
  isShare: boolean;
  /** Returns the state of the run; the arrays belong to the caller. */
  snapshot: () => TrainState;
}

export interface TrainOptions {
  /** beta of (beta / 2) s(W)^2 of each kernel, beside the recipe's decay (spectral-penalty.ts); default 0. Not of autoencoders. */
  spectral?: number;
  resume?: TrainState;
  /** Stops the run at the next evaluation; the result's state continues it. */
  signal?: AbortSignal;
  /** Called after each iteration; a promise is awaited. */
  onIteration?: (progress: TrainProgress) => void | Promise<void>;
}

export interface TrainResult {
  network: Network;
  /** Of the last stage: why it ended, what it took, its objective. */
  status: Status;
  iterations: number;
  evaluations: number;
  value: number;
  state: TrainState;
}

/** Trains the network of a recipe from nothing. The bits depend on the recipe, the data, the seed and the penalty alone. */
export async function trainRecipe(
  recipe: AnyRecipe,
  data: TrainingSet,
  inputs: number,
  seed: number,
  options: TrainOptions = {},
): Promise<TrainResult> {
  requireOptions("trainRecipe", options, { spectral: true, resume: true, signal: true, onIteration: true });
  const { spectral = 0, resume, signal, onIteration } = options;
  const stopped = { ...(signal && { signal }) };
  if (!isAutoencoder(recipe)) {
    const network = buildRecipe(recipe, inputs, seed);
    const { decay, iterations } = recipe;
    const result = await fit(network, data, {
      ...stopped,
      decay,
      spectral,
      iterations,
      ...(resume && { resume: resume as LbfgsState }),
      onIteration: (seen) => onIteration?.({ ...seen, isShare: true }),
    });
    return { ...result, network };
  }

  if (spectral !== 0) outOfRange("spectral", `none for ${recipe.name}, an autoencoder`, `${spectral}`);
  const iterations = iterationsOf(recipe);
  const before = (stage: number) => recipe.stages.slice(0, stage).reduce((sum, run) => sum + run.iterations, 0);
  const { network, runs, state } = await fitAutoencoderClassifier(data, inputs, recipe, {
    ...stopped,
    seed,
    ...(resume && { resume: resume as AutoencoderClassifierState }),
    onIteration: ({ stage, stages, iteration, value, error, snapshot }) =>
      onIteration?.({
        iteration: before(stage) + iteration,
        iterations,
        value,
        error,
        isShare: stage === stages - 1,
        snapshot: () => {
          const { autoencoder, ...rest } = snapshot();
          return { ...rest, autoencoder: autoencoder.slice() };
        },
      }),
  });
  const last = runs.at(-1) as (typeof runs)[number];
  return { ...last, network, state };
}
