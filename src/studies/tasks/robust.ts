/** An ensemble of attacks within epsilon on the rows of a set: an item is a row. */
import type { EnsembleMember, NormName } from "../../attacks/index.ts";
import { attackEnsemble, type EnsembleResult, type EnsembleVerdict } from "../../attacks/robust/ensemble.ts";
import type { Network } from "../../model/index.ts";
import { itemRows } from "./minimal-attack.ts";
import type { Task } from "./task.ts";

export interface RobustInput {
  model: Network;
  /** f32[n, inputSize], all of the set. */
  rows: Float32Array;
  /** i32[n], the true labels. */
  truth: Int32Array;
  settings: { norm: NormName; epsilon: number; attacks: EnsembleMember[]; seed: number };
}

/** What became of one row. */
export interface RobustRow {
  verdict: EnsembleVerdict;
  by: EnsembleResult["by"][number];
  distance: number;
  evaluations: number;
  /** f32[inputSize], where it was attacked. */
  row?: Float32Array;
}

/** Progress is the number of evaluations since it was last told. */
export const robust: Task<RobustInput, RobustRow, number> = async (input, items, { signal, done, tell }) => {
  const { model, rows, truth, settings } = input;
  const { inputSize } = model;
  let told = 0;
  await attackEnsemble(model, {
    rows: itemRows(rows, items, inputSize),
    truth: Int32Array.from(items, (item) => truth[item] as number),
    ...settings,
    signal,
    onRow: (at, { verdict, by, distance, evaluations, rows }) => {
      done(items[at] as number, {
        verdict: verdict[at] as EnsembleVerdict,
        by: by[at] ?? null,
        distance: distance[at] as number,
        evaluations: evaluations[at] as number,
        ...(verdict[at] === "attacked" && { row: rows.slice(at * inputSize, (at + 1) * inputSize) }),
      });
    },
    onProgress: (_done, _total, evaluations) => {
      tell(evaluations - told);
      told = evaluations;
    },
  });
};
