/** A model file as a graph, if it is ONNX: its bytes as messages, these checked, their nodes translated. */
import { outOfRange } from "../../check.ts";
import type { NetworkOptions } from "../../model/index.ts";
import type { Graph, ModelFile } from "../graph.ts";
import { onnxGraph } from "./graph.ts";
import { externalFilesOf, parseOnnx, readOnnx } from "./model.ts";

export async function readOnnxGraph({ name, bytes, beside }: ModelFile, options: NetworkOptions): Promise<Graph> {
  const { output, inputs, inputShape } = options;
  if (inputs !== undefined)
    outOfRange("inputs", "none: an ONNX file is entered at its own input", JSON.stringify(inputs));
  const model = parseOnnx(name, bytes);
  const external = new Map<string, Uint8Array>();
  for (const path of externalFilesOf(model)) external.set(path, await beside(path));
  return onnxGraph(readOnnx(name, model, { external, output }), inputShape);
}
