/** The smallest change in a norm of the rows of a set: an item is a row. */
import type { AttackStop, EffortName, NormName, Question } from "../../attacks/index.ts";
import { minimalAttack } from "../../attacks/index.ts";
import type { Network } from "../../model/index.ts";
import type { Task } from "./task.ts";

export interface MinimalAttackInput {
  model: Network;
  /** f32[n, inputSize], all of the set. */
  rows: Float32Array;
  /** One a row. */
  questions: Question[];
  /** i32[n], the true labels: rows that the model gets wrong are not attacked. */
  truth?: Int32Array;
  settings: { norm: NormName; effort: EffortName; seed: number; levels?: number };
}

/** What was found for one row. */
export interface MinimalRow {
  stop: AttackStop;
  distance: number;
  evaluations: number;
  /** What the model answers on the row that was found. */
  label: number;
  /** f32[inputSize], where the stop is "found"; otherwise the row is returned as it was. */
  row?: Float32Array;
}

/** Progress is the number of evaluations since it was last told. */
export const minimal: Task<MinimalAttackInput, MinimalRow, number> = async (input, items, { signal, done, tell }) => {
  const { model, rows: all, questions, truth, settings } = input;
  const { inputSize } = model;
  const rows = new Float32Array(items.length * inputSize);
  items.forEach((item, i) => {
    rows.set(all.subarray(item * inputSize, (item + 1) * inputSize), i * inputSize);
  });
  let told = 0;
  await minimalAttack(model, {
    rows,
    criterion: items.map((item) => questions[item] as Question),
    ...(truth && { truth: Int32Array.from(items, (item) => truth[item] as number) }),
    ...settings,
    signal,
    onImage: (at, { stop, distance, evaluations, labels, rows }) => {
      const isFound = stop[at] === "found";
      done(items[at] as number, {
        stop: stop[at] as AttackStop,
        distance: distance[at] as number,
        evaluations: evaluations[at] as number,
        label: labels[at] as number,
        ...(isFound && { row: rows.slice(at * inputSize, (at + 1) * inputSize) }),
      });
    },
    onProgress: (_done, _total, evaluations) => {
      tell(evaluations - told);
      told = evaluations;
    },
  });
};
