/**
 * The experiment on adversarial training: runs arms and seeds on workers, keeps each in a journal as soon as it is
 * finished, and goes on from there when it is called again.
 */
import process from "node:process";
import { Command, Option } from "commander";
import { type Dataset, slice } from "../data/index.ts";
import {
  defaultWorkers,
  Journal,
  loadData,
  loadNetwork,
  openPool,
  outputFolder,
  type Plain,
  type Pool,
  type RunDescription,
  readCheckpoint,
  removeCheckpoint,
  shareArray,
  writeCheckpoint,
} from "../node/index.ts";
import { SHARED, type TrainingRun, trainingArms } from "../paper/training.ts";
import {
  armResults,
  type MeasuredRun,
  measureRobustness,
  networkOfRun,
  rivalImages,
} from "../paper/training-results.ts";
import { digestArrays, type TrainingReport, trainingFiles, trainingJson, trainingText } from "../report/index.ts";
import type { MinibatchState } from "../train/index.ts";
import { interruptSignal } from "./interrupt.ts";
import { addOptions, jsonOption, outOption, overwriteOption, quietOption, UsageError, wholeNumber } from "./options.ts";
import { startProgress } from "./progress.ts";
import { packageVersion } from "./run.ts";
import { quoted } from "./shell.ts";
import { CHECKPOINT_SECONDS } from "./train-run.ts";

interface Flags {
  data: string;
  arms: string[];
  seeds: number;
  epochs: number;
  runs?: number;
  workers?: number;
  count: number;
  rival: string;
  out: string;
  overwrite?: boolean;
  json?: boolean;
  quiet?: boolean;
}

const ARMS: readonly string[] = trainingArms(1).map(({ name }) => name);

function parseArms(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !ARMS.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--arms: expected some of ${ARMS.join(", ")}, got ${JSON.stringify(unknown)}`);
  }
  return [...new Set(names)];
}

/** A new one each time: commander's commands remember what they parsed. */
export function experimentCommand(): Command {
  const training = new Command("training")
    .summary("adversarial training of 100-100-10 beside the paper's 1.2 %")
    .description(
      "Train 100-100-10 with weight decay, dropout, adversarial examples at the input, at hidden layers and at all, fresh and " +
        "from pools, and with hard negatives, for several seeds each; then attack every network. <out>.journal keeps the " +
        "runs that are finished: stopped, or called again with more seeds, the command makes only what is missing.",
    );
  addOptions(training, [
    new Option("--data <set>", "mnist, fashion, or idx:<folder>; its train and test splits are used").default("mnist"),
    new Option("--arms <names>", `some of ${ARMS.join(", ")}`).argParser(parseArms).default([...ARMS], "all"),
    new Option("--seeds <number>", "training seeds of each, 0 and on").argParser(wholeNumber("--seeds", 1)).default(5),
    new Option("--epochs <number>", "epochs of a run").argParser(wholeNumber("--epochs", 1)).default(SHARED.epochs),
    new Option("--runs <number>", "make at most so many runs now, then report (default: all)").argParser(
      wholeNumber("--runs", 0),
    ),
    new Option("--workers <number>", "runs at once, on a thread each; changes no number")
      .argParser(wholeNumber("--workers", 1, 1024))
      .default(undefined, "one a processor"),
    new Option("--count <number>", "test images attacked").argParser(wholeNumber("--count", 1)).default(100),
    new Option("--rival <model>", "the independent network whose adversarial images are fed to the others").default(
      "fc100-100-10",
    ),
    outOption("training"),
    overwriteOption(),
    jsonOption(),
    quietOption(),
  ]).action(async (flags: Flags) => experiment(flags));
  return new Command("experiment").summary("longer experiments of the paper").addCommand(training);
}

async function experiment(flags: Flags): Promise<void> {
  const signal = interruptSignal();
  const report = await outputFolder(flags.out, { overwrite: flags.overwrite === true }, async (folder) => {
    const made = await makeReport(flags, signal);
    for (const [name, content] of await trainingFiles(made)) await folder.write(name, content);
    return made;
  });
  process.stdout.write(flags.json ? trainingJson(report) : `${trainingText(report)}\n${flags.out}/index.html\n`);
}

async function makeReport(flags: Flags, signal: AbortSignal): Promise<TrainingReport> {
  const { data, seeds, epochs, count, rival } = flags;
  const train = await loadData(`${data}:train`);
  const test = await loadData(`${data}:test`);
  const digest = await digestArrays({ rows: { data: train.rows }, labels: { data: train.labels } });
  const known = await makeRuns(flags, { train, test }, digest, signal);

  const images = slice(test, 0, Math.min(count, test.count));
  const rivals = await rivalImages(rival, await loadNetwork(rival), images, 0);
  const inputs = train.rows.length / train.count;
  const classes = Math.max(train.classes, test.classes);
  const measured: MeasuredRun[] = [];
  for (const run of known) {
    signal.throwIfAborted();
    const network = networkOfRun(run, inputs, classes, train.count);
    measured.push({ run, robustness: await measureRobustness(network, images, rivals, 0) });
  }
  const runs = measured.map(({ run: { parameters: _, ...run }, robustness }) => ({ ...run, ...robustness }));
  const numbers = runs.flatMap(({ testError, trainError, distortion, transfer }) => {
    return [testError, trainError, distortion ?? -1, transfer];
  });
  const own = [
    flags.arms.length < ARMS.length && `--arms ${flags.arms.join(",")}`,
    `--seeds ${seeds} --epochs ${epochs} --count ${count}`,
  ];
  return {
    version: packageVersion(),
    command: [`npx blindspot experiment training --data ${quoted(data)}`, ...own].filter(Boolean).join(" "),
    data: { name: data, digest, train: train.count, test: test.count },
    shared: { ...SHARED, epochs },
    seeds,
    images: images.count,
    rival,
    results: armResults(measured),
    runs,
    digest: await digestArrays({ numbers: { data: Float64Array.from(numbers) } }),
  };
}

interface Runs {
  journal: Journal;
  description: RunDescription;
  data: { train: Dataset; test: Dataset };
  signal: AbortSignal;
  silent: boolean;
}

/** Makes the runs that are missing, and returns all that are known of the arms and seeds asked for, in their order. */
async function makeRuns(
  { arms, seeds, epochs, runs, workers, out, json, quiet }: Flags,
  data: Runs["data"],
  digest: string,
  signal: AbortSignal,
): Promise<TrainingRun[]> {
  const description: RunDescription = {
    experiment: "training",
    version: packageVersion(),
    data: digest,
    epochs,
    shared: JSON.stringify(SHARED),
  };
  const known: TrainingRun[] = [];
  const journal = await Journal.open(`${out}.journal`, description, {
    onRecord: (record) => known.push(record as unknown as TrainingRun),
  });
  try {
    const isKnown = (arm: string, seed: number) => known.some((run) => run.arm === arm && run.seed === seed);
    const missing = Array.from({ length: seeds }, (_, seed) => arms.map((arm) => ({ arm, seed })))
      .flat()
      .filter(({ arm, seed }) => !isKnown(arm, seed))
      .slice(0, runs);
    const silent = json === true || quiet === true;
    if (missing.length > 0) {
      const pool = await openPool({ workers: Math.min(workers ?? defaultWorkers(), missing.length) });
      try {
        known.push(...(await runAll(pool, missing, epochs, { journal, description, data, signal, silent })));
      } finally {
        await pool.close();
      }
    }
    return known
      .filter((run) => arms.includes(run.arm) && run.seed < seeds)
      .sort((a, b) => ARMS.indexOf(a.arm) - ARMS.indexOf(b.arm) || a.seed - b.seed);
  } finally {
    await journal.close();
  }
}

/** The runs on the pool, each from the start or from where it was stopped; each in the journal as soon as it is finished. */
async function runAll(
  pool: Pool,
  missing: readonly { arm: string; seed: number }[],
  epochs: number,
  { journal, description, data, signal, silent }: Runs,
): Promise<TrainingRun[]> {
  const shared = { train: shareDataset(data.train), test: shareDataset(data.test) };
  const steps = epochs * Math.ceil(data.train.count / SHARED.batch);
  const progress = startProgress({ label: "training", total: steps * missing.length, unit: "steps", silent });
  const done = new Map<object, number>();
  const one = async (wanted: { arm: string; seed: number }): Promise<TrainingRun> => {
    const { arm, seed } = wanted;
    const checkpoint = `${journal.path}.${arm}-${seed}`;
    const run = { ...description, arm, seed };
    const resume = await readCheckpoint<MinibatchState>(checkpoint, run);
    const input = { arm, seed, epochs, ...shared, ...(resume && { resume }), checkpointSeconds: CHECKPOINT_SECONDS };
    const found = await pool.run("trainArm", input, {
      signal,
      onMessage: async ({ step, error, state }) => {
        done.set(wanted, step);
        const all = [...done.values()].reduce((sum, some) => sum + some, 0);
        progress.update(all, `${arm}, seed ${seed}: training error ${(100 * error).toFixed(2)} %`);
        if (state) await writeCheckpoint(checkpoint, run, state);
      },
    });
    done.set(wanted, steps);
    await journal.append(found as unknown as Plain);
    await removeCheckpoint(checkpoint);
    return found;
  };
  try {
    // All are waited for, also when one fails: a run that is stopped leaves its checkpoint.
    const ends = await Promise.allSettled(missing.map(one));
    const failure = ends.find((end) => end.status === "rejected");
    if (failure) throw failure.reason;
    return ends.flatMap((end) => (end.status === "fulfilled" ? end.value : []));
  } finally {
    progress.stop();
  }
}

function shareDataset(dataset: Dataset): Dataset {
  return { ...dataset, rows: shareArray(dataset.rows), labels: shareArray(dataset.labels) };
}
