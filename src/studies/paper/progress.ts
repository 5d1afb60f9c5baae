/** How far a run of the paper's tables is, over all of its jobs at once, weighted by what they cost. */
import { withIterations } from "../../train/index.ts";
import type { StudyProgress } from "../study.ts";
import type { PaperData } from "./attacked.ts";
import { COST, type PaperJob } from "./jobs.ts";
import { paperModel } from "./models.ts";
import type { PaperOptions, TableNumber } from "./options.ts";
import { modelsOf } from "./run.ts";

/** Sets that tables 2 and 4 feed to each model, the variants of noise and amplification and the images as they are included. */
const FED: Readonly<Record<TableNumber, number>> = { 1: 0, 2: 11, 3: 0, 4: 20 };

/** Which models are trained. */
export interface PaperTrainings {
  retrain: boolean;
  seeds: number;
  iterations?: number | undefined;
}

/** What the whole run costs, in the units of `COST`. */
export function paperCost(options: PaperOptions, data: PaperData, trainings: PaperTrainings): number {
  const { count, target, effort, margin, seed, tables } = options;
  const { retrain, seeds, iterations = Number.POSITIVE_INFINITY } = trainings;
  const everything = data.train.count + data.test.count;
  let total = 0;
  for (let trainSeed = 0; trainSeed < seeds; trainSeed++) {
    for (const name of modelsOf(tables)) {
      const recipe = withIterations(paperModel(name).recipe, iterations);
      if (retrain || trainSeed > 0) {
        total += COST.model({ kind: "model", recipe, seed: trainSeed }, data.train.count);
      }
      total += COST.attack({ kind: "attack", model: "", split: "train", count, target, effort, margin, seed }, recipe);
      total += COST.answers(recipe, everything + count * tables.reduce<number>((sum, table) => sum + FED[table], 1));
    }
  }
  return total;
}

/** Parts of the whole that are shown. */
const PARTS = 100;

/** Tells how far the whole is, from what is done of each job in the units of `COST`. */
export function paperProgress(
  total: number,
  tell: (progress: StudyProgress) => void,
): (job: PaperJob, done: number, note: string) => void {
  const jobs = new Map<string, number>();
  let done = 0;
  return (job, part, note) => {
    const key = JSON.stringify(job);
    done += part - (jobs.get(key) ?? 0);
    jobs.set(key, part);
    tell({
      label: "paper",
      done: Math.min(PARTS, Math.floor((PARTS * done) / total)),
      total: PARTS,
      unit: "%",
      note,
    });
  };
}
