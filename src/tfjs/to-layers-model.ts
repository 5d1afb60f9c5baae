/** A network as a tfjs LayersModel, on the backend that tfjs has set: to train on, to convert, to compare. */
import { serialization } from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { outOfRange, wrongType } from "../check.ts";
import type { Network } from "../model/index.ts";
import { askTfjs } from "./ask.ts";

/** Entries of configurations that tfjs does not read, or refuses without a word that says so. */
const LOST = ["backward_layer", "reset_after", "output_padding"];
/** Layers that tfjs runs without a dilation, whatever it reads. */
const CLOSE = /^(DepthwiseConv2D|Conv2DTranspose|(Max|Average)Pooling[123]D)$/;

/** What of a layer tfjs would run without. */
function lostOf(className: string, config: Readonly<Record<string, unknown>>): string | undefined {
  const isDilated = [config.dilation_rate ?? 1].flat().some((rate) => rate !== 1);
  if (isDilated && CLOSE.test(className)) return "dilation_rate";
  return LOST.find((entry) => config[entry]);
}

/**
 * Copies a network into a model of the same layers, names and weights: Sequential if it is a chain, functional otherwise.
 * Refuses layers that tfjs does not have, unless the program has registered a class of its own for them
 * (`tf.serialization.registerClass`).
 */
export async function toLayersModel(network: Network): Promise<LayersModel> {
  if (typeof network?.toArtifacts !== "function") wrongType("network", "a Network", network);
  const { classNameMap } = serialization.SerializationMap.getMap();
  for (const { name, className, config } of network.layers) {
    if (!Object.hasOwn(classNameMap, className)) {
      outOfRange(name, "a layer that tfjs has, or one registered with tf.serialization.registerClass", className);
    }
    const lost = lostOf(className, config);
    if (lost) outOfRange(`${name} (${className})`, `a layer that tfjs runs, without ${lost}`, "one with it");
  }
  const { modelTopology, weightData, weightSpecs } = network.toArtifacts();
  const specs = weightSpecs.map(({ name, shape }) => ({ name, shape, dtype: "float32" as const }));
  return askTfjs("toLayersModel", "layers that tfjs builds", () =>
    loadLayersModel({ load: async () => ({ modelTopology, weightData, weightSpecs: specs }) }),
  );
}
