/** How far a run of the paper's tables is, over all of its jobs at once, weighted by what they cost. */
import {
  COST,
  modelsOf,
  type PaperData,
  type PaperJob,
  type PaperOptions,
  paperModel,
  type TableNumber,
} from "../studies/paper/index.ts";
import { withIterations } from "../train/index.ts";
import { startProgress } from "./progress.ts";

export interface PaperProgress {
  /** `done` of the job, in the units of `COST`. */
  update: (job: PaperJob, done: number, note: string) => void;
  stop: () => void;
}

/** Sets that tables 2 and 4 feed to each model, the variants of noise and amplification and the images as they are included. */
const FED: Readonly<Record<TableNumber, number>> = { 1: 0, 2: 11, 3: 0, 4: 20 };

/** What the whole run costs, in the units of `COST`. */
export function paperCost(
  options: PaperOptions,
  data: PaperData,
  flags: { retrain?: boolean; seeds?: number; iterations?: number },
): number {
  const { count, target, effort, margin, seed, tables } = options;
  const everything = data.train.count + data.test.count;
  let total = 0;
  for (let trainSeed = 0; trainSeed < (flags.seeds ?? 1); trainSeed++) {
    for (const name of modelsOf(tables)) {
      const recipe = withIterations(paperModel(name).recipe, flags.iterations ?? Number.POSITIVE_INFINITY);
      if (flags.retrain || trainSeed > 0) {
        total += COST.model({ kind: "model", recipe, seed: trainSeed }, data.train.count);
      }
      total += COST.attack({ kind: "attack", model: "", split: "train", count, target, effort, margin, seed }, recipe);
      total += COST.answers(recipe, everything + count * tables.reduce<number>((sum, table) => sum + FED[table], 1));
    }
  }
  return total;
}

/** Parts of the whole that are shown: a tenth of a per cent each. */
const PARTS = 1000;

export function paperProgress(
  options: PaperOptions,
  data: PaperData,
  flags: { retrain?: boolean; seeds?: number; iterations?: number },
  silent: boolean,
): PaperProgress {
  const total = paperCost(options, data, flags);
  const progress = startProgress({ label: "paper", total: PARTS, unit: "‰", silent });
  const jobs = new Map<string, number>();
  let done = 0;
  return {
    update(job, part, note) {
      const key = JSON.stringify(job);
      done += part - (jobs.get(key) ?? 0);
      jobs.set(key, part);
      progress.update(Math.min(PARTS, Math.floor((PARTS * done) / total)), note);
    },
    stop: () => progress.stop(),
  };
}
