/**
 * The one reader of files. Only regular files are read: a device or a pipe has no size and may never end. How much is read is
 * known, and compared with a limit, before memory is taken for it. Errors say which file and what is wrong with it.
 */
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { failed } from "../check.ts";
import { errorCode, fileFailed } from "./file-error.ts";

/** What one memory of WebAssembly holds: no file with more is of use. */
const LIMIT = 2 ** 32;
/** No JSON of a model, of labels or of results comes near it. */
const TEXT_LIMIT = 2 ** 26;
/** Bytes that one call of the system reads; between two, the event loop has a turn. */
const PIECE = 2 ** 26;

const FILE = "a file that can be read";

/** What a path is that is no regular file. */
function kindOf(found: Awaited<ReturnType<typeof stat>>): string {
  if (found.isDirectory()) return "a folder";
  if (found.isFIFO()) return "a pipe";
  if (found.isSocket()) return "a socket";
  return "a device";
}

/** Calls `use` with an open regular file and its size. Not opened before it is known to be one: a pipe would wait for a writer. */
async function withFile<T>(
  path: string,
  expected: string,
  use: (file: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  try {
    const before = await stat(path);
    if (!before.isFile()) failed(path, expected, kindOf(before));
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const found = await file.stat();
      if (!found.isFile()) failed(path, expected, kindOf(found));
      return await use(file, found.size);
    } finally {
      await file.close();
    }
  } catch (error) {
    return fileFailed(path, expected, error);
  }
}

/** Fills `into` from the start of the file; returns how much of it the file filled. */
async function fill(file: FileHandle, into: Uint8Array): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await file.read(into, done, Math.min(PIECE, into.length - done), done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

interface ReadOptions {
  /** What the error says was expected at the path. */
  expected?: string;
  /** Bytes that the file may have at most. */
  limit?: number;
}

/** The bytes of a file, in memory of their own. */
export function readBytes(
  path: string,
  { expected = FILE, limit = LIMIT }: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return withFile(path, expected, async (file, size) => {
    if (size > limit) failed(path, `${expected}, of at most ${limit} bytes`, `${size} bytes`);
    const bytes = new Uint8Array(size);
    const got = await fill(file, bytes);
    const after = await file.stat();
    if (got !== size || after.size !== size)
      failed(path, `${size} bytes`, `${after.size}: it changed while it was read`);
    return bytes;
  });
}

/** The first bytes of a file, as many as it has up to `length`, and its size. */
export function readStart(path: string, length: number): Promise<{ start: Uint8Array<ArrayBuffer>; size: number }> {
  return withFile(path, FILE, async (file, size) => {
    const start = new Uint8Array(Math.min(length, size));
    return { start: start.subarray(0, await fill(file, start)), size };
  });
}

/** The same as `readBytes`, or undefined where there is no file. */
export async function readBytesIfThere(
  path: string,
  options: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await readBytes(path, options);
  } catch (error) {
    if (error instanceof Error && errorCode(error.cause) === "ENOENT") return undefined;
    throw error;
  }
}

/** The text of a file, in UTF-8. */
export async function readText(path: string, expected: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path, { expected, limit: TEXT_LIMIT }));
}

/** The same, or undefined where there is no file. */
export async function readTextIfThere(path: string, expected: string): Promise<string | undefined> {
  const bytes = await readBytesIfThere(path, { expected, limit: TEXT_LIMIT });
  return bytes && new TextDecoder().decode(bytes);
}
