/**
 * Any tf model as the target of an attack, through tfjs's own gradients on the backend that tfjs has set: for models
 * with layers that do not run here, for GraphModels, for plain functions. Slower than a `Network`, and not the same bits
 * on every backend.
 */
import {
  cast,
  dispose,
  getBackend,
  keep,
  logSoftmax,
  mul,
  neg,
  oneHot,
  sum,
  type Tensor,
  type Tensor2D,
  tensor,
  tensor1d,
  tidy,
  valueAndGrad,
} from "@tensorflow/tfjs-core";
import * as v from "valibot";
import { failed, type Labels, outOfRange, requireOptions, requireRows } from "../check.ts";
import { type LossGradient, requireLossGradient } from "../model/index.ts";
import { sizeOf } from "../model/layers/shape.ts";
import { requireSchema } from "../schema.ts";
import { type Scores, scoresOf, type TfModel } from "./scores.ts";

const Extent = v.pipe(v.number(), v.integer(), v.minValue(1));
const Options = v.strictObject({
  inputShape: v.optional(v.pipe(v.array(Extent), v.minLength(1))),
  output: v.optional(v.picklist(["auto", "logits", "probabilities"]), "auto"),
  batch: v.optional(Extent, 32),
});

export interface TfModelOptions {
  /** Shape of one input, without the batch: for functions, and where the model leaves an extent open. */
  inputShape?: number[];
  /**
   * What the model answers. "auto" (default): a LayersModel or GraphModel that ends in a softmax is asked for what enters
   * it, anything else answers logits. "probabilities": the loss is taken of their logarithms, which see nothing of a class
   * below 1e-38: lossGradient refuses a row whose label is one.
   */
  output?: "auto" | "logits" | "probabilities";
  /** Rows that go through the model at once, default 32; a model of a fixed batch has its own. */
  batch?: number;
}

/** Just below -ln(LEAST_PROBABILITY), 87.3. */
const LEAST_LOGARITHM = 87.3;

/** A tf model as attacks know a target. Rows are flat, one image after another. */
export class TfModelTarget {
  readonly inputShape: readonly number[];
  readonly inputSize: number;
  readonly classes: number;
  private readonly scores: Scores;
  private readonly batch: number;
  /** Whether the model takes batches of exactly `batch` rows. */
  private readonly isFixed: boolean;

  constructor(scores: Scores, inputShape: readonly number[], batch: number, isFixed: boolean) {
    this.scores = scores;
    this.inputShape = inputShape;
    this.inputSize = sizeOf(inputShape);
    this.batch = batch;
    this.isFixed = isFixed;
    this.classes = this.countClasses();
  }

  /**
   * The model's answer to each row: probabilities where it ends in a softmax.
   *
   * @param rows f32[n, inputSize]
   * @returns f32[n, classes]
   */
  async predict(rows: Float32Array): Promise<Float32Array> {
    const count = requireRows("rows", rows, this.inputSize);
    const answers = new Float32Array(count * this.classes);
    for (let first = 0; first < count; first += this.batch) {
      const n = Math.min(this.batch, count - first);
      const answer = tidy(() => this.scores.answer(this.input(rows, first, n)));
      const values = await valuesOf([answer]);
      answers.set((values[0] as Float32Array).subarray(0, n * this.classes), first * this.classes);
    }
    requireFinite("answer", answers, this.classes, 0);
    return answers;
  }

  /**
   * Cross-entropy of each row's logits against its label, and the gradient of that with respect to the row.
   *
   * @param rows f32[n, inputSize]
   * @param labels n whole numbers in [0, classes)
   * @param into a record of an earlier call with as many rows, overwritten and returned; no number that is not finite is written
   */
  async lossGradient(rows: Float32Array, labels: Labels, into?: LossGradient): Promise<LossGradient> {
    const { inputSize, classes } = this;
    const { count, out } = requireLossGradient(this, rows, labels, into);
    for (let first = 0; first < count; first += this.batch) {
      const n = Math.min(this.batch, count - first);
      const [loss, gradient, logits] = (await valuesOf(this.differentiate(rows, labels, first, n))) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const parts = {
        loss: loss.subarray(0, n),
        gradient: gradient.subarray(0, n * inputSize),
        logits: logits.subarray(0, n * classes),
      };
      // NaN also where a logit of any label is not finite.
      requireFinite("loss", parts.loss, 1, first);
      if (this.scores.isOfProbabilities) requireSeen(parts.loss, first);
      requireFinite("gradient", parts.gradient, inputSize, first);
      // Only now: what the caller holds stays finite if anything above throws.
      out.loss.set(parts.loss, first);
      out.gradient.set(parts.gradient, first * inputSize);
      out.logits.set(parts.logits, first * classes);
    }
    return out;
  }

  /** Losses, gradient and logits of rows first, first + 1, ...: tensors that the caller disposes of. */
  private differentiate(rows: Float32Array, labels: Labels, first: number, n: number): Tensor[] {
    const kept: Tensor[] = [];
    try {
      const gradient = tidy(() => {
        const x = this.input(rows, first, n);
        // Rows that fill up a fixed batch have no label: all zeros, they add nothing to the loss.
        const own = Array.from({ length: x.shape[0] as number }, (_, i) =>
          i < n ? (labels[first + i] as number) : -1,
        );
        // Not `oneHot` to float32: the wasm backend writes whole numbers there.
        const truth = cast(oneHot(tensor1d(own, "int32"), this.classes), "float32");
        const { grad, value } = valueAndGrad((input: Tensor) => {
          const logits = this.scores.logits(input) as Tensor2D;
          const losses = neg(sum(mul(logSoftmax(logits), truth), 1));
          kept.push(keep(losses.clone()), keep(logits.clone()));
          return sum(losses);
        })(x);
        value.dispose();
        return grad;
      });
      const [loss, logits] = kept as [Tensor, Tensor];
      return [loss, gradient, logits];
    } catch (error) {
      dispose(kept);
      explain(error);
    }
  }

  /** Rows first, ..., first + n - 1 as the model takes them; a fixed batch is filled up with zeros. */
  private input(rows: Float32Array, first: number, n: number): Tensor {
    const { inputSize, inputShape } = this;
    const values = rows.slice(first * inputSize, (first + n) * inputSize);
    if (!this.isFixed) return tensor(values, [n, ...inputShape]);
    const whole = new Float32Array(this.batch * inputSize);
    whole.set(values);
    return tensor(whole, [this.batch, ...inputShape]);
  }

  /** Runs the model once, on zeros, to see what it answers. */
  private countClasses(): number {
    const rows = this.isFixed ? this.batch : 1;
    const shape = tidy(() => {
      const answer = this.scores.logits(this.input(new Float32Array(this.inputSize), 0, 1)) as unknown;
      return (answer as Partial<Tensor>)?.shape;
    });
    if (shape?.length !== 2 || shape[0] !== rows) {
      outOfRange("model", `an answer of shape [${rows}, classes]`, shape ? `[${shape.join(", ")}]` : "no tensor");
    }
    return shape[1] as number;
  }
}

/**
 * A model, or a function from a batch [n, ...inputShape] to logits [n, classes], behind the two functions of a target. It runs on
 * the backend that is set when it is asked; tfjs moves the model's weights there. On "wasm" most convolutional models need
 * `registerGradientKernels()` first. The model is neither copied nor disposed of.
 */
export function fromTfModel(model: TfModel, options: TfModelOptions = {}): TfModelTarget {
  requireOptions("fromTfModel", options, { inputShape: true, output: true, batch: true });
  const { inputShape, output, batch } = requireSchema("fromTfModel options", Options, options);
  const scores = scoresOf(model, output);
  const [rows, ...declared] = scores.batchShape ?? [];
  const isFixed = typeof rows === "number" && rows > 0;
  return new TfModelTarget(scores, shapeOf(declared, inputShape), isFixed ? rows : batch, isFixed);
}

/** The shape of one input: what the option says, where the model leaves it open. */
function shapeOf(declared: readonly (number | null)[], wanted: readonly number[] | undefined): readonly number[] {
  const isOpen = (extent: number | null | undefined) => typeof extent !== "number" || extent <= 0;
  if (wanted) {
    const fits = wanted.length === declared.length && declared.every((e, i) => isOpen(e) || e === wanted[i]);
    if (declared.length > 0 && !fits)
      outOfRange("inputShape", `[${declared.join(", ")}], as the model says`, `[${wanted.join(", ")}]`);
    return wanted;
  }
  if (declared.length === 0 || declared.some(isOpen)) {
    const known = declared.map((extent) => (isOpen(extent) ? "?" : extent)).join(", ");
    outOfRange("fromTfModel", "the option inputShape, which the model leaves open", `[${known}] from the model`);
  }
  return declared as readonly number[];
}

/** The values of tensors, which are disposed of. Not `dataSync`, which not every backend has. */
async function valuesOf(tensors: readonly Tensor[]): Promise<Float32Array[]> {
  try {
    return (await Promise.all(tensors.map((t) => t.data()))) as Float32Array[];
  } finally {
    dispose([...tensors]);
  }
}

/** Refuses by the row what is not finite in the values of rows `first`, `first + 1`, ... */
function requireFinite(what: string, values: Float32Array, width: number, first: number): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) outOfRange(`${what} of row ${first + Math.floor(bad / width)}`, "finite numbers", values[bad]);
}

/** Refuses rows whose label has a probability that is cut off: the loss there is flat, though the model is not. */
function requireSeen(loss: Float32Array, first: number): void {
  const unseen = loss.findIndex((value) => value > LEAST_LOGARITHM);
  if (unseen < 0) return;
  outOfRange(
    `loss of row ${first + unseen}`,
    "a label whose probability f32 holds (or a model that gives logits)",
    "one below 1e-38",
  );
}

/** Throws what tfjs threw, and for a kernel that the wasm backend lacks says what to do about it. */
function explain(error: unknown): never {
  const message = error instanceof Error ? error.message : "";
  if (getBackend() !== "wasm" || !/^Kernel '\w+' not registered/.test(message)) throw error;
  failed("fromTfModel", "the gradient kernels (call registerGradientKernels() first)", message, error);
}
