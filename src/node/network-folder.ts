/** Networks from and to folders in the tfjs LayersModel format. */

import { basename, dirname, resolve } from "node:path";
import { requireOptions } from "../check.ts";
import { NETWORK_OPTIONS, Network, type NetworkOptions } from "../model/index.ts";
import { readArtifacts, type WriteArtifactsOptions, writeArtifacts } from "./model-folder.ts";
import { resolveModelFile, SHIPPED } from "./resolve-model.ts";
import { loadShipped } from "./shipped-model.ts";

/**
 * Loads a network from a folder with a `model.json`, from the path of such a file, or one of the shipped models by its name.
 * The weights of a shipped model are compared with its note.
 */
export async function loadNetwork(nameOrFolder: string, options: NetworkOptions = {}): Promise<Network> {
  requireOptions("loadNetwork", options, NETWORK_OPTIONS);
  const file = await resolveModelFile(nameOrFolder);
  const folder = dirname(file);
  if (dirname(folder) === resolve(SHIPPED)) return loadShipped(basename(folder), SHIPPED, options);
  return Network.fromArtifacts(await readArtifacts(folder, basename(file)), options);
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
