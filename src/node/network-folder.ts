/** Networks from files, whatever their format; to folders in the tfjs LayersModel format, and to ONNX files. */
import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { failed, outOfRange, requireOptions } from "../check.ts";
import { loadNetwork as loadFromWeb, type ModelFile, networkOf } from "../formats/index.ts";
import { NETWORK_OPTIONS, type Network, type NetworkOptions } from "../model/index.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import { readBeside, type WriteArtifactsOptions, writeArtifacts } from "./model-folder.ts";
import { readBytes } from "./read-file.ts";
import { resolveModelFile, SHIPPED } from "./resolve-model.ts";
import { loadShipped } from "./shipped-model.ts";

const ON_THE_WEB = /^https?:/i;

/**
 * Loads a network: a LayersModel, a GraphModel or an ONNX file, which is known from the content. The weights of a shipped model
 * are compared with its note. Rejects for a model that does not run here, naming its layers or operations, and for
 * files that are missing, damaged or not those of the note.
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

const ONNX_FILE = /\.onnx$/i;

/**
 * Saves a network, whole or not at all; the same weights give the same bytes. A path that ends in .onnx becomes an ONNX file,
 * for other runtimes; any other a folder with a LayersModel, which tfjs loads where it has all of the layers. Rejects
 * where something is there already, unless `overwrite` is set, and where it cannot be written.
 *
 * @param options `files` go into a folder only
 */
export async function saveNetwork(network: Network, path: string, options: WriteArtifactsOptions = {}): Promise<void> {
  requireOptions("saveNetwork", options, { overwrite: true, files: true });
  if (!ONNX_FILE.test(path)) return writeArtifacts(path, network.toArtifacts(), options);
  if (options.files !== undefined) outOfRange("saveNetwork files", "none beside an ONNX file", "some");
  if (!options.overwrite && existsSync(path)) failed(path, "a new file, or overwrite", "one that is there");
  const { networkToOnnx } = await import("../formats/onnx/export/network.ts");
  return writeFileAtomic(path, networkToOnnx(network));
}
