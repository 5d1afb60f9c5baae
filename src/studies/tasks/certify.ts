/** Certified radii of the rows of a set, or verdicts on a given radius: an item is a row. */
import { type CertifyOptions, certifyRows } from "../../certify/certify.ts";
import type { RadiusState } from "../../certify/exhaust.ts";
import type { CertifiedNorm, CertifyBudget, CertifyEffort, CertifyVerdict } from "../../certify/index.ts";
import type { Network } from "../../model/index.ts";
import type { Task } from "./task.ts";

export interface CertifyInput {
  model: Network;
  /** f32[n, inputSize], all of the set. */
  rows: Float32Array;
  /** i32[n], the true labels. */
  truth: Int32Array;
  /** i32[n], of each row the one other answer that is asked about; default any. */
  labels?: Int32Array;
  settings: {
    norm: CertifiedNorm;
    effort: CertifyEffort | "exhaustive" | CertifyBudget;
    epsilon?: number;
    passes?: number;
    frozen?: readonly number[];
  };
  /** f64[n], where the search for each radius begins. */
  guess?: Float64Array;
}

/** What is known of one row. */
export interface CertifiedRow {
  verdict: CertifyVerdict;
  radius: number;
  passes: number;
  /** Length of the shortest change known that alters the answer, of a row that is falsified or searched exhaustively. */
  found?: number;
  /** f32[inputSize], where the verdict is "falsified": a row within the radius that is answered otherwise. */
  row?: Float32Array;
}

/** Of an exhaustive search for a radius an item may be long: its state is kept between two balls. */
export const certify: Task<CertifyInput, CertifiedRow, never, RadiusState> = async (input, items, context) => {
  const { model, rows: all, truth, labels, settings, guess } = input;
  const { signal, resume, done, save } = context;
  const { inputSize } = model;
  const rows = new Float32Array(items.length * inputSize);
  items.forEach((item, i) => {
    rows.set(all.subarray(item * inputSize, (item + 1) * inputSize), i * inputSize);
  });
  const ofItems = (values: Int32Array) => Int32Array.from(items, (item) => values[item] as number);
  let last: (() => RadiusState) | undefined;
  const options: CertifyOptions = {
    rows,
    truth: ofItems(truth),
    ...(labels && { labels: ofItems(labels) }),
    ...settings,
    ...(guess && { guess: items.map((item) => guess[item] as number) }),
    signal,
    onRow: (at, { verdict, radius, passes, found, rows: changed }) => {
      last = undefined;
      const isFalsified = verdict[at] === "falsified";
      const length = found[at] as number;
      done(items[at] as number, {
        verdict: verdict[at] as CertifyVerdict,
        radius: radius[at] as number,
        passes: passes[at] as number,
        ...(!Number.isNaN(length) && { found: length }),
        ...(isFalsified && { row: changed.slice(at * inputSize, (at + 1) * inputSize) }),
      });
    },
  };
  try {
    await certifyRows(model, options, {
      resume,
      onState: (snapshot) => {
        last = snapshot;
        save(snapshot);
      },
    });
  } catch (error) {
    if (signal.aborted && last) save(last);
    throw error;
  }
};
