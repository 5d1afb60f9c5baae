/**
 * Any tf model as the target of an attack, through tfjs's own gradients on the backend that tfjs has set: for models
 * with layers that do not run here, for GraphModels, for plain functions. Slower than a `Network`, and not the same bits
 * on every backend.
 */
import {
  dispose,
  getBackend,
  keep,
  logSoftmax,
  mul,
  neg,
  sum,
  type Tensor,
  type Tensor2D,
  tensor,
  tensor2d,
  tidy,
  valueAndGrad,
} from "@tensorflow/tfjs-core";
import * as v from "valibot";
import { type Labels, notFinite, outOfRange, requireOptions, requireRows } from "../check.ts";
import {
  classesOf,
  type Head,
  type LossGradient,
  requireGradientSeen,
  requireLossGradient,
  requireScoreGradient,
  requireSeen,
  type ScoreGradient,
  type Weigh,
  weightsOf,
} from "../model/index.ts";
import { sizeOf } from "../model/layers/shape.ts";
import { requireSchema } from "../schema.ts";
import { askTfjs, readsAtOnce } from "./ask.ts";
import { type Callable, callable, headOf, type Output, requireScores, scoresOf, type TfModel } from "./scores.ts";
import { type Watched, watch } from "./watch.ts";

const Extent = v.pipe(v.number(), v.integer(), v.minValue(1));
const Options = v.strictObject({
  inputShape: v.optional(v.pipe(v.array(Extent), v.minLength(1))),
  output: v.optional(v.picklist(["auto", "logits", "probabilities"]), "auto"),
  batch: v.optional(Extent, 32),
});

/** How a tf model is asked. */
export interface TfModelOptions {
  /** Shape of one input, without the batch: for functions, and where the model leaves an extent open. */
  inputShape?: number[];
  /**
   * What the model answers. "auto" (default): a model that ends in a softmax, sigmoid, tanh, softplus, ELU, SELU, exponential, ReLU
   * or another cut to a range is asked for what enters it, softmaxes of groups of outputs are probabilities, anything else answers scores; outputs that look like probabilities are then refused. "logits": the outputs are the
   * scores, whatever they look like. "probabilities": the scores are their logarithms, which see nothing of a class below
   * 1e-38: lossGradient refuses a row whose label is one.
   */
  output?: "auto" | "logits" | "probabilities";
  /** Rows that go through the model at once, default 32; a model of a fixed batch has its own. */
  batch?: number;
}

/** A tf model as attacks know a target. Rows are flat, one image after another. */
export class TfModelTarget {
  /** Shape of one input, without the batch. */
  readonly inputShape: readonly number[];
  /** Numbers in a row: the product of `inputShape`. */
  readonly inputSize: number;
  /** Scores of a row: as many as outputs, but two where the output is one sigmoid. */
  readonly classes: number;
  /** What makes the outputs of the scores. */
  readonly head: Head;
  private readonly model: Callable;
  private readonly output: Output;
  private readonly batch: number;
  /** Whether the model takes batches of exactly `batch` rows. */
  private readonly isFixed: boolean;

  /** Made by `fromTfModel`. */
  constructor(model: Callable, output: Output, inputShape: readonly number[], batch: number, isFixed: boolean) {
    this.model = model;
    this.output = output;
    this.inputShape = inputShape;
    this.inputSize = sizeOf(inputShape);
    this.batch = batch;
    this.isFixed = isFixed;
    this.head = this.findHead();
    this.classes = classesOf(this.head);
  }

  /**
   * The model's answer to each row: probabilities where it ends in a softmax or in sigmoids.
   *
   * @param rows f32[n, inputSize]
   * @returns f32[n, head.outputs]: one number a row where the output is one sigmoid
   */
  async predict(rows: Float32Array): Promise<Float32Array> {
    return this.valuesOf("answer", rows, this.head.outputs, (watched) => watched.answer);
  }

  /**
   * The scores of each row: what enters the softmax, sigmoid, tanh or softplus that the model ends in, [0, what enters it] for one
   * sigmoid; else its outputs. The class of the largest is the answer.
   *
   * @param rows f32[n, inputSize]
   * @returns f32[n, classes]
   */
  async scores(rows: Float32Array): Promise<Float32Array> {
    const scores = await this.valuesOf("scores", rows, this.classes, (watched) => scoresOf(watched, this.head));
    this.requireScores(scores, 0);
    return scores;
  }

  /**
   * Cross-entropy of each row's scores against its label, and the gradient of that with respect to the row. Rejects
   * for scores or gradients that are not finite.
   *
   * @param rows f32[n, inputSize]
   * @param labels n whole numbers in [0, classes)
   * @param into a record of an earlier call with as many rows, overwritten and returned; no number that is not finite is written
   */
  async lossGradient(rows: Float32Array, labels: Labels, into?: LossGradient): Promise<LossGradient> {
    const { inputSize, classes, head } = this;
    const { count, out } = requireLossGradient(this, rows, labels, into);
    for (const { first, n } of this.batches(count)) {
      const truth = this.numbers(n, classes, (row, k) => Number(labels[first + row] === k));
      const lossesOf = (scores: Tensor2D) => neg(sum(mul(logSoftmax(scores), truth()), 1));
      const { values: loss, gradient, scores } = await this.differentiate(rows, first, n, lossesOf);
      // NaN also where a score of any label is not finite.
      requireFinite("loss", loss, 1, first);
      this.requireScores(scores, first);
      requireSeen(head, loss, first);
      requireFinite("gradient", gradient, inputSize, first);
      // Only now: what the caller holds stays finite if anything above throws.
      out.loss.set(loss, first);
      out.gradient.set(gradient, first * inputSize);
      out.logits.set(scores, first * classes);
    }
    return out;
  }

  /**
   * The scores of each row, and the gradient of a weighted sum of them, sum_k w_k s_k, with respect to the row.
   * Rejects for scores or gradients that are not finite.
   *
   * @param rows f32[n, inputSize]
   * @param weigh gives the `classes` weights of one row from its scores
   * @param into a record of an earlier call with as many rows, overwritten and returned; no number that is not finite is written
   */
  async scoreGradient(rows: Float32Array, weigh: Weigh, into?: ScoreGradient): Promise<ScoreGradient> {
    const { inputSize, classes } = this;
    const { count, out } = requireScoreGradient(this, rows, weigh, into);
    for (const { first, n } of this.batches(count)) {
      const part = rows.subarray(first * inputSize, (first + n) * inputSize);
      // Where the scores cannot be read in the middle of a pass, one before it gives the weights.
      const before = readsAtOnce() ? undefined : await this.scores(part);
      const raised: unknown[] = [];
      const sumOf = (scores: Tensor2D) => {
        const known = (before ?? scores.dataSync()) as Float32Array;
        requireFinite("scores", known.subarray(0, n * classes), classes, first);
        try {
          const weights = Array.from({ length: n }, (_, row) =>
            weightsOf(weigh, known.slice(row * classes, (row + 1) * classes), first + row),
          );
          const weightOf = (row: number, k: number) => (weights[row] as ArrayLike<number>)[k] as number;
          return sum(mul(scores, this.numbers(n, classes, weightOf)()), 1);
        } catch (error) {
          raised.push(error);
          throw error;
        }
      };
      const { gradient, scores } = await this.differentiate(rows, first, n, sumOf).catch((error: unknown) => {
        throw raised.length > 0 ? raised[0] : error; // what `weigh` throws is not tfjs's
      });
      this.requireScores(scores, first);
      requireFinite("gradient", gradient, inputSize, first);
      requireGradientSeen(this.head, scores, gradient, n, first);
      out.scores.set(scores, first * classes);
      out.gradient.set(gradient, first * inputSize);
    }
    return out;
  }

  /** The batches that rows pass in. */
  private *batches(count: number): Generator<{ first: number; n: number }> {
    for (let first = 0; first < count; first += this.batch) yield { first, n: Math.min(this.batch, count - first) };
  }

  /** A value of the model for each row, f32[n, width]. */
  private async valuesOf(
    what: string,
    rows: Float32Array,
    width: number,
    pick: (watched: Watched) => Tensor,
  ): Promise<Float32Array> {
    const count = requireRows("rows", rows, this.inputSize);
    const values = new Float32Array(count * width);
    for (const { first, n } of this.batches(count)) {
      const value = askTfjs(NAME, runs(), () =>
        tidy(() => {
          const watched = this.run(this.input(rows, first, n));
          const found = pick(watched).clone();
          watched.release();
          return found;
        }),
      );
      const [all] = (await readAll([value])) as [Float32Array];
      values.set(all.subarray(0, n * width), first * width);
    }
    requireFinite(what, values, width, 0);
    return values;
  }

  /**
   * A number for each of the rows first, first + 1, ..., its gradient to the row, and the scores.
   *
   * @param reduce scores [n, classes] to numbers [n]
   */
  private async differentiate(
    rows: Float32Array,
    first: number,
    n: number,
    reduce: (scores: Tensor2D) => Tensor,
  ): Promise<{ values: Float32Array; gradient: Float32Array; scores: Float32Array }> {
    const kept: Tensor[] = [];
    let watched: Watched | undefined;
    const gradient = (() => {
      try {
        return askTfjs(NAME, `a model that runs and has a gradient on the backend ${getBackend()}`, () =>
          tidy(() => {
            const { grad, value } = valueAndGrad((input: Tensor) => {
              watched = this.run(input);
              const scores = scoresOf(watched, this.head);
              const values = reduce(scores);
              kept.push(keep(values.clone()), keep(scores.clone()));
              return sum(values);
            })(this.input(rows, first, n));
            value.dispose();
            return grad;
          }),
        );
      } catch (error) {
        dispose(kept);
        throw error;
      } finally {
        watched?.release();
      }
    })();
    const [values, slopes, scores] = (await readAll([kept[0] as Tensor, gradient, kept[1] as Tensor])) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    return {
      values: values.subarray(0, n),
      gradient: slopes.subarray(0, n * this.inputSize),
      scores: scores.subarray(0, n * this.classes),
    };
  }

  /** Runs the model on a batch, under a watch for what it ends in. */
  private run(x: Tensor): Watched {
    const rows = x.shape[0] as number;
    const size = this.head === undefined ? undefined : rows * this.head.outputs;
    return watch(() => this.model.answer(x), size);
  }

  /** Makes a tensor of numbers [rows, width] where it is used; rows that fill up a fixed batch have zeros, which add nothing. */
  private numbers(n: number, width: number, of: (row: number, k: number) => number): () => Tensor2D {
    const rows = this.isFixed ? this.batch : n;
    const values = Float32Array.from({ length: rows * width }, (_, i) => {
      const row = Math.floor(i / width);
      return row < n ? of(row, i % width) : 0;
    });
    return () => tensor2d(values, [rows, width]);
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
  private findHead(): Head {
    const rows = this.isFixed ? this.batch : 1;
    return askTfjs(NAME, runs(), () => {
      let head: Head | undefined;
      tidy(() => {
        const watched = this.run(this.input(new Float32Array(this.inputSize), 0, 1));
        const shape = (watched.answer as Partial<Tensor> | undefined)?.shape;
        if (shape?.length === 2 && shape[0] === rows) head = headOf(watched, this.output);
        watched.release();
        if (!head) {
          outOfRange("model", `an answer of shape [${rows}, classes]`, shape ? `[${shape.join(", ")}]` : "no tensor");
        }
      });
      return head as unknown as Head;
    });
  }

  /** Refuses scores that look like probabilities, unless the caller said what they are. */
  private requireScores(scores: Float32Array, first: number): void {
    if (this.output === "auto" && this.head.kind === "linear") requireScores(scores, this.classes, first);
  }
}

/** What errors name. */
const NAME = "fromTfModel";

function runs(): string {
  return `a model that runs on the backend ${getBackend()}`;
}

/**
 * A model, or a function from a batch [n, ...inputShape] to scores [n, classes], behind the functions of a target. It runs on
 * the backend that is set when it is asked; tfjs moves the model's weights there. On "wasm" most convolutional models need
 * `registerGradientKernels()` first. The model is neither copied nor disposed of. Throws for a model of several
 * inputs or outputs, and for options that are unknown or out of range.
 */
export function fromTfModel(model: TfModel, options: TfModelOptions = {}): TfModelTarget {
  requireOptions("fromTfModel", options, { inputShape: true, output: true, batch: true });
  const { inputShape, output, batch } = requireSchema("fromTfModel options", Options, options);
  const called = callable(model);
  const [rows, ...declared] = called.batchShape ?? [];
  const isFixed = typeof rows === "number" && rows > 0;
  return new TfModelTarget(called, output, shapeOf(declared, inputShape), isFixed ? rows : batch, isFixed);
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
async function readAll(tensors: readonly Tensor[]): Promise<Float32Array[]> {
  try {
    const values = askTfjs(NAME, "values that can be read", () => Promise.all(tensors.map((t) => t.data())));
    return (await values) as Float32Array[];
  } finally {
    dispose([...tensors]);
  }
}

/** Refuses by the row what is not finite in the values of rows `first`, `first + 1`, ... */
function requireFinite(what: string, values: Float32Array, width: number, first: number): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) notFinite(`${what} of row ${first + Math.floor(bad / width)}`, "finite numbers", values[bad]);
}
