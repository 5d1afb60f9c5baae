/**
 * `blindspot paper --experiment training`: ways of training 100-100-10 beside the paper's claim about adversarial training;
 * `--experiment training-search`: how their settings were chosen.
 */
import { slice } from "../data/index.ts";
import { defaultWorkers, loadData, loadNetwork, type OutputFolder, outputFolder } from "../node/index.ts";
import {
  ARM_NAMES,
  fitted,
  SEARCH_EPOCHS,
  TRAINING_ARMS,
  TRAINING_EPOCHS,
  type TrainingArm,
  trainingArm,
} from "../paper/training-arms.ts";
import {
  armResults,
  type MeasuredRun,
  measureRobustness,
  networkOfRun,
  rivalImages,
} from "../paper/training-results.ts";
import { searchResults, validationSplit } from "../paper/training-search.ts";
import {
  digestArrays,
  type SearchReport,
  searchFiles,
  searchJson,
  searchText,
  type TrainingReport,
  trainingFiles,
  trainingJson,
  trainingText,
} from "../report/index.ts";
import type { Recipe } from "../train/index.ts";
import { interruptSignal } from "./interrupt.ts";
import { UsageError } from "./options.ts";
import { packageVersion } from "./run.ts";
import { quoted } from "./shell.ts";
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

/** Makes a report, writes its files into a folder of their own, and returns what is said of it. */
async function reported<T>(
  { out, overwrite, json }: TrainingFlags,
  make: () => Promise<T>,
  [files, toJson, toText]: [
    files: (report: T) => Promise<Map<string, string>>,
    json: (report: T) => string,
    text: (report: T) => string,
  ],
): Promise<string> {
  const report = await outputFolder(out, { overwrite: overwrite === true }, async (folder: OutputFolder) => {
    const made = await make();
    for (const [name, content] of await files(made)) await folder.write(name, content);
    return made;
  });
  return json ? toJson(report) : `${toText(report)}\n${out}/index.html\n`;
}

/** @returns what goes to the standard output */
export function paperTraining(flags: TrainingFlags): Promise<string> {
  return reported(flags, () => makeTraining(flags), [trainingFiles, trainingJson, trainingText]);
}

/** @returns what goes to the standard output */
export function paperSearch(flags: TrainingFlags): Promise<string> {
  return reported(flags, () => makeSearch(flags), [async (report) => searchFiles(report), searchJson, searchText]);
}

/** The training images, and a digest of them. */
async function trainingImages(flags: TrainingFlags) {
  const train = await loadData(`${flags.data}:train`);
  return { train, digest: await digestArrays({ rows: { data: train.rows }, labels: { data: train.labels } }) };
}

function runsOptions(flags: TrainingFlags, experiment: string, digest: string, signal: AbortSignal) {
  return {
    path: `${flags.out}.journal`,
    description: { experiment, version: packageVersion(), data: digest },
    ...(flags.runs !== undefined && { most: flags.runs }),
    workers: flags.workers ?? defaultWorkers(),
    signal,
    silent: flags.json === true || flags.quiet === true,
  };
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

async function makeTraining(flags: TrainingFlags): Promise<TrainingReport> {
  const { arms = ARM_NAMES, seeds = SEEDS, epochs = TRAINING_EPOCHS, count = ATTACKED, rival = RIVAL } = flags;
  const signal = interruptSignal();
  const { train, digest } = await trainingImages(flags);
  const test = await loadData(`${flags.data}:test`);
  const classes = Math.max(train.classes, test.classes);
  const wanted = Array.from({ length: seeds }, (_, seed) =>
    arms.map((label): WantedRun => {
      return { label, recipe: fitted(trainingArm(label).recipe, { count: train.count, classes, epochs }), seed };
    }),
  ).flat();
  const known = await makeRuns(wanted, {
    ...runsOptions(flags, "training", digest, signal),
    data: { train, test },
  });

  const images = slice(test, 0, Math.min(count, test.count));
  const rivals = await rivalImages(rival, await loadNetwork(rival), images, 0);
  const measured: MeasuredRun[] = [];
  for (const [{ label }, run] of known) {
    signal.throwIfAborted();
    const network = networkOfRun(run, train.rows.length / train.count);
    measured.push({ arm: label, run, robustness: await measureRobustness(network, images, rivals, 0) });
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

/** The arms that have settings to choose from. */
function searchedArms(names: readonly string[]): TrainingArm[] {
  const arms = names.map(trainingArm).filter(({ candidates }) => candidates.length > 0);
  if (arms.length > 0) return arms;
  const known = TRAINING_ARMS.filter(({ candidates }) => candidates.length > 0).map(({ name }) => name);
  throw new UsageError(`--arms: expected some with settings to choose (${known.join(", ")}), got ${names.join()}`);
}

async function makeSearch(flags: TrainingFlags): Promise<SearchReport> {
  const { arms = ARM_NAMES, seeds = 1, epochs = SEARCH_EPOCHS } = flags;
  const searched = searchedArms(arms);
  const { train, digest } = await trainingImages(flags);
  const data = validationSplit(train);
  const { count, classes } = data.train;
  const wanted = Array.from({ length: seeds }, (_, seed) =>
    searched.flatMap(({ name, candidates }) =>
      candidates.map((candidate, i) => {
        return { label: `${name}-${i + 1}`, candidate, recipe: fitted(candidate, { count, classes, epochs }), seed };
      }),
    ),
  ).flat();
  const known = await makeRuns(wanted, {
    ...runsOptions(flags, "training-search", digest, interruptSignal()),
    data,
  });
  const results = searchResults(searched, (candidate: Recipe) =>
    wanted.flatMap((run) => (run.candidate === candidate ? (known.get(run) ?? []) : [])),
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
