/** A network from the file of a model, whatever its format: it is known by its content. The reader of a format is loaded when one comes. */
import { outOfRange } from "../check.ts";
import { Network, type NetworkOptions } from "../model/index.ts";
import type { Graph, ModelFile } from "./graph.ts";
import { readLayersModel } from "./tfjs/layers-model.ts";
import { type ModelJson, parseModelJson } from "./tfjs/model-json.ts";

/** How many bytes of a file say whether it is JSON. */
const START = 64;
const JSON_TEXT = /^(?:\uFEFF)?\s*\{/;

export async function networkOf(file: ModelFile, options: NetworkOptions): Promise<Network> {
  const start = new TextDecoder().decode(file.bytes.subarray(0, START));
  if (!JSON_TEXT.test(start)) return outOfRange(file.name, "the JSON of a tfjs model", "another file");
  const json = parseModelJson(file.name, new TextDecoder().decode(file.bytes));
  if (!json.isGraph) return readLayersModel(file, json, options);
  return networkOfGraph(await readGraph(file, json, options));
}

async function readGraph(file: ModelFile, json: ModelJson, options: NetworkOptions): Promise<Graph> {
  const { readGraphModel } = await import("./tfjs/graph-model/reader.ts");
  return readGraphModel(file, json, options);
}

async function networkOfGraph(graph: Graph): Promise<Network> {
  const [{ channelsLast }, { lower }] = await Promise.all([import("./layout/index.ts"), import("./lower/index.ts")]);
  const { topology, weights } = lower(channelsLast(graph));
  return Network.fromWeights(topology, () => weights);
}
