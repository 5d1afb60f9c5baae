/**
 * Training, one way in: full batches and L-BFGS, as the paper trained its MNIST networks, or minibatches and SGD or Adam.
 * Both begin at the network's present parameters, change it in place, and can be stopped and resumed to the same bits.
 */
import { wrongType } from "../check.ts";
import type { Network } from "../model/index.ts";
import { type FitOptions, type FitResult, fullBatchFit } from "./full-batch.ts";
import { type MinibatchOptions, type MinibatchResult, minibatchFit } from "./minibatch.ts";
import type { TrainingSet } from "./objective.ts";

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
