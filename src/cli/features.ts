/** `blindspot features`: what the filters of a network trained without labels look like, and what its top features are worth. */
import { basename } from "node:path";
import { Command, Option } from "commander";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { loadNetwork, resolveModel } from "../node/index.ts";
import { featuresFiles, featuresText } from "../report/index.ts";
import { featuresStudy } from "../studies/features/study.ts";
import { isQuocNet, type QuocNetRecipe, RECIPES } from "../train/index.ts";
import { addOptions, outputOptions, seedOption, wholeNumber, workersOption } from "./options.ts";
import { loadSplits } from "./splits.ts";
import { type OutputFlags, runStudy } from "./study.ts";

interface Flags extends OutputFlags {
  model: string;
  recipe: string;
  data: string;
  count: number;
  iterations: number;
  workers?: number;
  seed: number;
}

const QUOCNETS: readonly QuocNetRecipe[] = RECIPES.filter(isQuocNet);

/** A new one each time: commander's commands remember what they parsed. */
export function featuresCommand(): Command {
  const command = new Command("features")
    .summary("look at what a network learnt without labels")
    .description(
      "Measure whether the first filters of a QuocNet are oriented edges, beside those it was trained from, and what linear detectors of " +
        "one class are worth on its top features, beside the same on pixels and on the features before training. Finished classifiers go " +
        "to <out>.journal. To resume a run that was stopped or killed, start it again: it ends with the same bits.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot train --model quocnet-small --data fashion --out trained/quocnet-small
  $ blindspot features --model trained/quocnet-small --data fashion`,
    );
  return addOptions(command, [
    new Option("--model <folder or name>", "a QuocNet").default("trained/quocnet-small"),
    new Option("--recipe <name>", "what it was trained by: its network before training is the comparison")
      .choices(QUOCNETS.map(({ name }) => name))
      .default("quocnet-small"),
    new Option("--data <set>", "images: mnist, fashion, or idx:<folder> with files named as MNIST's").default(
      "fashion",
    ),
    new Option("--count <number>", "training images that the classifiers see")
      .argParser(wholeNumber("--count", 12))
      .default(6000),
    new Option("--iterations <number>", "iterations of each classifier, at most")
      .argParser(wholeNumber("--iterations", 1))
      .default(150),
    workersOption(),
    seedOption("seed that the model was trained from, and of the tests"),
    ...outputOptions("features"),
  ]).action(async (flags: Flags) => features(flags));
}

async function features({
  model: given,
  recipe: name,
  data,
  count,
  iterations,
  seed,
  workers,
  ...output
}: Flags): Promise<void> {
  const network = await loadNetwork(given);
  const called = basename(await resolveModel(given));
  const recipe = QUOCNETS.find((one) => one.name === name) as QuocNetRecipe;
  const splits = await loadSplits(data);
  await runStudy(output, {
    name: "features",
    asked: {
      ...{ model: given, recipe: name, data, count, iterations, seed },
      "digest of the model": await digestParameters(network.getParameters()),
      "digest of the data": await digestDataset(splits.train),
    },
    ...(workers !== undefined && { workers }),
    files: featuresFiles,
    text: featuresText,
    study: (run) =>
      featuresStudy(
        { network, name: called, given },
        recipe,
        { ...splits, name: data },
        { count, iterations, seed },
        run,
      ),
  });
}
