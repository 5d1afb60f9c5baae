/** `blindspot paper`: tables 1 to 4 of Szegedy et al. (2014), from MNIST to a report beside the paper's numbers. */
import process from "node:process";
import { Command, Option } from "commander";
import { AMPLIFY_MODES, type AmplifyMode } from "../analysis/index.ts";
import { EFFORTS, type EffortName } from "../attacks/index.ts";
import {
  defaultWorkers,
  loadSeedStudy,
  openPool,
  outputFolder,
  PaperWorkers,
  paperData,
  type RunDescription,
  requireShippedData,
  type Training,
} from "../node/index.ts";
import {
  DISTORTION_MODES,
  type DistortionMode,
  type MeasuredTables,
  modelsOf,
  NOISE_MODES,
  type NoiseMode,
  PAPER_DEFAULTS,
  type PaperData,
  type PaperOptions,
  type PaperResults,
  type PaperTarget,
  parseTarget,
  requirePaperOptions,
  runPaper,
  type SeedStudy,
  seedStudy,
  type TableNumber,
} from "../paper/index.ts";
import { type PaperReport, paperDigest, paperFiles, paperJson, paperReport, paperText } from "../report/index.ts";
import { interruptSignal } from "./interrupt.ts";
import { modelNote, trainedModelFiles } from "./model-note.ts";
import {
  addOptions,
  decimal,
  jsonOption,
  outOption,
  overwriteOption,
  quietOption,
  seedOption,
  UsageError,
  wholeNumber,
} from "./options.ts";
import { paperProgress } from "./paper-progress.ts";
import { packageVersion } from "./run.ts";
import { quoted } from "./shell.ts";

interface Flags {
  tables: TableNumber[];
  count: number;
  target: PaperTarget;
  effort: EffortName;
  noise: NoiseMode;
  amplification: AmplifyMode;
  distortion: DistortionMode;
  data: string;
  models?: string;
  retrain?: boolean;
  iterations?: number;
  seed: number;
  seeds?: number;
  workers?: number;
  checkpoint: number;
  out: string;
  overwrite?: boolean;
  json?: boolean;
  quiet?: boolean;
}

function parseTables(text: string): TableNumber[] {
  const tables = text.split(",").map((part) => wholeNumber("--tables", 1, 4)(part.trim()) as TableNumber);
  return [...new Set(tables)].sort();
}

function parseTargetFlag(text: string): PaperTarget {
  try {
    return parseTarget(text);
  } catch (error) {
    throw new UsageError(`--${(error as Error).message}`, { cause: error });
  }
}

/** A new one each time: commander's commands remember what they parsed. */
export function paperCommand(): Command {
  const command = new Command("paper")
    .summary("tables 1 to 4 of the paper, beside its numbers")
    .description(
      "Reproduce tables 1 to 4 of Szegedy et al., “Intriguing properties of neural networks” (2014): train or load the models, " +
        "attack them, feed what fools one to the others, and write a report beside the paper's numbers. A run that was stopped, " +
        "even by kill -9, goes on where it was with the same command; <out>.journal holds what it has finished.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot paper                      all four tables from the shipped weights
  $ blindspot paper --retrain            the same from nothing; the models go to <out>/models
  $ blindspot paper --seeds 3            with the range of every number over three trainings
  $ blindspot paper --tables 1,2 --target next --count 256`,
    );
  return addOptions(command, [
    new Option("--tables <numbers>", "which tables, separated by commas")
      .argParser(parseTables)
      .default(PAPER_DEFAULTS.tables, "1,2,3,4"),
    new Option("--count <number>", "images attacked: training images for tables 1 and 2, test images for 3 and 4")
      .argParser(wholeNumber("--count", 1))
      .default(PAPER_DEFAULTS.count),
    new Option(
      "--target <rule>",
      "the answer to push for: random (a wrong label by the seed), next, least-likely, all (every wrong label, the nearest " +
        "counts), or one label",
    )
      .argParser(parseTargetFlag)
      .default(PAPER_DEFAULTS.target),
    new Option("--effort <level>", "how hard to search").choices(Object.keys(EFFORTS)).default(PAPER_DEFAULTS.effort),
    new Option("--noise <reading>", "whether noisy images are clipped to [0, 1]; the other stands beside it")
      .choices(NOISE_MODES)
      .default(PAPER_DEFAULTS.noise),
    new Option("--amplification <reading>", "one factor for all images, or one for each; the other stands beside it")
      .choices(AMPLIFY_MODES)
      .default(PAPER_DEFAULTS.amplification),
    new Option(
      "--distortion <reading>",
      "average over all pixels of all images, or of the images' own; the other stands beside it",
    )
      .choices(DISTORTION_MODES)
      .default(PAPER_DEFAULTS.distortion),
    new Option("--data <set>", "mnist, or idx:<folder> with files named as MNIST's").default("mnist"),
    new Option("--models <folder>", "folder of the models' folders").default(undefined, "the shipped ones"),
    new Option("--retrain", "train every model instead of taking weights"),
    new Option("--iterations <number>", "L-BFGS iterations of each training at most (default: the model's)").argParser(
      wholeNumber("--iterations", 1),
    ),
    seedOption("seed of the sample, the targets and the noise; the models have training seeds of their own"),
    new Option(
      "--seeds <number>",
      "make the tables for so many training seeds, 0 and on, and show the range of every number",
    ).argParser(wholeNumber("--seeds", 2, 100)),
    new Option("--workers <number>", "worker threads; changes no number")
      .argParser(wholeNumber("--workers", 1, 1024))
      .default(undefined, "one a processor"),
    new Option("--checkpoint <seconds>", "how often a training leaves a checkpoint")
      .argParser(decimal("--checkpoint", 0))
      .default(60),
    outOption("paper"),
    overwriteOption(),
    jsonOption(),
    quietOption(),
  ]).action(async (flags: Flags) => paper(flags));
}

async function paper(flags: Flags): Promise<void> {
  const { tables, count, target, effort, seed, noise, amplification, distortion } = flags;
  const options = requirePaperOptions({ tables, count, target, effort, seed, noise, amplification, distortion });
  const signal = interruptSignal();
  const started = performance.now();
  const report = await outputFolder(flags.out, { overwrite: flags.overwrite === true }, async (folder) => {
    const { data, digest } = await paperData(flags.data);
    if (!flags.retrain) requireShippedData(flags.data, digest, flags.models);
    const shape = data.train.shape;
    const run = describeRun(flags, options, digest);
    const silent = flags.json === true || flags.quiet === true;
    const progress = paperProgress(options, data, flags, silent);
    const pool = await openPool({ workers: flags.workers ?? defaultWorkers() });
    try {
      const workers = await PaperWorkers.open({
        pool,
        data,
        retrain: flags.retrain === true,
        ...(flags.models !== undefined && { models: flags.models }),
        ...(flags.iterations !== undefined && { iterations: flags.iterations }),
        path: `${flags.out}.journal`,
        checkpoints: `${flags.out}.checkpoints`,
        run,
        checkpointSeconds: flags.checkpoint,
        signal,
        onProgress: progress.update,
      });
      try {
        if (workers.resumed > 0 && !silent) {
          process.stderr.write(`paper: goes on from ${flags.out}.journal, ${workers.resumed} records\n`);
        }
        const { results, seeds } = await measure(options, data, workers, flags);
        progress.stop();
        const made = await makeReport(results, seeds, workers, flags, digest, performance.now() - started);
        for (const [name, content] of await paperFiles(made, shape)) await folder.write(name, content);
        if (seeds) await folder.write("seeds.json", `${JSON.stringify(seeds, null, 1)}\n`);
        for (const training of workers.trainings) {
          const { recipe, network, seed: trainSeed } = training;
          const prefix = trainSeed === 0 ? "models" : `models/seed-${trainSeed}`;
          const note = await modelNote(training, flags.data, trainCommandOf(training, flags));
          for (const [name, content] of trainedModelFiles(network, note)) {
            await folder.write(`${prefix}/${recipe.name}/${name}`, content);
          }
        }
        return { made, workers };
      } catch (error) {
        await workers.close();
        throw error;
      }
    } finally {
      progress.stop();
      await pool.close();
    }
  });
  await report.workers.remove();
  process.stdout.write(flags.json ? paperJson(report.made) : `${paperText(report.made)}\n${flags.out}/index.html\n`);
}

/** Everything that the bits of the run follow from, by the names of the flags. */
function describeRun(flags: Flags, options: PaperOptions, data: string): RunDescription {
  const { count, target, effort, seed, noise, amplification, distortion } = options;
  return {
    version: packageVersion(),
    data,
    tables: options.tables.join(),
    count,
    target,
    effort,
    seed,
    noise,
    amplification,
    distortion,
    retrain: String(flags.retrain === true),
    models: flags.models ?? "shipped",
    iterations: flags.iterations ?? "the model's",
    seeds: flags.seeds ?? 1,
  };
}

/** The tables of training seed 0 and, where more are asked for, the numbers of all of them. */
async function measure(
  options: PaperOptions,
  data: PaperData,
  workers: PaperWorkers,
  flags: Flags,
): Promise<{ results: PaperResults; seeds: SeedStudy | undefined }> {
  const results = await runPaper(options, data, workers);
  if (flags.seeds === undefined) return { results, seeds: await loadSeedStudy(options) };
  const runs: { digest: string; tables: MeasuredTables }[] = [];
  for (let trainSeed = 0; trainSeed < flags.seeds; trainSeed++) {
    const { tables } = trainSeed === 0 ? results : await runPaper({ ...options, trainSeed }, data, workers);
    runs.push({ digest: await paperDigest(tables), tables });
  }
  return { results, seeds: seedStudy(commandOf(flags), options, runs) };
}

function commandOf(flags: Flags): string {
  const defaults: Readonly<Record<string, unknown>> = { ...PAPER_DEFAULTS, data: "mnist" };
  const value = (name: keyof Flags) => String(flags[name]);
  const named = (
    ["tables", "count", "target", "effort", "noise", "amplification", "distortion", "data", "seed"] as const
  )
    .filter((name) => value(name) !== String(defaults[name]))
    .map((name) => ` --${name} ${quoted(value(name))}`);
  const own = (["models", "iterations", "seeds"] as const)
    .filter((name) => flags[name] !== undefined)
    .map((name) => ` --${name} ${quoted(value(name))}`);
  return `npx blindspot paper${named.join("")}${flags.retrain ? " --retrain" : ""}${own.join("")}`;
}

/** The command that trains one of the models alone, to the same bytes. */
function trainCommandOf({ recipe, seed }: Training, { data, iterations }: Flags): string {
  const own = iterations === undefined ? "" : ` --iterations ${iterations}`;
  return `npx blindspot train --model ${recipe.name} --data ${quoted(data)}${own} --seed ${seed}`;
}

function makeReport(
  { tables, studies, options }: PaperResults,
  seeds: SeedStudy | undefined,
  workers: PaperWorkers,
  flags: Flags,
  data: string,
  milliseconds: number,
): Promise<PaperReport> {
  const names = modelsOf(options.tables);
  return paperReport({
    command: commandOf(flags),
    version: packageVersion(),
    data: { name: flags.data, digest: data },
    options,
    models: workers.used
      .filter((model) => model.seed === 0)
      .sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name)),
    tables,
    ...(seeds && { seeds }),
    milliseconds,
    studies,
  });
}
