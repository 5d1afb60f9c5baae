/** Shares run one after another where the study runs: in a page, in a worker of one's own, in a script. */
import { outOfRange, requireOptions } from "../check.ts";
import { every } from "../clock.ts";
import { DividingExecutor, type ShareMessage, type ShareOptions, type Workers } from "./division.ts";
import type { Executor } from "./executor.ts";
import { type ItemQueue, takeItems } from "./queue.ts";
import { TASKS } from "./tasks/index.ts";
import type { Task } from "./tasks/task.ts";

export type AnyTask = Task<unknown, unknown, unknown, unknown>;

/** The task of a name: one of `TASKS`, or of `others`. */
export function taskOf(name: string, others: Readonly<Record<string, unknown>> = {}): AnyTask {
  const known: Readonly<Record<string, unknown>> = { ...others, ...TASKS };
  const task = Object.hasOwn(known, name) ? known[name] : undefined;
  if (typeof task !== "function") {
    outOfRange("task", `one of ${Object.keys(known).sort().join(", ")}`, JSON.stringify(name));
  }
  return task as AnyTask;
}

interface ShareSettings {
  signal: AbortSignal;
  resume?: unknown;
  /** Seconds between the states that are taken. */
  saveSeconds: number;
  watch?: AnyWatch;
}

/** Who looks on: what it is called with is no part of any result. */
type AnyWatch = ((item: number, point: Float32Array) => void) | undefined;

/** Runs a task on the items of a share, with `post` for all that it delivers. From a queue it takes items until none are left. */
export async function runItems(
  task: AnyTask,
  input: unknown,
  items: readonly number[] | ItemQueue,
  post: (message: ShareMessage) => void,
  { signal, resume, saveSeconds, watch }: ShareSettings,
): Promise<void> {
  const isDue = every(1000 * saveSeconds);
  const isList = Array.isArray(items);
  const more = () => (isList ? undefined : takeItems(items as ItemQueue));
  for (let some = isList ? (items as readonly number[]) : more(); some; some = more()) {
    const [first] = some as [number];
    await task(input, some, {
      signal,
      resume,
      more,
      watch,
      done: (item, value) => post({ kind: "item", item, value }),
      tell: (value) => post({ kind: "progress", value }),
      save: (snapshot) => {
        if (isDue() || signal.aborted) post({ kind: "state", item: first, value: snapshot() });
      },
    });
    if (!isList) signal.throwIfAborted();
  }
}

/** Handles one message after another, and keeps the first failure. */
export class Inbox {
  failure: { error: unknown } | undefined;
  private pending: Promise<void> = Promise.resolve();
  private readonly handle: ShareOptions["onMessage"];
  private readonly onFailure: (error: unknown) => void;

  constructor(handle: ShareOptions["onMessage"], onFailure: (error: unknown) => void) {
    this.handle = handle;
    this.onFailure = onFailure;
  }

  put(message: ShareMessage): void {
    this.pending = this.pending.then(async () => {
      if (this.failure) return;
      try {
        await this.handle(message);
      } catch (error) {
        this.failure = { error };
        this.onFailure(error);
      }
    });
  }

  /** Waits for what is being handled; throws the first failure. */
  async emptied(): Promise<void> {
    await this.pending;
    if (this.failure) throw this.failure.error;
  }
}

/** The one worker that is this thread. `findTask` finds a task by its name. */
export function thisThread(
  saveSeconds: number,
  findTask: (name: string) => AnyTask | Promise<AnyTask> = (name) => taskOf(name),
  watch?: AnyWatch,
): Workers {
  return {
    workers: 1,
    takesQueues: false,
    sharesMemory: true,
    prepare: ({ input }) => input,
    async runShare(name, input, items, { signal, resume, onMessage }) {
      const stop = new AbortController();
      const inbox = new Inbox(onMessage, (error) => stop.abort(error));
      const task = await findTask(name);
      const [outcome] = await Promise.allSettled([
        runItems(task, input, items, (message) => inbox.put(message), {
          signal: AbortSignal.any([signal, stop.signal]),
          resume,
          saveSeconds,
          watch,
        }),
      ]);
      await inbox.emptied();
      if (outcome.status === "rejected") throw outcome.reason;
    },
  };
}

/** The options of `inProcess`. */
export interface InProcessOptions {
  /**
   * Called for every point that an attack evaluates, with the position of the image in the set and a copy of the point,
   * f32[inputSize]. It changes no result.
   */
  onEvaluation?: (item: number, point: Float32Array) => void;
}

/**
 * An executor that keeps nothing and runs everything here. Needs no platform beyond JavaScript and WebAssembly. Throws a RangeError
 * for options that it does not have.
 */
export function inProcess(options: InProcessOptions = {}): Executor {
  requireOptions("inProcess", options, { onEvaluation: true });
  return new DividingExecutor(thisThread(Number.POSITIVE_INFINITY, undefined, options.onEvaluation));
}
