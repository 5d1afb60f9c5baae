/** Certified radii of the rows of a set, or verdicts on a given radius: an item is a row. */
import {
  type CertifiedNorm,
  type CertifyEffort,
  type CertifyVerdict,
  certify as certifyRows,
} from "../../certify/index.ts";
import type { Network } from "../../model/index.ts";
import type { Task } from "./task.ts";

export interface CertifyInput {
  model: Network;
  /** f32[n, inputSize], all of the set. */
  rows: Float32Array;
  /** i32[n], the true labels. */
  truth: Int32Array;
  settings: { norm: CertifiedNorm; effort: CertifyEffort; epsilon?: number; passes?: number };
  /** f64[n], where the search for each radius begins. */
  guess?: Float64Array;
}

/** What is known of one row. */
export interface CertifiedRow {
  verdict: CertifyVerdict;
  radius: number;
  passes: number;
  /** f32[inputSize], where the verdict is "falsified": a row within the radius that is answered otherwise. */
  row?: Float32Array;
}

export const certify: Task<CertifyInput, CertifiedRow> = async (input, items, { signal, done }) => {
  const { model, rows: all, truth, settings, guess } = input;
  const { inputSize } = model;
  const rows = new Float32Array(items.length * inputSize);
  items.forEach((item, i) => {
    rows.set(all.subarray(item * inputSize, (item + 1) * inputSize), i * inputSize);
  });
  await certifyRows(model, {
    rows,
    truth: Int32Array.from(items, (item) => truth[item] as number),
    ...settings,
    ...(guess && { guess: items.map((item) => guess[item] as number) }),
    signal,
    onRow: (at, { verdict, radius, passes, rows: found }) => {
      const isFalsified = verdict[at] === "falsified";
      done(items[at] as number, {
        verdict: verdict[at] as CertifyVerdict,
        radius: radius[at] as number,
        passes: passes[at] as number,
        ...(isFalsified && { row: found.slice(at * inputSize, (at + 1) * inputSize) }),
      });
    },
  });
};
