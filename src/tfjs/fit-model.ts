/**
 * Adversarial training of a LayersModel whose layers do not run here: by tfjs's own gradients and optimizers on the backend that is set,
 * with examples by the steps of src/train, through `fromTfModel`. An epoch begins from the state that a resumed run has, so that
 * stopping at its end changes no number; numbers are those of the backend.
 */
import {
  add,
  dispose,
  keep,
  logSoftmax,
  mul,
  type Optimizer,
  type Scalar,
  sum,
  type Tensor,
  type Tensor2D,
  tensor,
  tidy,
  train,
  type Variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { lbfgsAttack, targetLabels } from "../attacks/index.ts";
import {
  type Labels,
  NotFiniteError,
  type OptionNames,
  outOfRange,
  requireInteger,
  requireLabels,
  requireNumber,
  requireOptions,
  requireRows,
} from "../check.ts";
import { argmax } from "../model/index.ts";
import { softmaxOf } from "../train/divergence.ts";
import {
  type AdversarialFitOptions,
  type EpochRecord,
  INPUT,
  type MinibatchResult,
  type PlaceOptions,
  type TrainingSet,
} from "../train/index.ts";
import { requireOptimizer } from "../train/optimizer.ts";
import { permutation } from "../train/order.ts";
import { ExampleMaker, type StepRule } from "../train/perturb.ts";
import { rateAt, requireSchedule } from "../train/schedule.ts";
import { STREAMS } from "../train/streams.ts";
import { addTally, type Tally } from "../train/tally.ts";
import { Workspace } from "../wasm/index.ts";
import { askTfjs } from "./ask.ts";
import { fromTfModel, type TfModelTarget } from "./from-tf-model.ts";
import { scoresOf } from "./scores.ts";
import { type Watched, watch } from "./watch.ts";

/** Where a training by tfjs is between two epochs. */
export interface ModelFitState {
  /** By which it is told from the state of a network. */
  kind: "tfjs";
  /** Epochs that are finished. */
  epoch: number;
  /** Steps that were taken. */
  steps: number;
  /** Every weight of the model in its order, also those that are not trained: each f32[size of the weight]. */
  weights: Float32Array[];
  /** What the optimizer remembers. */
  optimizer: { name: string; shape: number[]; values: Float32Array }[];
  /** The figures of the finished epochs. */
  records: EpochRecord[];
}

/** What a training by tfjs gave. */
export interface ModelFitResult extends Omit<MinibatchResult, "state"> {
  /** What `resume` continues from: the end of the last whole epoch. */
  state: ModelFitState;
}

/** The options of a training by tfjs: of those of `adversarialFit`, these. */
export interface ModelFitOptions
  extends Omit<AdversarialFitOptions, "resume" | "onEpoch" | "onProgress" | "alternate" | "pool" | "replace"> {
  /** Continues a run that was stopped: `state` of its result, with the same model, data and options. */
  resume?: ModelFitState;
  /** Called after each epoch; a promise is awaited. */
  onEpoch?: (record: EpochRecord, snapshot: () => ModelFitState) => void | Promise<void>;
}

const OPTIONS: OptionNames<ModelFitOptions> = {
  ...{ optimizer: true, rate: true, schedule: true, epochs: true, batch: true, decay: true, seed: true, resume: true },
  ...{ validation: true, signal: true, onEpoch: true, places: true, attack: true, steps: true, target: true },
  ...{ bisections: true, clean: true, warmUp: true },
};

const SUBJECT = "adversarialFit";
const ATTACKS = ["gradient", "sign", "lbfgs"] as const;
const nothing = (): Tally => ({ rows: 0, loss: 0, errors: 0 });

/**
 * Trains a model in place by tfjs. Layers run as they do in tfjs's own training: they draw their noise and keep their averages. A
 * run that fails leaves the model as it was; of a stopped run the weights are those at that point. No tensor is left behind.
 */
export async function fitModel(
  model: LayersModel,
  data: TrainingSet,
  options: ModelFitOptions = {},
): Promise<ModelFitResult> {
  requireOptions(`${SUBJECT} by tfjs`, options, OPTIONS);
  const fit = new ModelFit(model, data, options);
  const before = await fit.weights();
  try {
    return await fit.train();
  } catch (error) {
    fit.setWeights(before);
    throw error;
  }
}

/** The place of the examples, the input. */
function placeOf(options: ModelFitOptions): Required<Omit<PlaceOptions, "layer" | "share">> {
  const [given = INPUT, ...others] = options.places ?? [];
  const place: PlaceOptions = typeof given === "string" ? { layer: given } : given;
  const { layer, share, weight = 1, lower = 0, upper = 1 } = place;
  if (layer !== INPUT || others.length > 0) {
    outOfRange("places", "the input alone, of a model that tfjs trains", others.length > 0 ? "several" : layer);
  }
  if (share !== undefined) outOfRange("places[0].share", "a radius, of a model that tfjs trains", share);
  if (!(lower < upper)) outOfRange("places[0] box", "lower < upper", `[${lower}, ${upper}]`);
  const usual = options.attack === "lbfgs" ? Number.POSITIVE_INFINITY : 0.8;
  const radius = place.radius ?? (options.attack === "sign" ? undefined : usual);
  const checked = radius === Number.POSITIVE_INFINITY ? radius : requireNumber("places[0].radius", radius, 0);
  return { radius: checked, weight: requireNumber("places[0].weight", weight, 0), lower, upper };
}

class ModelFit {
  private readonly model: LayersModel;
  private readonly data: TrainingSet;
  private readonly options: ModelFitOptions;
  private readonly target: TfModelTarget;
  private readonly count: number;
  private readonly batch: number;
  private readonly epochs: number;
  private readonly seed: number;
  private readonly rate: number;
  private readonly clean: number;
  private readonly warmUp: number;
  private readonly attack: (typeof ATTACKS)[number];
  private readonly place: ReturnType<typeof placeOf>;
  private readonly maker: ExampleMaker;
  private readonly decay: ReadonlyMap<string, number>;
  private state: ModelFitState;

  constructor(model: LayersModel, data: TrainingSet, options: ModelFitOptions) {
    this.model = model;
    this.data = data;
    this.options = options;
    const batch = requireInteger("batch", options.batch ?? 128, 1);
    if (typeof model.inputs[0]?.shape[0] === "number") {
      outOfRange(`model ${model.name}`, "batches of any size", `batches of ${model.inputs[0].shape[0]}`);
    }
    this.target = fromTfModel(model, { batch });
    const { inputSize, classes } = this.target;
    this.count = requireRows("rows", data.rows, inputSize);
    requireLabels("labels", data.labels, this.count, classes);
    const { validation, resume } = options;
    if (validation) {
      const judged = requireRows("validation.rows", validation.rows, inputSize);
      requireLabels("validation.labels", validation.labels, judged, classes);
    }
    this.batch = Math.min(batch, this.count);
    this.epochs = requireInteger("epochs", options.epochs ?? 10, 1);
    this.seed = requireInteger("seed", options.seed ?? 0, 0);
    requireSchedule(options.schedule ?? "constant");
    const { name } = requireOptimizer(options.optimizer ?? "adam");
    this.rate = requireNumber("rate", options.rate ?? (name === "adam" ? 1e-3 : 0.1), 0);
    this.clean = requireNumber("clean", options.clean ?? 1, 0);
    this.warmUp = requireInteger("warmUp", options.warmUp ?? 0, 0);
    const attack = ATTACKS.find((one) => one === (options.attack ?? "gradient"));
    this.attack = attack ?? outOfRange("attack", `${ATTACKS.join(", ")}, of a model that tfjs trains`, options.attack);
    requireInteger("bisections", options.bisections ?? 1, 1, 100);
    const steps = requireInteger("steps", options.steps ?? 1, 1, 100);
    this.place = placeOf(options);
    const rule: StepRule = this.attack === "sign" ? "sign" : "gradient";
    const ground = { ...this.place, width: inputSize, network: { workspace: new Workspace() } };
    this.maker = new ExampleMaker(ground, rule, steps);
    this.decay = decays(this.variables(), options.decay ?? 0);
    this.state = resume ?? { kind: "tfjs", epoch: 0, steps: 0, weights: [], optimizer: [], records: [] };
    if (resume && resume.weights.length !== model.weights.length) {
      outOfRange("resume", `a state of ${model.weights.length} weights`, `one of ${resume.weights.length}`);
    }
  }

  async train(): Promise<ModelFitResult> {
    if (this.options.resume) this.setWeights(this.state.weights);
    else this.state = { ...this.state, weights: await this.weights() };
    while (this.state.epoch < this.epochs) {
      const status = await this.epoch();
      if (status !== "finished") return this.result(status);
      const snapshot = () => structuredClone(this.state);
      await this.options.onEpoch?.(this.state.records.at(-1) as EpochRecord, snapshot);
    }
    return this.result("finished");
  }

  /** One epoch, from the state to the next. */
  private async epoch(): Promise<MinibatchResult["status"]> {
    const { epoch, records } = this.state;
    const optimizer = await this.resumedOptimizer();
    try {
      const order = permutation(this.count, this.seed, STREAMS.order, epoch);
      const perEpoch = Math.ceil(this.count / this.batch);
      let [own, made] = [nothing(), nothing()];
      let rate = this.rate;
      for (let position = 0; position < perEpoch; position++) {
        if (this.options.signal?.aborted) return "running";
        const [step, steps] = [epoch * perEpoch + position, this.epochs * perEpoch];
        rate = rateAt(this.options.schedule ?? "constant", this.rate, step, steps, epoch);
        setRate(optimizer, rate);
        const indices = order.subarray(position * this.batch, (position + 1) * this.batch);
        const found = await this.step(optimizer, indices, step).catch((error) => {
          if (error instanceof NotFiniteError) return undefined;
          throw error;
        });
        if (!found) return this.diverged();
        own = addTally(own, found.data);
        made = addTally(made, found.made);
        if (!Number.isFinite(own.loss) || !Number.isFinite(made.loss)) return this.diverged();
      }
      const weights = await this.weights();
      if (!weights.every((values) => values.every(Number.isFinite))) return this.diverged();
      const judged = this.options.validation && (await this.judge(this.options.validation));
      const record: EpochRecord = {
        ...{ epoch: epoch + 1, rate, loss: own.loss / own.rows, error: own.errors / own.rows },
        ...(made.rows > 0 && { madeLoss: made.loss / made.rows, madeError: made.errors / made.rows }),
        ...(judged && { validationLoss: judged.loss / judged.rows, validationError: judged.errors / judged.rows }),
      };
      this.state = {
        kind: "tfjs",
        epoch: epoch + 1,
        steps: this.state.steps + perEpoch,
        weights,
        optimizer: await savedOptimizer(optimizer),
        records: [...records, record],
      };
      return "finished";
    } finally {
      disposeOptimizer(optimizer);
    }
  }

  /** Takes a step on the rows at `indices` and on examples of them. */
  private async step(optimizer: Optimizer, indices: Uint32Array, step: number): Promise<{ data: Tally; made: Tally }> {
    const { inputSize } = this.target;
    const rows = new Float32Array(indices.length * inputSize);
    const labels = new Int32Array(indices.length);
    for (const [i, index] of indices.entries()) {
      rows.set(this.data.rows.subarray(index * inputSize, (index + 1) * inputSize), i * inputSize);
      labels[i] = this.data.labels[index] as number;
    }
    const isWarm = this.state.epoch >= this.warmUp;
    const examples = isWarm ? await this.examples(rows, labels, step) : undefined;
    const terms = [
      { rows, weight: examples ? this.clean : 1 },
      ...(examples ? [{ rows: examples, weight: this.place.weight }] : []),
    ];
    const kept: Tensor2D[] = [];
    const watches: Watched[] = [];
    askTfjs(SUBJECT, "a model that tfjs trains on this backend", () => {
      tidy(() => {
        const { value, grads } = variableGrads(() => {
          const losses = terms.map((term) => {
            const scores = this.scoresInTraining(term.rows, watches);
            kept.push(keep(scores.clone()));
            return mul(meanLoss(scores, labels), term.weight);
          });
          return losses.reduce((all, loss) => add(all, loss)) as Scalar;
        }, this.variables());
        for (const watched of watches.splice(0)) watched.release();
        value.dispose();
        for (const variable of this.variables()) {
          const [gradient, lambda] = [grads[variable.name], this.decay.get(variable.name) ?? 0];
          if (gradient && lambda > 0) grads[variable.name] = add(gradient, mul(variable, lambda));
        }
        optimizer.applyGradients(grads);
      });
    });
    const [data, made = nothing()] = await Promise.all(kept.map((scores) => this.tally(scores, labels)));
    return { data: data as Tally, made };
  }

  /** The scores as the model gives them in training, on the tape that is open. */
  private scoresInTraining(rows: Float32Array, watches: Watched[]): Tensor2D {
    const { model, target } = this;
    const n = rows.length / target.inputSize;
    const x = tensor(rows, [n, ...target.inputShape]);
    const watched = watch(() => model.apply(x, { training: true }) as Tensor, n * target.head.outputs);
    watches.push(watched);
    return scoresOf(watched, target.head);
  }

  private async examples(rows: Float32Array, labels: Int32Array, step: number): Promise<Float32Array> {
    const { target, attack, maker, options, place } = this;
    const examples = new Float32Array(rows.length);
    if (attack !== "lbfgs") {
      const gradientAt = async (at: Float32Array) => (await target.lossGradient(at, labels)).gradient;
      const search = maker.search(rows, await gradientAt(rows), examples);
      for (let asked = search.next(); !asked.done; ) asked = search.next(await gradientAt(asked.value));
      return examples;
    }
    const { target: rule = "random", bisections = 1, signal } = options;
    const scores = await target.scores(rows);
    const first = step * this.batch;
    const targets = targetLabels(rule, labels, { classes: target.classes, seed: this.seed, first, scores });
    const { lower, upper } = place;
    const found = await lbfgsAttack(target, {
      rows,
      labels: targets,
      lower,
      upper,
      bisections,
      ...(signal && { signal }),
    });
    maker.drawBack(rows, found.rows);
    return found.rows;
  }

  /** Reads scores, which are then disposed of. */
  private async tally(scores: Tensor2D, labels: Labels): Promise<Tally> {
    const values = (await scores.data()) as Float32Array;
    const found = tallyOf(values, this.target.classes, labels);
    scores.dispose();
    return found;
  }

  private async judge({ rows, labels }: TrainingSet): Promise<Tally> {
    return tallyOf(await this.target.scores(rows), this.target.classes, labels);
  }

  private variables(): Variable[] {
    return this.model.trainableWeights.map((weight) => weight.read() as Variable);
  }

  async weights(): Promise<Float32Array[]> {
    const values = await Promise.all(this.model.weights.map((weight) => weight.read().data()));
    return values.map((one) => (one as Float32Array).slice());
  }

  setWeights(weights: readonly Float32Array[]): void {
    tidy(() => {
      for (const [i, weight] of this.model.weights.entries()) {
        weight.write(tensor(weights[i] as Float32Array, weight.shape as number[]));
      }
    });
  }

  private diverged(): "diverged" {
    this.setWeights(this.state.weights);
    return "diverged";
  }

  private result(status: MinibatchResult["status"]): ModelFitResult {
    const { epoch, steps, records } = this.state;
    return { status, epochs: epoch, steps, records: [...records], state: structuredClone(this.state) };
  }

  /** An optimizer with what the state says it remembers. */
  private async resumedOptimizer(): Promise<Optimizer> {
    const settings = requireOptimizer(this.options.optimizer ?? "adam");
    const optimizer =
      settings.name === "adam"
        ? train.adam(this.rate, settings.beta1, settings.beta2, settings.epsilon)
        : train.momentum(this.rate, settings.momentum, settings.nesterov);
    const saved = this.state.optimizer;
    if (saved.length === 0) return optimizer;
    const remembered = saved.map(({ name, shape, values }) => ({ name, tensor: tensor(values.slice(), shape) }));
    try {
      await optimizer.setWeights(remembered);
    } finally {
      dispose(remembered.map((one) => one.tensor));
    }
    return optimizer;
  }
}

/** Mean cross-entropy of scores [n, classes]. */
function meanLoss(scores: Tensor2D, labels: Labels): Tensor {
  const [n, classes] = scores.shape;
  const truth = new Float32Array(n * classes);
  for (let i = 0; i < n; i++) truth[i * classes + (labels[i] as number)] = -1 / n;
  return sum(mul(logSoftmax(scores), tensor(truth, [n, classes])));
}

function tallyOf(scores: Float32Array, classes: number, labels: Labels): Tally {
  const tally = nothing();
  for (let at = 0; at < scores.length; at += classes) {
    const label = labels[at / classes] as number;
    const own = scores.subarray(at, at + classes);
    tally.rows++;
    tally.loss += own.every(Number.isFinite) ? -(softmaxOf(own).logarithms[label] as number) : Number.NaN;
    tally.errors += Number(argmax(own, 0, classes) !== label);
  }
  return tally;
}

/** lambda of each kernel by its name: one for all, or one each. Vectors do not decay. */
function decays(variables: readonly Variable[], decay: number | readonly number[]): Map<string, number> {
  const kernels = variables.filter(({ rank }) => rank > 1);
  const each = typeof decay === "number" ? kernels.map(() => decay) : decay;
  if (each.length !== kernels.length) {
    outOfRange("decay", `1 number or ${kernels.length}, one a kernel`, `${each.length}`);
  }
  return new Map(kernels.map(({ name }, i) => [name, requireNumber("decay", each[i], 0)]));
}

/** tfjs reads the rate of Adam at each step; that of the others is a tensor. */
function setRate(optimizer: Optimizer, rate: number): void {
  const settable = optimizer as Optimizer & { learningRate: number; setLearningRate?: (rate: number) => void };
  if (settable.setLearningRate) settable.setLearningRate(rate);
  else settable.learningRate = rate;
}

async function savedOptimizer(optimizer: Optimizer): Promise<ModelFitState["optimizer"]> {
  const weights = await optimizer.getWeights();
  const saved = await Promise.all(
    weights.map(async ({ name, tensor: one }) => {
      return { name, shape: one.shape, values: Float32Array.from(await one.data()) };
    }),
  );
  weights[0]?.tensor.dispose(); // the number of steps, a copy; the others are the optimizer's own
  return saved;
}

/** tfjs leaves the rate of a momentum optimizer behind. */
function disposeOptimizer(optimizer: Optimizer): void {
  optimizer.dispose();
  const { c } = optimizer as Optimizer & { c?: Tensor };
  if (c && !c.isDisposed) c.dispose();
}
