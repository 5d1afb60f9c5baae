/** `blindspot paper --experiment tables`: tables 1 to 4 of Szegedy et al. (2014). */
import type { AmplifyMode } from "../analysis/index.ts";
import type { EffortName } from "../attacks/index.ts";
import {
  loadSeedStudy,
  loadShipped,
  PaperWorkers,
  paperData,
  type RunDescription,
  requireShippedData,
  type Training,
} from "../node/index.ts";
import { type PaperReport, paperDigest, paperFiles, paperReport, paperText } from "../report/index.ts";
import { quoted } from "../studies/command.ts";
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
} from "../studies/paper/index.ts";
import { modelNote, trainedModelFiles } from "./model-note.ts";
import { UsageError } from "./options.ts";
import { paperProgress } from "./paper-progress.ts";
import { packageVersion } from "./run.ts";
import { runStudy } from "./study.ts";

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

export async function paperTables(flags: TablesFlags): Promise<void> {
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
  const started = performance.now();
  const { data, digest } = await paperData(flags.data);
  if (!flags.retrain) requireShippedData(flags.data, digest, flags.models);
  const silent = flags.json === true || flags.quiet === true;
  const progress = paperProgress(options, data, flags, silent);
  await runStudy(flags, {
    name: "paper",
    asked: describeRun(flags, options, digest),
    ...(flags.workers !== undefined && { workers: flags.workers }),
    saveSeconds: flags.checkpoint,
    async study({ executor, signal }) {
      const workers = new PaperWorkers({
        executor,
        data,
        retrain: flags.retrain === true,
        loadModel: (name) => loadShipped(name, flags.models),
        ...(flags.iterations !== undefined && { iterations: flags.iterations }),
        signal,
        onProgress: progress.update,
      });
      try {
        const { results, seeds } = await measure(options, data, workers, flags);
        const report = await makeReport(results, seeds, workers, flags, digest, performance.now() - started);
        return { report, seeds, trainings: workers.trainings };
      } finally {
        progress.stop();
      }
    },
    async files({ report, seeds, trainings }) {
      const files = await paperFiles(report, data.train.shape);
      if (seeds) files.set("seeds.json", `${JSON.stringify(seeds, null, 1)}\n`);
      for (const training of trainings) {
        const { recipe, network, seed } = training;
        const prefix = seed === 0 ? "models" : `models/seed-${seed}`;
        const note = await modelNote(training, flags.data, trainCommandOf(training, flags));
        for (const [name, content] of trainedModelFiles(network, note)) {
          files.set(`${prefix}/${recipe.name}/${name}`, content);
        }
      }
      return files;
    },
    text: ({ report }) => paperText(report),
  });
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
