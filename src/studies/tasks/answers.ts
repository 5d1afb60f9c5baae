/** The answers of a network to many rows: an item is a chunk of consecutive rows. */
import { type Network, predictedClasses, rankingOf } from "../../model/index.ts";
import type { Task } from "./task.ts";

export interface AnswersInput {
  model: Network;
  /** f32[n, inputSize] */
  rows: Float32Array;
  /** Rows of a chunk; the last one may have fewer. */
  chunk: number;
}

/** An item's result is the class of the largest score of each of its rows, i32[at most chunk]. */
export const answers: Task<AnswersInput, Int32Array> = async ({ model, rows, chunk }, items, { signal, done }) => {
  const { inputSize, classes } = model;
  for (const item of items) {
    signal.throwIfAborted();
    const scores = rankingOf(model, rows.subarray(item * chunk * inputSize, (item + 1) * chunk * inputSize));
    done(item, predictedClasses(scores, classes));
    await new Promise((resolve) => setTimeout(resolve));
  }
};
