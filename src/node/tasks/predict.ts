/** What a network answers on a range of rows. */
import { argmax } from "../../model/index.ts";
import type { SharedModel } from "../share.ts";
import type { Task } from "./task.ts";

export interface RowRange {
  model: SharedModel;
  /** f32[n, inputSize], best in shared memory. */
  rows: Float32Array;
  /** Rows first up to, not including, end; all by default. */
  first?: number;
  end?: number;
}

function selected({ rows, first = 0, end }: RowRange, inputSize: number): Float32Array {
  return rows.subarray(first * inputSize, (end ?? rows.length / inputSize) * inputSize);
}

/** The model's output for each row of the range, f32[n, classes]. */
export const predict: Task<RowRange, Float32Array> = (input, { network: networkOf }) => {
  const network = networkOf(input.model);
  return network.predict(selected(input, network.inputSize));
};

/** How many rows of the range the network answers with another label than theirs; labels are those of all rows. */
export const countErrors: Task<RowRange & { labels: Int32Array | Uint8Array }, number> = (input, context) => {
  const { classes, inputSize } = context.network(input.model);
  const scores = context.network(input.model).predict(selected(input, inputSize));
  const { labels, first = 0 } = input;
  let errors = 0;
  for (let i = 0; i < scores.length / classes; i++) {
    if (argmax(scores, i * classes, classes) !== labels[first + i]) errors++;
  }
  return errors;
};
