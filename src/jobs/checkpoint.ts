/**
 * What a long run leaves behind when it is stopped, and starts from again: one file, written whole or not at all, that
 * says which run it belongs to.
 *
 *     "blindspot checkpoint 2\n"
 *     u8[32]  SHA-256 of the body
 *             the body: V8's serialisation of the run and its state, which keeps every number exactly, NaN and -0 included
 *
 * Without the checksum a flipped bit in a weight would train another model, and say nothing.
 */
import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { deserialize, serialize } from "node:v8";
import { failed, outOfRange } from "../check.ts";
import { writeFileAtomic } from "../node/atomic-file.ts";
import { readBytesIfThere } from "../node/read-file.ts";

const FORMAT = "blindspot checkpoint 2";
const MAGIC = Buffer.from(`${FORMAT}\n`);
const HEAD = MAGIC.length + 32;
/** Stands in a file of version 1, which was the body alone. */
const VERSION_1 = Buffer.from("blindspot checkpoint 1");

const AGAIN = "delete the file to start over";

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

const checksum = (body: Uint8Array): Buffer => createHash("sha256").update(body).digest();

/** Writes the state of a run, whole or not at all. Rejects where the file cannot be written. */
export async function writeCheckpoint(path: string, run: RunDescription, state: unknown): Promise<void> {
  const body = serialize({ run, state });
  await writeFileAtomic(path, [MAGIC, checksum(body), body]); // some are 250 MB: no copy
}

/**
 * The state of a stopped run, or undefined where there is none. Refuses a file that is no checkpoint or a damaged one, and
 * that of a run with other settings, naming the first that differs.
 */
export async function readCheckpoint<State>(path: string, run: RunDescription): Promise<State | undefined> {
  const bytes = await readBytesIfThere(path, { expected: "a readable checkpoint" });
  if (!bytes) return undefined;
  const file = Buffer.from(bytes.buffer);
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) {
    const isOld = file.subarray(0, 64).includes(VERSION_1);
    failed(path, `a ${FORMAT}; ${AGAIN}`, isOld ? "one of version 1, which had no checksum" : "a file of another kind");
  }
  const body = file.subarray(HEAD);
  if (!checksum(body).equals(file.subarray(MAGIC.length, HEAD))) {
    failed(path, `a whole checkpoint; ${AGAIN}`, "one that is cut off or damaged: its checksum differs");
  }
  const content: { run: RunDescription; state: State } = deserialize(body);
  requireSameRun(path, content.run, run);
  return content.state;
}

/** Removes the checkpoint of a run that has ended. */
export async function removeCheckpoint(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Whether the file begins as a checkpoint does: what another program wrote is not ours to remove. */
export async function isCheckpoint(path: string): Promise<boolean> {
  const file = await open(path, "r").catch(() => undefined);
  try {
    const head = Buffer.alloc(MAGIC.length);
    return (await file?.read(head, 0, head.length, 0))?.bytesRead === head.length && head.equals(MAGIC);
  } catch {
    return false; // a folder, or what cannot be read
  } finally {
    await file?.close();
  }
}
