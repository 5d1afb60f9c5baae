/** From what a user types to a folder with a model: a path, or the name of a model that ships with the package. */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { failed } from "../check.ts";

/** Apart from the URL below, which webpack would take for a file to put into the bundle. */
const HERE = import.meta.url;

/** `models/` of this package, as far above src/node as above dist/node. */
export const SHIPPED = fileURLToPath(new URL("../../models", HERE));

const NAME = /^(?:models\/)?([\w-][\w.-]*)\/?$/;

async function holdsModel(folder: string): Promise<boolean> {
  return stat(join(folder, "model.json")).then(
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

/**
 * The absolute path of a model's folder: `nameOrFolder` is a folder with a model.json, that model.json itself, or
 * the name of a shipped model, with or without `models/` before it. A folder of the user's goes before a shipped name.
 */
export async function resolveModel(nameOrFolder: string, models = SHIPPED): Promise<string> {
  const folder = basename(nameOrFolder) === "model.json" ? dirname(nameOrFolder) : nameOrFolder;
  if (nameOrFolder !== "" && (await holdsModel(folder))) return resolve(folder);
  const name = NAME.exec(nameOrFolder)?.[1];
  if (name !== undefined && (await holdsModel(join(models, name)))) return join(models, name);
  const shipped = await shippedModels(models);
  const choice = shipped.length === 0 ? "" : ` or one of ${shipped.join(", ")}`;
  return failed("model", `a folder with a model.json${choice}`, JSON.stringify(nameOrFolder));
}
