/** One attack on the rows of a set at a budget, and how near it was after how many propagations: an item is a row. */
import { type AttackName, minimalAttack, type NormName, namedAttack, type SearchTrace } from "../../attacks/index.ts";
import type { Network } from "../../model/index.ts";
import type { Task } from "./task.ts";

/** An attack by name, or ours. */
export type BenchedAttack = AttackName | "minimal";

export interface BenchAttackInput {
  model: Network;
  /** f32[n, inputSize], all of the set. */
  rows: Float32Array;
  /** i32[n], the labels that are to be left; the model answers them. */
  truth: Int32Array;
  attack: BenchedAttack;
  norm: NormName;
  /** What the attack is given: of these no more than it needs is spent. */
  evaluations: number;
  /** Of attacks that search within it. */
  epsilon?: number;
  /** Successes count within so many propagations. */
  propagations: number;
  seed: number;
  /** Numbers of propagations, ascending. */
  checkpoints: readonly number[];
}

/** What came of one row. */
export interface BenchedRow {
  /** Of the nearest success within the budget; infinite where there is none. */
  distance: number;
  /** That were spent, at most the budget. */
  propagations: number;
  /** f64[checkpoints], the distance of the nearest success so far; infinite where there is none. */
  curve: Float64Array;
}

/** Progress is the number of evaluations since it was last told. */
export const benchAttack: Task<BenchAttackInput, BenchedRow, number> = async (input, items, { signal, done, tell }) => {
  const { model, rows: all, truth, attack, norm, evaluations, epsilon, propagations, seed, checkpoints } = input;
  const { inputSize } = model;
  const rows = new Float32Array(items.length * inputSize);
  items.forEach((item, i) => {
    rows.set(all.subarray(item * inputSize, (item + 1) * inputSize), i * inputSize);
  });
  let told = 0;
  const options = {
    rows,
    truth: items.map((item) => truth[item] as number),
    norm,
    evaluations,
    seed,
    trace: true,
    signal,
    onImage: (at: number, { traces }: { traces?: SearchTrace[] }) => {
      const trace = traces?.[at] as SearchTrace;
      const after = (spent: number) =>
        trace.nearer.findLast(({ propagations }) => propagations <= spent)?.distance ?? Number.POSITIVE_INFINITY;
      done(items[at] as number, {
        distance: after(propagations),
        propagations: Math.min(propagations, trace.propagations),
        curve: Float64Array.from(checkpoints, after),
      });
    },
    onProgress: (_done: number, _total: number, spent: number) => {
      tell(spent - told);
      told = spent;
    },
  };
  if (attack === "minimal") await minimalAttack(model, options);
  else await namedAttack(model, { ...options, attack, ...(epsilon !== undefined && { epsilon }) });
};
