/** `blindspot transfer`: what fools one model is fed to others; a matrix of error rates, in a folder to look at. */
import type { Command } from "commander";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { preprocessFlags } from "../model/index.ts";
import { defaultWorkers, loadData } from "../node/index.ts";
import { transferFiles, transferText } from "../report/index.ts";
import { worthwhileWorkers } from "../studies/on-workers/attack.ts";
import type { StudyModel } from "../studies/study.ts";
import { transferStudy } from "../studies/transfer/study.ts";
import { selectImages, truthOf } from "./attack-input.ts";
import { loadModels } from "./models.ts";
import { loadOptions } from "./preprocess-options.ts";
import { runStudy } from "./study.ts";
import { type TransferFlags, transferOptions } from "./transfer-options.ts";

/** A new one each time: commander's commands remember what they parsed. */
export function transferCommand(): Command {
  return transferOptions().action(async (flags: TransferFlags) => transfer(flags));
}

async function transfer(flags: TransferFlags): Promise<void> {
  const [from, to] = (await loadModels(loadOptions(flags), flags.from, flags.to)) as [StudyModel[], StudyModel[]];
  const { network } = from[0] as StudyModel;
  const all = await loadData(flags.data);
  const dataset = selectImages(all, network, flags);
  const { data, first, target, effort, solver, margin, seed, amplify, noise } = flags;
  const options = {
    first,
    truth: truthOf(all, flags.truth, network),
    target,
    effort,
    solver,
    margin,
    seed,
    amplify,
    noise,
  };
  const { rows, count } = dataset;
  const images = from.length * count * (target === "all" ? network.classes - 1 : 1);
  await runStudy(flags, {
    name: "transfer",
    asked: {
      ...{ from: flags.from, to: flags.to, data, count, ...options },
      ...preprocessFlags(network.preprocess),
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
