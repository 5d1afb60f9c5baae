/**
 * The study "units": the images that the units of a layer and random directions answer to most, whether the two differ in what
 * these have in common, and some of both to look at [Szegedy et al. 2014, section 3 and figures 1 to 4].
 */
import { LayerVector, meanDifference, type Reduction } from "../../analysis/index.ts";
import { type OptionNames, outOfRange, requireOptions } from "../../check.ts";
import type { Dataset } from "../../data/index.ts";
import { preprocessFlags } from "../../model/index.ts";
import { ImagesPresent } from "../missing.ts";
import { recordHead, sealRecord } from "../record.ts";
import {
  identifiedData,
  identifiedModel,
  requireData,
  requireInRange,
  requireModel,
  running,
  type StudyData,
  type StudyModel,
  type StudyRun,
} from "../study.ts";
import { compareLayer, featuresOf, type LayerComparison } from "./compare.ts";
import { layerBefore } from "./layers.ts";
import { linesOf } from "./lines.ts";
import { type UnitsRecord, unitsArrays } from "./record.ts";

/** The direction from the mean of one label's images to that of another's. */
export type Between = readonly [from: number, to: number];

/** What the studies of units and directions are asked, of one layer or of many. */
export interface UnitsComparisonOptions {
  /** Images a row; default 10, or all there are. */
  top?: number | undefined;
  /** Random directions; default 16, for a survey 400. */
  directions?: number | undefined;
  /** Of the directions, of the permutation tests and of the units that are shown; default 0. */
  seed?: number;
  /** What a layer's maps of an image become; default none, for a survey "flatten", a unit a position. */
  reduce?: Reduction | undefined;
  /** Position of the data's first image in the set they were taken from; default 0. */
  first?: number;
  /** Where the labels are from, in words, for the record; default "of the set". */
  labels?: string;
}

/** How many images, directions and lines there are. */
export interface UnitsStudyOptions extends UnitsComparisonOptions {
  /** Default: the last with a vector output before the one that answers. */
  layer?: string | undefined;
  /** The layer in whose output images are compared; default the one before, or behind. */
  features?: string | undefined;
  /** Also the directions between the means of labels; default none. */
  between?: readonly Between[];
  /** Units and directions in `lines`, each, the units drawn by the seed; default 8. */
  show?: number;
  /** Of the search for the made image of each line; 0: none is made; default 100. */
  iterations?: number;
  /** Names of the classes, for people. */
  classNames?: readonly string[] | undefined;
  /** Where they were read from: what the command's --class-names is to be given. */
  classNamesFile?: string | undefined;
}

/** Every option of both by name. */
export const COMPARISON_OPTIONS: OptionNames<UnitsComparisonOptions> = {
  top: true,
  directions: true,
  seed: true,
  reduce: true,
  first: true,
  labels: true,
};
const OPTIONS: OptionNames<UnitsStudyOptions> = {
  ...COMPARISON_OPTIONS,
  ...{
    layer: true,
    features: true,
    between: true,
    show: true,
    iterations: true,
    classNames: true,
    classNamesFile: true,
  },
};

/** Images a row where nothing is said: as many as the paper shows. */
const TOP = 10;

/** The number of images a row, which there must be. */
export function topOf(top: number | undefined, { dataset: { count }, name }: StudyData): number {
  if (top !== undefined && top > count) outOfRange("top", `at most the ${count} images of ${name}`, `${top}`);
  return top ?? Math.min(TOP, count);
}

/**
 * Ranks the images by what each unit of a layer and each random direction in its space answers, and tests whether the
 * images of the two differ in label purity, label entropy, and likeness of pixels and features.
 *
 * @param data  labelled images in [0, 1]; `options.first` is the position of the first one in the whole set
 * @returns the record: `groups` has all columns as typed arrays, [columns, top] each, `lines` some of them with their images;
 *   neither digest depends on the executor
 * @throws RangeError for a layer or a label that is not there, a layer of maps without `reduce`, more images a row than there
 *   are, and a layer whose every unit gives one value for all images; the signal's reason once it is aborted
 */
export async function unitsStudy(
  model: StudyModel,
  data: StudyData,
  options: UnitsStudyOptions = {},
  run: StudyRun = {},
): Promise<UnitsRecord> {
  requireOptions("unitsStudy", options, OPTIONS);
  requireModel(model);
  requireData(data);
  requireInRange(model, data);
  const { network } = model;
  const { dataset } = data;
  const { layer = layerBefore(network), features, reduce, between = [], classNames, classNamesFile } = options;
  const { directions = 16, seed = 0, show = 8, iterations = 100, first = 0, labels = "of the set" } = options;
  const top = topOf(options.top, data);
  const started = performance.now();
  const given = between.map((pair) => directionBetween(new LayerVector(network, layer, reduce), dataset, pair));
  const compared = { top, directions, seed, features, reduce, given };
  const present = new ImagesPresent(dataset.count);
  const comparison = await compareLayer(network, layer, dataset, compared, run, `rank ${layer}`, present);
  const names = between.map((pair) => `from ${pair.join(" to ")}`);
  const { signal } = running(run);
  const lines = await linesOf(network, dataset, comparison, { show, iterations, seed, reduce, first, names, signal });
  const milliseconds = performance.now() - started;
  const { vector, featureLayer, found, loud, tests } = comparison;
  const { count, shape } = dataset;
  const computed = { size: found.size, lines, groups: groupsOf(comparison) };
  const pairs = between.map((pair) => pair.join("-"));
  const asked = { top, directions, show, iterations, seed, first, count };
  return sealRecord(
    {
      ...recordHead(
        "units",
        `${model.name}, layer ${vector.name}, on ${data.name}`,
        {
          command: "units",
          options: {
            ...{ model: model.given ?? model.name, ...preprocessFlags(network.preprocess) },
            ...{ layer: vector.name, features: featureLayer, reduce },
            ...{ data: data.name, between: pairs, ...asked, classNames: classNamesFile },
          },
          defaults: { first: 0 },
        },
        { ...asked, reduce: reduce ?? "none", between: pairs.join(",") || "none", labels },
      ),
      ...present.said(first),
      model: { ...(await identifiedModel(model)), ...(classNames && { classNames }) },
      layer: vector.name,
      featureLayer,
      data: { ...(await identifiedData(data)), count, shape },
      silent: found.size - loud.length,
      tests,
      compared: { units: loud.length, directions },
      ...computed,
      timing: { milliseconds },
    },
    unitsArrays(computed),
  );
}

function groupsOf({ found, coherence }: LayerComparison): UnitsRecord["groups"] {
  return {
    units: { ...found.units, ...coherence.units },
    random: { ...found.random, ...coherence.random, directions: found.directions },
    given: { ...found.given, ...coherence.given, directions: found.givenDirections },
  };
}

/** From the mean of one label's images in the layer to that of another's. */
function directionBetween(vector: LayerVector, data: Dataset, [from, to]: Between): Float32Array {
  const of = (label: number): Float32Array => {
    const rows = Uint32Array.from(data.labels.keys()).filter((row) => data.labels[row] === label);
    if (rows.length === 0) outOfRange("between", "labels that images have", `${label}, which none of them has`);
    return featuresOf(vector, data, rows);
  };
  return meanDifference(of(to), of(from), vector.size);
}
