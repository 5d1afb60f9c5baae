/** `blindspot train`: a network from nothing to a folder. */
import { Command } from "commander";
import { digestDataset } from "../data/digest.ts";
import { imageSize, slice } from "../data/index.ts";
import { preprocessFlags } from "../model/index.ts";
import { trainedModelFiles } from "../node/index.ts";
import { noteText } from "../report/index.ts";
import { PAPER_RECIPES } from "../studies/paper/index.ts";
import { settingsOf as sparsityText } from "../studies/sparsity/settings.ts";
import type { TrainStudyOptions } from "../studies/train/options.ts";
import { type TrainingPlan, trainingPlan } from "../studies/train/plan.ts";
import { trainStudy } from "../studies/train/study.ts";
import {
  type AnyRecipe,
  decaysOf,
  isAutoencoder,
  isQuocNet,
  iterationsOfStages,
  partOf,
  RECIPES,
  recipeOf,
} from "../train/index.ts";
import { addOptions, UsageError, usage, workersOption } from "./options.ts";
import { log } from "./output.ts";
import { type PreprocessFlags, preprocessOf } from "./preprocess-options.ts";
import { loadSplits } from "./splits.ts";
import { type OutputFlags, runStudy } from "./study.ts";
import { folderOptions, fullBatchOptions, minibatchOptions, modelOptions } from "./train-options.ts";

interface Flags extends TrainStudyOptions, PreprocessFlags, Omit<OutputFlags, "out"> {
  model: string;
  data: string;
  checkpoint: number;
  seed: number;
  out?: string;
}

/** Every model that has a name. */
const KNOWN: readonly AnyRecipe[] = [...PAPER_RECIPES, ...RECIPES];

/** A new one each time: commander's commands remember what they parsed. */
export function trainCommand(): Command {
  const command = new Command("train")
    .summary("train a network from nothing")
    .description(
      "Train a network and save it as a tfjs LayersModel, with a note on how it was made: by full-batch L-BFGS, as Szegedy et al. " +
        "(2014) did, or by minibatches of SGD or Adam. The training saves its state in <out>.checkpoints; if it is stopped, " +
        "even by kill -9, the same command resumes it, to the same bytes.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot train                                        the paper's 100-100-10 on MNIST, in a few minutes
  $ blindspot train --model fc300-100-10 --optimizer adam --epochs 20
  $ blindspot train --strategy adversarial-layers --out trained/robust
  $ blindspot attack --model trained/robust`,
    );
  const names = KNOWN.map(({ name }) => name);
  const parseModel = (text: string) => usage(() => recipeOf(text, KNOWN, "--model").name);
  return addOptions(command, [
    ...modelOptions(names, parseModel),
    ...fullBatchOptions(),
    ...minibatchOptions(),
    workersOption(undefined, "lbfgs"),
    ...folderOptions(),
  ]).action(async (flags: Flags) => train(flags));
}

async function train(flags: Flags): Promise<void> {
  const { model, data: name, checkpoint, out = `trained/${model}`, overwrite, json, quiet, ...rest } = flags;
  const { queue, store, shard, workers, range: _, scale: __, mean: ___, std: ____, ...settings } = rest;
  const preprocess = preprocessOf(flags);
  const options = { ...settings, ...(preprocess && { preprocess }) };
  const recipe = recipeOf(model, KNOWN);
  const data = await loadSplits(name);
  const plan = usage(() => trainingPlan(recipe, options, imageSize(data.train.shape)), "--");
  const isDivided = plan.way === "full batches" && !isAutoencoder(plan.recipe);
  if (workers !== undefined && !isDivided) {
    const isMinibatch = plan.way === "minibatches";
    throw new UsageError(
      isMinibatch
        ? "--workers: expected L-BFGS, whose gradients are divided, got minibatches"
        : `--workers: expected none for ${plan.recipe.name}, got ${workers}`,
    );
  }
  const output = {
    out,
    ...(workers !== undefined && { workers }),
    ...(overwrite && { overwrite }),
    ...(json && { json }),
    ...(quiet && { quiet }),
    ...(queue !== undefined && { queue }),
    ...(store !== undefined && { store }),
    ...(shard !== undefined && { shard }),
  };
  await runStudy(output, {
    name: "train",
    kind: "model",
    asked: {
      model,
      data: await digestDataset(slice(data.train, ...partOf(data.train.count, recipe))),
      ...settingsOf(plan),
      seed: options.seed,
    },
    ...(isDivided ? workers !== undefined && { workers } : { workers: 1 }), // others are one training, whose steps follow one another
    saveSeconds: checkpoint,
    study: async (run) => {
      const trained = await trainStudy(recipe, { ...data, name }, options, run);
      const { status } = trained.note;
      if ("epochs" in trained.note && status === "diverged") {
        const epoch = trained.note.epochs + 1;
        log(`train: the loss stopped being finite in epoch ${epoch}; the weights are those before it\n`);
      }
      return trained;
    },
    files: async (trained) => trainedModelFiles(trained),
    json: ({ note }) => `${JSON.stringify(note)}\n`,
    text: ({ note }) => noteText(note),
  });
}

/** The settings that a stopped training is compared by, each by its name. */
function settingsOf(plan: TrainingPlan): Record<string, unknown> {
  const { recipe } = plan;
  const decay = decaysOf(recipe).join();
  const before = isAutoencoder(recipe) ? {} : preprocessFlags(recipe.preprocess);
  if (plan.way === "full batches") {
    const sparsity = isAutoencoder(recipe) && !isQuocNet(recipe) ? { sparsity: sparsityText(recipe) } : {};
    return { ...before, ...sparsity, decay, spectral: plan.spectral, iterations: iterationsOfStages(recipe).join() };
  }
  const { minibatch, dropout, strategy } = plan.recipe;
  return { ...before, decay, ...minibatch, dropout: dropout?.join() ?? "", strategy };
}
