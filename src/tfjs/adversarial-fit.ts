/** Adversarial training of a live LayersModel: as a network, whose weights are written back. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { Network } from "../model/index.ts";
import {
  type AdversarialFitOptions,
  adversarialFit as fitNetwork,
  type MinibatchResult,
  type TrainingSet,
} from "../train/index.ts";
import { fromLayersModel } from "./from-layers-model.ts";
import { writeTo } from "./write-to.ts";

/**
 * Trains a Network, or a LayersModel of layers that run here: its weights are read at the start and written back at the end,
 * also where the signal stopped the run. A run that fails leaves them as they were. An optimizer that the model was compiled
 * with takes no part.
 */
export async function adversarialFit(
  model: Network | LayersModel,
  data: TrainingSet,
  options: AdversarialFitOptions = {},
): Promise<MinibatchResult> {
  if (model instanceof Network) return fitNetwork(model, data, options);
  const network = await fromLayersModel(model);
  const result = await fitNetwork(network, data, options);
  writeTo(network, model);
  return result;
}
