/**
 * Training: by full batches and L-BFGS, as the paper trained its MNIST networks, or by minibatches and SGD or Adam. Both
 * start from the network's present parameters, change them in place, and can be stopped and resumed to the same bits.
 */
import { wrongType } from "../check.ts";
import type { Network } from "../model/index.ts";
import { type FitOptions, type FitResult, fullBatchFit } from "./full-batch.ts";
import { type MinibatchOptions, type MinibatchResult, minibatchFit } from "./minibatch.ts";
import type { TrainingSet } from "./objective.ts";

/**
 * Trains a network in place: by L-BFGS over full batches by default, by minibatches with the optimizer "sgd" or "adam".
 * Rejects for rows, labels or options of the wrong kind or out of range.
 */
export function fit(network: Network, data: TrainingSet, options: MinibatchOptions): Promise<MinibatchResult>;
export function fit(network: Network, data: TrainingSet, options?: FitOptions): Promise<FitResult>;
export async function fit(
  network: Network,
  data: TrainingSet,
  options: FitOptions | MinibatchOptions = {},
): Promise<FitResult | MinibatchResult> {
  if (typeof options !== "object" || options === null) wrongType("options", "an object", options);
  return options.optimizer === undefined || options.optimizer === "lbfgs"
    ? fullBatchFit(network, data, options)
    : minibatchFit(network, data, options as MinibatchOptions);
}
