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

/** A search that runs, and the place of what it asks in its batch. */
interface Running {
  readonly index: number;
  readonly search: RowSearch;
  query: Query;
  place: number;
}

/** Runs all searches of the queue. Rejects with the signal's reason when aborted. */
export async function runInLockstep(
  target: LockstepTarget,
  { count, begin, finish }: RowSearches,
  { batch, signal, onTurn }: LockstepOptions,
): Promise<void> {
  const steep = new GradientBatch(target);
  const flat = new ScoreBatch(target);
  const batchOf = ({ weigh }: Query) => (weigh ? steep : flat);
  const isTurn = every(TURN_MILLISECONDS);
  const running: Running[] = [];
  let next = 0;
  let evaluations = 0;

  while (true) {
    signal?.throwIfAborted();
    while (running.length < batch && next < count) {
      const index = next++;
      const search = begin(index);
      const first = search.next();
      if (first.done) await finish(index);
      else running.push({ index, search, query: first.value, place: 0 });
    }
    if (running.length === 0) break;

    steep.clear();
    flat.clear();
    for (const one of running) one.place = batchOf(one.query).add(one.query);
    const pending = steep.count > 0 && steep.ask();
    if (pending) await pending;
    const later = flat.count > 0 && flat.ask();
    if (later) await later;
    evaluations += steep.count + flat.count;
    // Those that go on move to the front, in their order.
    let left = 0;
    for (const one of running) {
      const asked = one.search.next(batchOf(one.query).reply(one.place, one.query.point.length));
      if (asked.done) {
        await finish(one.index);
        continue;
      }
      one.query = asked.value;
      running[left++] = one;
    }
    running.length = left;

    if (isTurn()) {
      await onTurn?.(evaluations);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  await onTurn?.(evaluations);
}

const NONE: Float32Array = new Float32Array(0);

/**
 * The rows of some queries, one behind the other, and the target's scores of them. Views are kept from one turn to the next:
 * where a target fills the same arrays again, as a network does, a turn makes none.
 */
class ScoreBatch {
  protected readonly target: LockstepTarget;
  /** Rows that were added. */
  count = 0;
  private rows: Float32Array = NONE;
  /** Of `rows`, those that were added. */
  private added: Float32Array = NONE;
  /** Replies by the place of their first row, made of `of`. */
  private readonly replies: (Reply | undefined)[] = [];
  private of: Reply = { scores: NONE, gradient: NONE };

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

  /** Asks the target about all rows; a promise where it answers with one. */
  ask(): void | Promise<void> {
    const scores = this.target.scores(this.view());
    if (scores instanceof Float32Array) return this.take(scores);
    return Promise.resolve(scores).then((later) => this.take(later));
  }

  /** The reply to the query whose rows begin at a place, so many numbers. */
  reply(first: number, length: number): Reply {
    const { inputSize, classes } = this.target;
    const known = this.replies[first];
    if (known && known.scores.length * inputSize === length * classes) return known;
    const { scores, gradient } = this.of;
    const from = first * inputSize;
    const reply = {
      scores: scores.subarray(first * classes, first * classes + (length / inputSize) * classes),
      gradient: gradient === NONE ? NONE : gradient.subarray(from, from + length),
    };
    this.replies[first] = reply;
    return reply;
  }

  /** The rows that were added. */
  protected view(): Float32Array {
    const length = this.count * this.target.inputSize;
    const { added, rows } = this;
    if (added.length !== length || added.buffer !== rows.buffer) this.added = rows.subarray(0, length);
    return this.added;
  }

  /** Checks and keeps what the target answered. */
  protected take(scores: Float32Array, gradient: Float32Array = NONE): void {
    requireLength("target's scores", scores, this.count * this.target.classes);
    requireFinite("target's scores", scores);
    if (this.of.scores === scores && this.of.gradient === gradient) return;
    this.of = { scores, gradient };
    this.replies.length = 0;
  }
}

/** The same of queries that ask for gradients. */
class GradientBatch extends ScoreBatch {
  /** Of each row: its query, and the place of the first row of that. */
  private readonly queries: Query[] = [];
  private readonly firsts: number[] = [];
  private into: ScoreGradient = { scores: NONE, gradient: NONE };
  private room: ScoreGradient = this.into;
  private readonly weigh: Weigh = (scores, row) =>
    (this.queries[row] as Query).weigh?.(scores, row - (this.firsts[row] as number)) ?? NONE;

  override add(query: Query): number {
    const first = super.add(query);
    for (let row = first; row < this.count; row++) {
      this.queries[row] = query;
      this.firsts[row] = first;
    }
    return first;
  }

  override ask(): void | Promise<void> {
    const { target } = this;
    if (!target.scoreGradient) mistyped("target.scoreGradient", "a function", "none");
    const answer = target.scoreGradient(this.view(), this.weigh, this.intoOf(this.count));
    return "then" in answer ? answer.then((later) => this.takeBoth(later)) : this.takeBoth(answer);
  }

  private takeBoth({ scores, gradient }: ScoreGradient): void {
    requireLength("target's gradient", gradient, this.count * this.target.inputSize);
    this.take(scores, gradient);
  }

  /** Arrays for so many rows, the same as in the turn before where there were as many. */
  private intoOf(count: number): ScoreGradient {
    const { inputSize, classes } = this.target;
    if (this.into.scores.length === count * classes && this.into.gradient.length === count * inputSize)
      return this.into;
    if (this.room.scores.length < count * classes) {
      this.room = { scores: new Float32Array(2 * count * classes), gradient: new Float32Array(2 * count * inputSize) };
    }
    this.into = {
      scores: this.room.scores.subarray(0, count * classes),
      gradient: this.room.gradient.subarray(0, count * inputSize),
    };
    return this.into;
  }
}
