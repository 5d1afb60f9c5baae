/** `blindspot stability`: how far each layer of a model can stretch a change, and how far adversarial ones are stretched. */

import process from "node:process";
import { Command, Option } from "commander";
import { certifiedRadius, type LayerBound, runningBounds, stretches } from "../analysis/index.ts";
import { TARGET_RULES, type TargetRule, targetLabels } from "../attacks/index.ts";
import { printable } from "../check.ts";
import { type Dataset, imageSize } from "../data/index.ts";
import type { Network } from "../model/index.ts";
import {
  attackOnWorkers,
  defaultWorkers,
  layerBoundsOnWorkers,
  loadData,
  openPool,
  outputFolder,
  type Pool,
} from "../node/index.ts";
import {
  digestArrays,
  type StabilityImage,
  type StabilityLayer,
  type StabilityReport,
  stabilityArrays,
  stabilityFiles,
  stabilityJson,
  stabilityText,
} from "../report/index.ts";
import { quoted } from "../studies/command.ts";
import { TABLE_5 } from "../studies/paper/table5.ts";
import { analysedModel, MODEL_HELP } from "./analysis-model.ts";
import { selectImages, TRUTHS, type Truth } from "./attack-input.ts";
import { interruptSignal } from "./interrupt.ts";
import {
  addOptions,
  jsonOption,
  outOption,
  overwriteOption,
  quietOption,
  seedOption,
  wholeNumber,
  workersOption,
} from "./options.ts";
import { startProgress } from "./progress.ts";
import { packageVersion } from "./run.ts";

interface Flags {
  model: string;
  data?: string;
  count?: number;
  first: number;
  truth: Truth;
  target: TargetRule;
  workers?: number;
  seed: number;
  out: string;
  overwrite?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** A new one each time: commander's commands remember what they parsed. */
export function stabilityCommand(): Command {
  const command = new Command("stability")
    .summary("bound how far each layer can stretch a change")
    .description(
      "Bound, rigorously, how far each layer of a model can stretch a change of its input, as in section 4.3 and table 5 of " +
        "Szegedy et al. (2014); with --data also attack images, and show how far each layer does stretch what was found, and " +
        "within which radius no change can fool the model.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot stability --model fc100-100-10 --data mnist:test --count 1000
  $ blindspot stability --model initial:alexnet --out table5`,
    );
  return addOptions(command, [
    new Option("--model <folder or name>", MODEL_HELP).default("fc100-100-10"),
    new Option(
      "--data <set>",
      "attack these images: mnist:test, mnist:train, idx:<folder>:<split> for IDX files, or images:<folder> for PNG images " +
        "(default: none, bounds alone)",
    ),
    new Option("--count <number>", "how many images to attack (default: 100, or all there are)").argParser(
      wholeNumber("--count", 1),
    ),
    new Option("--first <number>", "position of the first one in the set")
      .argParser(wholeNumber("--first", 0))
      .default(0),
    new Option("--truth <source>", "what counts as an image's true answer: its label, or the model's own answer")
      .choices(TRUTHS)
      .default("labels"),
    new Option("--target <rule>", "the answer to push for").choices(TARGET_RULES).default("next"),
    workersOption(),
    seedOption(),
    outOption("stability"),
    overwriteOption(),
    jsonOption(),
    quietOption(),
  ]).action(async (flags: Flags) => stability(flags));
}

async function stability(flags: Flags): Promise<void> {
  const signal = interruptSignal();
  const { network, name } = await analysedModel(flags.model, flags.seed);
  const data =
    flags.data === undefined
      ? undefined
      : selectImages(await loadData(flags.data), network, { ...flags, data: flags.data });
  const report = await outputFolder(flags.out, { overwrite: flags.overwrite === true }, async (folder) => {
    const pool = await openPool({ workers: flags.workers ?? defaultWorkers() });
    try {
      const made = await makeReport(pool, network, name, data, flags, signal);
      for (const [file, content] of await stabilityFiles(made)) await folder.write(file, content);
      return made;
    } finally {
      await pool.close();
    }
  });
  process.stdout.write(
    flags.json ? stabilityJson(report) : printable(`${stabilityText(report)}\n${flags.out}/index.html\n`),
  );
}

async function makeReport(
  pool: Pool,
  network: Network,
  name: string,
  data: Dataset | undefined,
  flags: Flags,
  signal: AbortSignal,
): Promise<StabilityReport> {
  const silent = flags.json === true || flags.quiet === true;
  const started = performance.now();
  const bounds = await watched(
    { label: "bounds", total: network.layers.length, unit: "layers", silent },
    (onProgress) => layerBoundsOnWorkers(pool, network, { signal, onProgress }),
  );
  const running = runningBounds(network, bounds);
  const bound = running.at(-1) as number;
  const seen = data && (await attacked(pool, network, data, bound, flags, signal, silent));
  const milliseconds = performance.now() - started;
  const layers = layersOf(network, bounds, running, seen);
  const computed = {
    layers,
    images: seen?.images ?? [],
    own: joined(seen?.stretches.map(({ own }) => own) ?? []),
    whole: joined(seen?.stretches.map(({ whole }) => whole) ?? []),
  };
  const { seed, first, truth, target } = flags;
  const count = data?.count ?? 0;
  return {
    title: flags.data === undefined ? name : `${name} on ${flags.data}`,
    command:
      `npx blindspot stability --model ${quoted(flags.model)}` +
      `${flags.data === undefined ? "" : ` --data ${quoted(flags.data)} --count ${count}${first ? ` --first ${first}` : ""}${truth === "model" ? " --truth model" : ""} --target ${target}`}` +
      ` --seed ${seed}`,
    version: packageVersion(),
    model: {
      name,
      digest: await digestArrays({ parameters: { data: network.getParameters() } }),
      inputShape: network.inputShape,
    },
    ...(data && {
      data: {
        name: flags.data as string,
        digest: await digestArrays({ rows: { data: data.rows }, labels: { data: data.labels } }),
      },
    }),
    options: data ? { seed, first, count, truth, target } : { seed },
    bound,
    attacked: seen?.attacked ?? 0,
    ...computed,
    timing: { milliseconds },
    digest: await digestArrays(stabilityArrays(computed)),
  };
}

/** Runs something with a progress bar. */
async function watched<T>(
  bar: Parameters<typeof startProgress>[0],
  run: (onProgress: (done: number) => void) => Promise<T>,
): Promise<T> {
  const progress = startProgress(bar);
  try {
    return await run((done) => progress.update(done));
  } finally {
    progress.stop();
  }
}

/** The images that were attacked with success: their certified radius, and how far each layer stretched the change. */
async function attacked(
  pool: Pool,
  network: Network,
  { rows, labels: truth, count, shape }: Dataset,
  bound: number,
  { target, seed, first }: Flags,
  signal: AbortSignal,
  silent: boolean,
) {
  const { classes } = network;
  const labels = targetLabels(target, truth, { classes, seed, first, scores: network.predict(rows) });
  const found = await watched({ label: "attack", total: count, unit: "images", silent }, (onProgress) =>
    attackOnWorkers(pool, network, { rows, labels, truth, signal, onProgress }),
  );
  const size = imageSize(shape);
  const successes = Array.from(found.stop.keys()).filter((i) => found.stop[i] === "found");
  const pick = (all: Float32Array) => {
    const out = new Float32Array(successes.length * size);
    successes.forEach((i, k) => {
      out.set(all.subarray(i * size, (i + 1) * size), k * size);
    });
    return out;
  };
  const [before, after] = [pick(rows), pick(found.rows)];
  const radius = successes.length > 0 ? certifiedRadius(network, before, bound) : new Float64Array(0);
  const images = successes.map((i, k): StabilityImage => {
    const l2 = (found.distortion[i] as number) * Math.sqrt(size);
    return { index: first + i, l2, certified: radius[k] as number };
  });
  const aside = found.stop.filter((why) => why === "misclassified" || why === "already-target").length;
  return {
    images,
    attacked: count - aside,
    stretches: successes.length > 0 ? stretches(network, before, after) : [],
  };
}

function layersOf(
  network: Network,
  bounds: readonly LayerBound[],
  running: readonly number[],
  seen: Awaited<ReturnType<typeof attacked>> | undefined,
): StabilityLayer[] {
  const isAlexNet = Object.keys(TABLE_5).every((name) => network.layers.some((layer) => layer.name === name));
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const most = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b), 0);
  return bounds.map((bound, i): StabilityLayer => {
    const call = network.calls.findLastIndex(({ layer }) => layer === network.layers[i]);
    const stretch = seen?.stretches[call];
    const paper = isAlexNet ? TABLE_5[bound.layer] : undefined;
    return {
      ...bound,
      running: running[call] as number,
      ...(paper !== undefined && { paper }),
      ...(stretch && {
        seen: {
          mean: mean(stretch.own),
          most: most(stretch.own),
          wholeMean: mean(stretch.whole),
          wholeMost: most(stretch.whole),
        },
      }),
    };
  });
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
