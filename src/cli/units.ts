/** `blindspot units`: the images that a layer's units and random directions answer to most, and whether the two differ. */
import process from "node:process";
import { Command, Option } from "commander";
import {
  type Coherence,
  coherence,
  isSilent,
  LayerVector,
  maximise,
  meanDifference,
  permutationTest,
  type Ranking,
  REDUCTIONS,
  type Reduction,
  rowsNamed,
  type UnitImages,
  unitDirection,
} from "../analysis/index.ts";
import { outOfRange } from "../check.ts";
import { type Dataset, imageSize, UNLABELLED } from "../data/index.ts";
import type { Network } from "../model/index.ts";
import { defaultWorkers, loadData, openPool, outputFolder, unitImagesOnWorkers } from "../node/index.ts";
import { Random } from "../numeric/random.ts";
import {
  digestArrays,
  MEASURES,
  type Measure,
  type UnitsLine,
  type UnitsReport,
  unitsArrays,
  unitsFiles,
  unitsJson,
  unitsText,
} from "../report/index.ts";
import { analysedModel, MODEL_HELP } from "./analysis-model.ts";
import { readClassNames, selectImages } from "./attack-input.ts";
import { interruptSignal } from "./interrupt.ts";
import {
  addOptions,
  jsonOption,
  outOption,
  overwriteOption,
  quietOption,
  seedOption,
  UsageError,
  wholeNumber,
  workersOption,
} from "./options.ts";
import { startProgress } from "./progress.ts";
import { packageVersion } from "./run.ts";
import { quoted } from "./shell.ts";

interface Flags {
  model: string;
  layer?: string;
  features?: string;
  reduce?: Reduction;
  data: string;
  count?: number;
  first: number;
  classNames?: string;
  top: number;
  directions: number;
  between: readonly Between[];
  show: number;
  iterations: number;
  workers?: number;
  seed: number;
  out: string;
  overwrite?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** The direction from the mean of one label's images to that of another's. */
type Between = readonly [from: number, to: number];

/** Parses pairs of labels: 4-9,3-8. */
function parseBetween(text: string): Between[] {
  return text.split(",").map((pair) => {
    const [, from, to] = /^\s*(\d+)-(\d+)\s*$/.exec(pair) ?? [];
    if (from === undefined || to === undefined || from === to) {
      throw new UsageError(`--between: expected pairs of labels such as 4-9,3-8, got ${JSON.stringify(text)}`);
    }
    return [Number(from), Number(to)];
  });
}

/** Stream of the generator by which the units to show are drawn. */
const SHOWN = 3;
/** Rows whose features are taken at once. */
const BATCH = 256;

/** A new one each time: commander's commands remember what they parsed. */
export function unitsCommand(): Command {
  const command = new Command("units")
    .summary("show the images that units and random directions answer to")
    .description(
      "Find the images that each unit of a layer answers to most, and those of random directions in the same space, measure what " +
        "they have in common, and write a report with the pictures: section 3 and figures 1 to 4 of Szegedy et al. (2014).",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot units --model fc100-100-10 --layer fc2 --directions 100
  $ blindspot units --model initial:mnist-convnet --layer fc1
  $ blindspot units --model mine/squeezenet --layer fire9_concat --reduce max --data images:photographs --top 3`,
    );
  return addOptions(command, [
    new Option("--model <folder or name>", MODEL_HELP).default("fc100-100-10"),
    new Option("--layer <name>", "the layer (default: the last with a vector output before the one that answers)"),
    new Option(
      "--features <name>",
      "the layer in whose output images are compared (default: the one before, or behind)",
    ),
    new Option(
      "--reduce <how>",
      "what a layer's maps of an image become: a unit a position, or a map's mean or largest value",
    ).choices(REDUCTIONS),
    new Option(
      "--data <set>",
      "mnist:test, mnist:train, idx:<folder>:<split> for IDX files, or images:<folder> for PNG images",
    ).default("mnist:test"),
    new Option("--count <number>", "how many images (default: all there are)").argParser(wholeNumber("--count", 1)),
    new Option("--first <number>", "position of the first one in the set")
      .argParser(wholeNumber("--first", 0))
      .default(0),
    new Option("--class-names <file>", "names of the classes for the report, a line each"),
    new Option("--top <number>", "images a row").argParser(wholeNumber("--top", 1)).default(10),
    new Option("--directions <number>", "random directions").argParser(wholeNumber("--directions", 1)).default(16),
    new Option(
      "--between <pairs>",
      "also the directions from the mean of one label's images to that of another's: 4-9,3-8",
    )
      .argParser(parseBetween)
      .default([], "none"),
    new Option("--show <number>", "units and directions that are shown, each, the units drawn by the seed")
      .argParser(wholeNumber("--show", 0))
      .default(8),
    new Option("--iterations <number>", "of the search for the made image of each that is shown; 0: none is made")
      .argParser(wholeNumber("--iterations", 0))
      .default(100),
    workersOption(),
    seedOption(),
    outOption("units"),
    overwriteOption(),
    jsonOption(),
    quietOption(),
  ]).action(async (flags: Flags) => units(flags));
}

async function units(flags: Flags): Promise<void> {
  const signal = interruptSignal();
  const { network, name } = await analysedModel(flags.model, flags.seed);
  const all = await loadData(flags.data);
  const count = flags.count ?? all.count - flags.first;
  // Where the set says nothing of its images, labels are what the model answers.
  const data = selectImages(all, network, { data: flags.data, first: flags.first, count, truth: "labels" });
  const labelled = all.labels[0] === UNLABELLED ? "the model's own answers" : "of the set";
  const layer = flags.layer ?? layerBefore(network);
  const vector = new LayerVector(network, layer, flags.reduce);
  if (flags.top > data.count) outOfRange("--top", `at most the ${data.count} images of ${flags.data}`, `${flags.top}`);
  const features = flags.features ?? otherLayer(network, layer);
  const featureVector = new LayerVector(network, features, flags.features === undefined ? "flatten" : flags.reduce);
  const classNames = flags.classNames === undefined ? undefined : await readClassNames(flags.classNames, network);
  const report = await outputFolder(flags.out, { overwrite: flags.overwrite === true }, async (folder) => {
    const made = await makeReport(network, name, data, vector, featureVector, { classNames, labelled }, flags, signal);
    for (const [file, content] of await unitsFiles(made)) await folder.write(file, content);
    return made;
  });
  process.stdout.write(flags.json ? unitsJson(report) : `${unitsText(report)}\n${flags.out}/index.html\n`);
}

/** The layers with a vector output and weights, and the one that answers. */
function vectorLayers(network: Network): string[] {
  const last = network.layers.length - 1;
  return network.layers
    .filter(({ outputShape, parameters }, i) => i === last || (outputShape.length === 1 && parameters.length > 0))
    .map(({ name }) => name);
}

/** The last layer with a vector output before the one that answers. */
function layerBefore(network: Network): string {
  const names = vectorLayers(network);
  return (names.at(-2) ?? names.at(-1)) as string;
}

/** The layer before it with a vector output, or the next one, or itself. */
function otherLayer(network: Network, layer: string): string {
  const names = vectorLayers(network);
  const at = names.indexOf(layer);
  return names[at - 1] ?? names[at + 1] ?? layer;
}

async function makeReport(
  network: Network,
  name: string,
  data: Dataset,
  vector: LayerVector,
  features: LayerVector,
  { classNames, labelled }: { classNames: readonly string[] | undefined; labelled: string },
  flags: Flags,
  signal: AbortSignal,
): Promise<UnitsReport> {
  const started = performance.now();
  const given = flags.between.map((pair) => directionBetween(vector, data, pair));
  const found = await rank(network, data, vector, given, flags, signal);
  const named = rowsNamed([found.units, found.random, found.given]);
  const input = {
    labels: data.labels,
    pixels: data.rows,
    features: featuresOf(features, data, named),
    featureRows: named,
    count: data.count,
  };
  const measured = {
    units: coherence(found.units, input),
    random: coherence(found.random, input),
    given: coherence(found.given, input),
  };
  const loud = Array.from({ length: found.size }, (_, unit) => unit).filter((unit) => !isSilent(found.units, unit));
  if (loud.length === 0) {
    outOfRange(`layer ${vector.name}`, "a unit that tells images apart", `${found.size} that give one value for all`);
  }
  const tests = Object.fromEntries(
    MEASURES.map((measure) => [
      measure,
      permutationTest(
        loud.map((unit) => measured.units[measure][unit] as number),
        measured.random[measure],
        { seed: flags.seed },
      ),
    ]),
  ) as Record<Measure, ReturnType<typeof permutationTest>>;
  const lines = linesOf(network, data, vector, found, measured, loud, flags, signal);
  const milliseconds = performance.now() - started;
  const { seed, first, top, directions, show, iterations, reduce } = flags;
  const pairs = flags.between.map((pair) => pair.join("-")).join(",");
  const size = imageSize(data.shape);
  const pictures = new Map(
    lines
      .flatMap(({ images }) => images)
      .map((at) => [at, data.rows.subarray((at - first) * size, (at - first + 1) * size)]),
  );
  return {
    title: `${name}, layer ${vector.name}, on ${flags.data}`,
    command:
      `npx blindspot units --model ${quoted(flags.model)} --layer ${quoted(vector.name)} --features ${quoted(features.name)}` +
      `${reduce ? ` --reduce ${reduce}` : ""} --data ${quoted(flags.data)} --count ${data.count}${first ? ` --first ${first}` : ""}` +
      ` --top ${top} --directions ${directions}${pairs ? ` --between ${pairs}` : ""} --show ${show} --iterations ${iterations} --seed ${seed}`,
    version: packageVersion(),
    model: {
      name,
      digest: await digestArrays({ parameters: { data: network.getParameters() } }),
      ...(classNames && { classNames }),
    },
    layer: vector.name,
    featureLayer: features.name,
    data: {
      name: flags.data,
      digest: await digestArrays({ rows: { data: data.rows }, labels: { data: data.labels } }),
      count: data.count,
      shape: data.shape,
    },
    options: {
      top,
      directions,
      show,
      iterations,
      seed,
      first,
      count: data.count,
      reduce: reduce ?? "none",
      labels: labelled,
    },
    size: found.size,
    silent: found.size - loud.length,
    lines,
    tests,
    compared: { units: loud.length, directions },
    found,
    coherence: measured,
    pictures,
    timing: { milliseconds },
    digest: await digestArrays(unitsArrays({ found, coherence: measured, lines })),
  };
}

async function rank(
  network: Network,
  data: Dataset,
  vector: LayerVector,
  given: readonly Float32Array[],
  flags: Flags,
  signal: AbortSignal,
): Promise<UnitImages> {
  const { top, directions, seed, reduce } = flags;
  const silent = flags.json === true || flags.quiet === true;
  const progress = startProgress({ label: "rank", total: data.count, unit: "images", silent });
  const pool = await openPool({ workers: flags.workers ?? defaultWorkers() });
  try {
    return await unitImagesOnWorkers(pool, network, vector.name, data.rows, {
      ...{ top, directions, given, seed, signal },
      ...(reduce && { reduce }),
      onProgress: (done) => progress.update(done),
    });
  } finally {
    progress.stop();
    await pool.close();
  }
}

/** From the mean of one label's images in the layer to that of another's. */
function directionBetween(vector: LayerVector, data: Dataset, [from, to]: Between): Float32Array {
  const of = (label: number): Float32Array => {
    const rows = Uint32Array.from(data.labels.keys()).filter((row) => data.labels[row] === label);
    if (rows.length === 0) outOfRange("--between", "labels that images have", `${label}, which none of them has`);
    return featuresOf(vector, data, rows);
  };
  return meanDifference(of(to), of(from), vector.size);
}

/** f32[rows named, size] */
function featuresOf(vector: LayerVector, { rows, shape }: Dataset, named: Uint32Array): Float32Array {
  const size = imageSize(shape);
  const out = new Float32Array(named.length * vector.size);
  for (let at = 0; at < named.length; at += BATCH) {
    const part = named.subarray(at, at + BATCH);
    const batch = new Float32Array(part.length * size);
    part.forEach((row, i) => {
      batch.set(rows.subarray(row * size, (row + 1) * size), i * size);
    });
    out.set(vector.of(batch), at * vector.size);
  }
  return out;
}

/** Some units, drawn by the seed, and the first random directions. */
function linesOf(
  network: Network,
  data: Dataset,
  vector: LayerVector,
  found: UnitImages,
  measured: { units: Coherence; random: Coherence; given: Coherence },
  loud: readonly number[],
  { show, seed, iterations, reduce, first, between }: Flags,
  signal: AbortSignal,
): UnitsLine[] {
  const random = new Random(seed, SHOWN);
  const left = [...loud];
  const drawn: number[] = [];
  for (let i = 0; i < show && left.length > 0; i++) {
    drawn.push(...left.splice(Math.floor(random.uniform(i) * left.length), 1));
  }
  const size = imageSize(data.shape);
  const bestImage = ({ rows, top }: Ranking, column: number): Float32Array => {
    const row = rows[column * top] as number;
    return data.rows.slice(row * size, (row + 1) * size);
  };
  const line = (kind: UnitsLine["kind"], column: number): UnitsLine => {
    signal.throwIfAborted();
    const [ranking, its, directions] = {
      unit: [found.units, measured.units, undefined] as const,
      direction: [found.random, measured.random, found.directions] as const,
      given: [found.given, measured.given, found.givenDirections] as const,
    }[kind];
    const own = Array.from(ranking.rows.subarray(column * ranking.top, (column + 1) * ranking.top));
    const best = ranking.values[column * ranking.top] as number;
    const direction =
      directions?.subarray(column * vector.size, (column + 1) * vector.size) ?? unitDirection(column, vector.size);
    return {
      kind,
      column,
      images: own.map((row) => first + row),
      labels: own.map((row) => data.labels[row] as number),
      values: Array.from(ranking.values.subarray(column * ranking.top, (column + 1) * ranking.top)),
      purity: its.purity[column] as number,
      entropy: its.entropy[column] as number,
      pixels: its.pixels[column] as number,
      features: its.features[column] as number,
      ...(iterations > 0 && {
        maximiser: made(network, vector.name, direction, bestImage(ranking, column), best, { iterations, reduce }),
      }),
    };
  };
  const shown = Math.min(show, found.random.columns);
  return [
    ...drawn.sort((a, b) => a - b).map((unit) => line("unit", unit)),
    ...Array.from({ length: shown }, (_, i) => line("direction", i)),
    ...Array.from({ length: found.given.columns }, (_, i) => ({
      ...line("given", i),
      name: `from ${between[i]?.join(" to ")}`,
    })),
  ];
}

/** The made image: from grey, or from the best image of the data where that leads higher than grey does. */
function made(
  network: Network,
  layer: string,
  direction: Float32Array,
  image: Float32Array,
  best: number,
  { iterations, reduce }: { iterations: number; reduce: Reduction | undefined },
): NonNullable<UnitsLine["maximiser"]> {
  const options = { iterations, ...(reduce && { reduce }) };
  const grey = maximise(network, layer, direction, options);
  // Where grey leaves a rectified unit silent it has no slope to climb.
  const found = grey.value > best ? grey : maximise(network, layer, direction, { ...options, start: image });
  return { image: found.image, value: found.value, iterations: found.iterations, status: found.status };
}
