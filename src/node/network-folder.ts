/** Networks from files, whatever their format, and to folders in the tfjs LayersModel format. */
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { requireOptions } from "../check.ts";
import { loadNetwork as loadFromWeb, type ModelFile, networkOf } from "../formats/index.ts";
import { NETWORK_OPTIONS, type Network, type NetworkOptions } from "../model/index.ts";
import { readBeside, type WriteArtifactsOptions, writeArtifacts } from "./model-folder.ts";
import { readBytes } from "./read-file.ts";
import { resolveModelFile, SHIPPED } from "./resolve-model.ts";
import { loadShipped } from "./shipped-model.ts";

const ON_THE_WEB = /^https?:/i;

/**
 * Loads a network: a LayersModel, a GraphModel or an ONNX file, which is known from the content. The weights of a shipped model
 * are compared with its note.
 *
 * @param from a folder with a `model.json`, the path or address of a model's file, the name of a shipped model, or files
 */
export async function loadNetwork(
  from: string | URL | readonly File[],
  options: NetworkOptions = {},
): Promise<Network> {
  requireOptions("loadNetwork", options, NETWORK_OPTIONS);
  if (typeof from !== "string" && !(from instanceof URL)) return loadFromWeb(from, options);
  if (ON_THE_WEB.test(String(from))) return loadFromWeb(from, options);
  const file = await resolveModelFile(from instanceof URL ? fileURLToPath(from) : from);
  const folder = dirname(file);
  if (dirname(folder) === resolve(SHIPPED)) return loadShipped(basename(folder), SHIPPED, options);
  return networkOf(await modelFile(file), options);
}

async function modelFile(file: string): Promise<ModelFile> {
  const bytes = await readBytes(file, { expected: "the file of a model" });
  return { name: file, bytes, beside: (path) => readBeside(file, path) };
}

/** Saves a network as a tfjs LayersModel folder, whole or not at all; the same weights give the same bytes. */
export async function saveNetwork(
  network: Network,
  folder: string,
  options: WriteArtifactsOptions = {},
): Promise<void> {
  requireOptions("saveNetwork", options, { overwrite: true, files: true });
  await writeArtifacts(folder, network.toArtifacts(), options);
}
