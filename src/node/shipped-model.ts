/** A model that ships with the package, with the digest that its note states. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { failed } from "../check.ts";
import { Network } from "../model/index.ts";
import { digestArrays } from "../report/index.ts";
import { requireSchema } from "../schema.ts";
import { fileFailed } from "./file-error.ts";
import { readArtifacts } from "./model-folder.ts";
import { SHIPPED } from "./resolve-model.ts";

const Note = v.looseObject({ digest: v.string() });

/** Loads a model from the folder of the shipped ones; refuses weights that are not those of the note beside them. */
export async function loadShipped(name: string, models = SHIPPED): Promise<Network> {
  const folder = join(models, name);
  const note = join(folder, "training.json");
  let text: string;
  try {
    text = await readFile(note, "utf8");
  } catch (error) {
    return fileFailed(note, "a note on how the model was made", error);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return failed(note, "JSON", (error as Error).message.replaceAll("\n", " "), error);
  }
  const { digest } = requireSchema(note, Note, json);
  const network = Network.fromArtifacts(await readArtifacts(folder));
  const found = await digestArrays({ parameters: { data: network.getParameters() } });
  if (found !== digest) {
    failed(folder, `weights with the digest of their note, ${digest}`, `${found}: the folder is of another version`);
  }
  return network;
}
