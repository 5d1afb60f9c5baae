/** The weights of a network back into the LayersModel that it came from, or one of the same layers. */
import { tensor, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { outOfRange, wrongType } from "../check.ts";
import type { Network } from "../model/index.ts";
import { askTfjs } from "./ask.ts";

/**
 * Writes every array of the network, what is trained and what is not, into the model's weight of the same name and shape.
 * Refuses a model that lacks one, changing nothing. Weights that only the model has stay as they are: those of layers behind
 * the one that the network's option `output` named.
 */
export function writeTo(network: Network, model: LayersModel): void {
  if (typeof network?.toArtifacts !== "function") wrongType("network", "a Network", network);
  if (!Array.isArray(model?.weights)) wrongType("model", "a tf.LayersModel", model);
  const { weightSpecs, weightData } = network.toArtifacts();
  // tfjs numbers the variables of a second model of the same names; the original name is the one that it saves.
  const weights = new Map(model.weights.map((weight) => [weight.originalName, weight]));
  let offset = 0;
  const writes = weightSpecs.map(({ name, shape }) => {
    const weight = weights.get(name) ?? outOfRange(`model ${model.name}`, `a weight ${name}`, "none of that name");
    if (weight.shape.join() !== shape.join()) {
      outOfRange(`weight ${name}`, `shape [${shape.join(", ")}], as in the network`, `[${weight.shape.join(", ")}]`);
    }
    const size = shape.reduce((product, extent) => product * extent, 1);
    const values = new Float32Array(weightData, offset, size);
    offset += 4 * size;
    return { weight, values, shape };
  });
  askTfjs("writeTo", "weights that tfjs writes", () => {
    tidy(() => {
      for (const { weight, values, shape } of writes) weight.write(tensor(values.slice(), [...shape]));
    });
  });
}
