/** The study "train": a network from nothing, and the note that says how to make it again. */
import { requireOptions } from "../../check.ts";
import { imageSize, slice } from "../../data/index.ts";
import type { Network } from "../../model/index.ts";
import {
  type AnyRecipe,
  buildRecipe,
  type EpochRecord,
  isAutoencoder,
  iterationsOf,
  type MinibatchedRecipe,
  partOf,
} from "../../train/index.ts";
import { requireInRange, requireSplits, running, type StudyRun, type StudySplits } from "../study.ts";
import { trainFullBatch } from "./full-batch.ts";
import { networkOfRun, type TrainingRun } from "./minibatch-run.ts";
import { fullBatchNote, type ModelNote, minibatchNote } from "./note.ts";
import { TRAIN_OPTIONS, type TrainStudyOptions, trainCommand } from "./options.ts";
import { type TrainingPlan, trainingPlan } from "./plan.ts";

/** A network that was trained, and how. */
export interface TrainedModel {
  /** The network. */
  network: Network;
  /** What `training.json` holds beside the weights. It has no times in it: the same training leaves the same note. */
  note: ModelNote;
  /** The errors epoch by epoch; none of a training by full batches. */
  curve: readonly EpochRecord[];
}

/**
 * Trains the network of a recipe, by full batches or by minibatches, as the recipe or the options say. The training
 * saves its state with the executor now and then, and resumes from there. Neither the executor nor a stop changes a
 * bit. Rejects before any work for data that do not fit the recipe, and for options that are unknown or out of range.
 *
 * @param recipe  how the network is built and trained: one of `RECIPES`, or plain data of your own
 * @param data    labelled images; the test images have no part in the training, only in the note
 */
export async function trainStudy(
  recipe: AnyRecipe,
  data: StudySplits,
  options: TrainStudyOptions = {},
  run: StudyRun = {},
): Promise<TrainedModel> {
  requireOptions("trainStudy", options, TRAIN_OPTIONS);
  requireSplits(data);
  const plan = trainingPlan(recipe, options, imageSize(data.train.shape));
  requireTaken(plan, data);
  const { optimizer, ...others } = options;
  // A recipe that has no minibatches is one of L-BFGS: its command need not say so.
  const isSaid = optimizer !== "lbfgs" || ("minibatch" in recipe && recipe.minibatch !== undefined);
  const command = trainCommand(recipe.name, data.name, { ...others, ...(isSaid && optimizer && { optimizer }) });
  const { seed = 0 } = options;
  return plan.way === "full batches"
    ? byFullBatches(plan, data, seed, command, run)
    : byMinibatches(plan.recipe, data, seed, command, run);
}

/** Refuses images that the network is not to take: outside of a declared range, or of other channels. */
function requireTaken({ recipe }: TrainingPlan, { name, train, test }: StudySplits): void {
  if (isAutoencoder(recipe) || !recipe.preprocess) return;
  const network = buildRecipe(recipe, imageSize(train.shape), 0);
  for (const dataset of [train, test]) requireInRange({ network, name: recipe.name }, { dataset, name });
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

async function byFullBatches(
  { recipe, spectral }: Extract<TrainingPlan, { way: "full batches" }>,
  data: StudySplits,
  seed: number,
  command: string,
  run: StudyRun,
): Promise<TrainedModel> {
  const { executor, signal, tell } = running(run);
  const total = iterationsOf(recipe);
  tell({ label: "train", done: 0, total, unit: "iterations" });
  const training = await trainFullBatch(recipe, data, {
    seed,
    spectral,
    isDivided: true,
    executor,
    signal,
    onProgress: ({ iteration, stage, stages, rows, value, error, isShare }) => {
      const phase = stages > 1 ? `phase ${stage + 1} of ${stages} on ${rows} images, ` : "";
      const note = `${phase}loss ${value.toFixed(5)}${isShare ? `, training error ${percent(error)}` : ""}`;
      tell({ label: "train", done: iteration, total, unit: "iterations", note });
    },
  });
  return { network: training.network, note: await fullBatchNote(training, data.name, command), curve: [] };
}

async function byMinibatches(
  recipe: MinibatchedRecipe,
  { name, train: all, test }: StudySplits,
  seed: number,
  command: string,
  run: StudyRun,
): Promise<TrainedModel> {
  const { executor, signal, tell } = running(run);
  const train = slice(all, ...partOf(all.count, recipe));
  const { epochs, batch } = recipe.minibatch;
  const total = epochs * Math.ceil(train.count / batch);
  tell({ label: "train", done: 0, total, unit: "steps" });
  const [found] = await executor.run(
    {
      task: "trainingRun",
      input: { recipe, seed, train, test, judgesEpochs: true },
      items: 1,
      share: "single",
    },
    {
      signal,
      onProgress: (_, told) => {
        if (!told) return;
        const { epoch, step, loss, error } = told;
        const note = `epoch ${epoch + 1}, loss ${loss.toFixed(5)}, training error ${percent(error)}`;
        tell({ label: "train", done: step, total, unit: "steps", note });
      },
    },
  );
  const trained = found as TrainingRun;
  const network = networkOfRun(trained, imageSize(train.shape));
  return { network, note: await minibatchNote(recipe, network, trained, name, command), curve: trained.records };
}
