/**
 * A folder of results that appears whole or not at all: filled beside its place, as `<out>.partial-<pid>`, and renamed
 * into it at the end. What stops half-way (an error, Ctrl-C, a full disk) removes the partial folder again.
 *
 * Overwriting swaps two folders. No portable call swaps them at once, so there are two renames with nothing between:
 * a machine that stops exactly there leaves the old folder whole as `<out>.replaced-<pid>`, and the next run puts it back.
 */
import { renameSync, rmSync } from "node:fs";
import { lstat, mkdir, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import process from "node:process";
import { failed, outOfRange } from "../check.ts";
import { syncFolder, writeFileSynced } from "./atomic-file.ts";
import { errorCode, fileFailed } from "./file-error.ts";
import { readText } from "./read-file.ts";

export interface OutputFolderOptions {
  /** Replace an existing folder, if it is Blindspot's own or empty. */
  overwrite?: boolean;
  /** Whether an existing folder is Blindspot's own; by default, whether it holds a results.json of Blindspot. */
  isOurs?: (folder: string) => Promise<boolean>;
}

/** Partial folders of this process that are neither in place nor discarded: removed when the process ends. */
const unfinished = new Set<string>();
let cleansUp = false;

function removeAtExit(partial: string): void {
  unfinished.add(partial);
  if (cleansUp) return;
  cleansUp = true;
  process.on("exit", () => {
    for (const folder of unfinished) rmSync(folder, { recursive: true, force: true });
  });
}

/** Whether the JSON file has this value under `key`. No file, another format, another value: false. */
export async function jsonFileSays(file: string, key: string, value: string): Promise<boolean> {
  try {
    return (JSON.parse(await readText(file, "a JSON file")) as Record<string, unknown> | null)?.[key] === value;
  } catch {
    return false;
  }
}

/** Whether another process has this number; this one is in no swap when it asks. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/**
 * Puts right what a machine that stopped during a swap left: the old folder back in its place, or removed if there is a new
 * one. Removes partial folders of killed processes into which nothing was written yet.
 */
async function recover(path: string): Promise<void> {
  const prefix = `${basename(path)}.replaced-`;
  const partial = `${basename(path)}.partial-`;
  for (const name of await readdir(dirname(path))) {
    const writer = name.startsWith(partial) ? Number(name.slice(partial.length)) : Number.NaN;
    if (Number.isInteger(writer) && !isAlive(writer)) {
      await rmdir(join(dirname(path), name)).catch(() => {}); // not empty, or no folder: not ours to judge
    }
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    const old = join(dirname(path), name);
    if (await exists(path)) await rm(old, { recursive: true, force: true });
    else await rename(old, path);
  }
}

/**
 * Makes a folder and those above it that are missing. Not `mkdir` with `recursive`: Node's never returns where a folder
 * that is there says ENOENT to what is made in it, as those of /proc do.
 */
async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path; !(await isFolder(at)) && !missing.includes(at); at = dirname(at)) missing.push(at);
  for (const folder of missing.reverse()) {
    try {
      await mkdir(folder);
    } catch (error) {
      // Made by another process meanwhile; or a file, in which nothing can be made: what comes next says so.
      if (errorCode(error) !== "EEXIST") throw error;
    }
  }
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Requires that the path is free, or that it may be overwritten; says whether there is something to replace. */
async function requirePlace(path: string, options: OutputFolderOptions): Promise<boolean> {
  if (!(await exists(path))) return false;
  const found = await lstat(path);
  if (!found.isDirectory()) {
    failed(path, "a folder or nothing there", found.isSymbolicLink() ? "a symbolic link" : "a file");
  }
  if (!options.overwrite) failed(path, "a path that is free", "an existing folder (overwrite is off)");
  const here = relative(path, process.cwd());
  if (here === "" || !(here === ".." || here.startsWith(`..${sep}`) || resolve(here) === here)) {
    failed(path, "a folder to overwrite outside the working directory", "the working directory or one above it");
  }
  const isOurs = options.isOurs ?? ((folder) => jsonFileSays(join(folder, "results.json"), "generator", "blindspot"));
  if (!(await isOurs(path)) && (await readdir(path)).length > 0) {
    failed(path, "a folder that Blindspot wrote, to overwrite it", "a folder with other files");
  }
  return true;
}

export class OutputFolder {
  /** Where the folder will be, absolute. */
  readonly path: string;
  /** Where it is until then. */
  readonly partial: string;
  private readonly options: OutputFolderOptions;

  private constructor(path: string, partial: string, options: OutputFolderOptions) {
    this.path = path;
    this.partial = partial;
    this.options = options;
  }

  /** Starts a folder. Everything that can be refused is refused here, before the work that fills it. */
  static async create(path: string, options: OutputFolderOptions = {}): Promise<OutputFolder> {
    const place = resolve(path);
    const partial = `${place}.partial-${process.pid}`;
    if (unfinished.has(partial)) failed(place, "one writer at a time", "a second one");
    try {
      await makeFolder(dirname(place));
      await recover(place);
      await requirePlace(place, options);
      await rm(partial, { recursive: true, force: true }); // of a process that was killed and had the same number
      await mkdir(partial);
    } catch (error) {
      fileFailed(place, "a folder that can be made", error);
    }
    removeAtExit(partial);
    return new OutputFolder(place, partial, options);
  }

  /** Writes one file; `name` is relative and may have folders in it. An error discards the whole folder. */
  async write(name: string, content: Uint8Array | string): Promise<void> {
    const file = resolve(this.partial, name);
    if (!file.startsWith(this.partial + sep)) outOfRange(this.path, "names of files inside the folder", name);
    try {
      await makeFolder(dirname(file));
      await writeFileSynced(file, content);
    } catch (error) {
      await this.discard();
      fileFailed(join(this.path, name), "a file that can be written", error);
    }
  }

  /** Puts the folder in its place. An error leaves what was there and discards what was written. */
  async commit(): Promise<void> {
    const aside = `${this.path}.replaced-${process.pid}`;
    try {
      if (await requirePlace(this.path, this.options)) {
        renameSync(this.path, aside);
        try {
          renameSync(this.partial, this.path);
        } catch (error) {
          renameSync(aside, this.path);
          throw error;
        }
      } else renameSync(this.partial, this.path);
    } catch (error) {
      await this.discard();
      fileFailed(this.path, "a folder that can be put in its place", error);
    }
    unfinished.delete(this.partial);
    await rm(aside, { recursive: true, force: true });
    await syncFolder(dirname(this.path));
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    await rm(this.partial, { recursive: true, force: true });
    unfinished.delete(this.partial);
  }
}

/**
 * Makes an output folder, lets `fill` write into it, and puts it in its place; discards it if `fill` fails.
 * The place is checked before `fill` is called, which may therefore be the long computation itself.
 */
export async function outputFolder<T>(
  path: string,
  options: OutputFolderOptions,
  fill: (folder: OutputFolder) => Promise<T>,
): Promise<T> {
  const folder = await OutputFolder.create(path, options);
  let result: T;
  try {
    result = await fill(folder);
  } catch (error) {
    await folder.discard();
    throw error;
  }
  await folder.commit();
  return result;
}
