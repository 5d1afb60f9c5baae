/**
 * Trains AE400-10 from nothing: a sparse autoencoder without labels, first on some of the rows, then on all; then a softmax
 * classifier on its units' activations, with the autoencoder's weights fixed. Each stage is a run of L-BFGS. The whole can
 * be stopped between two evaluations and resumed to the same bits.
 */
import { requireLabels, requireOptions, requireRows } from "../check.ts";
import { Autoencoder, type Decoder, type Network, softmaxRegression, withClassifier } from "../model/index.ts";
import { fitAutoencoder, type SparsityOptions } from "./autoencoder.ts";
import { fit } from "./fit.ts";
import type { FitState } from "./full-batch.ts";
import type { TrainingSet } from "./objective.ts";
import type { Phase } from "./run.ts";
import { fitStages, type StagesOptions, type StagesResult } from "./stages.ts";

/** How a sparse autoencoder and the classifier on top of it are trained. */
export interface AutoencoderRecipe extends Required<SparsityOptions> {
  /** What errors and records call it. */
  name: string;
  /** Units of the encoder. */
  units: number;
  /** The units of the decoder. */
  decoder: Decoder;
  /** Number of classes. */
  classes: number;
  /** Runs of the autoencoder, each from where the last one ended. */
  stages: readonly Phase[];
  /** Pairs of the L-BFGS history of these; default 10. */
  memory?: number;
  /** The softmax on top: lambda of (lambda / 2) |W|^2, iterations at most, pairs of the history. It is convex and has biases. */
  classifier: { decay: number; iterations: number; memory?: number };
}

/** How the training is seeded, followed, stopped and resumed. */
export interface AutoencoderClassifierOptions extends StagesOptions {
  /** Seed of the autoencoder's initial weights; default 0. The classifier starts at zero. */
  seed?: number;
}

/** What the training of an autoencoder and its classifier gave. */
export interface AutoencoderClassifierResult extends StagesResult {
  /** A network of the layers `encoder` and `classifier`; after a stop, with the weights at that point. */
  network: Network;
}

/**
 * Trains the autoencoder and the classifier of a recipe. The bits depend on the data, the recipe and the seed alone.
 * Rejects for data that do not fit the recipe, and for options that are unknown or out of range.
 */
export async function fitAutoencoderClassifier(
  { rows, labels }: TrainingSet,
  inputs: number,
  recipe: AutoencoderRecipe,
  options: AutoencoderClassifierOptions = {},
): Promise<AutoencoderClassifierResult> {
  requireOptions("fitAutoencoderClassifier", options, { seed: true, resume: true, signal: true, onIteration: true });
  const count = requireRows("rows", rows, inputs);
  requireLabels("labels", labels, count, recipe.classes);
  const { seed = 0, ...stopping } = options;
  const { name, units, decoder, classes, stages, memory, classifier, ...sparsity } = recipe;
  const autoencoder = new Autoencoder({ inputs, units, decoder, seed });
  const softmax = softmaxRegression(units, classes, { useBias: true });
  const runs = [...stages, { rows: count, iterations: classifier.iterations }].map(({ rows: wanted, iterations }) => ({
    rows: Math.min(wanted, count),
    iterations,
  }));
  const result = await fitStages(
    autoencoder,
    runs,
    (stage, { rows: some, iterations, resume, ...how }) =>
      stage < stages.length
        ? fitAutoencoder(autoencoder, rows.subarray(0, some * inputs), {
            ...sparsity,
            iterations,
            ...(memory !== undefined && { memory }),
            ...(resume && { resume }),
            ...how,
          })
        : fit(
            softmax,
            { rows: autoencoder.encode(rows), labels },
            { ...classifier, ...(resume && { resume: resume as FitState }), ...how },
          ),
    stopping,
  );
  return { ...result, network: withClassifier(name, autoencoder, softmax) };
}
