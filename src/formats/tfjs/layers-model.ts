/** A tfjs LayersModel from its files. Its topology is what the lowering of every other format makes, so it needs no graph. */
import { Network, type NetworkOptions } from "../../model/index.ts";
import { asFloats, type ModelFile } from "../graph.ts";
import type { ModelJson } from "./model-json.ts";
import { readShards } from "./shards.ts";

export async function readLayersModel(
  file: ModelFile,
  { artifacts, groups }: ModelJson,
  options: NetworkOptions,
): Promise<Network> {
  const constants = await readShards(file, groups);
  const weights = Array.from(constants, ([name, { shape, dtype, read }]) => ({
    ...{ name, shape, dtype: dtype === "integer" ? "int32" : dtype },
    read: () => asFloats(read()),
  }));
  return Network.fromWeights(artifacts.modelTopology, () => weights, options);
}
