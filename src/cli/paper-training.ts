/**
 * `blindspot paper --experiment training`: ways of training 100-100-10 beside the paper's claim about adversarial training;
 * `--experiment training-search`: how their settings were chosen.
 */
import { type Dataset, slice } from "../data/index.ts";
import { loadData, loadNetwork } from "../node/index.ts";
import {
  digestArrays,
  type SearchReport,
  searchFiles,
  searchText,
  type TrainingReport,
  trainingFiles,
  trainingText,
} from "../report/index.ts";
import { quoted } from "../studies/command.ts";
import type { StudyRun } from "../studies/study.ts";
import {
  ARM_NAMES,
  fitted,
  SEARCH_EPOCHS,
  TRAINING_ARMS,
  TRAINING_EPOCHS,
  type TrainingArm,
  trainingArm,
} from "../studies/training/arms.ts";
import {
  armResults,
  type MeasuredRun,
  measureRobustness,
  networkOfRun,
  rivalImages,
} from "../studies/training/results.ts";
import { searchResults, validationSplit } from "../studies/training/search.ts";
import type { Recipe } from "../train/index.ts";
import { UsageError } from "./options.ts";
import { packageVersion } from "./run.ts";
import { runStudy } from "./study.ts";
import { makeRuns, type WantedRun } from "./training-runs.ts";

export interface TrainingFlags {
  data: string;
  arms?: string[];
  seeds?: number;
  epochs?: number;
  runs?: number;
  workers?: number;
  count?: number;
  rival?: string;
  out: string;
  overwrite?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** Training seeds that the paper's claim is judged by. */
export const SEEDS = 5;
/** Test images attacked in each run's network. */
export const ATTACKED = 500;
export const RIVAL = "fc100-100-10";

export function parseArms(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !ARM_NAMES.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--arms: expected some of ${ARM_NAMES.join(", ")}, got ${JSON.stringify(unknown)}`);
  }
  return ARM_NAMES.filter((name) => names.includes(name));
}

export async function paperTraining(flags: TrainingFlags): Promise<void> {
  const { train, digest } = await trainingImages(flags);
  await runStudy(flags, {
    ...asked(flags, "training", digest),
    study: (run) => makeTraining(flags, train, digest, run),
    files: trainingFiles,
    text: trainingText,
  });
}

export async function paperSearch(flags: TrainingFlags): Promise<void> {
  const searched = searchedArms(flags.arms ?? ARM_NAMES);
  const { train, digest } = await trainingImages(flags);
  await runStudy(flags, {
    ...asked(flags, "training-search", digest),
    study: (run) => makeSearch(flags, searched, train, digest, run),
    files: async (report) => searchFiles(report),
    text: searchText,
  });
}

/** What all runs of a journal have in common. Arms, seeds and epochs may change: a run is known by its own recipe and seed. */
function asked({ workers }: TrainingFlags, experiment: string, data: string) {
  return {
    name: "paper",
    asked: { experiment, data },
    ...(workers !== undefined && { workers }),
    unit: "runs",
    keepsJournal: true,
  };
}

/** The training images, and a digest of them. */
async function trainingImages(flags: TrainingFlags) {
  const train = await loadData(`${flags.data}:train`);
  return { train, digest: await digestArrays({ rows: { data: train.rows }, labels: { data: train.labels } }) };
}

function commandOf({ data, arms, rival, count }: TrainingFlags, experiment: string, seeds: number, epochs: number) {
  const own = [
    data !== "mnist" && ` --data ${quoted(data)}`,
    arms && arms.length < ARM_NAMES.length && ` --arms ${arms.join()}`,
    ` --seeds ${seeds} --epochs ${epochs}`,
    count !== undefined && ` --count ${count}`,
    rival !== undefined && ` --rival ${quoted(rival)}`,
  ];
  return `npx blindspot paper --experiment ${experiment}${own.filter(Boolean).join("")}`;
}

async function makeTraining(
  flags: TrainingFlags,
  train: Dataset,
  digest: string,
  run: Required<StudyRun>,
): Promise<TrainingReport> {
  const { arms = ARM_NAMES, seeds = SEEDS, epochs = TRAINING_EPOCHS, count = ATTACKED, rival = RIVAL } = flags;
  const test = await loadData(`${flags.data}:test`);
  const classes = Math.max(train.classes, test.classes);
  const wanted = Array.from({ length: seeds }, (_, seed) =>
    arms.map((label): WantedRun => {
      return { label, recipe: fitted(trainingArm(label).recipe, { count: train.count, classes, epochs }), seed };
    }),
  ).flat();
  const known = await makeRuns(wanted, { data: { train, test }, ...mostOf(flags) }, run);

  const images = slice(test, 0, Math.min(count, test.count));
  const rivals = await rivalImages(rival, await loadNetwork(rival), images, 0);
  const measured: MeasuredRun[] = [];
  for (const [{ label }, found] of known) {
    run.signal.throwIfAborted();
    const network = networkOfRun(found, train.rows.length / train.count);
    measured.push({ arm: label, run: found, robustness: await measureRobustness(network, images, rivals, 0) });
  }
  measured.sort((a, b) => ARM_NAMES.indexOf(a.arm) - ARM_NAMES.indexOf(b.arm) || a.run.seed - b.run.seed);
  const runs = measured.map(({ arm, run: { parameters: _, recipe: __, ...run }, robustness }) => {
    return { arm, ...run, ...robustness };
  });
  const numbers = runs.flatMap(({ testError, trainError, distortion, transfer }) => {
    return [testError, trainError, distortion ?? -1, transfer];
  });
  return {
    version: packageVersion(),
    command: commandOf(flags, "training", seeds, epochs),
    data: { name: flags.data, digest, train: train.count, test: test.count },
    epochs,
    seeds,
    images: images.count,
    rival,
    results: armResults(measured, { isMnist: flags.data === "mnist" }),
    runs,
    digest: await digestArrays({ numbers: { data: Float64Array.from(numbers) } }),
  };
}

function mostOf({ runs }: TrainingFlags) {
  return runs === undefined ? {} : { most: runs };
}

/** The arms that have settings to choose from. */
function searchedArms(names: readonly string[]): TrainingArm[] {
  const arms = names.map(trainingArm).filter(({ candidates }) => candidates.length > 0);
  if (arms.length > 0) return arms;
  const known = TRAINING_ARMS.filter(({ candidates }) => candidates.length > 0).map(({ name }) => name);
  throw new UsageError(`--arms: expected some with settings to choose (${known.join(", ")}), got ${names.join()}`);
}

async function makeSearch(
  flags: TrainingFlags,
  searched: readonly TrainingArm[],
  train: Dataset,
  digest: string,
  run: Required<StudyRun>,
): Promise<SearchReport> {
  const { seeds = 1, epochs = SEARCH_EPOCHS } = flags;
  const data = validationSplit(train);
  const { count, classes } = data.train;
  const wanted = Array.from({ length: seeds }, (_, seed) =>
    searched.flatMap(({ name, candidates }) =>
      candidates.map((candidate, i) => {
        return { label: `${name}-${i + 1}`, candidate, recipe: fitted(candidate, { count, classes, epochs }), seed };
      }),
    ),
  ).flat();
  const known = await makeRuns(wanted, { data, ...mostOf(flags) }, run);
  const results = searchResults(searched, (candidate: Recipe) =>
    wanted.flatMap((one) => (one.candidate === candidate ? (known.get(one) ?? []) : [])),
  );
  const numbers = results.flatMap(({ loss, error }) => [loss.mean, error.mean]);
  return {
    version: packageVersion(),
    command: commandOf(flags, "training-search", seeds, epochs),
    data: { name: flags.data, digest, train: count, validation: data.test.count },
    epochs,
    seeds,
    wanted: wanted.length,
    finished: known.size,
    results,
    digest: await digestArrays({ numbers: { data: Float64Array.from(numbers) } }),
  };
}
