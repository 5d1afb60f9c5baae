/** A model that ships with the package, with the digests that its note states. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as v from "valibot";
import { failed } from "../check.ts";
import { Network, type NetworkOptions } from "../model/index.ts";
import { digestArrays } from "../report/index.ts";
import { parseJson, requireSchema } from "../schema.ts";
import { readArtifacts } from "./model-folder.ts";
import { readBytes, readText } from "./read-file.ts";
import { SHIPPED } from "./resolve-model.ts";

const Note = v.looseObject({ digest: v.string(), weights: v.record(v.string(), v.string()) });

/**
 * Loads a model from the folder of the shipped ones. Refuses weights that are not those of the note beside them: it states the
 * SHA-256 of each file of weights, which `sha256sum` checks, and that of the parameters.
 */
export async function loadShipped(name: string, models = SHIPPED, options: NetworkOptions = {}): Promise<Network> {
  const folder = join(models, name);
  const note = join(folder, "training.json");
  const text = await readText(note, "a note on how the model was made");
  const { digest, weights } = requireSchema(note, Note, parseJson(note, text));
  const artifacts = await readArtifacts(folder);
  for (const [file, stated] of Object.entries(weights)) {
    const path = join(folder, file);
    requireStated(
      path,
      stated,
      createHash("sha256")
        .update(await readBytes(path))
        .digest("hex"),
    );
  }
  const network = Network.fromArtifacts(artifacts);
  requireStated(folder, digest, await digestArrays({ parameters: { data: network.getParameters() } }));
  return Object.keys(options).length === 0 ? network : Network.fromArtifacts(artifacts, options);
}

function requireStated(subject: string, stated: string, found: string): void {
  if (found === stated) return;
  failed(subject, `weights with the digest of their note, ${stated}`, `${found}: the folder is of another version`);
}
