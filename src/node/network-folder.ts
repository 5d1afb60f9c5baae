/** Networks from and to folders in the tfjs LayersModel format. */
import { Network, type NetworkOptions } from "../model/index.ts";
import { readArtifacts, type WriteArtifactsOptions, writeArtifacts } from "./model-folder.ts";
import { resolveModel } from "./resolve-model.ts";

/** Loads a network from a folder with a `model.json`, or one of the shipped models by its name. */
export async function loadNetwork(nameOrFolder: string, options: NetworkOptions = {}): Promise<Network> {
  return Network.fromArtifacts(await readArtifacts(await resolveModel(nameOrFolder)), options);
}

/** Saves a network as a tfjs LayersModel folder, whole or not at all; the same weights give the same bytes. */
export async function saveNetwork(network: Network, folder: string, options?: WriteArtifactsOptions): Promise<void> {
  await writeArtifacts(folder, network.toArtifacts(), options);
}
