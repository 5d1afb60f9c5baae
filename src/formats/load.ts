/** A network from the file of a model, whatever its format: it is known by its content. The reader of a format is loaded when one comes. */
import { outOfRange } from "../check.ts";
import { Network, type NetworkOptions } from "../model/index.ts";
import type { Graph, ModelFile } from "./graph.ts";
import { readLayersModel } from "./tfjs/layers-model.ts";
import { type ModelJson, parseModelJson } from "./tfjs/model-json.ts";

/** How many bytes of a file say whether it is JSON. */
const START = 64;
/** An ONNX file begins with the number of its version, field 1 of its message. */
const ONNX_START = 8;
const ONNX_NAME = /\.onnx$/i;
const JSON_TEXT = /^(?:\uFEFF)?\s*\{/;

export async function networkOf(file: ModelFile, options: NetworkOptions): Promise<Network> {
  const start = file.bytes.subarray(0, START);
  if (!JSON_TEXT.test(new TextDecoder().decode(start))) {
    if (start[0] !== ONNX_START && !ONNX_NAME.test(file.name)) {
      outOfRange(file.name, "the JSON of a tfjs model, or an ONNX file", "another file");
    }
    const { readOnnxGraph } = await import("./onnx/reader.ts");
    return networkOfGraph(await readOnnxGraph(file, options), options);
  }
  const json = parseModelJson(file.name, new TextDecoder().decode(file.bytes));
  if (options.inputShape !== undefined) {
    outOfRange("inputShape", "none: only an ONNX file may leave extents open", `[${options.inputShape.join(", ")}]`);
  }
  if (!json.isGraph) return readLayersModel(file, json, options);
  return networkOfGraph(await readGraph(file, json, options), options);
}

async function readGraph(file: ModelFile, json: ModelJson, options: NetworkOptions): Promise<Graph> {
  const { readGraphModel } = await import("./tfjs/graph-model/reader.ts");
  return readGraphModel(file, json, options);
}

async function networkOfGraph(graph: Graph, { preprocess }: NetworkOptions): Promise<Network> {
  const [{ channelsLast }, { lower }] = await Promise.all([import("./layout/index.ts"), import("./lower/index.ts")]);
  const { topology, weights } = lower(channelsLast(graph));
  return Network.fromWeights(topology, () => weights, preprocess === undefined ? {} : { preprocess });
}
