/** Does the jobs of the paper's tables with an executor, which may keep what is finished. */
import { everyLabel } from "../../attacks/every-label.ts";
import type { AttackResult } from "../../attacks/index.ts";
import { digestParameters } from "../../data/digest.ts";
import { type Network, rankingOf } from "../../model/index.ts";
import { type AnyRecipe, withIterations } from "../../train/index.ts";
import type { Executor } from "../executor.ts";
import { answersOnWorkers } from "../on-workers/analyses.ts";
import { attackOnWorkers } from "../on-workers/attack.ts";
import { type FullBatchTraining, trainFullBatch } from "../train/full-batch.ts";
import type { PaperData } from "./attacked.ts";
import {
  type AnswerJob,
  type AttackJob,
  COST,
  type LoadedModel,
  type ModelJob,
  type PaperExecutor,
  type PaperJob,
} from "./jobs.ts";
import { type Sample, sampleTargets } from "./sample.ts";

/** Where models come from. */
export interface PaperWorkersOptions {
  executor: Executor;
  data: PaperData;
  /** Gives the models of training seed 0; without it every model is trained. */
  loadModel?: (name: string) => Promise<Network>;
  /** Iterations of each training at most; default the model's. */
  iterations?: number;
  signal?: AbortSignal;
  /** Told now and then: what is done of a job, in the units of `COST`, and how it goes. */
  onProgress?: (job: PaperJob, done: number, note: string) => void;
}

export class PaperWorkers implements PaperExecutor {
  /** Models of this run. */
  readonly used: { name: string; seed: number; digest: string; origin: "shipped" | "trained" }[] = [];
  /** Trainings of this run. */
  readonly trainings: FullBatchTraining[] = [];
  private readonly options: PaperWorkersOptions;
  private readonly recipes = new Map<string, AnyRecipe>();

  constructor(options: PaperWorkersOptions) {
    this.options = options;
  }

  async model(job: ModelJob): Promise<LoadedModel> {
    const { loadModel, iterations, data } = this.options;
    const { seed } = job;
    const recipe = withIterations(job.recipe, iterations ?? Number.POSITIVE_INFINITY);
    const loaded = seed === 0 ? await loadModel?.(recipe.name) : undefined;
    const isTrained = loaded === undefined;
    const network = loaded ?? (await this.train({ ...job, recipe }));
    const digest = await digestParameters(network.getParameters());
    this.recipes.set(digest, recipe);
    this.used.push({ name: recipe.name, seed, digest, origin: isTrained ? "trained" : "shipped" });
    if (isTrained) this.tell({ ...job, recipe }, COST.model({ ...job, recipe }, data.train.count), recipe.name);
    return { name: recipe.name, network, digest };
  }

  async attack(job: AttackJob, { name, network, digest }: LoadedModel, sample: Sample): Promise<AttackResult> {
    const { executor, signal } = this.options;
    const { target, effort, margin, seed } = job;
    const whole = COST.attack(job, this.recipes.get(digest) as AnyRecipe);
    const settings = {
      effort,
      margin,
      rows: sample.rows,
      ...(signal && { signal }),
      onProgress: (done: number, total: number) =>
        this.tell(job, (whole * done) / total, `attack on ${name}: ${done} of ${total}`),
    };
    if (target === "all") {
      return everyLabel(network, { ...settings, truth: sample.labels }, (searches) =>
        attackOnWorkers(executor, network, searches),
      );
    }
    const scores = rankingOf(network, sample.rows);
    const labels = sampleTargets(sample, target, { classes: network.classes, seed, scores });
    return attackOnWorkers(executor, network, { ...settings, labels });
  }

  answers(job: AnswerJob, { name, network, digest }: LoadedModel, rows: Float32Array): Promise<Int32Array> {
    const cost = COST.answers(this.recipes.get(digest) as AnyRecipe, rows.length / network.inputSize);
    return answersOnWorkers(this.options.executor, network, rows, {
      signal: this.options.signal,
      onProgress: (done, total) => this.tell(job, (cost * done) / total, `answers of ${name}`),
    });
  }

  private tell(job: PaperJob, done: number, note: string): void {
    this.options.onProgress?.(job, done, note);
  }

  private async train(job: ModelJob): Promise<Network> {
    const { recipe, seed } = job;
    const { data, executor, signal } = this.options;
    const training = await trainFullBatch(recipe, data, {
      seed,
      executor,
      signal,
      onProgress: ({ stage, stageIteration, iteration, iterations, error, isShare }) => {
        const wrong = isShare ? `, training error ${(100 * error).toFixed(2)} %` : "";
        const note = `${recipe.name}: iteration ${iteration} of ${iterations}${wrong}`;
        this.tell(job, COST.trained(job, data.train.count, stage, stageIteration), note);
      },
    });
    this.trainings.push(training);
    return training.network;
  }
}
