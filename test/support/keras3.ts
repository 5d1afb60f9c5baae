/**
 * A model as Keras 3 exports it for tfjs, from the same model as Keras 2 and tfjs write it: modules and registered names, shapes
 * of inputs as `batch_shape`, precisions as objects, calls as their arguments, weights under the paths of their models.
 */
import type { ModelArtifacts } from "../../src/model/index.ts";

type Place = [string, number, number, object?];
export interface Entry {
  class_name: string;
  name?: string;
  config: Record<string, unknown> & { name: string };
  inbound_nodes?: Place[][];
}
interface Functional {
  name: string;
  layers: Entry[];
  input_layers: Place[];
  output_layers: Place[];
}

const POLICY = { module: "keras", class_name: "DTypePolicy", config: { name: "float32" }, registered_name: null };
const MODELS = ["Functional", "Model", "Sequential"];
const isModel = ({ class_name }: Entry): boolean => MODELS.includes(class_name);
/** Layers that take their inputs as one list. */
const MERGES = ["Add", "Average", "Concatenate", "Maximum", "Multiply", "Subtract"];

/** Where Keras 3 keeps a layer's weights. */
export type Paths = Map<string, string>;

/** What goes around a configuration. */
function around(entry: Entry, config: object): Entry & Record<string, unknown> {
  const module = isModel(entry) ? "keras" : "keras.layers";
  const class_name = entry.class_name === "Model" ? "Functional" : entry.class_name;
  return { module, class_name, config: config as Entry["config"], registered_name: null, name: entry.config.name };
}

function layerOf(entry: Entry): Entry {
  const { batch_input_shape, dtype: _, ...config } = entry.config;
  if (entry.class_name === "InputLayer") {
    return around(entry, { batch_shape: batch_input_shape, dtype: "float32", sparse: false, ragged: false, ...config });
  }
  const input = batch_input_shape === undefined ? {} : { build_config: { input_shape: batch_input_shape } };
  return { ...around(entry, { ...config, dtype: POLICY }), ...input };
}

function modelOf(entry: Entry, prefix: string, paths: Paths): Entry {
  const { config } = entry;
  const written =
    entry.class_name === "Sequential" ? sequential(config, prefix, paths) : functional(config, prefix, paths);
  return around(entry, { trainable: true, dtype: POLICY, ...written });
}

const anyOf = (entry: Entry, prefix: string, paths: Paths): Entry => {
  if (isModel(entry)) return modelOf(entry, `${prefix}${entry.config.name}/`, paths);
  paths.set(entry.config.name, prefix);
  return layerOf(entry);
};

function sequential(config: Record<string, unknown>, prefix: string, paths: Paths): object {
  const layers = (config.layers as Entry[]).map((entry) => anyOf(entry, prefix, paths));
  return { name: config.name, layers };
}

/** The calls of models are numbered from 0. */
function functional(config: Record<string, unknown>, prefix: string, paths: Paths): object {
  const { name, layers, input_layers, output_layers } = config as unknown as Functional;
  const models = new Set(layers.filter(isModel).map((entry) => entry.config.name));
  const counted = ([layer, call, tensor]: Place): Place => [layer, models.has(layer) ? call - 1 : call, tensor];
  const tensor = (place: Place) => ({
    class_name: "__keras_tensor__",
    config: { shape: [null], dtype: "float32", keras_history: counted(place) },
  });
  const written = layers.map((entry) => {
    const calls = (entry.inbound_nodes ?? []).map((places) => {
      const tensors = places.map(tensor);
      return { args: MERGES.includes(entry.class_name) ? [tensors] : tensors, kwargs: { mask: null } };
    });
    return { ...anyOf(entry, prefix, paths), inbound_nodes: calls };
  });
  return { name, layers: written, input_layers: input_layers.map(counted), output_layers: output_layers.map(counted) };
}

/** The artifacts as `tensorflowjs_converter` makes them of a model that Keras 3 saved. */
export function asKeras3(artifacts: ModelArtifacts): ModelArtifacts {
  const topology = artifacts.modelTopology as Entry & { model_config?: Entry };
  const model = topology.model_config ?? topology;
  const paths: Paths = new Map();
  const prefix = model.class_name === "Sequential" ? `${model.config.name}/` : "";
  const written =
    model.class_name === "Sequential"
      ? sequential(model.config, prefix, paths)
      : functional(model.config, prefix, paths);
  const model_config = around(model, { trainable: true, dtype: POLICY, ...written });
  return {
    ...artifacts,
    generatedBy: "keras v3.10.0",
    modelTopology: { keras_version: "3.10.0", backend: "tensorflow", model_config },
    weightSpecs: artifacts.weightSpecs.map((spec) => {
      return { ...spec, name: `${paths.get(spec.name.split("/")[0] ?? "") ?? ""}${spec.name}` };
    }),
  };
}
