/** A network as a tfjs LayersModel, on the backend that tfjs has set: to train on, to convert, to compare. */
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import type { Network } from "../model/index.ts";

/** Copies a network into a model of the same layers, names and weights: Sequential if it is a chain, functional otherwise. */
export async function toLayersModel(network: Network): Promise<LayersModel> {
  const { modelTopology, weightData, weightSpecs } = network.toArtifacts();
  const specs = weightSpecs.map(({ name, shape }) => ({ name, shape, dtype: "float32" as const }));
  return loadLayersModel({ load: async () => ({ modelTopology, weightData, weightSpecs: specs }) });
}
