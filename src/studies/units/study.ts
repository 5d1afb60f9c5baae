/**
 * The study behind `blindspot units`: the images that the units of a layer and random directions answer to most, whether the two
 * differ in what these have in common, and some of both to look at [Szegedy et al. 2014, section 3 and figures 1 to 4].
 */
import { LayerVector, meanDifference } from "../../analysis/index.ts";
import { outOfRange } from "../../check.ts";
import { type Dataset, imageSize } from "../../data/dataset.ts";
import { digestArrays } from "../../data/digest.ts";
import {
  type CompareOptions,
  compareLayer,
  featuresOf,
  type RankImages,
  rankHere,
  type UnitsTarget,
} from "./compare.ts";
import { layerBefore } from "./layers.ts";
import { linesOf } from "./lines.ts";
import { type UnitsRecord, unitsArrays } from "./record.ts";

/** The direction from the mean of one label's images to that of another's. */
export type Between = readonly [from: number, to: number];

/** Labelled images, and where they are from. */
export interface UnitsData extends Dataset {
  name: string;
  /** Position of the first in its set. */
  first: number;
  /** Where the labels are from, in words. */
  labelled: string;
}

export interface UnitsOptions extends Omit<CompareOptions, "given"> {
  /** Default: the last with a vector output before the one that answers. */
  layer?: string | undefined;
  between?: readonly Between[];
  show: number;
  iterations: number;
}

export async function unitsStudy(
  { name, network }: UnitsTarget,
  data: UnitsData,
  options: UnitsOptions,
  rank: RankImages = rankHere,
): Promise<UnitsRecord> {
  const { layer = layerBefore(network), between = [], show, iterations, ...compared } = options;
  const { top, directions, seed, reduce, signal } = compared;
  if (top > data.count) outOfRange("top", `at most the ${data.count} images of ${data.name}`, `${top}`);
  const given = between.map((pair) => directionBetween(new LayerVector(network, layer, reduce), data, pair));
  const comparison = await compareLayer(network, layer, data, { ...compared, given }, rank);
  const { vector, featureLayer, found, coherence, loud, tests } = comparison;
  const { first, count, shape, labelled } = data;
  const names = between.map((pair) => `from ${pair.join(" to ")}`);
  const lines = await linesOf(network, data, comparison, { show, iterations, seed, reduce, first, names, signal });
  const size = imageSize(shape);
  return {
    model: { name, digest: await digestArrays({ parameters: { data: network.getParameters() } }) },
    layer: vector.name,
    featureLayer,
    data: { name: data.name, digest: await dataDigest(data), count, shape },
    options: { top, directions, show, iterations, seed, first, count, reduce: reduce ?? "none", labels: labelled },
    size: found.size,
    silent: found.size - loud.length,
    lines,
    tests,
    compared: { units: loud.length, directions },
    found,
    coherence,
    pictures: new Map(
      lines
        .flatMap(({ images }) => images)
        .map((at) => [at, data.rows.subarray((at - first) * size, (at - first + 1) * size)]),
    ),
    digest: await digestArrays(unitsArrays({ found, coherence, lines })),
  };
}

/** Of the images and their labels. */
export function dataDigest({ rows, labels }: Dataset): Promise<string> {
  return digestArrays({ rows: { data: rows }, labels: { data: labels } });
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
