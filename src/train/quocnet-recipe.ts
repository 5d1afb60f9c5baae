/**
 * Trains a QuocNet from nothing [Le et al. 2012]: stage by stage reconstruction TICA without labels, each on the features of those
 * below it, then a softmax classifier on the frozen top features (the paper's is a car detector). Each stage is a run of
 * L-BFGS on the first rows; the paper's is asynchronous SGD on 10 million images.
 */
import { outOfRange, requireLabels, requireNumber, requireOptions, requireRows } from "../check.ts";
import { type Network, type QuocNetOptions, quocNet, quocNetStages, softmaxRegression } from "../model/index.ts";
import { ReconstructionTica } from "../model/tica.ts";
import type { LbfgsState } from "../optimize/lbfgs.ts";
import { fit } from "./fit.ts";
import type { FitState } from "./full-batch.ts";
import type { TrainingSet } from "./objective.ts";
import type { Phase } from "./run.ts";
import { fitStages, type StagesOptions, type StagesResult } from "./stages.ts";
import { fitTica } from "./tica.ts";

/** How a QuocNet and the classifier on top of it are trained. */
export interface QuocNetRecipe {
  /** What errors and records call it. */
  name: string;
  /** The sizes of the network. */
  quocnet: Omit<QuocNetOptions, "seed" | "classes">;
  /** Number of classes. */
  classes: number;
  /** Weight of the pooled terms of each stage; the paper's is 0.1. */
  lambda: number;
  /** Squared units of the features, added below the root of a pool. */
  epsilon: number;
  /** Rows and iterations of each stage. */
  stages: readonly Phase[];
  /** Pairs of the L-BFGS history of these; default 10. */
  memory?: number;
  /** The softmax on top: lambda of (lambda / 2) |W|^2, iterations at most, pairs of the history. */
  classifier: { decay: number; iterations: number; memory?: number };
}

/** How the training is seeded, followed, stopped and resumed. */
export interface FitQuocNetOptions extends StagesOptions {
  /** Seed of the initial filters; default 0. The classifier starts at zero. */
  seed?: number;
}

/** What the training of a QuocNet gave; after a stop, with the weights at that point. */
export interface FitQuocNetResult extends StagesResult {
  /** The network. */
  network: Network;
}

/** The untrained network of a recipe. */
export function buildQuocNet({ name, quocnet, classes }: QuocNetRecipe, seed: number): Network {
  return quocNet({ ...quocnet, classes, seed, name });
}

/**
 * Trains the stages and the classifier of a recipe. The bits depend on the data, the recipe and the seed alone. Rejects for
 * data that do not fit the recipe, and for options that are unknown or out of range.
 */
export async function fitQuocNet(
  { rows, labels }: TrainingSet,
  recipe: QuocNetRecipe,
  options: FitQuocNetOptions = {},
): Promise<FitQuocNetResult> {
  requireOptions("fitQuocNet", options, { seed: true, resume: true, signal: true, onIteration: true });
  const { seed = 0, ...stopping } = options;
  const { classes, stages, lambda, epsilon, memory, classifier } = recipe;
  requireNumber("lambda", lambda, 0);
  const network = buildQuocNet(recipe, seed);
  const count = requireRows("rows", rows, network.inputSize);
  requireLabels("labels", labels, count, classes);
  const shapes = quocNetStages(recipe.quocnet);
  if (stages.length !== shapes.length)
    outOfRange("stages", `${shapes.length}, one a stage of the network`, stages.length);
  const softmax = softmaxRegression(featureSize(network), classes, { useBias: true });
  const runs = [
    ...stages.map(({ rows: some, iterations }) => ({ rows: Math.min(some, count), iterations })),
    { rows: count, iterations: classifier.iterations },
  ];
  const result = await fitStages(
    network,
    runs,
    async (stage, { rows: some, iterations, resume, ...how }) => {
      const part = rows.subarray(0, some * network.inputSize);
      const shape = shapes[stage];
      if (!shape) {
        const features = { rows: network.activations(part, "features"), labels };
        return fit(softmax, features, { ...classifier, ...(resume && { resume: resume as FitState }), ...how });
      }
      const tica = new ReconstructionTica(shape, { lambda, epsilon });
      const own = filtersOf(network, stage);
      const filters = network.getParameters().subarray(own.start, own.end);
      // Tied at first: decoding by the transpose of what encodes.
      const both = new Float32Array(2 * filters.length);
      both.set(filters);
      both.set(filters, filters.length);
      tica.setParameters(both);
      const ended = await fitTica(tica, shape.below === undefined ? part : network.activations(part, shape.below), {
        ...{ lambda, iterations },
        ...(memory !== undefined && { memory }),
        ...(resume && { resume: resume as LbfgsState }),
        ...how,
      });
      const all = network.getParameters();
      all.set(tica.getParameters().subarray(0, filters.length), own.start);
      network.setParameters(all);
      return ended;
    },
    stopping,
  );
  const all = network.getParameters();
  all.set(softmax.getParameters(), all.length - softmax.parameterCount);
  network.setParameters(all);
  return { ...result, network };
}

/** Numbers of the top features. */
function featureSize(network: Network): number {
  const { outputShape } = network.layers.find(({ name }) => name === "features") as (typeof network.layers)[number];
  return outputShape.reduce((product, extent) => product * extent, 1);
}

/** Where the filters of a stage, from 0, stand among the parameters. */
export function filtersOf(network: Network, stage: number): { start: number; end: number } {
  const at = network.parameters.findIndex(({ name }) => name === `filter${stage + 1}/kernel`);
  const start = network.parameters.slice(0, at).reduce((sum, { size }) => sum + size, 0);
  return { start, end: start + (network.parameters[at]?.size ?? 0) };
}
