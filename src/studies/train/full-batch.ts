/** A recipe trained by full batches with an executor, and how often the network is wrong. */
import { type Dataset, imageSize, slice } from "../../data/index.ts";
import type { Network } from "../../model/index.ts";
import { type AnyRecipe, buildRecipe, isAutoencoder, partOf } from "../../train/index.ts";
import type { Executor, Job, RunOptions } from "../executor.ts";
import { answersOnWorkers } from "../on-workers/analyses.ts";
import { gradientOnWorkers } from "../on-workers/fit.ts";
import type { TaskProgress } from "../tasks/index.ts";
import { type TrainedParameters, trainWith } from "../tasks/train.ts";
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
  /** Whether every gradient is divided among the workers, where they share memory; for a training that runs alone. No autoencoder's is. */
  isDivided?: boolean;
  executor: Executor;
  signal?: AbortSignal | undefined;
  onProgress?: (progress: TaskProgress<"train">) => void;
}

/** Trains a recipe on its part of the training images. */
export async function trainFullBatch(
  recipe: AnyRecipe,
  data: { train: Dataset; test: Dataset },
  { seed, spectral = 0, isDivided = false, executor, signal, onProgress }: FullBatchOptions,
): Promise<FullBatchTraining> {
  const part = slice(data.train, ...partOf(data.train.count, recipe));
  const inputSize = imageSize(data.train.shape);
  const input = { recipe, seed, rows: part.rows, labels: part.labels, inputSize, ...(spectral && { spectral }) };
  const job: Job<"train"> = { task: "train", input, items: 1, share: "single" };
  const how: RunOptions<"train"> = { signal, onProgress: (_, told) => told && onProgress?.(told) };
  const byAll = (workers: Executor) => trainWith((network, set) => gradientOnWorkers(workers, network, set));
  const { workers, sharesMemory, coordinate } = executor;
  const isAlone = !isDivided || workers === 1 || !sharesMemory || isAutoencoder(recipe);
  const [trained] = await (isAlone || !coordinate ? executor.run(job, how) : coordinate(job, byAll, how));
  const { parameters, ...ended } = trained as TrainedParameters;
  const network = buildRecipe(recipe, inputSize, seed);
  network.setParameters(parameters);
  const errorRate = async ({ rows, labels, count }: Dataset) =>
    wrongAnswers(await answersOnWorkers(executor, network, rows, { signal }), labels) / count;
  const [trainError, testError] = await Promise.all([errorRate(part), errorRate(data.test)]);
  return { ...ended, recipe, network, seed, spectral, trainError, testError };
}
