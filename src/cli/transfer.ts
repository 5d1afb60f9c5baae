/** `blindspot transfer`: what fools one model is fed to others; a matrix of error rates, in a folder to look at. */
import { basename } from "node:path";
import process from "node:process";
import { Command, Option } from "commander";
import {
  amplify,
  countKeptAt8Bits,
  gaussianNoise,
  pooledDistortion,
  selectRows,
  transferMatrix,
} from "../analysis/index.ts";
import { requireModels } from "../analysis/models.ts";
import { type AttackResult, summarize } from "../attacks/index.ts";
import { failed, printable } from "../check.ts";
import { type Dataset, imageSize } from "../data/index.ts";
import type { Network } from "../model/index.ts";
import { loadData, loadNetwork, outputFolder, resolveModel } from "../node/index.ts";
import {
  digestArrays,
  type SourceSummary,
  type TransferReport,
  type TransferSet,
  timing,
  transferArrays,
  transferFiles,
  transferJson,
  transferText,
} from "../report/index.ts";
import { quoted } from "../studies/command.ts";
import { selectImages } from "./attack-input.ts";
import { type AttackFlags, attackFlagsText, imageOptions, searchOptions } from "./attack-options.ts";
import { requireTargetFlag, runAttack } from "./attack-run.ts";
import { interruptSignal } from "./interrupt.ts";
import { addOptions, decimals, jsonOption, outOption, overwriteOption, quietOption, UsageError } from "./options.ts";
import { startProgress } from "./progress.ts";
import { packageVersion } from "./run.ts";

interface Flags extends AttackFlags {
  from: string[];
  to: string[];
  amplify: number[];
  noise: number[];
  out: string;
  overwrite?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** A model of the run; what the user called it, and what the report does. */
interface LoadedModel {
  given: string;
  folder: string;
  name: string;
  network: Network;
}

/** Parses models separated by commas. */
function parseModels(flag: string): (text: string) => string[] {
  return (text) => {
    const names = text.split(",").map((name) => name.trim());
    if (names.includes(""))
      throw new UsageError(`${flag}: expected models separated by commas, got ${JSON.stringify(text)}`);
    return names;
  };
}

/** A new one each time: commander's commands remember what they parsed. */
export function transferCommand(): Command {
  const command = new Command("transfer")
    .summary("feed what fools one model to others")
    .description(
      "Attack one or several models, feed every changed image to all models, and write a report of who is fooled by whose " +
        "images: the cross-model transfer of Szegedy et al. (2014), section 4.2, with 95 % intervals.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot transfer --from fc100-100-10 --to fc10-1e-4 --amplify 0.1 --noise 0.1,0.3
  $ blindspot transfer --from mine/a,mine/b --to mine/c --data images:photographs --truth model`,
    );
  return addOptions(command, [
    new Option("--from <models>", "the models to attack: folders or shipped models, separated by commas")
      .argParser(parseModels("--from"))
      .default(["fc100-100-10"], "fc100-100-10"),
    new Option("--to <models>", "further models to feed the images to; those of --from are fed too")
      .argParser(parseModels("--to"))
      .default(["fc10-1e-4"], "fc10-1e-4"),
    ...imageOptions("the first model"),
    ...searchOptions("random"),
    new Option(
      "--amplify <numbers>",
      "also feed the images with their change amplified to these distortions, by one factor for all images of a model",
    )
      .argParser(decimals("--amplify", 0))
      .default([], "none"),
    new Option(
      "--noise <numbers>",
      "also feed the images with Gaussian noise of these standard deviations, not clipped",
    )
      .argParser(decimals("--noise", 0))
      .default([], "none"),
    outOption("transfer"),
    overwriteOption(),
    jsonOption(),
    quietOption(),
  ]).action(async (flags: Flags) => transfer(flags));
}

async function transfer(flags: Flags): Promise<void> {
  const signal = interruptSignal();
  for (const flag of ["amplify", "noise"] as const) requireDifferent(`--${flag}`, flags[flag]);
  const models = await loadModels([...flags.from, ...flags.to]);
  requireModels(models.map(({ name, network }) => ({ name, target: network })));
  const sources = models.slice(0, new Set(await Promise.all(flags.from.map((from) => resolveModel(from)))).size);
  const [first] = sources as [LoadedModel];
  requireTargetFlag(flags.target, first.network.classes);
  const data = selectImages(await loadData(flags.data), first.network, flags);
  const report = await outputFolder(flags.out, { overwrite: flags.overwrite === true }, async (folder) => {
    const made = await makeReport(models, sources, data, flags, signal);
    for (const [name, content] of await transferFiles(made)) await folder.write(name, content);
    return made;
  });
  process.stdout.write(
    flags.json ? transferJson(report) : printable(`${transferText(report)}${flags.out}/index.html\n`),
  );
}

function requireDifferent(flag: string, numbers: readonly number[]): void {
  const twice = numbers.find((n, i) => numbers.indexOf(n) !== i);
  if (twice !== undefined) throw new UsageError(`${flag}: expected each number once, got ${twice} twice`);
}

/** The models, each once, with names that differ: the folder's, or where two folders are called alike what was given. */
async function loadModels(given: readonly string[]): Promise<LoadedModel[]> {
  const models: LoadedModel[] = [];
  for (const text of given) {
    const folder = await resolveModel(text);
    if (models.some((model) => model.folder === folder)) continue;
    models.push({ given: text, folder, name: basename(folder), network: await loadNetwork(text) });
  }
  const isAmbiguous = (name: string) => models.filter((model) => model.name === name).length > 1;
  return models.map((model) => (isAmbiguous(model.name) ? { ...model, name: model.given } : model));
}

async function makeReport(
  models: readonly LoadedModel[],
  sources: readonly LoadedModel[],
  data: Dataset,
  flags: Flags,
  signal: AbortSignal,
): Promise<TransferReport> {
  const silent = flags.json === true || flags.quiet === true;
  const started = performance.now();
  const summaries: SourceSummary[] = [];
  const sets: TransferSet[] = [];
  for (const [source, { name, network }] of sources.entries()) {
    const found = await runAttack(network, data, flags, { label: `attack ${name}`, silent, signal });
    const summary = summaryOf(name, found);
    if (summary.found === 0) {
      const { attacked, misclassified, alreadyTarget } = summary;
      failed(
        `--from ${name}`,
        "at least one image that fools it, to feed to the others",
        `none of ${attacked} attacked (${misclassified} misclassified, ${alreadyTarget} the target already)`,
      );
    }
    summaries.push(summary);
    sets.push(...setsOf(name, source, found, data, flags.amplify));
  }
  for (const std of flags.noise) {
    const { rows, labels: truth } = data;
    const first = flags.first * imageSize(data.shape);
    const noisy = gaussianNoise(rows, { std, seed: flags.seed, first });
    sets.push({ name: `noise ${std}`, kind: "noise", rows: noisy, originals: rows, truth });
  }
  for (const set of sets) {
    const { source, rows, targets, found } = set;
    if (source === undefined || !targets || !found) continue;
    const { network } = sources[source] as LoadedModel;
    set.keptAt8Bits = await countKeptAt8Bits(network, rows, targets, found, { signal });
  }
  const matrix = await feed(models, sets, silent, signal);
  const milliseconds = performance.now() - started;
  const { target, effort, solver, margin, seed, first, truth } = flags;
  return {
    title: `${namesOf(sources)} to ${namesOf(models.slice(sources.length)) || "one another"} on ${flags.data}`,
    command: commandOf(flags, models, sources.length, data.count),
    version: packageVersion(),
    models: await Promise.all(
      models.map(async ({ name, network }) => ({
        name,
        digest: await digestArrays({ parameters: { data: network.getParameters() } }),
      })),
    ),
    shape: data.shape,
    data: {
      name: flags.data,
      digest: await digestArrays({ rows: { data: data.rows }, labels: { data: data.labels } }),
    },
    options: {
      target,
      effort,
      solver,
      margin,
      seed,
      first,
      count: data.count,
      truth,
      amplify: flags.amplify.join(",") || "none",
      noise: flags.noise.join(",") || "none",
    },
    sources: summaries,
    sets,
    matrix,
    timing: timing(
      milliseconds,
      summaries.reduce((sum, { attacked }) => sum + attacked, 0),
    ),
    digest: await digestArrays(transferArrays({ sets, matrix, shape: data.shape })),
  };
}

function namesOf(models: readonly LoadedModel[]): string {
  return models.map(({ name }) => name).join(", ");
}

function commandOf(flags: Flags, models: readonly LoadedModel[], sources: number, count: number): string {
  const list = (some: readonly LoadedModel[]) => quoted(some.map(({ given }) => given).join(","));
  const others = models.length > sources ? models.slice(sources) : models.slice(0, 1);
  return (
    `npx blindspot transfer --from ${list(models.slice(0, sources))} --to ${list(others)} ${attackFlagsText(flags, count)}` +
    `${flags.amplify.length > 0 ? ` --amplify ${flags.amplify.join(",")}` : ""}` +
    `${flags.noise.length > 0 ? ` --noise ${flags.noise.join(",")}` : ""}`
  );
}

function summaryOf(model: string, result: AttackResult): SourceSummary {
  const { misclassified, alreadyTarget, attacked, found, evaluations } = summarize(result);
  return { model, misclassified, alreadyTarget, attacked, found, evaluations };
}

/** The images made for one model, and the same amplified. */
function setsOf(
  name: string,
  source: number,
  { rows, targets, success: found }: AttackResult,
  { rows: originals, labels: truth, shape }: Dataset,
  amplifications: readonly number[],
): TransferSet[] {
  const shared = { originals, truth, targets, found, source };
  const size = imageSize(shape);
  const from = pooledDistortion(selectRows(originals, size, found), selectRows(rows, size, found));
  return [
    { name, kind: "adversarial", rows, ...shared },
    ...amplifications.map(
      (to): TransferSet => ({
        name: `${name} at ${to}`,
        kind: "amplified",
        rows: amplify(originals, rows, { to, from }),
        ...shared,
      }),
    ),
  ];
}

async function feed(
  models: readonly LoadedModel[],
  sets: readonly TransferSet[],
  silent: boolean,
  signal: AbortSignal,
) {
  const size = (models[0] as LoadedModel).network.inputSize;
  const images = new Set(sets.flatMap(({ rows, originals }) => [rows, originals]));
  const total = models.length * [...images].reduce((sum, rows) => sum + rows.length / size, 0);
  const progress = startProgress({ label: "feed", total, unit: "images", silent });
  try {
    return await transferMatrix(
      models.map(({ name, network }) => ({ name, target: network })),
      sets,
      { signal, onProgress: (done) => progress.update(done) },
    );
  } finally {
    progress.stop();
  }
}
