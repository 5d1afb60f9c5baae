/**
 * Passes over labelled rows that training takes: their summed loss, and its gradient to the parameters, whole or as one
 * term of a step. The rows of one chunk are summed in f32, ascending, before the sum joins those of other chunks: the order is
 * fixed, and chunks may be divided among workers without changing a bit.
 */
import {
  type Labels,
  type OptionNames,
  outOfRange,
  requireLabels,
  requireLength,
  requireOptions,
  requireRows,
  wrongType,
} from "../check.ts";
import type { F32Pointer, F64Pointer } from "../wasm/index.ts";
import { countErrors } from "./answers.ts";
import { findLayer } from "./find-layer.ts";
import type { GradientSum } from "./gradient-sum.ts";
import { type Noise, type Parameter, sizeOf } from "./layers/index.ts";
import { countParameters } from "./parameters.ts";
import { crossEntropy, finite } from "./passes.ts";
import { Plan } from "./plan.ts";
import { knownRows, type PreparedRows, prepareRows } from "./prepared-rows.ts";
import type { SavedRows } from "./sparse-rows.ts";
import type { ParsedModel } from "./topology.ts";

/** Rows of a chunk of a full-batch gradient, whose f32 sum is added to the f64 total. */
export const GRADIENT_CHUNK = 512;

/** Rows of a chunk of a step of training, whose f32 sum joins that of the step. */
export const TRAINING_CHUNK = 128;

/** Summed loss of a set of rows and how many are answered wrongly. */
export interface Score {
  /** Sum of the rows' cross-entropy, in nats. */
  loss: number;
  /** Rows whose largest logit is not their label's. */
  errors: number;
}

/** Summed loss of a set of rows and its gradient with respect to all parameters. */
export interface ParameterGradient extends Score {
  /** f64[parameterCount], in the order of `Network.parameters`. */
  gradient: Float64Array;
}

/** One chunk of a gradient, of GRADIENT_CHUNK rows or of what is left of them. */
export interface ChunkGradient {
  /** f32[rows of the chunk], the cross-entropy of each in nats, as far as they are finite and with the first that is not. */
  losses: Float32Array;
  /** Rows whose largest logit is not their label's. */
  errors: number;
  /** f32[parameterCount], summed over the rows; not written where a loss is not finite. */
  gradient: Float32Array;
}

/** What a pass of training hands back beside the parameters' gradients. */
export interface TrainingPassOptions {
  /** What the rows' summed gradient is multiplied by on its way into the sum; default 1. */
  scale?: number;
  /** Where the masks of Dropout layers come from; needed where there are any. */
  noise?: Noise;
  /** f32[n, inputSize], filled with the gradient of each row's loss to the row. No number that is not finite is written. */
  gradient?: Float32Array;
  /** Layers whose outputs are asked for. */
  layers?: readonly TrainingLayer[];
}

const PASS_OPTIONS: OptionNames<TrainingPassOptions> = { scale: true, noise: true, gradient: true, layers: true };

/** How a pass with a loss of the caller's own is taken. */
export type ScorePassOptions = Pick<TrainingPassOptions, "scale" | "noise">;

/** A loss of scores, of some rows at a time. */
export interface ScoreLoss {
  /** Rows that it takes together. */
  readonly group: number;
  /**
   * The summed loss of some rows from their scores, f32[n, classes], the first of them being row `first`; its gradient to them is written to
   * `slopes`, f32[n, classes].
   */
  readonly of: (scores: Float32Array, slopes: Float32Array, first: number) => number;
}

/** The output of one layer in a pass of training. No number that is not finite is written. */
export interface TrainingLayer {
  /** Its name, or its position in `layers`. */
  layer: string | number;
  /** f32[n, size of the layer's output], filled with the output. */
  values: Float32Array;
  /** f32[n, size of the layer's output], filled with the gradient of each row's loss to it. */
  gradient: Float32Array;
}

/** What one sweep over rows does at its chunks and batches. */
interface Sweep {
  chunk: number;
  known?: ReadonlyMap<number, SavedRows> | undefined;
  /** Whether a loss that is not finite is refused by its row. Otherwise the sum is NaN, and nothing is taken back any more. */
  isStrict?: boolean;
  /** Before the rows from `first` on pass. */
  before?: (first: number) => void;
  /** Takes the gradient at the logits back. */
  backward?: (first: number, n: number) => void;
  /** Sees the losses of a batch. */
  seen?: (losses: Float32Array, first: number) => void;
  /** Takes over the gradients of a chunk. */
  add?: () => void;
}

/** Values of a batch that the caller asked for, and where they go. */
interface HandedBack {
  what: string;
  at: F32Pointer;
  /** Numbers of a row. */
  size: number;
  to: Float32Array;
}

export class TrainingPasses {
  private readonly model: ParsedModel;
  private readonly parameters: readonly Parameter[];
  private readonly plan: Plan;
  /** f64[parameterCount], the sum of the chunks' gradients; reserved by the first of them. */
  private total: F64Pointer | undefined;
  /** The plan of training, reserved by the first pass: the same where no layer runs anything else then. */
  private trainingPlan: Plan | undefined;

  constructor(model: ParsedModel, parameters: readonly Parameter[], plan: Plan) {
    this.model = model;
    this.parameters = parameters;
    this.plan = plan;
  }

  /** The summed cross-entropy, NaN where one is not finite, and the errors. */
  score(rows: Float32Array, labels: Labels): Score {
    const count = this.require(rows, labels);
    return this.sweep(this.plan, rows, labels, { chunk: count });
  }

  prepare(rows: Float32Array): PreparedRows {
    return prepareRows(this.plan, rows, GRADIENT_CHUNK);
  }

  parameterGradient(from: Float32Array | PreparedRows, labels: Labels): ParameterGradient {
    const { plan, parameters } = this;
    const { rows, known } = knownRows(plan, from);
    const count = requireRows("rows", rows, plan.inputSize);
    requireLabels("labels", labels, count, plan.classes);
    const { arena } = plan.workspace;
    const size = countParameters(parameters);
    this.total ??= arena.allocateF64(size);
    const { total } = this;
    arena.f64(total, size).fill(0);
    const score = this.sweep(plan, rows, labels, {
      chunk: GRADIENT_CHUNK,
      known,
      isStrict: true,
      backward: (_, n) => plan.backward(n, plan.logits, "parameters"),
      add: () => plan.addGradients(parameters, total),
    });
    return { ...score, gradient: arena.f64(total, size).slice() };
  }

  chunkGradient(from: Float32Array | PreparedRows, labels: Labels, into: Float32Array | undefined): ChunkGradient {
    const { plan, parameters } = this;
    const { rows, known } = knownRows(plan, from);
    const count = this.require(rows, labels);
    if (count > GRADIENT_CHUNK) outOfRange("rows", `at most ${GRADIENT_CHUNK}, those of a chunk`, `${count}`);
    const size = countParameters(parameters);
    if (into) requireLength("into", into, size);
    const losses = new Float32Array(count);
    const gradient = into ?? new Float32Array(size);
    const { errors } = this.sweep(plan, rows, labels, {
      chunk: GRADIENT_CHUNK,
      known,
      backward: (_, n) => plan.backward(n, plan.logits, "parameters"),
      seen: (batch, first) => losses.set(batch, first),
      add: () => plan.copyGradients(parameters, gradient),
    });
    const bad = losses.findIndex((loss) => !Number.isFinite(loss));
    return { losses: bad < 0 ? losses : losses.slice(0, bad + 1), errors, gradient };
  }

  addGradient(rows: Float32Array, labels: Labels, sum: GradientSum, options: TrainingPassOptions): Score {
    requireOptions("addGradient", options, PASS_OPTIONS);
    const { scale = 1, noise, gradient } = options;
    const count = this.require(rows, labels);
    const plan = this.planOfTraining();
    const { inputSize } = plan;
    const hidden = (options.layers ?? []).map(({ layer: which, values, gradient }) => {
      const { layer, call } = findLayer(this.model, which);
      const size = sizeOf(layer.outputShape);
      requireLength(`values of ${which}`, values, count * size);
      requireLength(`gradient of ${which}`, gradient, count * size);
      return { name: which, at: plan.ends[call] as number, size, values, gradient };
    });
    if (gradient) requireLength("gradient", gradient, count * inputSize);
    const to = gradient || hidden.length > 0 ? "both" : "parameters";
    return this.sweep(plan, rows, labels, {
      chunk: TRAINING_CHUNK,
      before: (first) => this.setNoise(noise, first),
      backward: (first, n) => {
        plan.backward(n, plan.logits, to);
        const handed: HandedBack[] = gradient
          ? [{ what: "gradient", at: plan.slope(0), size: inputSize, to: gradient }]
          : [];
        for (const { name, at, size, values, gradient } of hidden) {
          handed.push({ what: `values of ${name}`, at: plan.value(at), size, to: values });
          handed.push({ what: `gradient of ${name}`, at: plan.slope(at), size, to: gradient });
        }
        const found = handed.map(({ what, at, size }) => finite(plan, what, at, size, first, n));
        // Written last, so that the caller's arrays stay finite if anything above throws.
        for (const [i, { size, to }] of handed.entries()) to.set(found[i] as Float32Array, first * size);
      },
      add: () => sum.add(this.parameters, scale),
    });
  }

  addScoreGradient(rows: Float32Array, { group, of }: ScoreLoss, sum: GradientSum, options: ScorePassOptions): number {
    requireOptions("addScoreGradient", options, { scale: true, noise: true });
    const { scale = 1, noise } = options;
    const plan = this.planOfTraining();
    const count = requireRows("rows", rows, plan.inputSize);
    if (count % group !== 0) outOfRange("rows", `a multiple of ${group}`, count);
    if (plan.rows < group) outOfRange("network", `batches of ${group} rows or more`, plan.rows);
    const chunk = Math.min(TRAINING_CHUNK, plan.rows);
    const whole = chunk - (chunk % group);
    let loss = 0;
    for (let start = 0; start < count && Number.isFinite(loss); start += whole) {
      plan.clearGradients(this.parameters);
      plan.eachBatch(rows, start, Math.min(start + whole, count), undefined, (first, n) => {
        this.setNoise(noise, first);
        plan.forward(n, plan.logits);
        const scores = plan.view(plan.value(plan.logits), n * plan.classes).slice();
        const slopes = new Float32Array(scores.length);
        loss += of(scores, slopes, first);
        if (!Number.isFinite(loss)) return;
        plan.view(plan.slope(plan.logits), slopes.length).set(slopes);
        plan.backward(n, plan.logits, "parameters");
      });
      if (Number.isFinite(loss)) sum.add(this.parameters, scale);
    }
    return loss;
  }

  private sweep(plan: Plan, rows: Float32Array, labels: Labels, sweep: Sweep): Score {
    const { chunk, known, isStrict = false, before, backward, seen, add } = sweep;
    let [loss, errors] = [0, 0];
    for (let start = 0; start < labels.length && !Number.isNaN(loss); start += chunk) {
      if (backward) plan.clearGradients(this.parameters);
      plan.eachBatch(rows, start, Math.min(start + chunk, labels.length), known, (first, n) => {
        before?.(first);
        plan.forward(n, plan.logits);
        errors += countErrors(plan.view(plan.value(plan.logits), n * plan.classes), plan.classes, labels, first);
        crossEntropy(plan, labels, first, n);
        const losses = isStrict ? finite(plan, "loss", plan.loss, 1, first, n) : plan.view(plan.loss, n);
        seen?.(losses, first);
        for (const value of losses) loss += Number.isFinite(value) ? value : Number.NaN;
        if (!Number.isNaN(loss)) backward?.(first, n);
      });
      if (!Number.isNaN(loss)) add?.();
    }
    return { loss, errors };
  }

  private require(rows: Float32Array, labels: Labels): number {
    const count = requireRows("rows", rows, this.plan.inputSize);
    requireLabels("labels", labels, count, this.plan.classes);
    return count;
  }

  private planOfTraining(): Plan {
    if (this.trainingPlan) return this.trainingPlan;
    const { layers, calls } = this.model;
    const other = layers.find(({ drawsOtherNoise }) => drawsOtherNoise);
    if (other) outOfRange(`${other.name} in training`, "Dropout or a layer without noise", other.className);
    const { workspace, inputSize, head } = this.plan;
    const differs = layers.some(({ training }) => training);
    this.trainingPlan = differs ? new Plan(workspace, inputSize, head.outputs, calls, true) : this.plan;
    return this.trainingPlan;
  }

  /** Tells the layers that draw noise from which row of the pass on. */
  private setNoise(noise: Noise | undefined, row: number): void {
    for (const [stream, { name, training }] of this.model.layers.entries()) {
      if (!training) continue;
      if (!noise) wrongType("noise", `a seed and a draw for the masks of ${name}`, noise);
      training.setNoise(noise, stream, row);
    }
  }
}
