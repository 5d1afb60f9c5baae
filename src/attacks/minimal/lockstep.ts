/**
 * Many searches over one batch, each a generator for one row. A search yields the point to be evaluated and how its scores
 * are weighed; one call of the target answers all searches that run. A row's results do not depend on its batch, so
 * neither does the course of a search.
 */
import { requireFinite, requireLength } from "../../check.ts";
import { every, TURN_MILLISECONDS } from "../../clock.ts";
import type { ScoreGradient, Weigh } from "../../model/index.ts";
import type { ScoreTarget } from "../target.ts";

/** What a search asks. */
export interface Query {
  /** f32[inputSize]; read before the search goes on, so the search may keep one array for all its queries. */
  readonly point: Float32Array;
  /** Weights of the scores whose gradient is asked, from these scores. */
  weigh(scores: Float32Array): ArrayLike<number>;
}

/** The target's answer. Both are views that hold until the search yields again. */
export interface Reply {
  /** f32[classes] */
  readonly scores: Float32Array;
  /** f32[inputSize] */
  readonly gradient: Float32Array;
}

/** The search for one row. */
export type RowSearch = Generator<Query, void, Reply>;

export interface RowSearches {
  /** Searches in the queue. */
  count: number;
  /** Begins search `index`; it may end without any evaluation. */
  begin(index: number): RowSearch;
  /** Called when a search has ended. A promise is awaited. */
  finish(index: number): void | Promise<void>;
}

export interface LockstepOptions {
  /** Searches that run at once. */
  batch: number;
  signal?: AbortSignal | undefined;
  /** Called several times a second, and once more at the end, with the evaluations so far. A promise is awaited. */
  onTurn?: ((evaluations: number) => void | Promise<void>) | undefined;
}

interface Running {
  readonly index: number;
  readonly search: RowSearch;
  query: Query;
}

/** Runs all searches of the queue. Rejects with the signal's reason when aborted. */
export async function runInLockstep(
  target: ScoreTarget,
  { count, begin, finish }: RowSearches,
  { batch, signal, onTurn }: LockstepOptions,
): Promise<void> {
  const evaluate = evaluator(target, batch);
  const isTurn = every(TURN_MILLISECONDS);
  let running: Running[] = [];
  let next = 0;
  let evaluations = 0;

  while (true) {
    signal?.throwIfAborted();
    while (running.length < batch && next < count) {
      const index = next++;
      const search = begin(index);
      const first = search.next();
      if (first.done) await finish(index);
      else running.push({ index, search, query: first.value });
    }
    if (running.length === 0) break;

    const reply = await evaluate(running.map(({ query }) => query));
    evaluations += running.length;
    const unfinished: Running[] = [];
    for (const [i, one] of running.entries()) {
      const asked = one.search.next(reply(i));
      if (asked.done) await finish(one.index);
      else unfinished.push({ ...one, query: asked.value });
    }
    running = unfinished;

    if (isTurn()) {
      await onTurn?.(evaluations);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  await onTurn?.(evaluations);
}

/** Asks the target about at most `batch` queries at once; what it returns gives the reply to each. */
function evaluator(target: ScoreTarget, batch: number) {
  const { inputSize, classes } = target;
  const rows = new Float32Array(batch * inputSize);
  const kept: ScoreGradient = {
    scores: new Float32Array(batch * classes),
    gradient: new Float32Array(batch * inputSize),
  };
  return async (queries: readonly Query[]): Promise<(i: number) => Reply> => {
    const n = queries.length;
    for (const [i, { point }] of queries.entries()) rows.set(point, i * inputSize);
    const into = {
      scores: kept.scores.subarray(0, n * classes),
      gradient: kept.gradient.subarray(0, n * inputSize),
    };
    const weigh: Weigh = (scores, row) => (queries[row] as Query).weigh(scores);
    const pending = target.scoreGradient(rows.subarray(0, n * inputSize), weigh, into);
    const { scores, gradient } = "then" in pending ? await pending : pending;
    requireLength("target's scores", scores, n * classes);
    requireLength("target's gradient", gradient, n * inputSize);
    requireFinite("target's scores", scores);
    requireFinite("target's gradient", gradient);
    return (i) => ({
      scores: scores.subarray(i * classes, (i + 1) * classes),
      gradient: gradient.subarray(i * inputSize, (i + 1) * inputSize),
    });
  };
}
