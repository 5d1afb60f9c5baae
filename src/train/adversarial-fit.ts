/** Adversarial training in one call: minibatches, with examples at the input and at hidden layers by default. */
import { type OptionNames, requireOptions } from "../check.ts";
import type { Network } from "../model/index.ts";
import { MINIBATCH_OPTIONS, type MinibatchOptions, type MinibatchResult, minibatchFit } from "./minibatch.ts";
import type { TrainingSet } from "./objective.ts";
import type { OptimizerName, OptimizerOptions } from "./optimizer.ts";
import {
  ADVERSARIAL_LAYERS_OPTIONS,
  type AdversarialLayersOptions,
  adversarialLayers,
} from "./strategies/adversarial-layers.ts";

/** The options of `adversarialFit`: of the training, and of the examples that it makes. */
export interface AdversarialFitOptions
  extends Omit<MinibatchOptions, "optimizer" | "strategy">,
    AdversarialLayersOptions {
  /** Default "adam". */
  optimizer?: OptimizerName | OptimizerOptions;
}

const { strategy: _, ...OF_MINIBATCHES } = MINIBATCH_OPTIONS;
const ADVERSARIAL_FIT_OPTIONS: OptionNames<AdversarialFitOptions> = {
  ...OF_MINIBATCHES,
  ...ADVERSARIAL_LAYERS_OPTIONS,
};

/**
 * Trains the network in place. With `places: ["input"]`, examples are made at the input alone. Rejects for data that
 * do not fit the network, and for options that are unknown or out of range.
 */
export async function adversarialFit(
  network: Network,
  data: TrainingSet,
  options: AdversarialFitOptions = {},
): Promise<MinibatchResult> {
  requireOptions("adversarialFit", options, ADVERSARIAL_FIT_OPTIONS);
  const given = Object.entries(options);
  const part = (names: object) => Object.fromEntries(given.filter(([name]) => Object.hasOwn(names, name)));
  const strategy = adversarialLayers(part(ADVERSARIAL_LAYERS_OPTIONS));
  return minibatchFit(network, data, { optimizer: "adam", ...part(MINIBATCH_OPTIONS), strategy });
}
