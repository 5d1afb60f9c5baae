/**
 * Many searches over one batch, each a generator for one row. A search yields the point to be evaluated and how its scores
 * are weighed, or points whose scores alone it asks for; one call of the target, or one of each kind, answers all searches that
 * run. A row's results do not depend on its batch, so neither does the course of a search.
 */
import { mistyped, requireFinite, requireLength } from "../../check.ts";
import { every, TURN_MILLISECONDS } from "../../clock.ts";
import type { ScoreGradient, Weigh } from "../../model/index.ts";
import type { ScoreTarget } from "../target.ts";

/** What a search asks. */
export interface Query {
  /** f32[count, inputSize], mostly one row; read before the search goes on, so the search may keep one array for all its queries. */
  readonly point: Float32Array;
  /** Weights of the scores of row `i` of the point whose gradient is asked, from these scores. Without it no gradient is asked. */
  weigh?(scores: Float32Array, i: number): ArrayLike<number>;
}

/** The target's answer. Both are views that hold until the search yields again. */
export interface Reply {
  /** f32[count, classes] */
  readonly scores: Float32Array;
  /** f32[count, inputSize]; empty where no gradient was asked. Whoever reads it requires that it is finite (`takeSlope`). */
  readonly gradient: Float32Array;
}

/** What searches are answered by. One without gradients answers searches that ask for none. */
export type LockstepTarget = Pick<ScoreTarget, "inputSize" | "classes" | "scores"> &
  Partial<Pick<ScoreTarget, "scoreGradient">>;

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
  target: LockstepTarget,
  { count, begin, finish }: RowSearches,
  { batch, signal, onTurn }: LockstepOptions,
): Promise<void> {
  const evaluate = evaluator(target);
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
    for (const { query } of running) evaluations += query.point.length / target.inputSize;
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

/** Asks the target about queries of both kinds; what it returns gives the reply to each. */
function evaluator(target: LockstepTarget) {
  const steep = new GradientBatch(target);
  const flat = new ScoreBatch(target);
  return async (queries: readonly Query[]): Promise<(i: number) => Reply> => {
    steep.clear();
    flat.clear();
    const places = queries.map((query) => (query.weigh ? steep : flat).add(query));
    if (steep.count > 0) await steep.ask();
    if (flat.count > 0) await flat.ask();
    return (i) => ((queries[i] as Query).weigh ? steep : flat).reply(places[i] as number, (queries[i] as Query).point);
  };
}

const NO_GRADIENT = new Float32Array(0);

/** The rows of some queries, one behind the other, and the target's scores of them. */
class ScoreBatch {
  protected readonly target: LockstepTarget;
  /** Rows that were added. */
  count = 0;
  protected rows = new Float32Array(0);
  protected scores: Float32Array = NO_GRADIENT;

  constructor(target: LockstepTarget) {
    this.target = target;
  }

  clear(): void {
    this.count = 0;
  }

  /** Adds the rows of a query; returns the place of the first. */
  add({ point }: Query): number {
    const { inputSize } = this.target;
    const first = this.count;
    this.count += point.length / inputSize;
    if (this.count * inputSize > this.rows.length) {
      const larger = new Float32Array(2 * this.count * inputSize);
      larger.set(this.rows.subarray(0, first * inputSize));
      this.rows = larger;
    }
    this.rows.set(point, first * inputSize);
    return first;
  }

  async ask(): Promise<void> {
    const { target, count, rows } = this;
    this.scores = await target.scores(rows.subarray(0, count * target.inputSize));
    requireLength("target's scores", this.scores, count * target.classes);
    requireFinite("target's scores", this.scores);
  }

  reply(first: number, point: Float32Array): Reply {
    const { inputSize, classes } = this.target;
    const end = first + point.length / inputSize;
    return { scores: this.scores.subarray(first * classes, end * classes), gradient: NO_GRADIENT };
  }
}

/** The same of queries that ask for gradients. */
class GradientBatch extends ScoreBatch {
  private readonly owners: { query: Query; first: number }[] = [];
  private kept: ScoreGradient = { scores: new Float32Array(0), gradient: new Float32Array(0) };
  private gradient: Float32Array = NO_GRADIENT;

  override clear(): void {
    super.clear();
    this.owners.length = 0;
  }

  override add(query: Query): number {
    const first = super.add(query);
    const owner = { query, first };
    for (let row = first; row < this.count; row++) this.owners.push(owner);
    return first;
  }

  override async ask(): Promise<void> {
    const { target, count, rows, owners } = this;
    const { inputSize, classes } = target;
    if (!target.scoreGradient) mistyped("target.scoreGradient", "a function", "none");
    if (this.kept.scores.length < count * classes) {
      const room = rows.length / inputSize;
      this.kept = { scores: new Float32Array(room * classes), gradient: new Float32Array(room * inputSize) };
    }
    const into = {
      scores: this.kept.scores.subarray(0, count * classes),
      gradient: this.kept.gradient.subarray(0, count * inputSize),
    };
    const weigh: Weigh = (scores, row) => {
      const { query, first } = owners[row] as { query: Query; first: number };
      return query.weigh?.(scores, row - first) ?? NO_GRADIENT;
    };
    const pending = target.scoreGradient(rows.subarray(0, count * inputSize), weigh, into);
    const { scores, gradient } = "then" in pending ? await pending : pending;
    requireLength("target's scores", scores, count * classes);
    requireLength("target's gradient", gradient, count * inputSize);
    requireFinite("target's scores", scores);
    this.scores = scores;
    this.gradient = gradient;
  }

  override reply(first: number, point: Float32Array): Reply {
    const { inputSize } = this.target;
    const { scores } = super.reply(first, point);
    return { scores, gradient: this.gradient.subarray(first * inputSize, first * inputSize + point.length) };
  }
}
