/**
 * The frame of every attack that searches row by row: asks the target about all rows, sets apart those that need no search, runs
 * the searches in lockstep, asks again about each success alone, and keeps the record.
 */
import { type Labels, requireFinite, requireLength, wrongType } from "../check.ts";
import { predictedClasses, ranked } from "../model/index.ts";
import type { Criterion } from "./criterion.ts";
import type { Domain } from "./domain.ts";
import { type LockstepTarget, type RowSearch, runInLockstep } from "./minimal/lockstep.ts";
import { lengthIn, type NormName } from "./minimal/norm.ts";
import { criterionOf, headOf, type Question } from "./question.ts";
import type { AttackStop, ScoreTarget } from "./target.ts";

/** What an attack found for n rows. */
export interface SearchResult {
  /** The norm that distances are in. */
  norm: NormName;
  /** f32[n, inputSize], inside the box exactly; the image itself where nothing was found. */
  rows: Float32Array;
  /** u8[n], 1 where `stop` is "found": the target was asked again about the returned row, and meets the criterion. */
  success: Uint8Array;
  /** f64[n], the length of the change in the norm; NaN where nothing was found, 0 where nothing was searched. */
  distance: Float64Array;
  /** i32[n], what the target answers on the returned row. */
  labels: Int32Array;
  /** u32[n], evaluations of the row. */
  evaluations: Uint32Array;
  /** Why the search for each row ended, n words. */
  stop: AttackStop[];
  /** One a row, where they were asked for. */
  traces?: SearchTrace[];
}

/**
 * How the search for a row went. A propagation is a pass through the model, forward or backward: scores alone take one, scores with a
 * gradient two. Every point that was evaluated counts, whatever the search makes of it.
 */
export interface SearchTrace {
  /** Of the whole search. */
  propagations: number;
  /** The successes that were nearer than all before: after how many propagations, and their distance in the norm. */
  nearer: { propagations: number; distance: number }[];
}

/** A row that is to be searched for. */
export interface AskedRow {
  readonly row: number;
  /** f32[inputSize] */
  readonly image: Float32Array;
  readonly question: Question;
  readonly criterion: Criterion;
  /** The scores of the image. */
  readonly scores: Float32Array;
}

/** A search that runs. */
export interface StartedSearch {
  readonly search: RowSearch;
  /** Called once, when the search has ended: what it cost, and the smallest success, whose length is infinite where there is none. */
  end(): { readonly evaluations: number; readonly length: number; readonly found: Float32Array };
}

export interface SearchRowsOptions<Result extends SearchResult> {
  rows: Float32Array;
  /** Rows that the target gets wrong are not searched. */
  truth: Labels | undefined;
  /** One a row. */
  questions: readonly Question[];
  norm: NormName;
  /** Searches that run at once. */
  seats: number;
  /** Whether the result tells how the searches went. */
  trace?: boolean | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number, evaluations: number) => void) | undefined;
  onImage?: ((row: number, result: Result) => void | Promise<void>) | undefined;
  onEvaluation?: ((row: number, point: Float32Array) => void) | undefined;
}

/**
 * Searches for every row that needs it.
 *
 * @param more what the result says beside the record
 * @param start begins the search of a row
 */
export async function searchRows<More extends object>(
  target: LockstepTarget & Pick<ScoreTarget, "head">,
  more: More,
  options: SearchRowsOptions<SearchResult & More>,
  start: (asked: AskedRow) => StartedSearch,
): Promise<SearchResult & More> {
  const { rows, truth, questions, norm, seats, trace = false, signal, onProgress, onImage, onEvaluation } = options;
  const { inputSize, classes } = target;
  const count = questions.length;
  const rowOf = (all: Float32Array, row: number, width = inputSize) => all.subarray(row * width, (row + 1) * width);

  const scores = await scoresOf(target, rows);
  const head = headOf(target);
  const result: SearchResult & More = {
    ...more,
    norm,
    rows: rows.slice(),
    success: new Uint8Array(count),
    distance: new Float64Array(count).fill(Number.NaN),
    labels: predictedClasses(ranked(head, scores), classes),
    evaluations: new Uint32Array(count),
    stop: new Array<AttackStop>(count).fill("not-found"),
  };
  const traces = questions.map((): SearchTrace => ({ propagations: 0, nearer: [] }));
  if (trace) result.traces = traces;
  const criteria = questions.map((question, row) => criterionOf(question, head, rowOf(scores, row, classes)));
  const queue: number[] = [];
  for (const [row, { margin, objectives }] of criteria.entries()) {
    const own = rowOf(scores, row, classes);
    if (truth && result.labels[row] !== truth[row]) result.stop[row] = "misclassified";
    else if (margin(own) > 0) result.stop[row] = "already-target";
    else if (objectives(own).length > 0) queue.push(row);
    if (result.stop[row] !== "not-found") result.distance[row] = 0;
  }

  const searched = new Set(queue);
  let ended = Array.from({ length: count }, (_, row) => row).filter((row) => !searched.has(row));
  let done = 0;
  const tell = async (evaluations: number) => {
    const now = ended;
    ended = [];
    for (const row of now) await onImage?.(row, result);
    done += now.length;
    onProgress?.(done, count, evaluations);
  };

  const running = new Map<number, StartedSearch>();
  await runInLockstep(
    target,
    {
      count: queue.length,
      begin: (index) => {
        const row = queue[index] as number;
        const started = start({
          row,
          image: rowOf(rows, row),
          question: questions[row] as Question,
          criterion: criteria[row] as Criterion,
          scores: rowOf(scores, row, classes),
        });
        running.set(index, started);
        const search = onEvaluation
          ? watched(started.search, inputSize, (point) => onEvaluation(row, point))
          : started.search;
        if (!trace) return search;
        const { margin } = criteria[row] as Criterion;
        return traced(search, { norm, image: rowOf(rows, row), classes, margin }, traces[row] as SearchTrace);
      },
      finish: async (index) => {
        const row = queue[index] as number;
        const { evaluations, length, found } = (running.get(index) as StartedSearch).end();
        running.delete(index);
        result.evaluations[row] = evaluations;
        ended.push(row);
        if (length === Number.POSITIVE_INFINITY) return;
        // Asked about this row alone: what is asked follows from the options, not from which rows end together.
        const again = await scoresOf(target, found.slice());
        if (!((criteria[row] as Criterion).margin(again) > 0)) return;
        rowOf(result.rows, row).set(found);
        result.success[row] = 1;
        result.stop[row] = "found";
        result.labels[row] = predictedClasses(ranked(head, again), classes)[0] as number;
        result.distance[row] = length;
      },
    },
    { batch: seats, signal, onTurn: tell },
  );
  return result;
}

/** The search as it is, with what it asks about written down. */
function* traced(
  search: RowSearch,
  {
    norm,
    image,
    classes,
    margin,
  }: { norm: NormName; image: Float32Array; classes: number } & Pick<Criterion, "margin">,
  trace: SearchTrace,
): RowSearch {
  const size = image.length;
  let nearest = Number.POSITIVE_INFINITY;
  for (let asked = search.next(); !asked.done; ) {
    const query = asked.value;
    const reply = yield query;
    // The search keeps one array for all it asks: it is looked at before the search goes on.
    for (let r = 0; r < query.point.length / size; r++) {
      trace.propagations += query.weigh ? 2 : 1;
      if (!(margin(reply.scores.subarray(r * classes, (r + 1) * classes)) > 0)) continue;
      const distance = lengthIn(norm, image, query.point.subarray(r * size, (r + 1) * size));
      if (!(distance < nearest)) continue;
      nearest = distance;
      trace.nearer.push({ propagations: trace.propagations, distance });
    }
    asked = search.next(reply);
  }
}

/** The search as it is, with a copy of every point that it asks about shown once that is evaluated. */
function* watched(search: RowSearch, size: number, show: (point: Float32Array) => void): RowSearch {
  for (let asked = search.next(); !asked.done; ) {
    const { point } = asked.value;
    const reply = yield asked.value;
    for (let at = 0; at < point.length; at += size) show(point.slice(at, at + size));
    asked = search.next(reply);
  }
}

/** The box of one row: frozen features have no room. */
export function boxOf(
  { lower, upper, frozen }: Domain,
  image: Float32Array,
): { lower: Float64Array; upper: Float64Array } {
  if (!frozen.includes(1)) return { lower, upper };
  const held = (bound: Float64Array) => bound.map((value, i) => (frozen[i] ? (image[i] as number) : value));
  return { lower: held(lower), upper: held(upper) };
}

/** The scores of the rows, f32[n, classes], checked. */
async function scoresOf(target: LockstepTarget, rows: Float32Array): Promise<Float32Array> {
  const scores = await target.scores(rows);
  if (!(scores instanceof Float32Array)) wrongType("target's scores", "a Float32Array", scores);
  requireLength("target's scores", scores, (rows.length / target.inputSize) * target.classes);
  requireFinite("target's scores", scores);
  return scores;
}
