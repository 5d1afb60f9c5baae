/** The smallest change in a norm of the rows of a set: an item is a row. */
import type { AttackStop, EffortName, MinimalAttackOptions, NormName, Question } from "../../attacks/index.ts";
import { minimalAttack } from "../../attacks/index.ts";
import type { Network } from "../../model/index.ts";
import type { Task, TaskContext } from "./task.ts";

/** Where results may lie, as a study says it: plain data. */
export interface StudyDomain {
  /** Results lie on so many equal levels from 0 to 1: 256 are those of 8-bit pictures. */
  levels?: number;
  /** Positions of the features that keep the row's value, and of those that are whole numbers. */
  frozen?: readonly number[];
  integers?: readonly number[];
  /** Lists of features of which one is 1 and the others are 0, and stay so. */
  groups?: readonly (readonly number[])[];
}

export interface MinimalAttackInput {
  model: Network;
  /** f32[n, inputSize], all of the set. */
  rows: Float32Array;
  /** One a row. */
  questions: Question[];
  /** i32[n], the true labels: rows that the model gets wrong are not attacked. */
  truth?: Int32Array;
  settings: { norm: NormName; effort: EffortName; seed: number } & StudyDomain;
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
export const minimal: Task<MinimalAttackInput, MinimalRow, number> = (input, items, context) =>
  searchItems(input, items, context, (rows) => minimalAttack(input.model, { ...rows, ...input.settings }));

/** What an attack on some items is asked. */
type ItemRows = Pick<
  MinimalAttackOptions,
  "rows" | "criterion" | "truth" | "signal" | "onImage" | "onProgress" | "onEvaluation"
>;

/** Runs an attack on some items of a set, and delivers each row when it is done. */
export async function searchItems(
  { model, rows: all, questions, truth }: Omit<MinimalAttackInput, "settings">,
  items: readonly number[],
  { signal, done, tell, watch }: TaskContext<MinimalRow, number>,
  attack: (rows: ItemRows) => Promise<unknown>,
): Promise<void> {
  const { inputSize } = model;
  const rows = itemRows(all, items, inputSize);
  let told = 0;
  await attack({
    rows,
    criterion: items.map((item) => questions[item] as Question),
    ...(truth && { truth: Int32Array.from(items, (item) => truth[item] as number) }),
    signal,
    ...(watch && { onEvaluation: (at, point) => watch(items[at] as number, point) }),
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
}

/** The rows of some items, one behind the other: where they lie, if they lie so already. Nobody writes to them. */
export function itemRows(all: Float32Array, items: readonly number[], width: number): Float32Array {
  const [first = 0] = items;
  if (items.every((item, i) => item === first + i)) return all.subarray(first * width, (first + items.length) * width);
  const rows = new Float32Array(items.length * width);
  items.forEach((item, i) => {
    rows.set(all.subarray(item * width, (item + 1) * width), i * width);
  });
  return rows;
}
