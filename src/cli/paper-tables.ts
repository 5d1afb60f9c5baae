/** `blindspot paper --experiment tables`: tables 1 to 4 of Szegedy et al. (2014). */
import process from "node:process";
import type { AmplifyMode } from "../analysis/index.ts";
import type { EffortName } from "../attacks/index.ts";
import {
  defaultWorkers,
  loadSeedStudy,
  type OutputFolder,
  openPool,
  outputFolder,
  PaperWorkers,
  paperData,
  type RunDescription,
  requireShippedData,
  type Training,
} from "../node/index.ts";
import {
  type DistortionMode,
  type MeasuredTables,
  modelsOf,
  type NoiseMode,
  PAPER_DEFAULTS,
  type PaperData,
  type PaperOptions,
  type PaperResults,
  type PaperTarget,
  requirePaperOptions,
  runPaper,
  type SeedStudy,
  seedStudy,
  type TableNumber,
} from "../paper/index.ts";
import { type PaperReport, paperDigest, paperFiles, paperJson, paperReport, paperText } from "../report/index.ts";
import { interruptSignal } from "./interrupt.ts";
import { modelNote, trainedModelFiles } from "./model-note.ts";
import { UsageError } from "./options.ts";
import { paperProgress } from "./paper-progress.ts";
import { packageVersion } from "./run.ts";
import { quoted } from "./shell.ts";

export interface TablesFlags {
  tables: TableNumber[];
  count?: number;
  target: PaperTarget;
  effort: EffortName;
  margin: number;
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

/** @returns what goes to the standard output */
export async function paperTables(flags: TablesFlags): Promise<string> {
  if (flags.seeds === 1) throw new UsageError("--seeds: expected a whole number in [2, 100], got 1");
  const {
    tables,
    count = PAPER_DEFAULTS.count,
    target,
    effort,
    margin,
    seed,
    noise,
    amplification,
    distortion,
  } = flags;
  const options = requirePaperOptions({
    tables,
    count,
    target,
    effort,
    margin,
    seed,
    noise,
    amplification,
    distortion,
  });
  const signal = interruptSignal();
  const started = performance.now();
  const fill = async (folder: OutputFolder) => {
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
  };
  const { made } = await outputFolder(flags.out, { overwrite: flags.overwrite === true }, fill, ({ workers }) =>
    workers.remove(),
  );
  return flags.json ? paperJson(made) : `${paperText(made)}\n${flags.out}/index.html\n`;
}

/** Everything that the bits of the run follow from, by the names of the flags. */
function describeRun(flags: TablesFlags, options: PaperOptions, data: string): RunDescription {
  const { count, target, effort, margin, seed, noise, amplification, distortion } = options;
  return {
    version: packageVersion(),
    data,
    tables: options.tables.join(),
    count,
    target,
    effort,
    margin,
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
  flags: TablesFlags,
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

function commandOf(flags: TablesFlags): string {
  const defaults: Readonly<Record<string, unknown>> = { ...PAPER_DEFAULTS, data: "mnist" };
  const value = (name: keyof TablesFlags) => String(flags[name]);
  const named = (
    ["tables", "count", "target", "effort", "margin", "noise", "amplification", "distortion", "data", "seed"] as const
  )
    .filter((name) => flags[name] !== undefined && value(name) !== String(defaults[name]))
    .map((name) => ` --${name} ${quoted(value(name))}`);
  const own = (["models", "iterations", "seeds"] as const)
    .filter((name) => flags[name] !== undefined)
    .map((name) => ` --${name} ${quoted(value(name))}`);
  return `npx blindspot paper${named.join("")}${flags.retrain ? " --retrain" : ""}${own.join("")}`;
}

/** The command that trains one of the models alone, to the same bytes. */
function trainCommandOf({ recipe, seed }: Training, { data, iterations }: TablesFlags): string {
  const own = iterations === undefined ? "" : ` --iterations ${iterations}`;
  return `npx blindspot train --model ${recipe.name} --data ${quoted(data)}${own} --seed ${seed}`;
}

function makeReport(
  { tables, studies, options }: PaperResults,
  seeds: SeedStudy | undefined,
  workers: PaperWorkers,
  flags: TablesFlags,
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
