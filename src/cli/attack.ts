/** `blindspot attack`: a model, some images, the smallest change to each that changes the answer; a folder to look at. */

import { basename } from "node:path";
import { Command, Option } from "commander";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { defaultWorkers, loadData, loadNetwork, resolveModel } from "../node/index.ts";
import { attackFiles, attackText } from "../report/index.ts";
import { attackStudy } from "../studies/attack/study.ts";
import { worthwhileWorkers } from "../studies/on-workers/attack.ts";
import { readClassNames, selectImages, truthOf } from "./attack-input.ts";
import { type AttackFlags, imageOptions, searchOptions } from "./attack-options.ts";
import { addOptions, outputOptions, workersOption } from "./options.ts";
import { type OutputFlags, runStudy } from "./study.ts";

interface Flags extends AttackFlags, OutputFlags {
  model: string;
  classNames?: string;
  workers?: number;
}

/** A new one each time: commander's commands remember what they parsed. */
export function attackCommand(): Command {
  const command = new Command("attack")
    .summary("find the smallest change to each image that changes a model's answer")
    .description(
      "Find the smallest change to each image that makes a model answer something else, by the box-constrained L-BFGS " +
        "attack of Szegedy et al. (2014), and write a report. Every finished image goes to <out>.journal. To resume a run that " +
        "was stopped or killed, start it again: it ends with the same bits.",
    );
  return addOptions(command, [
    new Option("--model <folder or name>", "a tfjs LayersModel folder, or a shipped model").default("fc100-100-10"),
    ...imageOptions("the model"),
    new Option("--class-names <file>", "names of the classes for the report, a line each"),
    ...searchOptions("next"),
    workersOption("none where the attack would be over before they have started"),
    ...outputOptions("report"),
  ]).action(async (flags: Flags) => attack(flags));
}

async function attack(flags: Flags): Promise<void> {
  const network = await loadNetwork(flags.model);
  const all = await loadData(flags.data);
  const dataset = selectImages(all, network, flags);
  const truth = truthOf(all, flags.truth);
  const classNames = flags.classNames === undefined ? undefined : await readClassNames(flags.classNames, network);
  const { model: given, data, target, effort, solver, margin, seed, first } = flags;
  const { rows, count } = dataset;
  const isAll = target === "all";
  const total = isAll ? count * (network.classes - 1) : count;
  await runStudy(flags, {
    name: "attack",
    asked: {
      ...{ model: given, data, first, count, truth, target, effort, solver, margin, seed },
      "digest of the model": await digestParameters(network.getParameters()),
      "digest of the data": await digestDataset(dataset),
    },
    workers: flags.workers ?? worthwhileWorkers(network, { rows, effort, images: total }, defaultWorkers()),
    unit: `of ${total} ${isAll ? "searches" : "images"}`,
    files: attackFiles,
    text: attackText,
    study: async (run) =>
      attackStudy(
        { network, name: basename(await resolveModel(given)), given },
        { dataset, name: data },
        {
          target,
          effort,
          solver,
          margin,
          seed,
          first,
          truth,
          ...(classNames && { classNames, classNamesFile: flags.classNames as string }),
        },
        run,
      ),
  });
}
