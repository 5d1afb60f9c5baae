/** What our tests use of @std/fs, over Deno itself: CI resolves the name to this file and needs no registry. */
import { basename, join } from "node:path";

export async function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(
    () => true,
    () => false,
  );
}

interface WalkEntry {
  path: string;
  name: string;
  isFile: boolean;
  isDirectory: boolean;
  isSymlink: boolean;
}

interface WalkOptions {
  maxDepth?: number;
  includeDirs?: boolean;
  match?: RegExp[];
}

/** The root, then what is below it, folders before what is in them. */
export async function* walk(
  root: string,
  { maxDepth = Number.POSITIVE_INFINITY, includeDirs = true, match }: WalkOptions = {},
): AsyncGenerator<WalkEntry> {
  const isAsked = (path: string) => match === undefined || match.some((pattern) => pattern.test(path));
  if (includeDirs && isAsked(root)) {
    yield { path: root, name: basename(root), isFile: false, isDirectory: true, isSymlink: false };
  }
  if (maxDepth < 1) return;
  for await (const { name, isFile, isDirectory, isSymlink } of Deno.readDir(root)) {
    const path = join(root, name);
    if (isDirectory) yield* walk(path, { maxDepth: maxDepth - 1, includeDirs, ...(match && { match }) });
    else if (isAsked(path)) {
      yield { path, name, isFile, isDirectory, isSymlink };
    }
  }
}
