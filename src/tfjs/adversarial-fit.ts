/**
 * Adversarial training of a live LayersModel: as a network, whose weights are written back; by tfjs itself where its layers do not run
 * here.
 */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { codeOf } from "../check.ts";
import { Network } from "../model/index.ts";
import {
  type AdversarialFitOptions,
  type EpochRecord,
  adversarialFit as fitNetwork,
  type MinibatchResult,
  type MinibatchState,
  type TrainingSet,
} from "../train/index.ts";
import { fitModel, type ModelFitOptions, type ModelFitResult, type ModelFitState } from "./fit-model.ts";
import { fromLayersModel } from "./from-layers-model.ts";
import { writeTo } from "./write-to.ts";

export type { ModelFitResult, ModelFitState } from "./fit-model.ts";

/** The options of `adversarialFit` for a LayersModel: the state is a network's, or that of a training by tfjs. */
export interface LayersModelFitOptions extends Omit<AdversarialFitOptions, "resume" | "onEpoch"> {
  /** Continues a run that was stopped: `state` of its result, with the same model, data and options. */
  resume?: MinibatchState | ModelFitState;
  /** Called after each epoch; a promise is awaited. */
  onEpoch?: (record: EpochRecord, snapshot: () => MinibatchState | ModelFitState) => void | Promise<void>;
}

/**
 * Trains a Network, or a LayersModel. If its layers run here, its weights are read at the start and written back at the end, also where
 * the signal stopped the run. If not, or if they draw noise in training that is not drawn here, tfjs trains it on the backend that is set, with
 * examples at its input, fresh for every step; the result's `state` is then of the last whole epoch, and `places` at layers, pools and
 * `onProgress` are refused. A run that fails leaves the weights as they were. An optimizer that the model was compiled with takes no
 * part.
 */
export async function adversarialFit(
  model: Network,
  data: TrainingSet,
  options?: AdversarialFitOptions,
): Promise<MinibatchResult>;
export async function adversarialFit(
  model: Network | LayersModel,
  data: TrainingSet,
  options?: LayersModelFitOptions,
): Promise<MinibatchResult | ModelFitResult>;
export async function adversarialFit(
  model: Network | LayersModel,
  data: TrainingSet,
  options: AdversarialFitOptions | LayersModelFitOptions = {},
): Promise<MinibatchResult | ModelFitResult> {
  if (model instanceof Network) return fitNetwork(model, data, options as AdversarialFitOptions);
  const network = await trainable(model);
  if (!network) return fitModel(model, data, options as ModelFitOptions);
  const result = await fitNetwork(network, data, options as AdversarialFitOptions);
  writeTo(network, model);
  return result;
}

/** The model as a network, if its layers run and train here. */
async function trainable(model: LayersModel): Promise<Network | undefined> {
  try {
    const network = await fromLayersModel(model);
    return network.layers.some(({ drawsOtherNoise }) => drawsOtherNoise) ? undefined : network;
  } catch (error) {
    // A range error is of its layers or weights; anything else is no LayersModel, or one that tfjs does not save.
    if (codeOf(error) !== "ERR_BLINDSPOT_RANGE") throw error;
    return undefined;
  }
}
