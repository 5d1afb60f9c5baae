/** A model that ships with the package, with the digest that its note states. */
import { join } from "node:path";
import * as v from "valibot";
import { failed } from "../check.ts";
import { Network } from "../model/index.ts";
import { digestArrays } from "../report/index.ts";
import { requireSchema } from "../schema.ts";
import { readArtifacts } from "./model-folder.ts";
import { parseJson, readText } from "./read-file.ts";
import { SHIPPED } from "./resolve-model.ts";

const Note = v.looseObject({ digest: v.string() });

/** Loads a model from the folder of the shipped ones; refuses weights that are not those of the note beside them. */
export async function loadShipped(name: string, models = SHIPPED): Promise<Network> {
  const folder = join(models, name);
  const note = join(folder, "training.json");
  const text = await readText(note, "a note on how the model was made");
  const { digest } = requireSchema(note, Note, parseJson(note, text));
  const network = Network.fromArtifacts(await readArtifacts(folder));
  const found = await digestArrays({ parameters: { data: network.getParameters() } });
  if (found !== digest) {
    failed(folder, `weights with the digest of their note, ${digest}`, `${found}: the folder is of another version`);
  }
  return network;
}
