/** What a network answers on a range of rows. */
import type { SharedModel } from "../shared-model.ts";
import type { Task } from "./task.ts";

export interface RowRange {
  model: SharedModel;
  /** f32[n, inputSize], best in shared memory. */
  rows: Float32Array;
  /** Rows first up to, not including, end; all by default. */
  first?: number;
  end?: number;
}

/** The model's output for each row of the range, f32[n, classes]. */
export const predict: Task<RowRange, Float32Array> = ({ model, rows, first = 0, end }, { network: networkOf }) => {
  const network = networkOf(model);
  return network.predict(rows.subarray(first * network.inputSize, end && end * network.inputSize));
};
