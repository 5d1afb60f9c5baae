/**
 * `blindspot paper --experiment training`: ways of training 100-100-10 beside the paper's claim about adversarial training;
 * `--experiment training-search`: how their settings were chosen.
 */
import { basename } from "node:path";
import { digestDataset } from "../data/digest.ts";
import { loadNetwork, resolveModel } from "../node/index.ts";
import {
  preregisteredFiles,
  preregisteredText,
  searchFiles,
  searchText,
  trainingFiles,
  trainingText,
} from "../report/index.ts";
import { PREREGISTERED_NAMES } from "../studies/preregistered/arms.ts";
import { preregisteredStudy } from "../studies/preregistered/study.ts";
import { ARM_NAMES } from "../studies/training/arms.ts";
import { searchedArms, trainingSearchStudy } from "../studies/training/search-study.ts";
import { type TrainingStudyOptions, trainingStudy } from "../studies/training/study.ts";
import { UsageError, usage } from "./options.ts";
import { loadOptions, type PreprocessFlags } from "./preprocess-options.ts";
import { loadShared, loadSplits } from "./splits.ts";
import { type OutputFlags, runStudy } from "./study.ts";

export interface TrainingFlags extends TrainingStudyOptions, OutputFlags, PreprocessFlags {
  data: string;
  rival?: string;
  workers?: number;
  checkpoint: number;
}

export const RIVAL = "fc100-100-10";

export function parseArms(text: string): string[] {
  return text.split(",").map((name) => name.trim());
}

/** The arms of an experiment that were asked for, in its order; all where none were. */
function requireArms(asked: readonly string[] | undefined, known: readonly string[]): string[] | undefined {
  if (asked === undefined) return undefined;
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--arms: expected some of ${known.join(", ")}, got ${JSON.stringify(unknown)}`);
  }
  return known.filter((name) => asked.includes(name));
}

/** What the study is asked, by the names of the flags. */
function optionsOf({ arms, seeds, epochs, count, runs }: TrainingFlags): TrainingStudyOptions {
  return Object.fromEntries(
    Object.entries({ arms: requireArms(arms, ARM_NAMES), seeds, epochs, count, runs }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

export async function paperTraining(flags: TrainingFlags): Promise<void> {
  const { data: name, rival = RIVAL } = flags;
  const options = optionsOf(flags);
  const model = {
    network: await loadNetwork(rival, loadOptions(flags)),
    name: basename(await resolveModel(rival)),
    given: rival,
  };
  const data = await loadSplits(name);
  await runStudy(flags, {
    ...asked(flags, "training", await digestDataset(data.train)),
    study: (run) => trainingStudy(model, { ...data, name }, options, run),
    files: trainingFiles,
    text: trainingText,
  });
}

export async function paperPreregistered(flags: TrainingFlags & { open?: boolean }): Promise<void> {
  const { data: name, seeds, epochs, runs, open = false } = flags;
  const arms = requireArms(flags.arms, PREREGISTERED_NAMES);
  const data = await loadSplits(name);
  const options = Object.fromEntries(
    Object.entries({ arms, seeds, epochs, runs, open }).filter(([, value]) => value !== undefined),
  );
  await runStudy(flags, {
    ...asked(flags, "preregistered", await digestDataset(data.train)),
    study: (run) => preregisteredStudy({ ...data, name }, options, run),
    files: preregisteredFiles,
    text: preregisteredText,
  });
}

export async function paperSearch(flags: TrainingFlags): Promise<void> {
  requireArms(flags.arms, ARM_NAMES);
  usage(() => searchedArms(flags.arms), "--");
  const { data: name } = flags;
  const dataset = await loadShared(`${name}:train`);
  await runStudy(flags, {
    ...asked(flags, "training-search", await digestDataset(dataset)),
    study: (run) => trainingSearchStudy({ dataset, name }, optionsOf(flags), run),
    files: async (record) => searchFiles(record),
    text: searchText,
  });
}

/** What all runs of a journal have in common. Arms, seeds and epochs may change: a run is known by its own recipe and seed. */
function asked({ workers, checkpoint }: TrainingFlags, experiment: string, data: string) {
  return {
    name: "paper",
    asked: { experiment, data },
    ...(workers !== undefined && { workers }),
    saveSeconds: checkpoint,
    unit: "runs",
    keepsJournal: true,
  };
}
