/**
 * The study "features": whether the first filters of a network that was trained without labels are oriented edges, and what a linear
 * detector on its frozen top features is worth beside one on pixels and on the features of the network before training
 * [Le et al. 2012; Szegedy et al. 2014 take a car detector on such features].
 */
import { filterShapes } from "../../analysis/features/orientation.ts";
import { outOfRange, requireInteger, requireOptions } from "../../check.ts";
import { digestBytes, digestDataset } from "../../data/digest.ts";
import { type Dataset, slice } from "../../data/index.ts";
import type { Network } from "../../model/index.ts";
import { permutationTest } from "../../numeric/permutation-test.ts";
import { rateOf } from "../../numeric/rate.ts";
import { buildRecipe, type QuocNetRecipe } from "../../train/index.ts";
import { recordHead, sealRecord } from "../record.ts";
import {
  identifiedModel,
  requireModel,
  requireSplits,
  running,
  type StudyModel,
  type StudyRun,
  type StudySplits,
} from "../study.ts";
import {
  type Detector,
  FEATURE_KINDS,
  type FeatureErrors,
  type FeaturesRecord,
  featuresArrays,
  SHAPE_MEASURES,
  type ShapeMeasure,
} from "./record.ts";

/** What is asked. */
export interface FeaturesStudyOptions {
  /** Training images that the classifiers see, the first of the set, the last sixth of them for validation; default 6000. */
  count?: number;
  /** Iterations of each classifier, at most; default 150. */
  iterations?: number;
  /** Of the network before training: the seed that the model was trained from; default 0. */
  seed?: number;
}

/** The decays among which each classifier's is chosen on the validation images. */
const DECAYS = [1e-4, 1e-3, 1e-2];
const ITERATIONS = 150;
const COUNT = 6000;

/**
 * Measures the first filters and the top features of a QuocNet.
 *
 * @param recipe  what the model was built by: its untrained network is the comparison
 * @returns the record; neither digest depends on the executor
 * @throws RangeError for a network that is no QuocNet of one channel, and for more images than there are
 */
export async function featuresStudy(
  model: StudyModel,
  recipe: QuocNetRecipe,
  data: StudySplits,
  options: FeaturesStudyOptions = {},
  run: StudyRun = {},
): Promise<FeaturesRecord> {
  requireOptions("featuresStudy", options, { count: true, iterations: true, seed: true });
  const { count = COUNT, iterations = ITERATIONS, seed = 0 } = options;
  requireModel(model);
  requireSplits(data);
  requireInteger("count", count, 12, data.train.count);
  requireInteger("iterations", iterations, 1);
  const { network } = model;
  const before = buildRecipe(recipe, network.inputSize, seed);
  const { executor, signal, tell } = running(run);
  const started = performance.now();
  const filters = firstFilters(network);
  const [learnt, random] = [filters.values, firstFilters(before, filters.layer).values];
  const shapes = [learnt, random].map((values) => filterShapes(values, filters.side));
  const tests = Object.fromEntries(
    SHAPE_MEASURES.map((measure, i) => [
      measure,
      permutationTest(
        (shapes[0] as FilterShapes).map((shape) => shape[measure]),
        (shapes[1] as FilterShapes).map((shape) => shape[measure]),
        { seed: seed + i },
      ),
    ]),
  ) as Record<ShapeMeasure, ReturnType<typeof permutationTest>>;

  const train = slice(data.train, 0, count);
  const held = Math.floor(count / 6);
  const sets: Record<(typeof FEATURE_KINDS)[number], (rows: Float32Array) => Float32Array> = {
    pixels: (rows) => rows,
    random: (rows) => featuresOf(before, rows),
    learnt: (rows) => featuresOf(network, rows),
  };
  const { classes } = train;
  const total = FEATURE_KINDS.length * (classes + 1);
  const classifiers: FeatureErrors[] = [];
  const detectors: Detector[] = Array.from({ length: classes }, (_, label) => ({
    label,
    base: Array.from(data.test.labels).filter((one) => one === label).length / data.test.count,
    errors: [],
  }));
  for (const [k, kind] of FEATURE_KINDS.entries()) {
    const features = { train: sets[kind](train.rows), test: sets[kind](data.test.rows) };
    const size = features.train.length / count;
    const input = {
      features,
      size,
      held,
      classes,
      trainLabels: Int32Array.from(train.labels),
      testLabels: Int32Array.from(data.test.labels),
    };
    const found = await executor.run(
      {
        task: "linearReadout",
        input: { ...input, decays: DECAYS, iterations },
        items: classes + 1,
        share: "single",
      },
      {
        signal,
        onProgress: (done) =>
          tell({ label: "classifiers", done: k * (classes + 1) + done, total, unit: "classifiers" }),
      },
    );
    const errors = found.map(({ decay, wrong }) => ({ kind, size, decay, test: rateOf(wrong, data.test.count) }));
    classifiers.push(errors[classes] as FeatureErrors);
    detectors.forEach((detector, label) => {
      (detector.errors as FeatureErrors[]).push(errors[label] as FeatureErrors);
    });
  }
  const milliseconds = performance.now() - started;
  const flat = (all: FilterShapes) =>
    Float64Array.from(all.flatMap((shape) => SHAPE_MEASURES.map((name) => shape[name])));
  const computed = {
    filters: {
      layer: filters.layer,
      count: learnt.length / (filters.side * filters.side),
      side: filters.side,
      positions: filters.positions,
    },
    learnt,
    random,
    learntShapes: flat(shapes[0] as FilterShapes),
    randomShapes: flat(shapes[1] as FilterShapes),
  };
  const asked = { recipe: recipe.name, count, iterations, seed };
  return sealRecord(
    {
      ...recordHead(
        "features",
        `${model.name} on ${data.name}`,
        {
          command: "features",
          options: { model: model.given ?? model.name, data: data.name, ...asked },
          defaults: { recipe: "quocnet-small", count: COUNT, iterations: ITERATIONS },
        },
        asked,
      ),
      model: await identifiedModel(model),
      data: { name: data.name, digest: await digestSplits(data) },
      tests,
      classifiers,
      detectors,
      timing: { milliseconds },
      ...computed,
    },
    featuresArrays(computed, { classifiers, detectors }),
  );
}

type FilterShapes = ReturnType<typeof filterShapes>;

/** One digest of both sets. */
async function digestSplits({ train, test }: { train: Dataset; test: Dataset }): Promise<string> {
  return digestBytes(new TextEncoder().encode(`${await digestDataset(train)} ${await digestDataset(test)}`));
}

function featuresOf(network: Network, rows: Float32Array): Float32Array {
  return network.activations(rows, "features");
}

/** The filters of the first layer with filters of each position: f32[positions maps, side, side], those of one channel. */
function firstFilters(network: Network, name = "filter1") {
  const layer = network.layers.find((one) => one.name === name && one.className === "LocallyConnected2D");
  const parameter = network.parameters.find((one) => one.name === `${name}/kernel`);
  if (!layer || !parameter) {
    outOfRange(
      `model ${network.name}`,
      `a QuocNet, whose first filters are the layer ${name}`,
      network.layers.map((one) => one.className).join(", "),
    );
  }
  const [positions, taps, maps] = parameter.shape as [number, number, number];
  const channels = layer.inputShape.at(-1) as number;
  if (channels !== 1) outOfRange(`model ${network.name}`, "filters of one channel", channels);
  let start = 0;
  for (const one of network.parameters) {
    if (one === parameter) break;
    start += one.size;
  }
  const weights = network.getParameters().subarray(start, start + parameter.size);
  const values = new Float32Array(weights.length);
  for (let p = 0; p < positions; p++) {
    for (let m = 0; m < maps; m++) {
      for (let t = 0; t < taps; t++) {
        values[(p * maps + m) * taps + t] = weights[(p * taps + t) * maps + m] as number;
      }
    }
  }
  return { layer: name, side: Math.round(Math.sqrt(taps)), positions, values };
}
