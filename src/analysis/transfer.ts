/**
 * Whether adversarial images made for one model fool others (Szegedy et al., section 4.2): every set is fed to every
 * model. `transferMatrix` asks the models; `transferCell` only counts, for answers that are already there (from
 * workers, or from a journal).
 */
import type { AnswerTarget } from "../attacks/index.ts";
import {
  type Labels,
  outOfRange,
  requireLabels,
  requireLength,
  requireOptions,
  requireRows,
  wrongType,
} from "../check.ts";
import { type Rate, rateOf } from "../numeric/rate.ts";
import { answers } from "./answers.ts";
import { meanDistortion, pooledDistortion } from "./distortion.ts";
import { type NamedModel, requireDistinct, requireModels, type TransferModels } from "./models.ts";
import { selectRows } from "./select-rows.ts";

/** Images to feed to the models: adversarial for one of them, or noisy. */
export interface AdversarialSet {
  /** What results call the set. */
  name: string;
  /** f32[n, inputSize]. */
  rows: Float32Array;
  /** True labels, n. */
  truth: Labels;
  /** The target labels, n; without them, the cells have no rates of targets. */
  targets?: Labels;
  /** The images before the change, f32[n, inputSize]; without them, the cells have no `clean` and no `carried`. */
  originals?: Float32Array;
  /** n numbers, 1 where the row fools the model it was made for; default: all. */
  found?: ArrayLike<number>;
}

/** The results of one model on one set. */
export interface TransferCell {
  /** Name of the model that was asked. */
  model: string;
  /** The share of all rows that are not answered with the true label, as in the paper's tables. */
  error: Rate;
  /** The same for the originals. */
  clean?: Rate;
  /**
   * The share that carries over: of the found rows whose original this model answers correctly, those that it now gets wrong.
   * Images that it got wrong before, which `error` counts, are left out. Absent where no row counts.
   */
  carried?: Rate;
  /** Of the rows of `carried`, the share answered with the target label. */
  carriedToTarget?: Rate;
  /** Of all found rows, the share answered with the target label. Absent where none was found. */
  target?: Rate;
  /** i32[n], the model's answer to each row, and to each original. */
  answers: Int32Array;
  /** i32[n], its answer to each original; absent without originals. */
  cleanAnswers?: Int32Array;
}

/** One set, and the results of every model on it. */
export interface TransferRow {
  /** Name of the set. */
  name: string;
  /** Rows of the set. */
  count: number;
  /**
   * How far the found rows are from their originals. Absent without originals, or where none was found. Root mean
   * square change of a pixel: over all found rows together, and the mean of that of each.
   */
  distortion?: { pooled: number; mean: number };
  /** One a model, in their order. */
  cells: TransferCell[];
}

/** Every set beside every model: the paper's table of cross-model generalisation. */
export interface TransferMatrix {
  /** Names of the models, the columns. */
  models: string[];
  /** One a set, in their order. */
  rows: TransferRow[];
}

/** How `transferMatrix` runs; no result depends on it. */
export interface TransferOptions {
  /** Rows that a model is given at once; default 500. */
  batch?: number;
  /** Stops the run between two batches; it then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Rows answered, of all rows of all sets and their originals by all models. */
  onProgress?: (done: number, total: number) => void;
}

/** The input of `transferCell`. */
export type CellInput = Pick<AdversarialSet, "truth" | "targets" | "found"> & {
  /** Name of the model that was asked. */
  model: string;
  /** i32[n], its answer to each row. */
  answers: Int32Array;
  /** i32[n], its answer to each original. */
  cleanAnswers?: Int32Array | undefined;
};

/**
 * Counts one cell from the model's answers to the rows, and to the originals where there are any. Throws for no
 * answers, or lists of another length than theirs.
 */
export function transferCell({ model, answers, cleanAnswers, truth, targets, found }: CellInput): TransferCell {
  const count = answers.length;
  for (const [name, list] of Object.entries({ truth, targets, found, cleanAnswers })) {
    if (list !== undefined) requireLength(`${model}: ${name}`, list, count, "values, one an answer");
  }
  if (count === 0) outOfRange(`${model}: answers`, "at least one", "none");
  const rate = (counts: (i: number) => boolean, hits: (i: number) => boolean): Rate | undefined => {
    let [all, hit] = [0, 0];
    for (let i = 0; i < count; i++) {
      if (!counts(i)) continue;
      all++;
      if (hits(i)) hit++;
    }
    return all === 0 ? undefined : rateOf(hit, all);
  };
  const always = () => true;
  const isSuccess = (i: number) => found === undefined || found[i] === 1;
  const isWrong = (i: number) => answers[i] !== truth[i];
  const isTarget = (i: number) => answers[i] === targets?.[i];
  const wasRight = (i: number) => isSuccess(i) && cleanAnswers?.[i] === truth[i];

  const cell: TransferCell = { model, error: rate(always, isWrong) as Rate, answers };
  const clean = cleanAnswers && rate(always, (i) => cleanAnswers[i] !== truth[i]);
  const carried = cleanAnswers && rate(wasRight, isWrong);
  const carriedToTarget = cleanAnswers && targets && rate(wasRight, isTarget);
  const target = targets && rate(isSuccess, isTarget);
  if (clean) cell.clean = clean;
  if (carried) cell.carried = carried;
  if (carriedToTarget) cell.carriedToTarget = carriedToTarget;
  if (target) cell.target = target;
  if (cleanAnswers) cell.cleanAnswers = cleanAnswers;
  return cell;
}

/**
 * Feeds every set to every model. All models must have the same input size and number of classes, and different names.
 * Originals that several sets share (the same array) are fed to each model once. Rejects for models or sets that do
 * not fit together, and for options that it does not have.
 */
export async function transferMatrix(
  models: TransferModels,
  sets: readonly AdversarialSet[],
  options: TransferOptions = {},
): Promise<TransferMatrix> {
  requireOptions("transferMatrix", options, { batch: true, signal: true, onProgress: true });
  const { batch, signal, onProgress } = options;
  let done = 0;
  return fedBy(models, sets, (target, rows, total) => {
    const onRows =
      onProgress &&
      ((more: number) => {
        done += more;
        onProgress(done, total);
      });
    return answers(target, rows, { ...(batch !== undefined && { batch }), signal, onRows });
  });
}

/**
 * `transferMatrix` with the models asked by `ask`, one after the other.
 *
 * @param ask the class of the largest score of each row, i32[n]; `total` rows are asked for in all
 */
export async function fedBy<Target extends AnswerTarget>(
  models: TransferModels<Target>,
  sets: readonly AdversarialSet[],
  ask: (target: Target, rows: Float32Array, total: number) => Promise<Int32Array>,
): Promise<TransferMatrix> {
  const named = requireModels(models);
  const { inputSize, classes } = (named[0] as NamedModel).target;
  if (!Array.isArray(sets)) wrongType("adversarial sets", "an array", sets);
  if (sets.length === 0) outOfRange("adversarial sets", "at least one", "none");
  requireDistinct("adversarial set", sets);
  const counts = sets.map((set) => requireSet(set, inputSize, classes));
  const images = new Set(sets.flatMap(({ rows, originals }) => (originals ? [rows, originals] : [rows])));
  const total = named.length * [...images].reduce((sum, rows) => sum + rows.length / inputSize, 0);

  const answered = new Map<NamedModel, Map<Float32Array, Int32Array>>();
  for (const model of named) {
    const known = new Map<Float32Array, Int32Array>();
    for (const rows of images) known.set(rows, await ask(model.target, rows, total));
    answered.set(model, known);
  }

  const rows = sets.map((set, s): TransferRow => {
    const { name, originals } = set;
    const cells = named.map((model) => {
      const known = answered.get(model) as Map<Float32Array, Int32Array>;
      return transferCell({
        ...set,
        model: model.name,
        answers: known.get(set.rows) as Int32Array,
        cleanAnswers: originals && known.get(originals),
      });
    });
    const distortion = distortionOf(set, inputSize);
    return { name, count: counts[s] as number, ...(distortion && { distortion }), cells };
  });
  return { models: named.map(({ name }) => name), rows };
}

function distortionOf({ originals, rows, found }: AdversarialSet, inputSize: number): TransferRow["distortion"] {
  if (!originals) return undefined;
  const before = found ? selectRows(originals, inputSize, found) : originals;
  const after = found ? selectRows(rows, inputSize, found) : rows;
  if (before.length === 0) return undefined;
  return { pooled: pooledDistortion(before, after), mean: meanDistortion(before, after, inputSize) };
}

/** Requires a set whose arrays fit together; returns its number of rows. */
function requireSet(set: AdversarialSet, inputSize: number, classes: number): number {
  const { name, rows, truth, targets, originals, found } = set;
  const count = requireRows(`${name}: rows`, rows, inputSize);
  requireLabels(`${name}: truth`, truth, count, classes);
  if (targets !== undefined) requireLabels(`${name}: targets`, targets, count, classes);
  if (found !== undefined) requireLabels(`${name}: found`, found, count, 2);
  if (originals !== undefined && requireRows(`${name}: originals`, originals, inputSize) !== count) {
    outOfRange(`${name}: originals`, `${count} rows`, `${originals.length / inputSize}`);
  }
  return count;
}
