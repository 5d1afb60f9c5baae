/** From what a user types to a folder with a model: a path, or the name of a model that ships with the package. */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { failed } from "../check.ts";

/** Apart from the URL below, which webpack would take for a file to put into the bundle. */
const HERE = import.meta.url;

/** `models/` of this package, as far above src/node as above dist/node. */
export const SHIPPED = fileURLToPath(new URL("../../models", HERE));

const MODEL_JSON = "model.json";
const NAME = /^(?:models\/)?([\w-][\w.-]*)\/?$/;

async function holdsModel(folder: string): Promise<boolean> {
  return stat(join(folder, MODEL_JSON)).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** The names of the models that ship with the package, sorted. */
export async function shippedModels(models = SHIPPED): Promise<string[]> {
  const names = await readdir(models).catch((): string[] => []);
  const held = await Promise.all(names.map((name) => holdsModel(join(models, name))));
  return names.filter((_, i) => held[i]).sort();
}

/** The file of a model that a path means: the model.json of a folder, or any file. */
async function fileAt(path: string): Promise<string | undefined> {
  if (path === "") return undefined;
  if (await holdsModel(path)) return join(path, MODEL_JSON);
  const isFile = await stat(path).then(
    (found) => !found.isDirectory(),
    () => false,
  );
  return isFile ? path : undefined;
}

/**
 * The absolute path of a model's file: `given` is a folder with a model.json, the file itself (a .json beside its shards, an
 * .onnx), or the name of a shipped model, with or without `models/` before it. A path of the user's goes before a shipped name.
 */
export async function resolveModelFile(given: string, models = SHIPPED): Promise<string> {
  const file = await fileAt(given);
  if (file !== undefined) return resolve(file);
  const name = NAME.exec(given)?.[1];
  if (name !== undefined && (await holdsModel(join(models, name)))) return resolve(models, name, MODEL_JSON);
  const shipped = await shippedModels(models);
  const choice = shipped.length === 0 ? "" : ` or one of ${shipped.join(", ")}`;
  return failed("model", `a folder with a model.json, the file of a model${choice}`, JSON.stringify(given));
}

/** What a model is called: the absolute path of its folder, or that of its file where that is no model.json. */
export async function resolveModel(given: string, models = SHIPPED): Promise<string> {
  const file = await resolveModelFile(given, models);
  return basename(file) === MODEL_JSON ? dirname(file) : file;
}
