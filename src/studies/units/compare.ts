/** The units of one layer against random directions in its space: what the images that each answers to most have in common. */
import {
  type Coherence,
  coherence,
  isSilent,
  LayerVector,
  type PermutationTest,
  type Reduction,
  rowsNamed,
  type UnitImages,
} from "../../analysis/index.ts";
import { outOfRange } from "../../check.ts";
import { turns } from "../../clock.ts";
import { type Dataset, imageSize } from "../../data/dataset.ts";
import type { Network } from "../../model/index.ts";
import { DEALS, type Groups, PermutationTests } from "../../numeric/permutation-test.ts";
import type { ImagesPresent } from "../missing.ts";
import { unitImagesOnWorkers, unitImagesPresent } from "../on-workers/analyses.ts";
import { running, type StudyRun } from "../study.ts";
import { featureLayerOf } from "./layers.ts";

export const MEASURES = ["purity", "entropy", "pixels", "features"] as const;
/** What images have in common: their labels, their pixels, or their features. */
export type Measure = (typeof MEASURES)[number];

/** A test of each measure: units first, directions second. */
export type UnitsTests = Readonly<Record<Measure, PermutationTest>>;

export interface CompareOptions {
  /** Images a row. */
  top: number;
  /** Random directions. */
  directions: number;
  seed: number;
  /** The layer in whose output images are compared; default the one before, or behind. */
  features?: string | undefined;
  reduce?: Reduction | undefined;
  /** f32[size of the layer] each. */
  given?: readonly Float32Array[];
}

/** What came out for a layer. */
export interface LayerComparison {
  vector: LayerVector;
  featureLayer: string;
  found: UnitImages;
  coherence: { units: Coherence; random: Coherence; given: Coherence };
  /** Units that do not give one value for all images, ascending. */
  loud: readonly number[];
  tests: UnitsTests;
}

/** Rows whose features are taken at once. */
const BATCH = 256;

/**
 * Compares the units of a layer with random directions. `label` is what the progress is called. With `present` images may be missing;
 * without it the comparison is of all.
 */
export async function compareLayer(
  network: Network,
  layer: string,
  data: Dataset,
  { top, directions, seed, features, reduce, given = [] }: CompareOptions,
  run: StudyRun,
  label: string,
  present?: ImagesPresent,
): Promise<LayerComparison> {
  const { executor, signal, tell } = running(run);
  const vector = new LayerVector(network, layer, reduce);
  const featureLayer = features ?? featureLayerOf(network, layer);
  const featureVector = new LayerVector(network, featureLayer, features === undefined ? "flatten" : reduce);
  const ranking = {
    ...{ top, directions, given, seed },
    ...(reduce && { reduce }),
    ...(signal && { signal }),
    onProgress: (done: number, total: number) => tell({ label, done, total, unit: "images" }),
  };
  const found = await (present
    ? unitImagesPresent(present, executor, network, vector.name, data.rows, ranking)
    : unitImagesOnWorkers(executor, network, vector.name, data.rows, ranking));
  const featureRows = rowsNamed([found.units, found.random, found.given]);
  const input = {
    labels: data.labels,
    pixels: data.rows,
    features: featuresOf(featureVector, data, featureRows),
    featureRows,
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
  const groups = MEASURES.map((measure): Groups => {
    return [loud.map((unit) => measured.units[measure][unit] as number), measured.random[measure]];
  });
  const tested = await test(groups, seed, signal);
  const tests = Object.fromEntries(MEASURES.map((measure, i) => [measure, tested[i]])) as Record<
    Measure,
    PermutationTest
  >;
  return { vector, featureLayer, found, coherence: measured, loud, tests };
}

async function test(groups: readonly Groups[], seed: number, signal?: AbortSignal): Promise<PermutationTest[]> {
  const tests = new PermutationTests(groups, { seed });
  const turn = turns(signal);
  for (let deal = 0; deal < DEALS; deal++) {
    await turn();
    tests.deal();
  }
  return tests.results();
}

/** What a layer's vector is on some rows of a set.   f32[rows named, size] */
export function featuresOf(vector: LayerVector, { rows, shape }: Dataset, named: Uint32Array): Float32Array {
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
