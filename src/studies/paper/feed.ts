/** Sets of changed images fed to every model of a study: what tables 2 and 4 are made of. */
import { transferCell } from "../../analysis/index.ts";
import type { StudiedModel, Study } from "./attacked.ts";
import type { PaperExecutor } from "./jobs.ts";
import type { TransferTable, TransferTableRow } from "./tables.ts";

/** Changed images of the study's sample. */
export interface FedSet {
  /** A model, or `noise-<std>`. */
  source: string;
  title: string;
  /** Names the rows among all that are fed: of one name, of one content. */
  id: string;
  rows: Float32Array;
  distortion: number;
  /** For sets made for a model: the labels that were asked for, and which rows reached them. */
  targets?: Int32Array;
  reached?: Uint8Array;
}

/** A row of a transfer table with its counts. */
export interface FedRow extends TransferTableRow {
  title: string;
  /** How many of the table's images each model gets wrong. */
  wrong: Readonly<Record<string, number>>;
  /**
   * Of the images that fool their own model and that the fed model reads truly before the change, the share that it no
   * longer does; and the share that it takes for the very label that was asked for. Null where there are none.
   */
  carried?: Readonly<Record<string, number | null>>;
  carriedToTarget?: Readonly<Record<string, number | null>>;
}

/** The same table under another reading of a silent point. */
export interface Variant {
  /** What differs, in words. */
  reading: string;
  rows: readonly FedRow[];
}

export interface TransferResult extends TransferTable {
  images: number;
  rows: readonly FedRow[];
  /** The images under the noise of figure 7, beside table 2; in no table and no digest. */
  strongNoise?: FedRow;
  /** The error rates on the images as they are. */
  clean: Readonly<Record<string, number>>;
  variants: readonly Variant[];
}

/** Feeds each set to each model. */
export async function feed(study: Study, sets: readonly FedSet[], executor: PaperExecutor): Promise<FedRow[]> {
  const answers = await Promise.all(
    sets.map((set) => Promise.all(study.models.map((model) => ask(model, set, study, executor)))),
  );
  return sets.map((set, s) => fedRow(study, set, answers[s] as Int32Array[]));
}

function ask(model: StudiedModel, set: FedSet, { split }: Study, executor: PaperExecutor): Promise<Int32Array> {
  return executor.answers({ kind: "answers", model: model.digest, rows: `${split} ${set.id}` }, model, set.rows);
}

/** A row of the table, from what each model answers to a set. */
export function fedRow({ models, sample, clean }: Study, set: FedSet, answers: readonly Int32Array[]): FedRow {
  const cells = models.map(({ name }, m) =>
    transferCell({
      model: name,
      answers: answers[m] as Int32Array,
      cleanAnswers: clean.get(name),
      truth: sample.labels,
      ...(set.targets && { targets: set.targets }),
      ...(set.reached && { found: set.reached }),
    }),
  );
  const byModel = <T>(pick: (cell: (typeof cells)[number]) => T): Record<string, T> =>
    Object.fromEntries(cells.map((cell) => [cell.model, pick(cell)]));
  return {
    source: set.source,
    title: set.title,
    distortion: set.distortion,
    errors: byModel((cell) => cell.error.rate),
    wrong: byModel((cell) => cell.error.hits),
    ...(set.targets && {
      carried: byModel((cell) => cell.carried?.rate ?? null),
      carriedToTarget: byModel((cell) => cell.carriedToTarget?.rate ?? null),
    }),
  };
}

/** The error rates of the sample as it is. */
export function cleanErrors({ models, sample, clean }: Study): Record<string, number> {
  const rate = (answers: Int32Array) =>
    answers.reduce((wrong, answer, i) => wrong + Number(answer !== sample.labels[i]), 0) / answers.length;
  return Object.fromEntries(models.map(({ name }) => [name, rate(clean.get(name) as Int32Array)]));
}
