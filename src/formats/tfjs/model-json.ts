/**
 * The `model.json` of a tfjs LayersModel or GraphModel: its topology, and which weights lie in which files. Checked here as
 * JSON and as a list of tensors; what layers and nodes mean is said elsewhere.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import type { ModelArtifacts } from "../../model/index.ts";
import { parseJson } from "../../schema.ts";
import { isStoredType, requireQuantization, type StoredWeight, storedBytes } from "./quantized.ts";

/** Weights that lie in files of their own, one behind the other. */
export interface WeightGroup {
  paths: string[];
  weights: StoredWeight[];
  bytes: number;
}

const Size = v.pipe(
  v.number(),
  v.check((n) => Number.isSafeInteger(n) && n >= 0, "a whole number in [0, 2^53)"),
);
const Text = v.pipe(v.string(), v.nonEmpty());
const Json = v.looseObject({});

const Schema = v.object({
  modelTopology: Json,
  weightsManifest: v.array(
    v.object({
      paths: v.array(Text),
      weights: v.array(
        v.object({ name: Text, shape: v.array(Size), dtype: Text, quantization: v.optional(v.unknown()) }),
      ),
    }),
  ),
  format: v.optional(v.string()),
  generatedBy: v.optional(v.string()),
  convertedBy: v.optional(v.nullable(v.string())),
  trainingConfig: v.optional(v.nullable(Json)),
  userDefinedMetadata: v.optional(v.nullable(Json)),
  signature: v.optional(v.unknown()),
});

/**
 * The specs of all groups, each name once, stored as they are or quantized. Those of layers are all f32 but for counts. `subject`
 * is the path of the model.json.
 */
function checkedWeights(
  subject: string,
  list: readonly { name: string; shape: number[]; dtype: string; quantization?: unknown }[],
  seen: Set<string>,
  isGraph: boolean,
): StoredWeight[] {
  return list.map(({ name, shape, dtype, quantization }) => {
    const weight = `${subject}: weight ${JSON.stringify(name)}`;
    // What a layer counts, as a Normalization does; a network that needed it would refuse it.
    const isCount = dtype === "int32" && quantization === undefined && name.endsWith("/count");
    if (!isGraph && dtype !== "float32" && !isCount) outOfRange(weight, "dtype float32, the only one accepted", dtype);
    if (!isStoredType(dtype)) outOfRange(weight, "dtype float32, int32 or bool", dtype);
    if (seen.has(name)) outOfRange(weight, "each name once", "two weights of this name");
    seen.add(name);
    if (quantization === undefined) return { name, shape, dtype };
    return { name, shape, dtype, quantization: requireQuantization(weight, quantization) };
  });
}

/** A GraphModel says so, or holds the nodes of one. */
function isGraphModel(json: unknown): boolean {
  const { format, modelTopology } = (json ?? {}) as { format?: unknown; modelTopology?: unknown };
  const isGraph = typeof modelTopology === "object" && modelTopology !== null && "node" in modelTopology;
  return format === "graph-model" || isGraph;
}

/** What a `model.json` says: everything but the weights themselves. */
export interface ModelJson {
  isGraph: boolean;
  artifacts: Omit<ModelArtifacts, "weightSpecs" | "weightData">;
  /** What a GraphModel says of its inputs and outputs. */
  signature: unknown;
  groups: WeightGroup[];
}

/** Errors name `subject`, the path of the file. */
export function parseModelJson(subject: string, text: string): ModelJson {
  const json = parseJson(subject, text);
  const isGraph = isGraphModel(json);
  const parsed = v.safeParse(Schema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const at = v.getDotPath(issue);
    if (at !== null && issue.received === "undefined") return outOfRange(subject, at, "none");
    return outOfRange(at === null ? subject : `${subject}: ${at}`, issue.expected ?? issue.message, issue.received);
  }
  const { weightsManifest, trainingConfig, userDefinedMetadata, signature, ...rest } = parsed.output;
  const seen = new Set<string>();
  const groups = weightsManifest.map(({ paths, weights }) => {
    const specs = checkedWeights(subject, weights, seen, isGraph);
    return { paths, weights: specs, bytes: specs.reduce((sum, spec) => sum + storedBytes(spec), 0) };
  });
  const artifacts: ModelJson["artifacts"] = { modelTopology: rest.modelTopology };
  if (rest.format !== undefined) artifacts.format = rest.format;
  if (rest.generatedBy !== undefined) artifacts.generatedBy = rest.generatedBy;
  if (rest.convertedBy !== undefined) artifacts.convertedBy = rest.convertedBy;
  if (trainingConfig) artifacts.trainingConfig = trainingConfig;
  if (userDefinedMetadata) artifacts.userDefinedMetadata = userDefinedMetadata;
  return { isGraph, artifacts, signature: signature ?? userDefinedMetadata?.signature, groups };
}
