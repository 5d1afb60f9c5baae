/** A file that is there whole or not at all: written in a marked folder beside its place, forced to the disk, renamed into it. */
import { open, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileFailed } from "./file-error.ts";
import { makePartial, markBegun, removePartial } from "./own-files.ts";

/** What a file is to hold; parts one behind another need not be copied into one. */
type Content = Uint8Array | string | readonly Uint8Array[];

/** Writes a file and forces it to the disk before it returns. */
export async function writeFileSynced(path: string, content: Content, flags = "w"): Promise<void> {
  const handle = await open(path, flags);
  try {
    await writeFile(handle, content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Forces a folder's entries to the disk where the system can; a system that cannot says so, and loses nothing else. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows opens no folder, and some network file systems force none: the rename itself has succeeded.
  }
}

/**
 * Writes `content` to `path`, replacing a file that is there. After a crash the path holds the old content or the
 * new, never a part; errors (a full disk, a missing folder, no permission) leave it as it was and name it.
 */
export async function writeFileAtomic(path: string, content: Content): Promise<void> {
  let partial: string | undefined;
  try {
    partial = makePartial(path);
    markBegun(partial, "content");
    await writeFileSynced(join(partial, "content"), content, "wx");
    await rename(join(partial, "content"), path);
  } catch (error) {
    fileFailed(path, "a file that can be written", error);
  } finally {
    if (partial !== undefined) removePartial(partial);
  }
  await syncFolder(dirname(path));
}
