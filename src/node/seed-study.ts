/** The numbers of several training seeds that ship with the models: models/seeds.json, made by `blindspot paper --seeds 3`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isStudyOf, type PaperOptions, requireSeedStudy, type SeedStudy } from "../paper/index.ts";
import { errorCode, fileFailed } from "./file-error.ts";
import { parseJson } from "./read-file.ts";
import { SHIPPED } from "./resolve-model.ts";

/** The study that ships, if it is one of these options; undefined for all others. */
export async function loadSeedStudy(
  options: PaperOptions,
  file = join(SHIPPED, "seeds.json"),
): Promise<SeedStudy | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    return fileFailed(file, "the numbers of other training seeds", error);
  }
  const study = requireSeedStudy(file, parseJson(file, text));
  return isStudyOf(study, options) ? study : undefined;
}
