/**
 * Training by minibatches: an epoch takes every row once in an order drawn from the seed, a step takes a batch of them, adds
 * up the gradient that the strategy asks for, and lets the optimiser take a step. The run can be stopped between two steps and
 * continues later with the same bits.
 */
import {
  failed,
  type OptionNames,
  requireInteger,
  requireLabels,
  requireNumber,
  requireOptions,
  requireRows,
} from "../check.ts";
import { every, TURN_MILLISECONDS } from "../clock.ts";
import type { Network } from "../model/index.ts";
import { Region } from "../wasm/index.ts";
import { judge } from "./errors.ts";
import { unlessNotFinite } from "./not-finite.ts";
import { requireDecay, type TrainingSet } from "./objective.ts";
import { Optimizer, type OptimizerName, type OptimizerOptions, type OptimizerState } from "./optimizer.ts";
import { permutation } from "./order.ts";
import { rateAt, requireSchedule, type Schedule } from "./schedule.ts";
import { plain } from "./strategies/plain.ts";
import type { Batch, Curriculum, StepTally, Strategy } from "./strategies/strategy.ts";
import { STREAMS } from "./streams.ts";
import { addTally, type Tally } from "./tally.ts";
import { Trainer } from "./trainer.ts";

/** How a network is trained by minibatches. */
export interface MinibatchOptions {
  /** The optimiser, by name or with its options. */
  optimizer: OptimizerName | OptimizerOptions;
  /** Learning rate at the start; default 1e-3 for Adam, 0.1 for SGD. */
  rate?: number;
  /** How the learning rate falls; default "constant". */
  schedule?: Schedule;
  /** Passes over the data; default 10. */
  epochs?: number;
  /** Rows of a step; default 128. The last step of an epoch takes the remaining rows. */
  batch?: number;
  /** lambda of (lambda / 2) |W|^2, one for all kernels or one each; default 0. Biases do not decay. */
  decay?: number | readonly number[];
  /** Seed of everything random: the order of the rows, the masks of Dropout layers; default 0. */
  seed?: number;
  /** What each step trains on; default `plain()`, the data alone. */
  strategy?: Strategy;
  /** Rows on which loss and error are measured after each epoch. */
  validation?: TrainingSet;
  /** Continues a run that was stopped: `state` of its result, with the same network, data and options. */
  resume?: MinibatchState;
  /** Stops the run at the next step; the result's state continues it. */
  signal?: AbortSignal;
  /** Called after each epoch; a promise is awaited. The snapshot can be taken until `fit` returns. */
  onEpoch?: (record: EpochRecord, snapshot: () => MinibatchState) => void | Promise<void>;
  /** Called several times a second; a promise is awaited. */
  onProgress?: (progress: MinibatchProgress) => void | Promise<void>;
}

/** The names of these options, for `requireOptions`. */
export const MINIBATCH_OPTIONS: OptionNames<MinibatchOptions> = {
  optimizer: true,
  rate: true,
  schedule: true,
  epochs: true,
  batch: true,
  decay: true,
  seed: true,
  strategy: true,
  validation: true,
  resume: true,
  signal: true,
  onEpoch: true,
  onProgress: true,
};

/** The figures of one epoch. */
export interface EpochRecord {
  /** From 1. */
  epoch: number;
  /** Learning rate of its last step. */
  rate: number;
  /** Mean cross-entropy of the data's rows, each under the weights of its step, in nats. */
  loss: number;
  /** Share of these rows that was wrong. */
  error: number;
  /** The same of the rows that the strategy made, where it made any. */
  madeLoss?: number;
  /** Share of the rows that the strategy made that was wrong. */
  madeError?: number;
  /** Of the validation rows, after the epoch. */
  validationLoss?: number;
  /** Share of the validation rows that is wrong. */
  validationError?: number;
}

/** How far a training by minibatches is. */
export interface MinibatchProgress {
  /** Epochs that are finished, and how many there will be. */
  epoch: number;
  /** Epochs that there will be. */
  epochs: number;
  /** Steps of the run that are done, and how many there will be. */
  step: number;
  /** Steps that there will be. */
  steps: number;
  /** Mean loss and errors of the present epoch so far. */
  loss: number;
  /** Share of the rows of the present epoch so far that was wrong. */
  error: number;
  /** Returns the state of the run; the arrays belong to the caller. */
  snapshot: () => MinibatchState;
}

/** A run between two steps. */
export interface MinibatchState {
  /** Epochs that are finished. */
  epoch: number;
  /** Whether the examples of the epoch have been made. */
  isRefreshed: boolean;
  /** Steps of the epoch that are done. */
  position: number;
  /** Steps of the run that are done. */
  steps: number;
  /** Passes through the network so far, which the masks of Dropout follow from. */
  passes: number;
  /** f32[parameterCount], as they are now. */
  parameters: Float32Array;
  /** f32[parameterCount], the parameters before the epoch, restored if it diverges. */
  good: Float32Array;
  /** The state of the optimiser. */
  optimizer: OptimizerState;
  /** The state of the strategy. */
  curriculum: unknown;
  /** Losses and errors of the epoch so far. */
  tally: StepTally;
  /** The figures of the finished epochs. */
  records: EpochRecord[];
}

/** What a training by minibatches gave. */
export interface MinibatchResult {
  /**
   * "finished" after all epochs; "no-improvement" where the strategy ended the run early; "diverged" where a loss, a gradient or
   * a parameter was not finite, and the parameters are those before that epoch; "running" where the signal stopped the run.
   */
  status: "finished" | "no-improvement" | "diverged" | "running";
  /** Epochs that are finished. */
  epochs: number;
  /** Steps that were taken. */
  steps: number;
  /** The figures of each epoch. */
  records: EpochRecord[];
  /** What `resume` continues from. */
  state: MinibatchState;
}

const nothing = (): Tally => ({ rows: 0, loss: 0, errors: 0 });

/**
 * Trains the network in place, from its present parameters. The bits of the result depend on those, the data and the
 * options alone. Dropout layers draw their masks; BatchNormalization keeps its moving averages, where Keras takes the batch's;
 * other layers that draw noise are refused.
 */
export async function minibatchFit(
  network: Network,
  data: TrainingSet,
  options: MinibatchOptions,
): Promise<MinibatchResult> {
  const memory = new Region(network.workspace.arena);
  try {
    return await new MinibatchRun(network, data, options, memory).train();
  } finally {
    memory.release();
  }
}

class MinibatchRun {
  private readonly network: Network;
  private readonly options: MinibatchOptions;
  private readonly rate: number;
  private readonly schedule: Schedule;
  private readonly trainer: Trainer;
  private readonly optimizer: Optimizer;
  private readonly curriculum: Curriculum;
  private readonly rows: Float32Array;
  private readonly labels: Int32Array;
  private epoch = 0;
  /** Whether the curriculum is ready for the epoch. */
  private isRefreshed = false;
  private position = 0;
  private steps = 0;
  private good: Float32Array;
  private tally: StepTally = { data: nothing() };
  private records: EpochRecord[] = [];
  /** The run's memory in the network's arena. */
  private readonly memory: Region;
  private readonly isTurn = every(TURN_MILLISECONDS);

  constructor(network: Network, data: TrainingSet, options: MinibatchOptions, memory: Region) {
    requireOptions("fit", options, MINIBATCH_OPTIONS);
    const count = requireRows("rows", data.rows, network.inputSize);
    requireLabels("labels", data.labels, count, network.classes);
    const { validation, strategy = plain(), resume } = options;
    if (validation) {
      const judged = requireRows("validation.rows", validation.rows, network.inputSize);
      requireLabels("validation.labels", validation.labels, judged, network.classes);
    }
    this.network = network;
    this.options = options;
    this.memory = memory;
    this.schedule = requireSchedule(options.schedule ?? "constant");
    const batch = Math.min(requireInteger("batch", options.batch ?? 128, 1), count);
    const epochs = requireInteger("epochs", options.epochs ?? 10, 1);
    const seed = requireInteger("seed", options.seed ?? 0, 0);
    const isAdam = options.optimizer === "adam" || (options.optimizer as OptimizerOptions).name === "adam";
    this.rate = requireNumber("rate", options.rate ?? (isAdam ? 1e-3 : 0.1), 0);
    this.optimizer = new Optimizer(network, options.optimizer, requireDecay(network, options.decay ?? 0), memory);
    this.trainer = new Trainer(network, data, { batch, epochs, seed }, memory);
    this.curriculum = strategy.begin(this.trainer);
    this.rows = new Float32Array(batch * network.inputSize);
    this.labels = new Int32Array(batch);
    this.good = network.getParameters();
    if (resume) this.restore(resume);
  }

  async train(): Promise<MinibatchResult> {
    const { trainer, curriculum, options } = this;
    const { signal } = options;
    while (this.epoch < trainer.epochs) {
      if (signal?.aborted) return this.result("running");
      if (!this.isRefreshed) {
        if (curriculum.isDone?.(this.epoch)) return this.result("no-improvement");
        this.good = this.network.getParameters();
        const before = signal && curriculum.refresh && this.snapshot();
        try {
          await curriculum.refresh?.(this.epoch, signal);
        } catch (error) {
          if (!before || !signal?.aborted) throw error;
          return { ...this.result("running"), state: before };
        }
        this.isRefreshed = true;
      }
      const order = this.order();
      const perEpoch = Math.ceil(order.length / trainer.batch);
      while (this.position < perEpoch) {
        if (signal?.aborted) return this.result("running");
        if (!this.step(order, perEpoch)) return this.diverged();
        await this.giveTurn(perEpoch);
      }
      if (!this.isFinite()) return this.diverged();
      const record = this.finishEpoch(perEpoch);
      if (!record) return this.diverged();
      await options.onEpoch?.(record, () => this.snapshot());
    }
    return this.result("finished");
  }

  private order(): Uint32Array {
    const { count, seed } = this.trainer;
    return this.curriculum.order?.(this.epoch) ?? permutation(count, seed, STREAMS.order, this.epoch);
  }

  /** One step; false where its loss, or a gradient that its examples are made of, is not finite. */
  private step(order: Uint32Array, perEpoch: number): boolean {
    const { trainer, optimizer, curriculum } = this;
    const first = this.position * trainer.batch;
    const indices = order.subarray(first, first + trainer.batch);
    const rows = this.rows.subarray(0, indices.length * this.network.inputSize);
    const labels = this.labels.subarray(0, indices.length);
    trainer.gather(indices, rows, labels);
    trainer.sum.clear();
    const steps = perEpoch * trainer.epochs;
    const batch: Batch = { step: this.steps, steps, indices, rows, labels };
    const passed = unlessNotFinite(() => curriculum.step(batch));
    if (!passed) return false;
    const { data, made } = passed;
    if (!Number.isFinite(data.loss) || (made && !Number.isFinite(made.loss))) return false;
    this.tally = {
      data: addTally(this.tally.data, data),
      ...(made && { made: addTally(this.tally.made ?? nothing(), made) }),
    };
    optimizer.step(this.rateOf(this.position, perEpoch), trainer.sum);
    this.position++;
    this.steps++;
    return true;
  }

  /** Learning rate of a step of the present epoch. */
  private rateOf(position: number, perEpoch: number): number {
    const { epoch, trainer } = this;
    return rateAt(this.schedule, this.rate, epoch * perEpoch + position, perEpoch * trainer.epochs, epoch);
  }

  /** The epoch's record; undefined where the loss of the validation rows is not finite. */
  private finishEpoch(perEpoch: number): EpochRecord | undefined {
    const { data, made } = this.tally;
    const { validation } = this.options;
    const judged = validation && judge(this.network, validation);
    if (judged && !Number.isFinite(judged.loss)) return undefined;
    const record: EpochRecord = {
      epoch: this.epoch + 1,
      rate: this.rateOf(perEpoch - 1, perEpoch),
      loss: data.loss / data.rows,
      error: data.errors / data.rows,
      ...(made && { madeLoss: made.loss / made.rows, madeError: made.errors / made.rows }),
      ...(judged && { validationLoss: judged.loss, validationError: judged.error }),
    };
    this.records.push(record);
    this.epoch++;
    this.isRefreshed = false;
    this.position = 0;
    this.tally = { data: nothing() };
    return record;
  }

  private async giveTurn(perEpoch: number): Promise<void> {
    if (!this.isTurn()) return;
    const { epoch, steps, tally, trainer } = this;
    await this.options.onProgress?.({
      epoch,
      epochs: trainer.epochs,
      step: steps,
      steps: perEpoch * trainer.epochs,
      loss: tally.data.loss / tally.data.rows,
      error: tally.data.errors / tally.data.rows,
      snapshot: () => this.snapshot(),
    });
    await new Promise((resolve) => setTimeout(resolve));
  }

  private isFinite(): boolean {
    const { kernels } = this.network.workspace;
    return this.network.parameters.every(({ size, at }) => kernels.first_not_finite_f32(size, at) < 0);
  }

  private diverged(): MinibatchResult {
    this.network.setParameters(this.good);
    this.position = 0;
    this.tally = { data: nothing() };
    return this.result("diverged");
  }

  private result(status: MinibatchResult["status"]): MinibatchResult {
    const { epoch, steps, records } = this;
    return { status, epochs: epoch, steps, records: [...records], state: this.snapshot() };
  }

  private snapshot(): MinibatchState {
    if (this.memory.isReleased)
      failed("snapshot", "a run that has not ended", "one that has: its result holds the state");
    const { epoch, isRefreshed, position, steps, good, tally, records, trainer, optimizer, curriculum } = this;
    return {
      epoch,
      isRefreshed,
      position,
      steps,
      passes: trainer.passes,
      parameters: this.network.getParameters(),
      good: good.slice(),
      optimizer: optimizer.snapshot(),
      curriculum: curriculum.snapshot?.(),
      tally: structuredClone(tally),
      records: [...records],
    };
  }

  private restore(state: MinibatchState): void {
    this.network.setParameters(state.parameters);
    this.optimizer.restore(state.optimizer);
    this.curriculum.restore?.(state.curriculum);
    this.epoch = state.epoch;
    this.isRefreshed = state.isRefreshed;
    this.position = state.position;
    this.steps = state.steps;
    this.good = state.good.slice();
    this.tally = structuredClone(state.tally);
    this.records = [...state.records];
    this.trainer.passes = state.passes;
  }
}
