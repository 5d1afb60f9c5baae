/** The attack on the rows of a set: an item is a row. */
import { attackBlocks, type RowBlock } from "../../attacks/blocks.ts";
import type { AttackResult, AttackStop, LbfgsAttackOptions } from "../../attacks/index.ts";
import { affordableSeats, requireAttack } from "../../attacks/lbfgs.ts";
import { emptyResult } from "../../attacks/result.ts";
import type { Network } from "../../model/index.ts";
import { itemRows } from "./minimal-attack.ts";
import type { Task } from "./task.ts";

/** The settings of `lbfgsAttack` that are plain data and decide the bits. */
export type AttackSettings = Omit<
  LbfgsAttackOptions,
  "rows" | "labels" | "truth" | "batch" | "signal" | "onProgress" | "onImage" | "onEvaluation"
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
  /** Why the search ended. */
  stop: AttackStop;
  /** sqrt(sum (x' - x)^2 / inputSize); NaN where nothing was found. */
  distortion: number;
  /** Value-and-gradient calls, every search included. */
  evaluations: number;
  /** Accepted steps of the minimiser. */
  iterations: number;
  /** The penalty c under which the answer was visited; NaN where none was. */
  penalty: number;
  /** f32[inputSize], where the stop is "found"; otherwise the row is returned as it was. */
  row?: Float32Array;
}

interface ItemBlock extends RowBlock {
  /** The item of each row. */
  items: readonly number[];
}

function blockOf({ model, rows: all, labels, truth }: AttackInput, items: readonly number[]): ItemBlock {
  const { inputSize } = model;
  const rows = itemRows(all, items, inputSize);
  const of = (values: Int32Array) => Int32Array.from(items, (item) => values[item] as number);
  const targets = of(labels);
  return { items, rows, labels: targets, truth: truth && of(truth), result: emptyResult(rows, targets) };
}

function attackedRow({ stop, rows, ...found }: AttackResult, row: number, inputSize: number): AttackedRow {
  return {
    stop: stop[row] as AttackStop,
    distortion: found.distortion[row] as number,
    evaluations: found.evaluations[row] as number,
    iterations: found.iterations[row] as number,
    penalty: found.penalty[row] as number,
    ...(stop[row] === "found" && { row: rows.subarray(row * inputSize, (row + 1) * inputSize) }), // final, so it needs no copy
  };
}

/** Progress is the number of value-and-gradient calls since it was last told. */
export const attack: Task<AttackInput, AttackedRow, number> = async (
  input,
  items,
  { signal, more, done, tell, watch },
) => {
  const { model, settings } = input;
  const require = ({ rows, labels, truth }: ItemBlock) =>
    requireAttack(model, { ...settings, rows, labels, ...(truth && { truth }) });
  function* blocks(block: ItemBlock): Generator<ItemBlock, void> {
    yield block;
    for (let some = more(); some; some = more()) {
      const next = blockOf(input, some);
      require(next);
      yield next;
    }
  }
  const first = blockOf(input, items);
  const { lower, upper, search } = require(first);
  let told = 0;
  await attackBlocks(model, blocks(first), {
    lower,
    upper,
    search,
    seats: Math.min(items.length, affordableSeats(model.inputSize, search)),
    signal,
    onEvaluation: watch && (({ block, row }, point) => watch(block.items[row] as number, point)),
    onTurn: async (ended, evaluations) => {
      for (const { block, row } of ended) {
        done(block.items[row] as number, attackedRow(block.result, row, model.inputSize));
      }
      tell(evaluations - told);
      told = evaluations;
    },
  });
};
