/**
 * The tfjs LayersModel format, without tfjs: what `model.json` says of the layers becomes a list of layers, and
 * back. Models of the layers in `layers/`, one after another; anything else is refused by class and name.
 */
import * as v from "valibot";
import { outOfRange } from "../check.ts";
import { requireSchema } from "../schema.ts";
import type { Workspace } from "../wasm/index.ts";
import { chainOf } from "./chain.ts";
import { LAYERS, type Layer, type LayerFactory } from "./layers/index.ts";

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
type LayerEntry = v.InferOutput<typeof LayerEntry>;
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

const INPUT_LAYER = "InputLayer";
/** What Keras calls a functional model, and what tfjs calls it. */
const FUNCTIONAL = ["Functional", "Model"];

/** Builds the layers of a topology in a workspace, their parameters zero. */
export function parseTopology(topology: unknown, workspace: Workspace): ParsedModel {
  const isWrapped = typeof topology === "object" && topology !== null && "model_config" in topology;
  const model = isWrapped
    ? requireSchema("model.json modelTopology", Wrapped, topology).model_config
    : requireSchema("model.json modelTopology", Model, topology);
  const isFunctional = FUNCTIONAL.includes(model.class_name);
  if (model.class_name !== "Sequential" && !isFunctional) {
    outOfRange("model", "a Sequential or a functional model", model.class_name);
  }
  const listed = Array.isArray(model.config) ? model.config : model.config.layers;
  const name = (Array.isArray(model.config) ? undefined : model.config.name) ?? "network";
  const entries = isFunctional ? chainOf(name, listed) : listed;
  const [first] = entries;
  if (!first || entries.every((entry) => entry.class_name === INPUT_LAYER)) {
    outOfRange(`model ${name}`, "at least one layer", "none");
  }
  const factories = entries.map((entry, index) => factoryOf(entry, nameOf(entry, index)));
  const inputShape = inputShapeOf(first.config);

  const layers: Layer[] = [];
  let shape = inputShape;
  for (const [index, entry] of entries.entries()) {
    const factory = factories[index];
    if (!factory) {
      if (index === 0) continue;
      outOfRange(`model ${name}`, "an InputLayer at the start only", `one at position ${index}`);
    }
    const layerName = nameOf(entry, index);
    if (layers.some((other) => other.name === layerName)) {
      outOfRange(`model ${name}`, "layers of different names", `two named ${JSON.stringify(layerName)}`);
    }
    const layer = factory({ ...entry.config, name: layerName }, shape, workspace);
    layers.push(layer);
    shape = layer.outputShape;
  }
  return { name, inputShape, layers };
}

function nameOf({ class_name, config }: LayerEntry, index: number): string {
  return config.name ?? `${class_name.toLowerCase()}_${index}`;
}

/** How a layer is made; undefined for an InputLayer, which is none. */
function factoryOf({ class_name }: LayerEntry, name: string): LayerFactory | undefined {
  if (class_name === INPUT_LAYER) return undefined;
  // Not `LAYERS[...]` alone: that has what every object inherits.
  if (Object.hasOwn(LAYERS, class_name)) return LAYERS[class_name];
  const known = [INPUT_LAYER, ...Object.keys(LAYERS)].join(", ");
  return outOfRange(name, `a layer that runs here (${known})`, class_name);
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
