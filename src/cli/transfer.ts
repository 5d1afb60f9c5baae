/** `blindspot transfer`: what fools one model is fed to others; a matrix of error rates, in a folder to look at. */
import { basename } from "node:path";
import type { Command } from "commander";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { defaultWorkers, loadData, loadNetwork, resolveModel } from "../node/index.ts";
import { transferFiles, transferText } from "../report/index.ts";
import { worthwhileWorkers } from "../studies/on-workers/attack.ts";
import type { StudyModel } from "../studies/study.ts";
import { transferStudy } from "../studies/transfer/study.ts";
import { selectImages, truthOf } from "./attack-input.ts";
import { runStudy } from "./study.ts";
import { type TransferFlags, transferOptions } from "./transfer-options.ts";

/** A new one each time: commander's commands remember what they parsed. */
export function transferCommand(): Command {
  return transferOptions().action(async (flags: TransferFlags) => transfer(flags));
}

async function transfer(flags: TransferFlags): Promise<void> {
  const { from, to } = await loadModels(flags);
  const { network } = from[0] as StudyModel;
  const all = await loadData(flags.data);
  const dataset = selectImages(all, network, flags);
  const { data, first, target, effort, solver, margin, seed, amplify, noise } = flags;
  const options = { first, truth: truthOf(all, flags.truth), target, effort, solver, margin, seed, amplify, noise };
  const { rows, count } = dataset;
  const images = from.length * count * (target === "all" ? network.classes - 1 : 1);
  await runStudy(flags, {
    name: "transfer",
    asked: {
      ...{ from: flags.from, to: flags.to, data, count, ...options },
      "digests of the models": await Promise.all(
        [...from, ...to].map((model) => digestParameters(model.network.getParameters())),
      ),
      "digest of the data": await digestDataset(dataset),
    },
    workers: flags.workers ?? worthwhileWorkers(network, { rows, effort, images }, defaultWorkers()),
    files: transferFiles,
    text: transferText,
    study: (run) => transferStudy({ from, to }, { dataset, name: data }, options, run),
  });
}

/** The models, each once, with names that differ: the folder's, or where two folders are called alike what was given. */
async function loadModels({ from, to }: TransferFlags): Promise<{ from: StudyModel[]; to: StudyModel[] }> {
  const models = new Map<string, StudyModel>();
  const load = async (given: readonly string[]) => {
    for (const text of given) {
      const folder = await resolveModel(text);
      if (models.has(folder)) continue;
      models.set(folder, { name: basename(folder), given: text, network: await loadNetwork(text) });
    }
  };
  await load(from);
  const sources = models.size;
  await load(to);
  const all = Array.from(models.values());
  const isAmbiguous = (name: string) => all.filter((model) => model.name === name).length > 1;
  const named = all.map((model) => (isAmbiguous(model.name) ? { ...model, name: model.given as string } : model));
  return { from: named.slice(0, sources), to: named.slice(sources) };
}
