/**
 * A folder of results that appears whole or not at all: filled beside its place, as `<out>.partial-<random>`, and renamed
 * into it at the end. What stops half-way (an error, Ctrl-C, a full disk) removes the partial folder again. One run at a
 * time: from start to end it holds the lock `<out>.lock`.
 *
 * Overwriting swaps two folders. No portable call swaps them at once, so there are two renames with nothing between:
 * a machine that stops exactly there leaves the old folder whole as `<out>.replaced-<random>`, and the next run that may
 * overwrite puts it back. Only what Blindspot wrote and nobody changed is ever removed: `own-files.ts` tells.
 */
import { randomBytes } from "node:crypto";
import { renameSync } from "node:fs";
import { lstat, mkdir, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import process from "node:process";
import { failed, outOfRange } from "../check.ts";
import { syncFolder, writeFileSynced } from "./atomic-file.ts";
import { errorCode, fileFailed } from "./file-error.ts";
import {
  abandonedReplaced,
  forgetPartial,
  MANIFEST,
  makePartial,
  manifestText,
  markBegun,
  type OutputKind,
  readManifest,
  removeAbandoned,
  removeFinished,
  removeMark,
  removePartial,
  sha256,
  strangersIn,
  writeMark,
} from "./own-files.ts";
import { lockRun } from "./run-lock.ts";

export interface OutputFolderOptions {
  /** Replace an existing folder, if it is empty or holds nothing but what Blindspot wrote there. */
  overwrite?: boolean;
  /** What the folder is; one of another kind is not overwritten. Default: "report". */
  kind?: OutputKind;
}

/**
 * Puts right what a machine that stopped during a swap left: the old folder back in its place, or removed if there is a new
 * one.
 */
async function recover(place: string): Promise<void> {
  for (const old of abandonedReplaced(place)) {
    if (await exists(place)) removeFinished(old);
    else {
      renameSync(old, place);
      removeMark(place);
    }
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

/** A list for an error: the first few, and how many more. */
function listed(names: readonly string[], most = 3): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}

/** Requires that the path is free, or that it may be overwritten; says whether there is something to replace. */
async function requirePlace(path: string, { overwrite, kind = "report" }: OutputFolderOptions): Promise<boolean> {
  if (!(await exists(path))) return false;
  const found = await lstat(path);
  if (!found.isDirectory()) {
    failed(path, "a folder or nothing there", found.isSymbolicLink() ? "a symbolic link" : "a file");
  }
  if (!overwrite) {
    failed(path, "a path that is free", "an existing folder (--overwrite replaces one that Blindspot wrote)");
  }
  const here = relative(path, process.cwd());
  if (here === "" || !(here === ".." || here.startsWith(`..${sep}`) || resolve(here) === here)) {
    failed(path, "a folder to overwrite outside the working directory", "the working directory or one above it");
  }
  if ((await readdir(path)).length === 0) return true;
  const manifest = readManifest(path);
  if (!manifest) {
    failed(path, "a folder that Blindspot wrote, to overwrite it", `one without ${MANIFEST}, its list of files`);
  }
  if (manifest.kind !== kind) failed(path, `a ${kind} that Blindspot wrote, to overwrite it`, `a ${manifest.kind}`);
  const strangers = strangersIn(path, manifest);
  if (strangers.length > 0) {
    failed(path, "nothing but what Blindspot wrote, to overwrite it", `${listed(strangers)}, added or changed since`);
  }
  return true;
}

export class OutputFolder {
  /** Where the folder will be, absolute. */
  readonly path: string;
  /** Where it is until then. */
  readonly partial: string;
  private readonly options: OutputFolderOptions;
  private readonly unlock: () => void;
  /** SHA-256 of what was written, by name. */
  private readonly files = new Map<string, string>();

  private constructor(path: string, partial: string, options: OutputFolderOptions, unlock: () => void) {
    this.path = path;
    this.partial = partial;
    this.options = options;
    this.unlock = unlock;
  }

  /** Starts a folder. Everything that can be refused is refused here, before the work that fills it. */
  static async create(path: string, options: OutputFolderOptions = {}): Promise<OutputFolder> {
    const place = resolve(path);
    let unlock: (() => void) | undefined;
    try {
      await makeFolder(dirname(place));
      unlock = await lockRun(place, `${place}.lock`);
      removeAbandoned(dirname(place), `${basename(place)}.`);
      if (options.overwrite) await recover(place);
      await requirePlace(place, options);
      return new OutputFolder(place, makePartial(place), options, unlock);
    } catch (error) {
      unlock?.();
      // Where no lock can be written no folder can be made: that is what the user asked for.
      const { cause } = error as Error;
      return fileFailed(place, "a folder that can be made", errorCode(cause) === undefined ? error : cause);
    }
  }

  /** Writes one file; `name` is relative and may have folders in it. An error discards the whole folder. */
  async write(name: string, content: Uint8Array | string): Promise<void> {
    const file = resolve(this.partial, name);
    if (!file.startsWith(this.partial + sep)) outOfRange(this.path, "names of files inside the folder", name);
    const inside = relative(this.partial, file).replaceAll(sep, "/");
    try {
      await makeFolder(dirname(file));
      markBegun(this.partial, inside);
      await writeFileSynced(file, content);
      this.files.set(inside, sha256(content));
    } catch (error) {
      this.discard();
      fileFailed(join(this.path, name), "a file that can be written", error);
    }
  }

  /**
   * Puts the folder in its place. An error leaves what was there and discards what was written. `afterwards` is run
   * when the folder is in place, before another run may begin there.
   */
  async commit(afterwards?: () => Promise<void>): Promise<void> {
    const { path, partial } = this;
    const aside = `${path}.replaced-${randomBytes(6).toString("hex")}`;
    let replaces = false;
    try {
      markBegun(partial, MANIFEST);
      await writeFileSynced(join(partial, MANIFEST), manifestText(this.options.kind ?? "report", this.files));
      replaces = await requirePlace(path, this.options);
      if (replaces) {
        writeMark(path, "replaced", path);
        try {
          renameSync(path, aside);
          try {
            renameSync(partial, path);
          } catch (error) {
            renameSync(aside, path);
            throw error;
          }
        } catch (error) {
          removeMark(path);
          throw error;
        }
      } else renameSync(partial, path);
    } catch (error) {
      this.discard();
      fileFailed(path, "a folder that can be put in its place", error);
    }
    forgetPartial(partial);
    try {
      removeMark(path);
      await syncFolder(dirname(path));
      await afterwards?.();
      const kept = replaces ? removeFinished(aside) : [];
      if (kept.length > 0) failed(aside, "nothing but what Blindspot wrote in the folder replaced", listed(kept));
    } finally {
      this.unlock();
    }
  }

  /** Removes what was written, and lets others begin. */
  discard(): void {
    removePartial(this.partial);
    this.unlock();
  }
}

/**
 * Makes an output folder, lets `fill` write into it, and puts it in its place; discards it if `fill` fails. The place is
 * locked and checked before `fill` is called, which may therefore be the long computation itself; the lock is held until
 * `afterwards` has removed what the computation kept beside it.
 */
export async function outputFolder<T>(
  path: string,
  options: OutputFolderOptions,
  fill: (folder: OutputFolder) => Promise<T>,
  afterwards?: (result: T) => Promise<void>,
): Promise<T> {
  const folder = await OutputFolder.create(path, options);
  let result: T;
  try {
    result = await fill(folder);
  } catch (error) {
    folder.discard();
    throw error;
  }
  await folder.commit(async () => afterwards?.(result));
  return result;
}
