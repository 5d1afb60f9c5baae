/** The numbers of several training seeds that ship with the models: models/seeds.json, made by `blindspot paper --seeds 3`. */
import { join } from "node:path";
import { parseJson } from "../schema.ts";
import { isStudyOf, type PaperOptions, requireSeedStudy, type SeedStudy } from "../studies/paper/index.ts";
import { readTextIfThere } from "./read-file.ts";
import { SHIPPED } from "./resolve-model.ts";

/** The study that ships, if it is one of these options; undefined for all others. */
export async function loadSeedStudy(
  options: PaperOptions,
  file = join(SHIPPED, "seeds.json"),
): Promise<SeedStudy | undefined> {
  const text = await readTextIfThere(file, "the numbers of other training seeds");
  if (text === undefined) return undefined;
  const study = requireSeedStudy(file, parseJson(file, text));
  return isStudyOf(study, options) ? study : undefined;
}
