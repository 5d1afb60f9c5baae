/** Reading files with errors that say which file and what is wrong with it. */
import { readFile } from "node:fs/promises";
import { fileFailed } from "./file-error.ts";

/** The bytes of a file, in memory of their own. Errors name the path. */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    return fileFailed(path, "a file that can be read", error);
  }
}
