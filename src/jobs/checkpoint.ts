/**
 * What a long run leaves behind when it is stopped, and starts from again: one file, written whole or not at all, that
 * says which run it belongs to. V8's serialisation keeps every number exactly, NaN and -0 included.
 */
import { readFile, rm } from "node:fs/promises";
import { deserialize, serialize } from "node:v8";
import { failed, outOfRange } from "../check.ts";
import { writeFileAtomic } from "../node/atomic-file.ts";
import { errorCode, fileFailed } from "../node/file-error.ts";

const FORMAT = "blindspot checkpoint 1";

/** The settings that a run's bits depend on, by name. */
export type RunDescription = Readonly<Record<string, string | number>>;

/** Refuses to go on with what a run with other settings left in the file `path`, naming the first that differs. */
export function requireSameRun(path: string, before: RunDescription, now: RunDescription): void {
  for (const name of new Set([...Object.keys(now), ...Object.keys(before)])) {
    if (before[name] === now[name]) continue;
    outOfRange(
      `${path}: ${name}`,
      `${before[name]}, as the run that was stopped (or delete the file to start over)`,
      `${now[name]}`,
    );
  }
}

export async function writeCheckpoint(path: string, run: RunDescription, state: unknown): Promise<void> {
  await writeFileAtomic(path, serialize({ format: FORMAT, run, state }));
}

/**
 * The state of a stopped run, or undefined where there is none. Refuses a file that is no checkpoint, or that of a run
 * with other settings, naming the first that differs.
 */
export async function readCheckpoint<State>(path: string, run: RunDescription): Promise<State | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    return fileFailed(path, "a readable checkpoint", error);
  }
  let content: { format?: string; run?: RunDescription; state?: State };
  try {
    content = deserialize(bytes);
  } catch (error) {
    return failed(path, "a checkpoint; delete the file to start over", "a file of another kind, or a cut one", error);
  }
  if (content.format !== FORMAT || !content.run) {
    failed(path, `a ${FORMAT}; delete the file to start over`, "a file of another kind");
  }
  requireSameRun(path, content.run as RunDescription, run);
  return content.state;
}

/** Removes the checkpoint of a run that has ended. */
export async function removeCheckpoint(path: string): Promise<void> {
  await rm(path, { force: true });
}
