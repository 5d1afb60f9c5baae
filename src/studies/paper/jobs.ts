/**
 * What a run of the paper consists of: jobs, described by plain data. The same description has the same result, bit for
 * bit, wherever and whenever it is done, so that a job that was done once need never be done again. Who does the jobs, on
 * how many threads, and keeps their results, is an executor's business (executor.ts).
 */
import type { AttackResult, EffortName } from "../../attacks/index.ts";
import type { Network } from "../../model/index.ts";
import { type AnyRecipe, isAutoencoder, iterationsOfStages, type Phase, unitsOf } from "../../train/index.ts";
import type { PaperTarget, Sample } from "./sample.ts";

/** The parameters of a model, trained or loaded. */
export interface ModelJob {
  kind: "model";
  recipe: AnyRecipe;
  seed: number;
}

/** Adversarial examples for a sample of images. */
export interface AttackJob {
  kind: "attack";
  /** Digest of the model's parameters. */
  model: string;
  split: "train" | "test";
  count: number;
  target: PaperTarget;
  effort: EffortName;
  margin: number;
  seed: number;
}

/** What a model answers to rows. `rows` names them: two rows of the same name are the same. */
export interface AnswerJob {
  kind: "answers";
  model: string;
  rows: string;
}

export type PaperJob = ModelJob | AttackJob | AnswerJob;

/** A model at hand. */
export interface LoadedModel {
  name: string;
  network: Network;
  /** SHA-256 of its parameters. */
  digest: string;
}

/** Does jobs, as many at once as it likes, or returns what is left of an earlier run. */
export interface PaperExecutor {
  model(job: ModelJob): Promise<LoadedModel>;
  attack(job: AttackJob, model: LoadedModel, sample: Sample): Promise<AttackResult>;
  /** i32[n], the class of the largest score of each row. */
  answers(job: AnswerJob, model: LoadedModel, rows: Float32Array): Promise<Int32Array>;
}

/** Evaluations that an attack takes an image and label, about; for the time that is left. */
const EVALUATIONS: Readonly<Record<EffortName, number>> = { fast: 35, thorough: 260, exhaustive: 700 };

/** Multiplications and additions of a forward pass of one row. */
function rowCost(recipe: AnyRecipe, inputs = 784): number {
  const units = unitsOf(recipe);
  return units.reduce((sum, n, i) => sum + 2 * n * (units[i - 1] ?? inputs), 0);
}

/** An evaluation takes a forward and a backward pass; of a row of MNIST the first layer skips the zeros, four fifths of it. */
const PASSES = 2;
const NONZERO = 0.2;

/** What an iteration costs on `images` training images, in each phase or stage of the recipe. */
function iterationCosts(recipe: AnyRecipe, images: number, inputs = 784): number[] {
  const first = 2 * inputs * (unitsOf(recipe)[0] as number);
  const each = (phases: readonly Phase[], most: number, row: number) =>
    phases.map(({ rows }) => PASSES * Math.min(rows, most) * row);
  if (!isAutoencoder(recipe)) {
    const own = recipe.half ? images / 2 : images;
    const row = rowCost(recipe) - (1 - NONZERO) * first;
    return [...each(recipe.phases ?? [], own, row), PASSES * own * row];
  }
  // The decoder's layer is as large as the encoder's, and its outputs are not sparse.
  return [...each(recipe.stages, images, (2 + NONZERO) * first), PASSES * images * (rowCost(recipe) - first)];
}

/** What the first `stages` phases or stages of a training cost. */
function trainingCost(recipe: AnyRecipe, images: number, stages = Number.POSITIVE_INFINITY): number {
  const iterations = iterationsOfStages(recipe);
  return iterationCosts(recipe, images).reduce(
    (sum, cost, stage) => sum + (stage < stages ? cost * (iterations[stage] as number) : 0),
    0,
  );
}

/** What a job costs, in floating-point operations, about: no result depends on it. */
export const COST = {
  model: ({ recipe }: ModelJob, images: number): number => trainingCost(recipe, images),
  /** What is done of a training at an iteration, counted within its stage. */
  trained: ({ recipe }: ModelJob, images: number, stage: number, iteration: number): number =>
    trainingCost(recipe, images, stage) + iteration * (iterationCosts(recipe, images)[stage] as number),
  // Half of an attack's time is the network's, forward and backward.
  attack: ({ count, target, effort }: AttackJob, recipe: AnyRecipe, classes = 10): number =>
    4 * rowCost(recipe) * EVALUATIONS[effort] * count * (target === "all" ? classes - 1 : 1),
  answers: (recipe: AnyRecipe, rows: number): number => rows * rowCost(recipe),
};
