/** Weights: from tfjs LayersModel artifacts into layers, and back. `topology.ts` does the same for the topology. */
import { outOfRange, wrongType } from "../check.ts";
import type { Workspace } from "../wasm/index.ts";
import { type Layer, type Parameter, placeParameters, sizeOf } from "./layers/index.ts";
import { readParameters } from "./parameters.ts";
import { type ParsedModel, writeTopology } from "./topology.ts";
import { isWithin, matchNames } from "./weight-names.ts";

/** One weight tensor. The tensors follow one another in `weightData`, in the order of their list. */
export interface WeightSpec {
  /** Name of the tensor, as its layer calls it. */
  name: string;
  /** Extents, the outermost first; empty for a single number. */
  shape: number[];
  /** "float32"; others are refused where a layer uses them. */
  dtype: string;
}

/** A model in memory: the parts of `tf.io.ModelArtifacts` that are used here. */
export interface ModelArtifacts {
  /** The layers, as in a `model.json`. */
  modelTopology: object;
  /** Names and shapes of the weights, in their order. */
  weightSpecs: WeightSpec[];
  /** All weights as little-endian f32, in the order of `weightSpecs`. */
  weightData: ArrayBuffer;
  /** "layers-model" in files. */
  format?: string;
  /** The program that made the model. */
  generatedBy?: string;
  /** The program that converted it. */
  convertedBy?: string | null;
  /** How Keras trained it: kept, and not used. */
  trainingConfig?: object;
  /** What the model's maker attached: kept, and not used. */
  userDefinedMetadata?: object;
}

/** Every array of every layer, as they are saved: what is trained first. */
function arraysOf(layers: readonly Layer[]): Parameter[] {
  return [...layers.flatMap((layer) => layer.parameters), ...layers.flatMap((layer) => layer.constants ?? [])];
}

/** The model as artifacts that tfjs loads. */
export function writeArtifacts(model: ParsedModel, workspace: Workspace): ModelArtifacts {
  const arrays = arraysOf(model.layers);
  const weightSpecs = arrays.map(({ name, shape }) => ({ name, shape: [...shape], dtype: "float32" }));
  return { modelTopology: writeTopology(model), weightSpecs, weightData: readParameters(workspace, arrays).buffer };
}

/** A weight that is read when its turn comes. */
export interface StoredWeight {
  name: string;
  shape: readonly number[];
  dtype: string;
  read(): Float32Array;
}

/** The weights of artifacts. Refuses specs and data that do not fit together. */
export function weightsOf({ weightSpecs, weightData }: ModelArtifacts): StoredWeight[] {
  if (!(weightData instanceof ArrayBuffer)) wrongType("weightData", "an ArrayBuffer", weightData);
  let offset = 0;
  const weights = weightSpecs.map(({ name, shape, dtype }) => {
    const subject = `weight ${name}`;
    const from = offset;
    const bytes = 4 * sizeOf(shape);
    if (from + bytes > weightData.byteLength) {
      outOfRange(subject, `${bytes} bytes at offset ${from}`, `${weightData.byteLength - from} left`);
    }
    offset += bytes;
    return { name, shape, dtype, read: () => new Float32Array(weightData, from, bytes / 4) };
  });
  if (offset !== weightData.byteLength) {
    outOfRange("weightData", `${offset} bytes, as its specs say`, `${weightData.byteLength}`);
  }
  return weights;
}

/**
 * Reserves and fills the arrays of a model's layers. Throws before reserving anything for weights that are missing,
 * misshapen, or of no layer.
 */
export function readWeights(model: ParsedModel, workspace: Workspace, weights: readonly StoredWeight[]): void {
  const arrays = new Map(arraysOf(model.layers).map((array) => [array.name, array]));
  const ignored = new Set(model.layers.flatMap(({ ignoredWeights = [] }) => ignoredWeights));
  const names = matchNames(
    weights.map(({ name }) => name),
    { has: (name) => arrays.has(name) || ignored.has(name) },
  );
  const unused = new Set(model.unused);
  const found = new Map<string, StoredWeight>();
  for (const weight of weights) {
    const { name, shape, dtype } = weight;
    const owner = names.get(name) ?? "";
    const isIgnored = ignored.has(owner);
    if (dtype !== "float32" && !(isIgnored && dtype === "int32")) outOfRange(`weight ${name}`, "dtype float32", dtype);
    const array = arrays.get(owner);
    if (array) {
      if (array.shape.join() !== shape.join()) {
        outOfRange(`weight ${name}`, `shape [${array.shape.join(", ")}]`, `[${shape.join(", ")}]`);
      }
      found.set(array.name, weight);
    } else if (!isIgnored && !isWithin(name, unused)) {
      outOfRange("weights", "only weights of the model's layers", name);
    }
  }
  for (const name of arrays.keys()) if (!found.has(name)) outOfRange("weights", name, "no weight of that name");
  placeParameters(workspace, [...arrays.values()]);
  for (const array of arrays.values()) {
    workspace.arena.f32(array.at, array.size).set((found.get(array.name) as StoredWeight).read());
    requireFinite(workspace, array);
  }
  for (const layer of model.layers) layer.parametersChanged?.();
}

function requireFinite({ arena, kernels }: Workspace, { name, at, size }: Parameter): void {
  const bad = kernels.first_not_finite_f32(size, at);
  if (bad >= 0) outOfRange(`${name}[${bad}]`, "a finite f32", arena.f32(at, size)[bad]);
}
