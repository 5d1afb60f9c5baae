/** The attack on the rows of a set: an item is a row. */
import { type AttackStop, type LbfgsAttackOptions, lbfgsAttack } from "../../attacks/index.ts";
import type { Network } from "../../model/index.ts";
import type { Task } from "./task.ts";

/** The settings of `lbfgsAttack` that are plain data and decide the bits. */
export type AttackSettings = Omit<
  LbfgsAttackOptions,
  "rows" | "labels" | "truth" | "batch" | "signal" | "onProgress" | "onImage"
>;

export interface AttackInput {
  model: Network;
  /** f32[n, inputSize], all of the set. */
  rows: Float32Array;
  /** i32[n], the labels to reach. */
  labels: Int32Array;
  /** i32[n], the true labels. */
  truth?: Int32Array;
  settings: AttackSettings;
}

/** What the attack found for one row: an entry of an `AttackResult`. */
export interface AttackedRow {
  stop: AttackStop;
  distortion: number;
  evaluations: number;
  iterations: number;
  penalty: number;
  /** f32[inputSize], where the stop is "found"; otherwise the row is returned as it was. */
  row?: Float32Array;
}

/** Progress is the number of value-and-gradient calls since it was last told. */
export const attack: Task<AttackInput, AttackedRow, number> = async (input, items, { signal, done, tell }) => {
  const { model, settings, truth } = input;
  const { inputSize } = model;
  const rows = new Float32Array(items.length * inputSize);
  items.forEach((item, i) => {
    rows.set(input.rows.subarray(item * inputSize, (item + 1) * inputSize), i * inputSize);
  });
  let told = 0;
  await lbfgsAttack(model, {
    ...settings,
    rows,
    labels: Int32Array.from(items, (item) => input.labels[item] as number),
    ...(truth && { truth: Int32Array.from(items, (item) => truth[item] as number) }),
    signal,
    onImage: (i, result) => {
      const stop = result.stop[i] as AttackStop;
      done(items[i] as number, {
        stop,
        distortion: result.distortion[i] as number,
        evaluations: result.evaluations[i] as number,
        iterations: result.iterations[i] as number,
        penalty: result.penalty[i] as number,
        ...(stop === "found" && { row: result.rows.slice(i * inputSize, (i + 1) * inputSize) }),
      });
    },
    onProgress: (_done, _total, evaluations) => {
      tell(evaluations - told);
      told = evaluations;
    },
  });
};
