/** Weights from a safetensors file. */
import { readSafetensors, type Safetensors } from "../data/index.ts";
import { readBytes } from "./read-file.ts";

/** Reads a safetensors file; its tensors are decoded one by one when they are asked for. Errors name the path. */
export async function loadSafetensors(path: string): Promise<Safetensors> {
  return readSafetensors(path, await readBytes(path));
}
