/** The study "paper": tables 1 to 4 of Szegedy et al. (2014), measured again and set beside the paper's numbers. */
import { type OptionNames, requireInteger, requireOptions } from "../../check.ts";
import { digestSplits } from "../../data/digest.ts";
import type { Network } from "../../model/index.ts";
import { recordHead, sealRecord } from "../record.ts";
import { requireSplits, running, type StudyRun, type StudySplits } from "../study.ts";
import type { FullBatchTraining } from "../train/full-batch.ts";
import { fullBatchNote } from "../train/note.ts";
import { trainCommand } from "../train/options.ts";
import { compareWithPaper } from "./compare.ts";
import { PaperWorkers } from "./executor.ts";
import { PAPER_DEFAULTS, type PaperOptions, requirePaperOptions } from "./options.ts";
import { paperCost, paperProgress } from "./progress.ts";
import { type PaperModelUsed, type PaperResult, paperArrays, paperDigest } from "./record.ts";
import { modelsOf, type PaperResults, runPaper } from "./run.ts";
import { type SeedStudy, seedStudy } from "./seeds.ts";

/** Which tables are measured, on how many images, and how targets are chosen. */
export interface PaperStudyOptions extends Partial<Omit<PaperOptions, "trainSeed">> {
  /** Gives the model of a name, of training seed 0; without it every model is trained. */
  loadModel?: (name: string) => Promise<Network>;
  /** Where `loadModel` looks, as the command's --models is given; default the shipped models. */
  models?: string;
  /** Iterations of each training at most; default the model's. */
  iterations?: number;
  /** Training seeds, 0 and on, over which the range of every number is shown; 2 or more. */
  seeds?: number;
  /** Numbers of several seeds that are known already, for a study that measures one. */
  knownSeeds?: (options: PaperOptions) => Promise<SeedStudy | undefined>;
}

const OPTIONS: OptionNames<PaperStudyOptions> = {
  ...{ tables: true, count: true, target: true, effort: true, margin: true, seed: true },
  ...{ noise: true, amplification: true, distortion: true },
  ...{ loadModel: true, models: true, iterations: true, seeds: true, knownSeeds: true },
};

/**
 * Measures the tables. The same options, data and models give the same digest with every executor. Rejects before any
 * work for data of other shapes, and for options that are unknown or out of range.
 *
 * @param data  MNIST, or another set of ten classes
 */
export async function paperStudy(
  data: StudySplits,
  options: PaperStudyOptions = {},
  run: StudyRun = {},
): Promise<PaperResult> {
  requireOptions("paperStudy", options, OPTIONS);
  requireSplits(data);
  const { loadModel, models, iterations, seeds, knownSeeds, ...choices } = options;
  const own = requirePaperOptions(choices);
  if (seeds !== undefined) requireInteger("seeds", seeds, 2, 100);
  const { executor, signal, tell } = running(run);
  const started = performance.now();
  const retrain = loadModel === undefined;
  const total = paperCost(own, data, { retrain, seeds: seeds ?? 1, iterations });
  const workers = new PaperWorkers({
    executor,
    data,
    ...(loadModel && { loadModel }),
    ...(iterations !== undefined && { iterations }),
    ...(signal && { signal }),
    onProgress: paperProgress(total, tell),
  });
  const asked = {
    ...own,
    ...(retrain && { retrain }),
    ...(models !== undefined && { models }),
    ...(iterations !== undefined && { iterations }),
    ...(seeds !== undefined && { seeds }),
  };
  const { tables: numbers, count, target, effort, margin, noise, amplification, distortion, seed } = own;
  const head = recordHead(
    "paper",
    "Szegedy et al. 2014, tables 1 to 4",
    {
      command: "paper",
      options: {
        ...{ tables: numbers, count, target, effort, margin, noise, amplification, distortion },
        ...{ data: data.name, seed, retrain, models, iterations, seeds },
      },
      defaults: { ...PAPER_DEFAULTS, data: "mnist" },
    },
    asked,
  );
  const measured = await runPaper(own, data, workers);
  const others =
    seeds === undefined
      ? await knownOf(measured, knownSeeds)
      : await overSeeds(measured, head.command, seeds, data, workers);
  const { tables, studies } = measured;
  const record = await sealRecord(
    {
      ...head,
      options: asked,
      data: { name: data.name, digest: await digestSplits(data) },
      models: usedModels(workers, own),
      tables,
      comparison: compareWithPaper(tables),
      ...(others && { seeds: others }),
      timing: { milliseconds: performance.now() - started },
    },
    paperArrays(tables),
  );
  const trained = workers.trainings.map((training) => withNote(training, data.name, iterations));
  return { record, studies, trained: await Promise.all(trained) };
}

/** The known study of other seeds, if its first seed gave the tables that were measured here: not that of other models. */
async function knownOf(
  { options, tables }: PaperResults,
  knownSeeds: PaperStudyOptions["knownSeeds"],
): Promise<SeedStudy | undefined> {
  const known = await knownSeeds?.(options);
  return known && known.digests[0] === (await paperDigest(tables)) ? known : undefined;
}

/** The same tables from models of other training seeds, beside those of seed 0. */
async function overSeeds(
  { options, tables: first }: PaperResults,
  command: string,
  seeds: number,
  data: StudySplits,
  workers: PaperWorkers,
): Promise<SeedStudy> {
  const runs = [{ digest: await paperDigest(first), tables: first }];
  for (let trainSeed = 1; trainSeed < seeds; trainSeed++) {
    const { tables } = await runPaper({ ...options, trainSeed }, data, workers);
    runs.push({ digest: await paperDigest(tables), tables });
  }
  return seedStudy(command, options, runs);
}

/** The models of training seed 0, in the order of the tables. */
function usedModels({ used }: PaperWorkers, { tables }: PaperOptions): PaperModelUsed[] {
  const names = modelsOf(tables);
  return used
    .filter((model) => model.seed === 0)
    .sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name))
    .map(({ name, digest, origin }) => ({ name, digest, origin }));
}

/** A model of the run as `trainStudy` leaves it, with the command that trains it alone, to the same bytes. */
async function withNote(training: FullBatchTraining, data: string, iterations: number | undefined) {
  const { recipe, network, seed } = training;
  const command = trainCommand(recipe.name, data, { ...(iterations !== undefined && { iterations }), seed });
  return { network, note: await fullBatchNote(training, data, command), curve: [], seed };
}
