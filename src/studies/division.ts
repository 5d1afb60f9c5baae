/** An executor over workers of any kind: divides the items of jobs into shares, and puts the results together in their order. */
import { ERROR_CODES, type ErrorCode, failed, failure, outOfRange, requireInteger, requireOptions } from "../check.ts";
import type { Executor, Job, RunOptions } from "./executor.ts";
import { type ItemQueue, itemQueue } from "./queue.ts";
import { rangesOf } from "./ranges.ts";
import type { TaskItem, TaskName } from "./tasks/index.ts";

/** What comes from a share on its way. */
export type ShareMessage =
  | { kind: "item"; item: number; value: unknown }
  | { kind: "progress"; value: unknown }
  /** A state of an item, from which it can resume. */
  | { kind: "state"; item: number; value: unknown };

export interface ShareOptions {
  signal: AbortSignal;
  /** The state that an earlier run of the first item saved. */
  resume?: unknown;
  /** Called for one message after another, in their order. A failure stops the share. */
  onMessage(message: ShareMessage): void | Promise<void>;
}

/** Workers that run shares; at most `workers` are asked of them at once. */
export interface Workers {
  readonly workers: number;
  /** Whether the items of a share can be a queue in memory that all workers share. Where not, they are lists. */
  readonly takesQueues: boolean;
  /** Whether tasks see the caller's memory where it can be shared at all; default false. */
  readonly sharesMemory?: boolean;
  /**
   * The shares of a job where they are the same whoever asks, whenever and however much is known, so that others recognise them.
   * A share of which only some items are known is run whole. Without it, what is left is divided among the workers.
   */
  fixedShares?(job: Job, input: unknown): readonly (readonly number[])[];
  /** The input of a job as `runShare` takes it, prepared once for all its shares. */
  prepare(job: Job): unknown;
  /** Runs some items of a task. When it returns, every message has been handled. */
  runShare(task: string, input: unknown, items: readonly number[] | ItemQueue, options: ShareOptions): Promise<void>;
}

/** Thrown by `runShare` where the workers have given a share up: the others go on, and the job ends by naming what is missing. */
export class LostShareError extends Error {
  override name = "LostShareError";
  readonly items: readonly number[];

  constructor(items: readonly number[], reason: string) {
    super(reason);
    this.items = items;
  }
}

/** Thrown for a job of which shares were given up, once all others have ended. */
export class MissingItemsError extends Error {
  override name = "MissingItemsError";
  readonly code: ErrorCode = ERROR_CODES.SYSTEM;
  /** The items without a result, ascending. */
  readonly missing: readonly number[];
  /** Why, each reason once. */
  readonly reasons: readonly string[];
  /** Results by item; undefined where there is none. */
  readonly results: readonly unknown[];

  constructor(task: string, results: readonly unknown[], missing: readonly number[], lost: readonly LostShareError[]) {
    const reasons = [...new Set(lost.map(({ message }) => message))];
    const got = `none of ${rangesOf(missing)}: ${reasons[0]}`;
    super(failure(`task ${task}`, `a result of each of ${results.length} items`, got).message, { cause: lost[0] });
    this.results = results;
    this.missing = missing;
    this.reasons = reasons;
  }
}

/** What is kept of a job. */
export interface KeptJob {
  /** Results of items, by position. */
  readonly items: ReadonlyMap<number, unknown>;
  stateOf(item: number): Promise<unknown>;
  keepItem(item: number, result: unknown): Promise<void>;
  keepState(item: number, state: unknown): Promise<void>;
}

/** Keeps the results of jobs, so that a run that was stopped goes on from there. */
export interface Keeper {
  job(job: Job): Promise<KeptJob>;
}

/** A guided share is this part of one worker's part of what is left, so that the last ones are small and the workers end together. */
const SHARES_AHEAD = 2;
/** The smallest shares: few enough to end together, enough to fill a batch where there are many items. */
const LEAST_SHARES = 8;
const FULL_BATCH = 16;

/** Ends of consecutive shares of `count` items for so many workers. */
export function shareEnds(count: number, workers: number): number[] {
  if (workers === 1) return [count];
  const least = Math.min(FULL_BATCH, Math.ceil(count / (LEAST_SHARES * workers)));
  const ends: number[] = [];
  for (let at = 0; at < count; ) {
    at = Math.min(count, at + Math.max(least, Math.ceil((count - at) / (SHARES_AHEAD * workers))));
    ends.push(at);
  }
  return ends;
}

/** Lets at most so many run at once, in the order in which they came. */
class Gate {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(width: number) {
    this.free = width;
  }

  async pass<T>(run: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}

export class DividingExecutor implements Executor {
  readonly workers: number;
  readonly sharesMemory: boolean;
  private readonly crew: Workers;
  private readonly keeper: Keeper | undefined;
  private readonly gate: Gate;

  constructor(crew: Workers, keeper?: Keeper) {
    this.workers = crew.workers;
    this.sharesMemory = crew.sharesMemory === true;
    this.crew = crew;
    this.keeper = keeper;
    this.gate = new Gate(crew.workers);
  }

  async known(job: Job): Promise<number> {
    return (await this.keeper?.job(job))?.items.size ?? 0;
  }

  async run<Name extends TaskName>(job: Job<Name>, options: RunOptions<Name> = {}): Promise<TaskItem<Name>[]> {
    const { task, items: count, share = "guided" } = job;
    requireOptions("executor.run", options, { signal: true, onItem: true, onProgress: true });
    const { signal, onItem, onProgress } = options;
    requireInteger("items", count, 0);
    signal?.throwIfAborted();
    const kept = await this.keeper?.job(job as Job);
    const results = new Map<number, TaskItem<Name>>(kept?.items as ReadonlyMap<number, TaskItem<Name>> | undefined);
    for (const item of results.keys()) requireInteger(`${task}: item`, item, 0, count - 1);
    onProgress?.(results.size);
    const { crew } = this;
    const known = new Set(results.keys());
    const left = (job.order ?? Array.from({ length: count }, (_, i) => i)).filter((item) => !known.has(item));
    const failure = new AbortController();
    const lost: LostShareError[] = [];
    const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
    const input = left.length > 0 ? await crew.prepare(job as Job) : undefined;
    const fixed = left.length > 0 ? crew.fixedShares?.(job as Job, input) : undefined;
    const shares = fixed?.filter((items) => items.some((item) => !known.has(item))) ?? this.sharesOf(left, share);

    const onMessage = async (message: ShareMessage): Promise<void> => {
      if (message.kind === "progress") return onProgress?.(results.size, message.value as never);
      if (message.kind === "state") return kept?.keepState(message.item, message.value);
      const { item, value } = message;
      if (fixed && known.has(item)) return;
      if (results.has(item)) outOfRange(`${task}: item ${item}`, "one result", "a second one");
      await kept?.keepItem(item, value);
      results.set(item, value as TaskItem<Name>);
      await onItem?.(item, value as TaskItem<Name>);
      onProgress?.(results.size);
    };
    const runShare = async (items: readonly number[] | ItemQueue): Promise<void> => {
      stop.throwIfAborted();
      const resume = Array.isArray(items) && share === "single" ? await kept?.stateOf(items[0]) : undefined;
      await crew.runShare(task, input, items, {
        signal: stop,
        ...(resume !== undefined && { resume }),
        onMessage,
      });
    };
    // When a share fails the others stop; all are awaited, and the first failure is thrown.
    await Promise.all(
      shares.map((items) =>
        this.gate
          .pass(() => runShare(items))
          .catch((error) => {
            if (error instanceof LostShareError) lost.push(error);
            else failure.abort(error);
          }),
      ),
    );
    signal?.throwIfAborted();
    failure.signal.throwIfAborted();
    if (lost.length > 0) {
      const missing = lost.flatMap(({ items }) => items.filter((item) => !results.has(item))).sort((a, b) => a - b);
      const found = Array.from({ length: count }, (_, item) => results.get(item));
      if (missing.length > 0) throw new MissingItemsError(task, found, missing, lost);
    }
    return Array.from({ length: count }, (_, item) => {
      if (!results.has(item)) failed(`task ${task}`, `a result of each of ${count} items`, `none of item ${item}`);
      return results.get(item) as TaskItem<Name>;
    });
  }

  /** A queue is given to each worker that can find something in it. */
  private sharesOf(items: readonly number[], share: "guided" | "single"): (readonly number[] | ItemQueue)[] {
    // A share without items would run the task without its input.
    if (items.length === 0) return [];
    if (share === "single") return items.map((item) => [item]);
    const { workers, crew } = this;
    if (workers > 1 && crew.takesQueues) {
      const queue = itemQueue(items, workers);
      return new Array<ItemQueue>(Math.min(workers, queue.ends.length)).fill(queue);
    }
    let first = 0;
    return shareEnds(items.length, workers).map((end) => {
      const some = items.slice(first, end);
      first = end;
      return some;
    });
  }
}
