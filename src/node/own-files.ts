/**
 * How Blindspot knows its own files again, so that it removes nothing else. A finished folder holds a manifest: the name and
 * SHA-256 of every file that was written. A folder that is being filled, or replaced, holds a mark that names the process
 * and, line by line, the files begun in it. A name alone proves nothing: both are believed for what is in them.
 */
import { createHash, randomBytes } from "node:crypto";
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { type Holder, isAlive, thisProcess } from "./run-lock.ts";

/** What a finished folder is. */
export type OutputKind = "report" | "model";

export interface Manifest {
  generator: "blindspot";
  kind: OutputKind;
  /** SHA-256 of each file by its path in the folder, with `/` between names. */
  files: Readonly<Record<string, string>>;
}

interface Mark {
  generator: "blindspot";
  kind: "partial" | "replaced";
  /** Name of what the folder becomes, or was. */
  place: string;
  holder: Holder;
}

export const MANIFEST = ".blindspot.json";
const MARK = ".blindspot-run";
/** Bytes of a manifest or a mark at most: some hundred thousand files. */
const LONGEST = 2 ** 25;

export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The text of a regular file; undefined where there is none, or a link, a folder, a device. */
function textOf(file: string): string | undefined {
  try {
    const found = lstatSync(file);
    return found.isFile() && found.size <= LONGEST ? readFileSync(file, "utf8") : undefined;
  } catch {
    return undefined;
  }
}

function parsed<T extends { generator: "blindspot" }>(text: string | undefined): T | undefined {
  try {
    const value = JSON.parse(text ?? "null") as T | null;
    return value?.generator === "blindspot" ? value : undefined;
  } catch {
    return undefined;
  }
}

export function manifestText(kind: OutputKind, files: ReadonlyMap<string, string>): string {
  const sorted = Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
  const manifest: Manifest = { generator: "blindspot", kind, files: sorted };
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

/** Whether a name from a file leads to a place inside the folder: `../thesis.tex` in a folder of somebody else's does not. */
function isInside(name: unknown): name is string {
  return typeof name === "string" && name.split(/[/\\]/).every((part) => part !== "" && part !== "." && part !== "..");
}

/** The manifest of a finished folder; undefined where there is none, or one that Blindspot did not write. */
export function readManifest(folder: string): Manifest | undefined {
  const manifest = parsed<Manifest>(textOf(join(folder, MANIFEST)));
  if (typeof manifest?.files !== "object" || manifest.files === null) return undefined;
  return Object.keys(manifest.files).every(isInside) ? manifest : undefined;
}

/** The mark of a folder and the names of the files begun in it. */
export function readMark(folder: string): { mark: Mark; names: string[] } | undefined {
  const [first, ...lines] = (textOf(join(folder, MARK)) ?? "").split("\n");
  const mark = parsed<Mark>(first);
  if (mark === undefined || typeof mark.holder !== "object" || mark.holder === null) return undefined;
  return { mark, names: lines.map(nameIn).filter(isInside) };
}

/** The name on a line of a mark. A line that a kill has cut names a file that was not begun. */
function nameIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export function writeMark(folder: string, kind: Mark["kind"], place: string): void {
  const mark: Mark = { generator: "blindspot", kind, place: basename(place), holder: thisProcess() };
  writeFileSync(join(folder, MARK), `${JSON.stringify(mark)}\n`);
}

export function removeMark(folder: string): void {
  if (readMark(folder)) unlinkSync(join(folder, MARK));
}

/** What lies in a folder and is not in its manifest as it is: added or changed by somebody else. Paths, folders with a `/` behind. */
export function strangersIn(folder: string, { files }: Pick<Manifest, "files">): string[] {
  const names = Object.keys(files);
  const walk = (inside: string): string[] =>
    readdirSync(join(folder, inside), { withFileTypes: true }).flatMap((entry) => {
      const path = inside === "" ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) return names.some((name) => name.startsWith(`${path}/`)) ? walk(path) : [`${path}/`];
      if (path === MANIFEST && readManifest(folder)) return [];
      if (path === MARK && readMark(folder)) return [];
      const isOurs =
        entry.isFile() && Object.hasOwn(files, path) && sha256(readFileSync(join(folder, path))) === files[path];
      return isOurs ? [] : [path];
    });
  return walk("").sort();
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Removes these files, the mark, the manifest and the folders that are then empty; says whether the folder is gone. */
function removeFiles(folder: string, names: readonly string[]): boolean {
  const folders = new Set<string>();
  for (const name of names) {
    const above: string[] = [];
    for (let at = dirname(name); at !== "."; at = dirname(at)) above.push(at);
    // What lies behind a link to a folder is elsewhere.
    if (!above.every((inside) => isFolder(join(folder, inside)))) continue;
    try {
      unlinkSync(join(folder, name));
    } catch {
      // It is gone, or no file: then what holds it stays.
    }
    for (const inside of above) folders.add(inside);
  }
  const removeFolder = (path: string): boolean => {
    try {
      rmdirSync(path);
      return true;
    } catch {
      return false; // not empty
    }
  };
  for (const inside of [...folders].sort((a, b) => b.length - a.length)) removeFolder(join(folder, inside));
  const kept = readdirSync(folder).filter((name) => name !== MANIFEST && name !== MARK);
  if (kept.length > 0) return false;
  if (readManifest(folder)) unlinkSync(join(folder, MANIFEST));
  removeMark(folder);
  return removeFolder(folder);
}

/** Removes what a finished folder's manifest names, as it names it. Returns what it does not and is therefore kept. */
export function removeFinished(folder: string): string[] {
  const files = readManifest(folder)?.files ?? {};
  const strangers = strangersIn(folder, { files });
  const kept = new Set(strangers);
  removeFiles(
    folder,
    Object.keys(files).filter((name) => !kept.has(name)),
  );
  return strangers;
}

/** Partial folders of this process: removed when it ends. */
const unfinished = new Set<string>();
let cleansUp = false;

/** Makes a marked folder beside `place`, in which what will be there is written first. */
export function makePartial(place: string): string {
  const partial = `${place}.partial-${randomBytes(6).toString("hex")}`;
  mkdirSync(partial);
  unfinished.add(partial);
  if (!cleansUp) {
    cleansUp = true;
    process.on("exit", () => {
      for (const folder of unfinished) removePartial(folder);
    });
  }
  try {
    writeMark(partial, "partial", place);
  } catch (error) {
    rmSync(join(partial, MARK), { force: true });
    rmdirSync(partial);
    unfinished.delete(partial);
    throw error;
  }
  return partial;
}

/** Says that a file of the partial folder is begun, before it is. */
export function markBegun(partial: string, name: string): void {
  appendFileSync(join(partial, MARK), `${JSON.stringify(name)}\n`);
}

/** Removes a partial folder and the files begun in it. */
export function removePartial(partial: string): void {
  const found = readMark(partial);
  if (found) removeFiles(partial, found.names);
  unfinished.delete(partial);
}

/** A partial folder that has become something else. */
export function forgetPartial(partial: string): void {
  unfinished.delete(partial);
}

function isAbandoned(folder: string, { holder }: Mark): boolean {
  return holder.pid === process.pid && isAlive(holder) ? !unfinished.has(folder) : !isAlive(holder);
}

/** The folders beside a place whose names begin so, that bear a mark of that kind, and whose process is gone. */
function abandoned(parent: string, start: string, kind: Mark["kind"]): string[] {
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(start) && entry.name.includes(`.${kind}-`))
    .map(({ name }) => join(parent, name))
    .filter((folder) => {
      const mark = readMark(folder)?.mark;
      return mark?.kind === kind && basename(folder).startsWith(`${mark.place}.${kind}-`) && isAbandoned(folder, mark);
    });
}

/** Removes the partial folders, of names that begin so, that killed processes left in a folder. */
export function removeAbandoned(parent: string, start: string): void {
  for (const folder of abandoned(parent, start, "partial")) removePartial(folder);
}

/** The folders that were `place` and that killed processes left beside it while they replaced it. */
export function abandonedReplaced(place: string): string[] {
  return abandoned(dirname(place), `${basename(place)}.replaced-`, "replaced");
}
