/**
 * The topology of the tfjs LayersModel format, without tfjs: from `model.json` to layers and their calls, and back. It reads
 * models of the layers in `layers/`, and refuses any other by class and name.
 */
import * as v from "valibot";
import { outOfRange } from "../check.ts";
import { requireSchema } from "../schema.ts";
import type { Workspace } from "../wasm/index.ts";
import { type Call, type Graph, graphOf, INPUT_LAYER } from "./graph.ts";
import { EMBEDDING, embeddedShape, partBehind } from "./graph-part.ts";
import { asKeras2Config, type Writer, writerOf } from "./keras3.ts";
import { Extent, LAYERS, type Layer, MERGES, requireNumbers } from "./layers/index.ts";
import type { Preprocess } from "./preprocess.ts";

const Model = v.looseObject({
  class_name: v.string(),
  config: v.union([v.array(v.unknown()), v.looseObject({ name: v.optional(v.string()), layers: v.unknown() })]),
});
/** Keras writes the model under `model_config`, tfjs writes it bare. */
const Wrapped = v.looseObject({ model_config: Model });

const InputShape = v.looseObject({ batch_input_shape: v.pipe(v.array(v.nullable(Extent)), v.minLength(2)) });

/** A layer applied to values: 0 is the network's input, i + 1 what call i gives. */
export interface LayerCall {
  layer: Layer;
  inputs: readonly number[];
}

export interface ParsedModel {
  name: string;
  inputName: string;
  inputShape: readonly number[];
  /** Each once, however often it is called, in the order of their first calls. */
  layers: Layer[];
  /** Each behind the calls whose values it takes; the last gives the output. */
  calls: LayerCall[];
  /** Layers of the topology that are left out, as nothing of theirs reaches the output. */
  unused: string[];
  /** What is done to the data before the model, as the first of its layers. */
  preprocess?: Preprocess;
}

/** Which part of a topology is built. */
export interface TopologyPart {
  /** The layer whose output is the network's; the model's own without one. */
  output?: string | undefined;
  /** The layer whose output is the network's input; the model's own without one. */
  inputs?: string | undefined;
}

/** Builds the layers of a topology in a workspace, their parameters without a place. */
export function parseTopology(topology: unknown, workspace: Workspace, part: TopologyPart = {}): ParsedModel {
  const isWrapped = typeof topology === "object" && topology !== null && "model_config" in topology;
  const { class_name, config } = isWrapped
    ? requireSchema("model.json modelTopology", Wrapped, topology).model_config
    : requireSchema("model.json modelTopology", Model, topology);
  const name = (Array.isArray(config) ? undefined : config.name) ?? "network";
  const whole = graphOf(name, class_name, config, part.output);
  const writer = writerOf(topology as object);
  const found = part.inputs === undefined ? undefined : partBehind(name, whole, part.inputs);
  const graph = found?.graph ?? whole;
  requireKnown(name, graph.calls);
  const modelShape = inputShapeOf(whole.inputConfig);
  requireNumbers("model input", modelShape);
  const inputShape = found ? shapeBehind(name, found.before, modelShape, workspace, writer) : modelShape;
  if (!found) requireReal(whole);
  requireNumbers("model input", inputShape);
  const calls = buildCalls(graph.calls, inputShape, workspace, writer);
  const layers = [...new Set(calls.map(({ layer }) => layer))];
  return { name, inputName: graph.inputName, inputShape, layers, calls, unused: graph.unused };
}

function buildCalls(
  graph: readonly Call[],
  inputShape: readonly number[],
  workspace: Workspace,
  writer: Writer,
): LayerCall[] {
  const layers = new Map<string, Layer>();
  const calls: LayerCall[] = [];
  for (const call of graph) {
    const shapes = call.inputs.map((value) => (value === 0 ? inputShape : (calls[value - 1]?.layer.outputShape ?? [])));
    const layer = layers.get(call.name) ?? build(call, shapes, workspace, writer);
    requireNumbers(`output of ${layer.name}`, layer.outputShape);
    requireSameShapes(layer, shapes);
    layers.set(call.name, layer);
    calls.push({ layer, inputs: call.inputs });
  }
  return calls;
}

/** The shape of what the last of some calls gives. An Embedding takes the tokens themselves. */
function shapeBehind(
  model: string,
  before: readonly Call[],
  inputShape: readonly number[],
  workspace: Workspace,
  writer: Writer,
): readonly number[] {
  const last = before.at(-1) as Call;
  if (last.entry.class_name === EMBEDDING && last.inputs.join() === "0") return embeddedShape(last, inputShape);
  requireKnown(model, before);
  return (buildCalls(before, inputShape, workspace, writer).at(-1) as LayerCall).layer.outputShape;
}

/** Layers that take whole numbers for real ones: those that prepare images. */
const PREPARING = /^(Rescaling|Normalization|Resizing|CenterCrop|Random\w+)$/;
const WHOLE = /^(u?int\d+|bool|string)$/;

/** Refuses an input of whole numbers, unless the layers that take it prepare images. */
function requireReal({ calls, inputConfig }: Graph): void {
  const { dtype } = inputConfig;
  const takers = calls.filter(({ inputs }) => inputs.includes(0));
  if (
    typeof dtype !== "string" ||
    !WHOLE.test(dtype) ||
    takers.every(({ entry }) => PREPARING.test(entry.class_name))
  ) {
    return;
  }
  outOfRange("model input", "real numbers (the option inputs names a layer behind which they are)", dtype);
}

/** Not `LAYERS[...]` alone: that has what every object inherits. */
function tableEntry<T>(table: Readonly<Record<string, T>>, className: string): T | undefined {
  return Object.hasOwn(table, className) ? table[className] : undefined;
}

/** Why some layers do not run here, and the way that works. */
const REASONS: Readonly<Record<string, string>> = {
  [EMBEDDING]:
    "whose inputs are whole numbers, which no small change leads to others: the option inputs takes up behind it",
  Masking: "which leaves out steps of a sequence, row by row",
};

/** Refuses layers that do not run here, all of them at once. */
function requireKnown(model: string, calls: readonly Call[]): void {
  const isKnown = (className: string) => tableEntry(LAYERS, className) ?? tableEntry(MERGES, className);
  const unknown = calls.filter(({ entry }) => !isKnown(entry.class_name));
  const others = new Map(unknown.map(({ name, entry }) => [name, entry.class_name] as const));
  const [first] = others;
  if (!first) return;
  const known = [INPUT_LAYER, ...Object.keys(LAYERS), ...Object.keys(MERGES)].join(", ");
  const words = (className: string) => {
    const reason = tableEntry(REASONS, className);
    return reason ? `${className}, ${reason}` : className;
  };
  if (others.size === 1) outOfRange(first[0], `a layer that runs here (${known})`, words(first[1]));
  const all = [...others].map(([name, className]) => `${name} (${words(className)})`);
  outOfRange(`model ${model}`, `layers that run here (${known})`, `${all.length} others: ${all.join("; ")}`);
}

function build(
  { name, entry }: Call,
  shapes: readonly (readonly number[])[],
  workspace: Workspace,
  writer: Writer,
): Layer {
  const { class_name } = entry;
  const config = asKeras2Config(name, class_name, { ...entry.config, name }, writer);
  const merge = tableEntry(MERGES, class_name);
  if (merge) {
    if (shapes.length < 2) outOfRange(`${name} (${class_name})`, "two inputs or more", `${shapes.length}`);
    return merge(config, shapes, workspace);
  }
  if (shapes.length > 1) outOfRange(`${name} (${class_name})`, "one input", `${shapes.length}`);
  const factory = tableEntry(LAYERS, class_name) as (typeof LAYERS)[string];
  return factory(config, shapes[0] as readonly number[], workspace);
}

/** A layer that is called again must meet the shapes it was built for. */
function requireSameShapes(
  { name, inputShape, inputShapes = [inputShape] }: Layer,
  shapes: readonly (readonly number[])[],
): void {
  const words = (all: readonly (readonly number[])[]) => all.map((shape) => `[${shape.join(", ")}]`).join(" and ");
  if (words(shapes) !== words(inputShapes))
    outOfRange(name, `inputs ${words(inputShapes)} at every call`, words(shapes));
}

function inputShapeOf(config: Record<string, unknown>): readonly number[] {
  const { batch_input_shape } = requireSchema("model.json first layer", InputShape, config);
  return batch_input_shape.slice(1).map((extent, axis) => {
    return extent ?? outOfRange("model input shape", "known extents beyond the batch", `null at axis ${axis + 1}`);
  });
}

/** The topology that tfjs writes: Sequential where each layer is called once, on the one before it; functional otherwise. */
export function writeTopology(model: ParsedModel): object {
  const isChain = model.calls.every(({ layer, inputs }, i) => layer === model.layers[i] && inputs.join() === `${i}`);
  return {
    class_name: isChain ? "Sequential" : "Functional",
    config: { name: model.name, ...(isChain ? writeChain(model) : writeGraph(model)) },
    keras_version: "tfjs-layers 4.22.0",
    backend: "tensor_flow.js",
  };
}

function writeChain({ layers, inputShape }: ParsedModel): object {
  const entries = layers.map(({ className, config }, index) => ({
    class_name: className,
    config: index === 0 ? { ...config, batch_input_shape: [null, ...inputShape] } : config,
  }));
  return { layers: entries };
}

function writeGraph({ inputName, inputShape, layers, calls }: ParsedModel): object {
  const numbers = new Map<Layer, number>();
  const places = calls.map(({ layer }) => {
    const number = numbers.get(layer) ?? 0;
    numbers.set(layer, number + 1);
    return [layer.name, number, 0] as const;
  });
  const placeOf = (value: number) =>
    value === 0 ? ([inputName, 0, 0] as const) : (places[value - 1] as readonly [string, number, number]);
  const entries = layers.map((layer) => ({
    name: layer.name,
    class_name: layer.className,
    config: layer.config,
    inbound_nodes: calls
      .filter((call) => call.layer === layer)
      .map(({ inputs }) => inputs.map((value) => [...placeOf(value), {}])),
  }));
  const input = {
    name: inputName,
    class_name: INPUT_LAYER,
    config: { name: inputName, batch_input_shape: [null, ...inputShape], dtype: "float32", sparse: false },
    inbound_nodes: [],
  };
  return { layers: [input, ...entries], input_layers: [[inputName, 0, 0]], output_layers: [placeOf(calls.length)] };
}
