/** A recipe trained by full batches with an executor, and how often the network is wrong. */
import { type Dataset, imageSize, slice } from "../../data/index.ts";
import type { Network } from "../../model/index.ts";
import { type AnyRecipe, buildRecipe, partOf } from "../../train/index.ts";
import type { Executor } from "../executor.ts";
import { answersOnWorkers } from "../on-workers/analyses.ts";
import type { TaskProgress } from "../tasks/index.ts";
import type { TrainedParameters } from "../tasks/train.ts";
import { wrongAnswers } from "../wrong-answers.ts";

/** A training and what came of it. */
export interface FullBatchTraining extends Omit<TrainedParameters, "parameters"> {
  recipe: AnyRecipe;
  network: Network;
  seed: number;
  spectral: number;
  /** Shares of wrong answers, the first on what it was trained on. */
  trainError: number;
  testError: number;
}

export interface FullBatchOptions {
  seed: number;
  /** beta of the penalty on the layers' bounds; default 0. */
  spectral?: number;
  executor: Executor;
  signal?: AbortSignal | undefined;
  onProgress?: (progress: TaskProgress<"train">) => void;
}

/** Trains a recipe on its part of the training images. */
export async function trainFullBatch(
  recipe: AnyRecipe,
  data: { train: Dataset; test: Dataset },
  { seed, spectral = 0, executor, signal, onProgress }: FullBatchOptions,
): Promise<FullBatchTraining> {
  const part = slice(data.train, ...partOf(data.train.count, recipe));
  const inputSize = imageSize(data.train.shape);
  const input = { recipe, seed, rows: part.rows, labels: part.labels, inputSize, ...(spectral && { spectral }) };
  const [trained] = await executor.run(
    { task: "train", input, items: 1, share: "single" },
    { signal, onProgress: (_, told) => told && onProgress?.(told) },
  );
  const { parameters, ...ended } = trained as TrainedParameters;
  const network = buildRecipe(recipe, inputSize, seed);
  network.setParameters(parameters);
  const errorRate = async ({ rows, labels, count }: Dataset) =>
    wrongAnswers(await answersOnWorkers(executor, network, rows, { signal }), labels) / count;
  const [trainError, testError] = await Promise.all([errorRate(part), errorRate(data.test)]);
  return { ...ended, recipe, network, seed, spectral, trainError, testError };
}
