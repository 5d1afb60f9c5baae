/** A live tfjs LayersModel as a network: its topology and a copy of its weights, whatever backend holds them. */
import type { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { outOfRange, requireOptions, wrongType } from "../check.ts";
import { type ModelArtifacts, NETWORK_OPTIONS, Network, type NetworkOptions } from "../model/index.ts";
import { askTfjs } from "./ask.ts";

/**
 * Copies a model into a network. Refuses layers that do not run here, by class and name. The weights are copied once:
 * training the model on does not change the network. An optimizer that the model was compiled with is left behind.
 */
export async function fromLayersModel(model: LayersModel, options: NetworkOptions = {}): Promise<Network> {
  if (typeof model?.save !== "function") wrongType("model", "a tf.LayersModel", model);
  requireOptions("fromLayersModel", options, NETWORK_OPTIONS);
  let saved: io.ModelArtifacts | undefined;
  // A handler object is all that `save` needs: of tfjs-layers nothing is imported at run time.
  await askTfjs("fromLayersModel", "a model that tfjs saves", () =>
    model.save({
      save: async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      },
    }),
  );
  return Network.fromArtifacts(plainArtifacts(saved), options);
}

function plainArtifacts(saved: io.ModelArtifacts | undefined): ModelArtifacts {
  const { modelTopology, weightSpecs, weightData } = saved ?? {};
  if (!modelTopology || !weightSpecs || !weightData) {
    wrongType("model", "a tf.LayersModel that saves its topology and weights", saved);
  }
  return {
    modelTopology,
    weightSpecs: weightSpecs.map(({ name, shape, dtype, quantization }) => {
      if (quantization) outOfRange(`weight ${name}`, "float32 that is not quantized", "a quantized one");
      return { name, shape, dtype };
    }),
    weightData: Array.isArray(weightData) ? joined(weightData) : weightData,
  };
}

/** tfjs may hand weights over in several buffers, cut anywhere. */
function joined(buffers: readonly ArrayBuffer[]): ArrayBuffer {
  const all = new Uint8Array(buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0));
  let at = 0;
  for (const buffer of buffers) {
    all.set(new Uint8Array(buffer), at);
    at += buffer.byteLength;
  }
  return all.buffer;
}
