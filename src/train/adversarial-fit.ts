/** Adversarial training in one call: minibatches, with examples at the input and at hidden layers unless told otherwise. */
import type { Network } from "../model/index.ts";
import { type MinibatchOptions, type MinibatchResult, minibatchFit } from "./minibatch.ts";
import type { TrainingSet } from "./objective.ts";
import type { OptimizerName, OptimizerOptions } from "./optimizer.ts";
import { type AdversarialLayersOptions, adversarialLayers } from "./strategies/adversarial-layers.ts";

export interface AdversarialFitOptions
  extends Omit<MinibatchOptions, "optimizer" | "strategy">,
    AdversarialLayersOptions {
  /** Default "adam". */
  optimizer?: OptimizerName | OptimizerOptions;
}

/** Trains the network in place; `places: ["input"]` is training with examples at the input alone. */
export function adversarialFit(
  network: Network,
  data: TrainingSet,
  options: AdversarialFitOptions = {},
): Promise<MinibatchResult> {
  return minibatchFit(network, data, { optimizer: "adam", ...options, strategy: adversarialLayers(options) });
}
