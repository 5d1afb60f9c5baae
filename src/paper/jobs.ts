/**
 * What a run of the paper consists of: jobs, described by plain data. The same description has the same result, bit for
 * bit, wherever and whenever it is done, so that a job that was done once need never be done again. Who does the jobs, on
 * how many threads, and keeps their results, is an executor's business (src/node has one).
 */
import type { AttackResult, EffortName } from "../attacks/index.ts";
import type { Network } from "../model/index.ts";
import type { PaperModel } from "./models.ts";
import type { PaperTarget, Sample } from "./sample.ts";

/** The parameters of a model, trained or loaded. */
export interface ModelJob {
  kind: "model";
  recipe: PaperModel;
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
function rowCost(recipe: PaperModel, inputs = 784): number {
  const sizes = [inputs, ...recipe.units];
  return recipe.units.reduce((sum, units, i) => sum + 2 * units * (sizes[i] as number), 0);
}

/** What a job costs, in floating-point operations, about: no result depends on it. */
export const COST = {
  model: ({ recipe }: ModelJob, rows: number): number => 2.1 * recipe.iterations * rows * rowCost(recipe),
  // Half of an attack's time is the network's, forward and backward.
  attack: ({ count, target, effort }: AttackJob, recipe: PaperModel, classes = 10): number =>
    4 * rowCost(recipe) * EVALUATIONS[effort] * count * (target === "all" ? classes - 1 : 1),
  answers: (recipe: PaperModel, rows: number): number => rows * rowCost(recipe),
};
