/** Weights from a safetensors file. */
import { readSafetensors, type Safetensors } from "../data/index.ts";
import { safetensorsHeader, safetensorsStart } from "../data/safetensors.ts";
import { readBytes, readStart } from "./read-file.ts";

/**
 * Reads a safetensors file; its tensors are decoded one by one when they are asked for. Its header is compared with its size
 * before the rest is read. Errors name the path.
 */
export async function loadSafetensors(path: string): Promise<Safetensors> {
  const { start: prefix, size } = await readStart(path, 8);
  const { start } = await readStart(path, safetensorsStart(path, prefix, size));
  safetensorsHeader(path, start, size);
  return readSafetensors(path, await readBytes(path));
}
