/**
 * Does the jobs of the paper's tables on a pool of workers, and keeps what is finished in a journal: after a kill the same run goes
 * on where it was. Attacks are kept image by image; a training, which has no parts, leaves a checkpoint now and then.
 */
import { createHash } from "node:crypto";
import { mkdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { everyLabel } from "../attacks/every-label.ts";
import type { AttackResult } from "../attacks/index.ts";
import { type Dataset, imageSize, slice } from "../data/index.ts";
import type { Network } from "../model/index.ts";
import { fileFailed } from "../node/file-error.ts";
import { removeAbandoned } from "../node/own-files.ts";
import { loadShipped } from "../node/shipped-model.ts";
import {
  type AnswerJob,
  type AttackJob,
  COST,
  type LoadedModel,
  type ModelJob,
  type PaperData,
  type PaperExecutor,
  type PaperJob,
  type Sample,
  sampleTargets,
  wrongAnswers,
} from "../paper/index.ts";
import { digestArrays } from "../report/index.ts";
import type { AttackedImage } from "../studies/tasks/attack.ts";
import type { TrainOutput } from "../studies/tasks/train.ts";
import { type AnyRecipe, buildRecipe, partOf, type TrainState, withIterations } from "../train/index.ts";
import { answersOnWorkers } from "./analysis-workers.ts";
import { attackOnWorkers } from "./attack-workers.ts";
import { type RunDescription, readCheckpoint, removeCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { Journal } from "./journal.ts";
import type { Pool } from "./pool.ts";
import type { Plain } from "./record.ts";
import { type SharableArray, type SharedModel, shareArray, shareModel } from "./share.ts";

/** Where models come from and where the run leaves what it has finished. */
export interface PaperWorkersOptions {
  pool: Pool;
  /** In shared memory, as `paperData` loads it. */
  data: PaperData;
  /** Trains every model; else the weights of `models` are taken for training seed 0. */
  retrain: boolean;
  /** Iterations of each training at most; default the model's. */
  iterations?: number;
  /** Folder of the models' folders; default the shipped ones. */
  models?: string;
  /** The journal's file. */
  path: string;
  /** Folder of the checkpoints of trainings, which is made and at the end removed. */
  checkpoints: string;
  /** What the run's bits depend on: a journal of another run is refused. */
  run: RunDescription;
  /** Seconds between the checkpoints of a training; default 60. */
  checkpointSeconds?: number;
  signal?: AbortSignal;
  /** Told now and then: what is done of a job, in the units of `COST`, and how it goes. */
  onProgress?: (job: PaperJob, done: number, note: string) => void;
}

/** A training as it is reported. */
export interface Training extends Omit<TrainOutput, "parameters"> {
  recipe: AnyRecipe;
  network: Network;
  seed: number;
  trainError: number;
  testError: number;
}

type Entry = Record<string, Plain>;

export class PaperWorkers implements PaperExecutor {
  /** Models of this run. */
  readonly used: { name: string; seed: number; digest: string; origin: "shipped" | "trained" }[] = [];
  /** Trainings of this run. */
  readonly trainings: Training[] = [];
  /** Records that an earlier run left. */
  readonly resumed: number;
  private readonly options: PaperWorkersOptions;
  private readonly journal: Journal;
  /** What the journal holds of each job. */
  private readonly left: ReadonlyMap<string, Entry[]>;
  private readonly shared = new WeakMap<object, SharableArray>();
  private readonly models = new Map<string, SharedModel>();
  private readonly recipes = new Map<string, AnyRecipe>();

  private constructor(options: PaperWorkersOptions, journal: Journal, left: ReadonlyMap<string, Entry[]>) {
    this.options = options;
    this.journal = journal;
    this.left = left;
    this.resumed = journal.resumed;
  }

  /** Opens the journal of the run, or refuses: another process is at it, or it is that of other settings. */
  static async open(options: PaperWorkersOptions): Promise<PaperWorkers> {
    const left = new Map<string, Entry[]>();
    const journal = await Journal.open(options.path, options.run, {
      onRecord: (record) => {
        const { job, ...entry } = record as Entry;
        const entries = left.get(job as string);
        if (entries) entries.push(entry);
        else left.set(job as string, [entry]);
      },
    });
    try {
      await mkdir(options.checkpoints, { recursive: true });
      // The journal's lock says that no other process is at it: what is half written was left by one that was killed.
      removeAbandoned(options.checkpoints, "");
    } catch (error) {
      await journal.close();
      fileFailed(options.checkpoints, "a folder that can be made", error);
    }
    return new PaperWorkers(options, journal, left);
  }

  /** Lets go of the journal, which the next run of the same settings goes on from. */
  close(): Promise<void> {
    return this.journal.close();
  }

  /** Removes the journal and the folder of the checkpoints, each of which its training has removed: the results are in place. */
  async remove(): Promise<void> {
    await rmdir(this.options.checkpoints).catch(() => {}); // not empty: what is left is not this run's
    await this.journal.remove();
  }

  async model(job: ModelJob): Promise<LoadedModel> {
    const { retrain, models, iterations, data } = this.options;
    const { seed } = job;
    const recipe = withIterations(job.recipe, iterations ?? Number.POSITIVE_INFINITY);
    const isTrained = retrain || seed > 0;
    const network = isTrained ? await this.trained({ ...job, recipe }) : await loadShipped(recipe.name, models);
    const digest = await digestArrays({ parameters: { data: network.getParameters() } });
    this.recipes.set(digest, recipe);
    this.models.set(digest, shareModel(network));
    this.used.push({ name: recipe.name, seed, digest, origin: isTrained ? "trained" : "shipped" });
    if (isTrained) this.tell({ ...job, recipe }, COST.model({ ...job, recipe }, data.train.count), recipe.name);
    return { name: recipe.name, network, digest };
  }

  async attack(job: AttackJob, model: LoadedModel, sample: Sample): Promise<AttackResult> {
    const { target, effort, margin, seed } = job;
    const { network, name } = model;
    const key = keyOf(job);
    const recipe = this.recipes.get(model.digest) as AnyRecipe;
    const whole = COST.attack(job, recipe);
    const settings = {
      effort,
      margin,
      rows: sample.rows,
      ...(this.options.signal && { signal: this.options.signal }),
      onProgress: (done: number, total: number) =>
        this.tell(job, (whole * done) / total, `attack on ${name}: ${done} of ${total}`),
    };
    const kept = {
      known: (this.left.get(key) ?? []) as unknown as AttackedImage[],
      onImage: (image: AttackedImage) => this.journal.append({ job: key, ...image }),
    };
    const { pool } = this.options;
    if (target === "all") {
      return everyLabel(network, { ...settings, truth: sample.labels }, (searches) =>
        attackOnWorkers(pool, network, { ...searches, ...kept }),
      );
    }
    const scores = network.predict(sample.rows);
    const labels = sampleTargets(sample, target, { classes: network.classes, seed, scores });
    return attackOnWorkers(pool, network, { ...settings, labels, ...kept });
  }

  async answers(job: AnswerJob, model: LoadedModel, rows: Float32Array): Promise<Int32Array> {
    const key = keyOf(job);
    const recipe = this.recipes.get(model.digest) as AnyRecipe;
    const count = rows.length / model.network.inputSize;
    const cost = COST.answers(recipe, count);
    const known = this.left.get(key)?.[0]?.answers;
    if (known) {
      this.tell(job, cost, `answers of ${model.name}`);
      return Int32Array.from(known as Uint8Array);
    }
    const shared = this.models.get(model.digest) as SharedModel;
    const answers = await answersOnWorkers(this.options.pool, shared, this.share(rows), {
      signal: this.options.signal,
      onProgress: (done, total) => this.tell(job, (cost * done) / total, `answers of ${model.name}`),
    });
    await this.journal.append({ job: key, answers: Uint8Array.from(answers) });
    return answers;
  }

  private tell(job: PaperJob, done: number, note: string): void {
    this.options.onProgress?.(job, done, note);
  }

  private share<A extends SharableArray>(array: A): A {
    const known = this.shared.get(array) as A | undefined;
    const shared = known ?? shareArray(array);
    this.shared.set(array, shared);
    return shared;
  }

  /** A model trained now, in an earlier run of this journal, or from the checkpoint that a stopped one left. */
  private async trained(job: ModelJob): Promise<Network> {
    const { recipe, seed } = job;
    const { data } = this.options;
    const network = buildRecipe(recipe, imageSize(data.train.shape), seed);
    const key = keyOf(job);
    const kept = this.left.get(key)?.[0];
    const entry = kept ?? (await this.train(job, network));
    const { parameters, ...training } = entry as unknown as { parameters: Float32Array } & Omit<
      Training,
      "recipe" | "network"
    >;
    network.setParameters(parameters);
    this.trainings.push({ ...training, recipe, network });
    if (!kept) await this.journal.append({ job: key, ...entry });
    await removeCheckpoint(this.checkpoint(job));
    return network;
  }

  private checkpoint({ recipe, seed }: ModelJob): string {
    return join(this.options.checkpoints, `${recipe.name}-${seed}`);
  }

  private async train(job: ModelJob, network: Network): Promise<Entry> {
    const { recipe, seed } = job;
    const { data, pool, run, checkpointSeconds, signal } = this.options;
    const part = slice(data.train, ...partOf(data.train.count, recipe));
    const checkpoint = this.checkpoint(job);
    const resume = await readCheckpoint<TrainState>(checkpoint, { ...run, model: recipe.name, trainSeed: seed });
    const cost = COST.model(job, data.train.count);
    const { parameters, status, iterations, evaluations, value } = await pool.run(
      "train",
      {
        recipe,
        seed,
        rows: part.rows,
        labels: part.labels,
        inputSize: network.inputSize,
        ...(resume && { resume }),
        ...(checkpointSeconds !== undefined && { checkpointSeconds }),
      },
      {
        signal,
        onMessage: async ({ iteration, iterations, error, isShare, state }) => {
          if (iteration !== undefined && iterations !== undefined && error !== undefined) {
            const wrong = isShare ? `, training error ${(100 * error).toFixed(2)} %` : "";
            const note = `${recipe.name}: iteration ${iteration} of ${iterations}${wrong}`;
            this.tell(job, (cost * iteration) / iterations, note);
          }
          if (state) await writeCheckpoint(checkpoint, { ...run, model: recipe.name, trainSeed: seed }, state);
        },
      },
    );
    network.setParameters(parameters);
    const model = shareModel(network);
    const [trainError, testError] = await Promise.all([part, data.test].map((set) => this.errorRate(model, set)));
    return { parameters, seed, status, iterations, evaluations, value, trainError, testError };
  }

  private async errorRate(model: SharedModel, { rows, labels, count }: Dataset): Promise<number> {
    const { pool, signal } = this.options;
    return wrongAnswers(await answersOnWorkers(pool, model, this.share(rows), { signal }), labels) / count;
  }
}

/** SHA-256 of a job's description: what the journal knows it by. */
function keyOf(job: PaperJob): string {
  return createHash("sha256").update(JSON.stringify(job)).digest("hex");
}
