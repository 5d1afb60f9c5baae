/** Answers from scores: the class of each row, the number of wrong rows, and by how much a label leads. */
import type { Labels } from "../check.ts";
import { classesOf, type Head } from "./head.ts";

/** Position of the largest of `n` values from `offset` on; the first of equals. */
export function argmax(values: ArrayLike<number>, offset: number, n: number): number {
  let best = 0;
  for (let i = 1; i < n; i++) {
    if ((values[offset + i] as number) > (values[offset + best] as number)) best = i;
  }
  return best;
}

/**
 * The class of the largest score of each row; the first of equals.
 *
 * @param scores f32[n, classes]: probabilities and logits give the same answer
 * @returns i32[n]
 */
export function predictedClasses(scores: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: scores.length / classes }, (_, row) => argmax(scores, row * classes, classes));
}

/** A model that answers rows, and may say what it makes its answers of. */
interface Answering<Rows> {
  readonly head?: Head;
  predict(rows: Float32Array): Rows;
  scores?(rows: Float32Array): Rows;
}

/**
 * What the classes of each row are ranked by, f32[n, classes]: what the model predicts, where that is a softmax or the scores
 * themselves, or cut; else the scores. One sigmoid is one number for two classes, and several may round to the same 1.
 */
export function rankingOf<Rows>(model: Answering<Rows>, rows: Float32Array): Rows {
  const { head } = model;
  const isRanked =
    head === undefined ||
    head.kind === "softmax" ||
    head.kind === "linear" ||
    (head.kind === "cut" && classesOf(head) === head.outputs);
  return isRanked || !model.scores ? model.predict(rows) : model.scores(rows);
}

/**
 * The number of rows whose answer is not their label.
 *
 * @param scores f32[n, classes]
 * @param labels of the rows, from `first` on
 */
export function countErrors(scores: Float32Array, classes: number, labels: Labels, first = 0): number {
  let errors = 0;
  for (let row = 0; row < scores.length / classes; row++) {
    if (argmax(scores, row * classes, classes) !== labels[first + row]) errors++;
  }
  return errors;
}

/**
 * Score of the label minus the largest of the others, of the row at `offset`. Scores are f32[n, classes], and
 * `offset` is that of an element.
 */
export function marginOf(scores: Float32Array, offset: number, classes: number, label: number): number {
  let other = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < classes; i++) {
    if (i !== label) other = Math.max(other, scores[offset + i] as number);
  }
  return (scores[offset + label] as number) - other;
}
