/** One training by minibatches: a recipe and a seed, whose bits depend on nothing else but the data. */
import type { Dataset } from "../../data/index.ts";
import type { Network } from "../../model/index.ts";
import {
  buildRecipe,
  type EpochRecord,
  judge,
  type MinibatchedRecipe,
  type MinibatchProgress,
  type MinibatchResult,
  type MinibatchState,
  minibatchFit,
  type Recipe,
  strategyOf,
} from "../../train/index.ts";

/** What a run leaves: enough to build and measure the network again. */
export interface TrainingRun {
  recipe: Recipe;
  seed: number;
  epochs: number;
  steps: number;
  status: MinibatchResult["status"];
  records: EpochRecord[];
  parameters: Float32Array;
  trainError: number;
  /** Of the images that the run was not trained on, measured once, at the end: share of errors and mean cross-entropy, nats. */
  testError: number;
  testLoss: number;
}

export interface MinibatchRunOptions {
  /** Whether the test images are measured after each epoch too, for the curve of the errors. */
  judgesEpochs?: boolean;
  signal?: AbortSignal;
  resume?: MinibatchState;
  onProgress?: (progress: MinibatchProgress) => void | Promise<void>;
}

/** One run; if the signal stopped it, its state instead. */
export async function trainingRun(
  recipe: MinibatchedRecipe,
  seed: number,
  { train, test }: { train: Dataset; test: Dataset },
  { judgesEpochs = false, ...options }: MinibatchRunOptions = {},
): Promise<TrainingRun | { stopped: MinibatchState }> {
  const network = buildRecipe(recipe, train.rows.length / train.count, seed);
  const result = await minibatchFit(network, train, {
    ...recipe.minibatch,
    decay: recipe.decay,
    strategy: strategyOf(recipe.strategy ?? { name: "plain" }),
    seed,
    ...(judgesEpochs && { validation: test }),
    ...options,
  });
  if (result.status === "running") return { stopped: result.state };
  const tested = judge(network, test);
  return {
    recipe,
    seed,
    epochs: result.epochs,
    steps: result.steps,
    status: result.status,
    records: result.records,
    parameters: network.getParameters(),
    trainError: judge(network, train).error,
    testError: tested.error,
    testLoss: tested.loss,
  };
}

/** The network that a run left. */
export function networkOfRun({ recipe, seed, parameters }: TrainingRun, inputs: number): Network {
  const network = buildRecipe(recipe, inputs, seed);
  network.setParameters(parameters);
  return network;
}
