/** The models that a command of several is given. */
import { basename } from "node:path";
import type { NetworkOptions } from "../model/index.ts";
import { loadNetwork, resolveModel } from "../node/index.ts";
import type { StudyModel } from "../studies/study.ts";

/**
 * The models of each list, a model in the first list that names it, with names that differ: the folder's, or where two folders are
 * called alike what was given.
 */
export async function loadModels(
  options: NetworkOptions,
  ...lists: readonly (readonly string[])[]
): Promise<StudyModel[][]> {
  const models = new Map<string, StudyModel & { list: number }>();
  for (const [list, given] of lists.entries()) {
    for (const text of given) {
      const folder = await resolveModel(text);
      if (models.has(folder)) continue;
      models.set(folder, { name: basename(folder), given: text, network: await loadNetwork(text, options), list });
    }
  }
  const all = Array.from(models.values());
  const isAmbiguous = (name: string) => all.filter((model) => model.name === name).length > 1;
  const named = all.map((model) => (isAmbiguous(model.name) ? { ...model, name: model.given as string } : model));
  return lists.map((_, list) => named.filter((model) => model.list === list).map(({ list: _of, ...model }) => model));
}
