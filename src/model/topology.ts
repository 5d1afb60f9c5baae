/**
 * The tfjs LayersModel format, without tfjs: what `model.json` says of the layers becomes a list of layers, and
 * back. Sequential models of the layers in `layers/`; anything else is refused by class and name.
 */
import * as v from "valibot";
import { outOfRange } from "../check.ts";
import { requireSchema } from "../schema.ts";
import type { Workspace } from "../wasm/index.ts";
import { LAYERS, type Layer } from "./layers/index.ts";

/** One weight tensor; tensors lie behind one another in the order of their list. */
export interface WeightSpec {
  name: string;
  shape: number[];
  dtype: string;
}

/** A model as tfjs hands it around (`tf.io.ModelArtifacts`), in the parts used here. */
export interface ModelArtifacts {
  modelTopology: object;
  weightSpecs: WeightSpec[];
  /** All weights as little-endian f32, in the order of `weightSpecs`. */
  weightData: ArrayBuffer;
  format?: string;
  generatedBy?: string;
  convertedBy?: string | null;
  trainingConfig?: object;
  userDefinedMetadata?: object;
}

const LayerEntry = v.looseObject({
  class_name: v.string(),
  config: v.looseObject({ name: v.optional(v.string()) }),
});
const LayerList = v.array(LayerEntry);
const Model = v.looseObject({
  class_name: v.string(),
  config: v.union([LayerList, v.looseObject({ name: v.optional(v.string()), layers: LayerList })]),
});
/** Keras writes the model under `model_config`, tfjs writes it bare. */
const Wrapped = v.looseObject({ model_config: Model });

const Extent = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)));
const InputShape = v.looseObject({ batch_input_shape: v.pipe(v.array(Extent), v.minLength(2)) });

export interface ParsedModel {
  name: string;
  inputShape: readonly number[];
  layers: Layer[];
}

/** Builds the layers of a topology in a workspace, their parameters zero. */
export function parseTopology(topology: unknown, workspace: Workspace): ParsedModel {
  const isWrapped = typeof topology === "object" && topology !== null && "model_config" in topology;
  const model = isWrapped
    ? requireSchema("model.json modelTopology", Wrapped, topology).model_config
    : requireSchema("model.json modelTopology", Model, topology);
  if (model.class_name !== "Sequential") {
    outOfRange("model", "a Sequential model", `${model.class_name}`);
  }
  const entries = Array.isArray(model.config) ? model.config : model.config.layers;
  const name = (Array.isArray(model.config) ? undefined : model.config.name) ?? "network";
  const [first] = entries;
  if (!first) outOfRange(`model ${name}`, "at least one layer", "none");
  const inputShape = inputShapeOf(first.config);

  const layers: Layer[] = [];
  let shape = inputShape;
  for (const [index, entry] of entries.entries()) {
    if (entry.class_name === "InputLayer") {
      if (index === 0) continue;
      outOfRange(`model ${name}`, "an InputLayer at the start only", `one at position ${index}`);
    }
    const factory = LAYERS[entry.class_name];
    const layerName = entry.config.name ?? `${entry.class_name.toLowerCase()}_${index}`;
    if (!factory) {
      const known = ["InputLayer", ...Object.keys(LAYERS)].join(", ");
      outOfRange(layerName, `a layer that runs here (${known})`, entry.class_name);
    }
    if (layers.some((other) => other.name === layerName)) {
      outOfRange(`model ${name}`, "layers of different names", `two named ${JSON.stringify(layerName)}`);
    }
    const layer = factory({ ...entry.config, name: layerName }, shape, workspace);
    layers.push(layer);
    shape = layer.outputShape;
  }
  return { name, inputShape, layers };
}

function inputShapeOf(config: Record<string, unknown>): readonly number[] {
  const { batch_input_shape } = requireSchema("model.json first layer", InputShape, config);
  return batch_input_shape.slice(1).map((extent, axis) => {
    return extent ?? outOfRange("model input shape", "known extents beyond the batch", `null at axis ${axis + 1}`);
  });
}

/** The topology that tfjs writes for these layers. */
export function writeTopology(model: ParsedModel): object {
  const layers = model.layers.map((layer, index) => ({
    class_name: layer.className,
    config: index === 0 ? { ...layer.config, batch_input_shape: [null, ...model.inputShape] } : layer.config,
  }));
  return {
    class_name: "Sequential",
    config: { name: model.name, layers },
    keras_version: "tfjs-layers 4.22.0",
    backend: "tensor_flow.js",
  };
}
