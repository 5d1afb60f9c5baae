/** What an attack knows of the model it attacks, and what an attack returns. */
import { type Labels, outOfRange, wrongType } from "../check.ts";
import { type LossGradient, predictedClasses } from "../model/index.ts";

/** Anything differentiable: a `Network`, or a model of another library behind the same two functions. */
export interface AttackTarget {
  /** Numbers in a row. */
  readonly inputSize: number;
  readonly classes: number;
  /** f32[n, inputSize] to scores f32[n, classes], the largest naming the answer. */
  predict(rows: Float32Array): Float32Array | Promise<Float32Array>;
  /** Cross-entropy against a label and its gradient to the row; `into` may be filled and returned. */
  lossGradient(rows: Float32Array, labels: Labels, into?: LossGradient): LossGradient | Promise<LossGradient>;
}

/** A model that is only asked: a `Network`, or anything else with scores, synchronous or not. */
export type AnswerTarget = Pick<AttackTarget, "inputSize" | "classes" | "predict">;

/**
 * The class of the largest score of each row, i32[n]. A target may be anyone's: scores that are none are refused.
 *
 * @param first number of the first of the rows, for what is said of them
 */
export async function answersOf(target: AnswerTarget, rows: Float32Array, first = 0): Promise<Int32Array> {
  const { inputSize, classes } = target;
  const scores = await target.predict(rows);
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
  /** The smallest success that the searches visited is the answer. */
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
  /** u8[n], 1 where the row was attacked and a change was found, the stop "found": the network, asked again, answers the target on the row returned. */
  success: Uint8Array;
  /** f64[n], sqrt(sum (x' - x)^2 / inputSize), in units of the box; NaN where nothing was found, 0 where none was searched for. */
  distortion: Float64Array;
  /** i32[n], the label each row was driven to. */
  targets: Int32Array;
  /** u32[n], value-and-gradient calls, every search included. */
  evaluations: Uint32Array;
  /** u32[n], accepted steps of the minimiser. */
  iterations: Uint32Array;
  /** f64[n], the penalty c under which the answer was visited; NaN where no minimisation visited it. */
  penalty: Float64Array;
  stop: AttackStop[];
}
