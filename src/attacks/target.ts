/** The model as an attack sees it, and the result of an attack. */
import { type Labels, outOfRange, wrongType } from "../check.ts";
import {
  type Head,
  type LossGradient,
  predictedClasses,
  rankingOf,
  type ScoreGradient,
  type Weigh,
} from "../model/index.ts";

/** A differentiable model: a `Network`, or one of another library behind the same two functions. */
export interface AttackTarget {
  /** Numbers in a row. */
  readonly inputSize: number;
  /** Scores of a row, and so labels: they are whole numbers in [0, classes). */
  readonly classes: number;
  /**
   * f32[n, inputSize] to f32[n, classes]; the class of the largest is the answer. Where there are `head` and `scores`, and the
   * head is neither linear nor a softmax, the scores are asked for the answer instead.
   */
  predict(rows: Float32Array): Float32Array | Promise<Float32Array>;
  /** What makes the outputs of the scores; without it, `predict` gives scores. */
  readonly head?: Head;
  /** f32[n, inputSize] to f32[n, classes], the scores behind the outputs. */
  scores?(rows: Float32Array): Float32Array | Promise<Float32Array>;
  /**
   * The cross-entropy of each row against its label, in nats, and its gradient to the row. It may fill and return
   * `into`. Rows and gradient are f32[n, inputSize].
   */
  lossGradient(rows: Float32Array, labels: Labels, into?: LossGradient): LossGradient | Promise<LossGradient>;
}

/** A model whose scores can be weighed and differentiated: a `Network`, or one of another library behind the same functions. */
export interface ScoreTarget {
  /** Numbers in a row. */
  readonly inputSize: number;
  /** Scores of a row, and so labels: they are whole numbers in [0, classes). */
  readonly classes: number;
  /** What makes the model's outputs of its scores; default "linear": the scores are the outputs. */
  readonly head?: Head;
  /** f32[n, inputSize] to scores f32[n, classes], before a final softmax or sigmoid; the class of the largest is the answer. */
  scores(rows: Float32Array): Float32Array | Promise<Float32Array>;
  /**
   * The scores of each row, and the gradient of their weighted sum to the row. It may fill and return `into`. Rows
   * and gradient are f32[n, inputSize], scores f32[n, classes].
   */
  scoreGradient(rows: Float32Array, weigh: Weigh, into?: ScoreGradient): ScoreGradient | Promise<ScoreGradient>;
}

/** A model without a gradient: a `Network`, or anything else with scores, synchronous or not. */
export type AnswerTarget = Pick<AttackTarget, "inputSize" | "classes" | "predict" | "head" | "scores">;

/**
 * The class of the largest score of each row, i32[n]. Throws if the target returns scores of another kind or number, or NaN.
 *
 * @param first number of the first row, for error messages
 */
export async function answersOf(target: AnswerTarget, rows: Float32Array, first = 0): Promise<Int32Array> {
  const { inputSize, classes } = target;
  const scores = await rankingOf(target, rows);
  if (!(scores instanceof Float32Array)) wrongType("target's scores", "a Float32Array", scores);
  const count = rows.length / inputSize;
  if (scores.length !== count * classes) {
    outOfRange("target's scores", `${count} rows of ${classes}`, `${scores.length} values`);
  }
  const bad = scores.findIndex(Number.isNaN);
  if (bad >= 0) outOfRange(`target's scores of row ${first + Math.floor(bad / classes)}`, "numbers", "NaN");
  return predictedClasses(scores, classes);
}

/** Why the search for an image ended. */
export type AttackStop =
  /** A change was found; the row is the smallest success that the searches visited. */
  | "found"
  /** The network answered the target before any change: not attacked, distortion 0. */
  | "already-target"
  /** The network did not answer the image's true label before any change: not attacked, distortion 0. */
  | "misclassified"
  /** No search reached the target: the row is the image. */
  | "not-found";

/** What an attack found for n images. */
export interface AttackResult {
  /** f32[n, inputSize], inside the box exactly; the image itself where nothing was found. */
  rows: Float32Array;
  /** u8[n], 1 where `stop` is "found": the network was asked again about the returned row, and answers the target. */
  success: Uint8Array;
  /** f64[n], sqrt(sum (x' - x)^2 / inputSize), in units of the box; NaN where nothing was found, 0 where nothing was searched. */
  distortion: Float64Array;
  /** i32[n], the label each row was driven to. */
  targets: Int32Array;
  /** u32[n], value-and-gradient calls, every search included. */
  evaluations: Uint32Array;
  /** u32[n], accepted steps of the minimiser. */
  iterations: Uint32Array;
  /** f64[n], the penalty c under which the answer was visited; NaN where no minimisation visited it. */
  penalty: Float64Array;
  /** Why the search for each row ended, n words. */
  stop: AttackStop[];
}
