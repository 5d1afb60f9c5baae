/** `blindspot pockets`: whether sampling around images finds what a search finds, and what the place looks like that it found. */
import { Command, Option } from "commander";
import { EFFORTS, type EffortName } from "../attacks/index.ts";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { preprocessFlags } from "../model/index.ts";
import { loadData } from "../node/index.ts";
import { pocketsFiles, pocketsText } from "../report/index.ts";
import { USUAL } from "../studies/pockets/settings.ts";
import { pocketsStudy } from "../studies/pockets/study.ts";
import type { StudyModel } from "../studies/study.ts";
import { selectImages, type Truth, truthOf } from "./attack-input.ts";
import { imageOptions } from "./attack-options.ts";
import { loadModels } from "./models.ts";
import {
  addOptions,
  decimals,
  eachOnce,
  names,
  outputOptions,
  seedOption,
  wholeNumber,
  workersOption,
} from "./options.ts";
import { loadOptions, type PreprocessFlags } from "./preprocess-options.ts";
import { type OutputFlags, runStudy } from "./study.ts";

interface Flags extends PreprocessFlags, OutputFlags {
  model: string;
  to: string[];
  data: string;
  count?: number;
  first: number;
  truth: Truth;
  directions: number;
  factors: number[];
  samples: number;
  effort: EffortName;
  workers?: number;
  seed: number;
}

/** A new one each time: commander's commands remember what they parsed. */
export function pocketsCommand(): Command {
  const command = new Command("pockets")
    .summary("see whether random changes find what a search finds")
    .description(
      "Find the smallest change in L2 that changes the answer to each image, and look around: how many random directions of that length, " +
        "and of multiples of it, change the answer too; what the model says on the way through the change; a plane of answers; how " +
        "wide the region behind the boundary is, in this model and in others. Takes seconds to a minute an image. Every finished " +
        "image goes to <out>.journal. To resume a run that was stopped or killed, start it again: it ends with the same bits.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot pockets --model fc100-100-10 --count 20
  $ blindspot pockets --model mnist-convnet --to fc100-100-10,fc10-1e-4 --count 10 --directions 1000`,
    );
  return addOptions(command, [
    new Option("--model <folder or name>", "a tfjs LayersModel folder, or a shipped model").default("fc100-100-10"),
    new Option(
      "--to <models>",
      "further models to ask about the same points: folders or shipped models, separated by commas",
    )
      .argParser(names("--to", "models"))
      .default([], "none"),
    ...imageOptions("the model"),
    new Option("--directions <number>", "random directions around each image")
      .argParser(wholeNumber("--directions", 1))
      .default(USUAL.directions),
    new Option("--factors <numbers>", "lengths to follow each, as multiples of the distance that was found")
      .argParser(eachOnce("--factors", decimals("--factors", 0)))
      .default([...USUAL.factors], USUAL.factors.join(",")),
    new Option("--samples <number>", "points of each ball around what was found")
      .argParser(wholeNumber("--samples", 1))
      .default(USUAL.samples),
    new Option("--effort <level>", "how hard to search for the smallest change")
      .choices(Object.keys(EFFORTS))
      .default("fast"),
    workersOption(),
    seedOption(),
    ...outputOptions("pockets"),
  ]).action(async (flags: Flags) => pockets(flags));
}

async function pockets(flags: Flags): Promise<void> {
  const { data: name, first, seed, directions, factors, samples, effort, workers } = flags;
  const [from, to] = (await loadModels(loadOptions(flags), [flags.model], flags.to)) as [StudyModel[], StudyModel[]];
  const model = from[0] as StudyModel;
  const all = await loadData(name);
  const dataset = selectImages(all, model.network, flags);
  const options = {
    ...{ first, truth: truthOf(all, flags.truth, model.network), seed },
    ...{ directions, factors, samples, effort },
  };
  await runStudy(flags, {
    name: "pockets",
    asked: {
      ...{ model: flags.model, to: flags.to, data: name, count: dataset.count, ...options },
      ...preprocessFlags(model.network.preprocess),
      "digests of the models": await Promise.all(
        [model, ...to].map(({ network }) => digestParameters(network.getParameters())),
      ),
      "digest of the data": await digestDataset(dataset),
    },
    ...(workers !== undefined && { workers }),
    files: pocketsFiles,
    text: pocketsText,
    study: (run) => pocketsStudy(model, { dataset, name }, { ...options, to }, run),
  });
}
