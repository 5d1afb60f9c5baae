/**
 * A tfjs LayersModel in a folder: `model.json` and the shards it names, read and written without tfjs. tfjs itself
 * reads what is written here, and what tfjs and its converter write is read.
 */
import { realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, posix, sep, win32 } from "node:path";
import { outOfRange } from "../check.ts";
import { parseModelJson, type WeightGroup } from "../formats/tfjs/model-json.ts";
import { decodeWeights, storedBytes } from "../formats/tfjs/quantized.ts";
import { requireLength } from "../formats/tfjs/shards.ts";
import type { ModelArtifacts } from "../model/index.ts";
import { fileFailed } from "./file-error.ts";
import { outputFolder } from "./output-folder.ts";
import { readBytes, readText } from "./read-file.ts";

/** What tfjs's converter puts in one file, so that a browser caches it. */
const SHARD_BYTES = 4 * 1024 * 1024;

/** Who wrote the folder, as it says of itself under `convertedBy`; only such a folder is overwritten. */
const WRITER = "blindspot";

interface Shard {
  file: string;
  bytes: number;
}

/** The file of a shard and its size. Refuses paths that leave the folder, by name or by a symbolic link. */
async function findShard(subject: string, path: string): Promise<Shard> {
  const folder = dirname(subject);
  const isRooted = posix.isAbsolute(path) || win32.isAbsolute(path) || isAbsolute(path);
  if (isRooted || path.split(/[/\\]/).includes("..")) {
    outOfRange(subject, "shards inside its folder", JSON.stringify(path));
  }
  const file = join(folder, path);
  try {
    if (!(await realpath(file)).startsWith((await realpath(folder)) + sep)) {
      outOfRange(subject, "shards inside its folder", `${JSON.stringify(path)}, a link out of it`);
    }
    const found = await stat(file);
    if (!found.isFile()) outOfRange(file, "a shard of the weights", "what is not a file");
    return { file, bytes: found.size };
  } catch (error) {
    return fileFailed(file, "a shard of the weights", error);
  }
}

/** The shards of a group, together as long as its weights. */
async function findShards(subject: string, group: WeightGroup): Promise<Shard[]> {
  const shards: Shard[] = [];
  for (const path of group.paths) shards.push(await findShard(subject, path));
  requireLength(
    subject,
    group,
    shards.reduce((sum, shard) => sum + shard.bytes, 0),
  );
  return shards;
}

/** The bytes of a file that the model at `subject` names. Refuses paths that leave its folder. */
export async function readBeside(subject: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
  return readShard(await findShard(subject, path));
}

async function readShard(shard: Shard): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readBytes(shard.file);
  if (bytes.length !== shard.bytes) {
    outOfRange(shard.file, `${shard.bytes} bytes`, `${bytes.length}: it changed while it was read`);
  }
  return bytes;
}

/**
 * Reads `model.json`, or the file that is named in its place, and its shards; quantized weights come as the f32 they stand for. Errors name the file, the weight or the shard. Sizes are compared with the
 * files before memory is taken for them, so that no number in a `model.json` fills the memory.
 */
export async function readArtifacts(folder: string, name = "model.json"): Promise<ModelArtifacts> {
  const subject = join(folder, name);
  const text = await readText(subject, "the model.json of a tfjs LayersModel");
  const { isGraph, artifacts, groups } = parseModelJson(subject, text);
  if (isGraph) outOfRange(`${subject}: format`, "a LayersModel (loadNetwork reads GraphModels)", "a GraphModel");
  const shards: Shard[] = [];
  for (const group of groups) shards.push(...(await findShards(subject, group)));
  const weights = new Uint8Array(shards.reduce((sum, shard) => sum + shard.bytes, 0));
  let at = 0;
  for (const shard of shards) {
    weights.set(await readShard(shard), at);
    at += shard.bytes;
  }
  const stored = groups.flatMap((group) => group.weights);
  const weightSpecs = stored.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  return { ...artifacts, weightSpecs, weightData: decodeWeights(stored, weights) };
}

/** The files of a model folder. The same artifacts give the same bytes: no dates, no versions, no paths. */
export function modelFiles(artifacts: ModelArtifacts): Map<string, Uint8Array | string> {
  const { modelTopology, weightSpecs, weightData, trainingConfig, userDefinedMetadata } = artifacts;
  const expected = weightSpecs.reduce((sum, spec) => sum + storedBytes(spec), 0);
  if (weightData.byteLength !== expected) {
    outOfRange("model artifacts", `${expected} bytes of weights`, `${weightData.byteLength}`);
  }
  const count = Math.ceil(expected / SHARD_BYTES);
  const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
  const json = {
    format: artifacts.format ?? "layers-model",
    generatedBy: artifacts.generatedBy ?? WRITER,
    convertedBy: WRITER,
    modelTopology,
    ...(trainingConfig && { trainingConfig }),
    ...(userDefinedMetadata && { userDefinedMetadata }),
    weightsManifest: [{ paths, weights: weightSpecs.map(({ name, shape, dtype }) => ({ name, shape, dtype })) }],
  };
  const files = new Map<string, Uint8Array | string>([["model.json", `${JSON.stringify(json, null, 1)}\n`]]);
  paths.forEach((path, i) => {
    const end = Math.min((i + 1) * SHARD_BYTES, expected);
    files.set(path, new Uint8Array(weightData, i * SHARD_BYTES, end - i * SHARD_BYTES));
  });
  return files;
}

/** How `writeArtifacts` writes. */
export interface WriteArtifactsOptions {
  /** Replace a folder that an earlier call wrote; refused if there is anything else in it. */
  overwrite?: boolean;
  /** More files for the same folder, by name, as bytes or text, such as a note on how the model was made. */
  files?: Readonly<Record<string, Uint8Array | string>>;
}

/** Writes the artifacts as a folder that tfjs reads; the folder appears whole or not at all. */
export async function writeArtifacts(
  folder: string,
  artifacts: ModelArtifacts,
  { overwrite = false, files = {} }: WriteArtifactsOptions = {},
): Promise<void> {
  const all = modelFiles(artifacts);
  for (const [name, content] of Object.entries(files)) {
    if (all.has(name)) outOfRange(`${folder}: file ${name}`, "a name that the model does not use", "one it uses");
    all.set(name, content);
  }
  await outputFolder(folder, { overwrite, kind: "model" }, async (output) => {
    for (const [name, content] of all) await output.write(name, content);
  });
}
