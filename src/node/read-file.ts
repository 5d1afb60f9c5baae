/** Reading files with errors that say which file and what is wrong with it. */
import { readFile } from "node:fs/promises";
import { failed } from "../check.ts";
import { fileFailed } from "./file-error.ts";

/** The bytes of a file, in memory of their own. Errors name the path. */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    return fileFailed(path, "a file that can be read", error);
  }
}

/** The text of a file, in UTF-8. Errors name the path and say what was expected there. */
export async function readText(path: string, expected: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    return fileFailed(path, expected, error);
  }
}

/** The JSON of a text. Errors name `subject`, the path of its file. */
export function parseJson(subject: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return failed(subject, "JSON", (error as Error).message.replaceAll("\n", " "), error);
  }
}
