/** Builds to set side by side: this one, and an unchanged one kept in another folder. */
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The value of an option of the command line. */
export function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

/** The layers of the build in a folder that has a `dist`; ".." is this checkout. */
export async function buildIn(folder) {
  const root = folder === ".." ? fileURLToPath(new URL("..", import.meta.url)) : resolve(folder);
  const load = (path) => import(pathToFileURL(`${root}/dist/${path}`).href);
  await load("index.js");
  const [{ LAYERS }, { Workspace }, { placeParameters }] = await Promise.all(
    ["model/layers/index.js", "wasm/index.js", "model/layers/parameter.js"].map(load),
  );
  return { LAYERS, Workspace, placeParameters };
}

/** The first element whose bits differ, -1 if there is none. */
export function firstDifference(a, b) {
  return a.findIndex((value, i) => !Object.is(value, b[i]));
}
