/**
 * Tasks on worker threads, or one after another in process: `run` names a task of `tasks/`, and neither its result nor
 * the messages on its way depend on where it ran. The threads are Piscina's.
 */
import { setMaxListeners } from "node:events";
import { availableParallelism } from "node:os";
import { MessageChannel, type Transferable } from "node:worker_threads";
import { aborted, failed, misplaced, requireInteger } from "../check.ts";
import type { TaskInput, TaskMessage, TaskName, TaskOutput } from "../studies/tasks/index.ts";
import { moved } from "./move.ts";
import type { Job, Sent } from "./worker.ts";

export interface PoolOptions {
  /** Threads at most; default one a processor. With 1 the tasks run in process, without a thread. */
  workers?: number;
  /** A JavaScript module whose exported functions are tasks too, by their names. */
  tasks?: URL;
  /** How long a task that was told to stop may take before its thread is ended; default 5000. */
  graceMilliseconds?: number;
}

export interface RunOptions<Message> {
  /** Stops the task; `run` rejects with the signal's reason. A task that does not listen loses its thread. */
  signal?: AbortSignal | undefined;
  /** What the task posts, in its order; all of it before `run` returns. A failure, also of a promise, stops the task. */
  onMessage?: ((message: Message) => void | Promise<void>) | undefined;
}

export interface Pool {
  readonly workers: number;
  /**
   * Runs a task. Typed arrays of the input in shared memory (`shareArray`, `shareModel`) are seen by the workers as they
   * are; others are copied once, views of large buffers too. Errors of the task are thrown here; a thread that dies is an error that names the task.
   */
  run<Name extends TaskName>(
    task: Name,
    input: TaskInput<Name>,
    options?: RunOptions<TaskMessage<Name>>,
  ): Promise<TaskOutput<Name>>;
  /** Ends the threads; tasks that still run are lost. */
  close(): Promise<void>;
}

/** The worker's JavaScript: beside this module in dist/; Node runs no TypeScript, so from src/ too it is the built one. */
const ENTRY = new URL(import.meta.url.endsWith(".ts") ? "../../dist/jobs/worker.js" : "./worker.js", import.meta.url);

/** Processors that this process may use: the workers of a pool that is not told how many. */
export function defaultWorkers(): number {
  return availableParallelism();
}

/** A pool of workers. Threads start when the first tasks need them. */
export async function openPool(options: PoolOptions = {}): Promise<Pool> {
  const { workers = defaultWorkers(), tasks, graceMilliseconds = 5000 } = options;
  requireInteger("workers", workers, 1, 1024);
  requireInteger("graceMilliseconds", graceMilliseconds, 0);
  return workers === 1 ? inProcess(tasks) : onThreads(workers, tasks, graceMilliseconds);
}

/** Calls `use` one message after another, and keeps the first failure. */
class Inbox<Message> {
  failure: { error: unknown } | undefined;
  private pending: Promise<void> = Promise.resolve();
  private readonly use: ((message: Message) => void | Promise<void>) | undefined;
  private readonly onFailure: () => void;

  constructor(use: ((message: Message) => void | Promise<void>) | undefined, onFailure: () => void) {
    this.use = use;
    this.onFailure = onFailure;
  }

  put(message: Message): void {
    this.pending = this.pending.then(async () => {
      if (this.failure) return;
      try {
        await this.use?.(message);
      } catch (error) {
        this.failure = { error };
        this.onFailure();
      }
    });
  }

  /** Waits for what is in use. */
  emptied(): Promise<void> {
    return this.pending;
  }
}

async function inProcess(tasks: URL | undefined): Promise<Pool> {
  const { taskOf, networkOf } = await import("../studies/tasks/find.ts");
  let last: Promise<unknown> = Promise.resolve();
  const closing = new AbortController();
  return {
    workers: 1,
    run(name, input, { signal, onMessage } = {}) {
      const start = async () => {
        closing.signal.throwIfAborted();
        signal?.throwIfAborted();
        const task = await taskOf(name, tasks?.href);
        const stop = new AbortController();
        const abort = () => stop.abort(signal?.reason);
        if (signal) setMaxListeners(0, signal);
        signal?.addEventListener("abort", abort);
        const inbox = new Inbox(onMessage, () => stop.abort(inbox.failure?.error));
        const running = async () =>
          task(input, {
            signal: AbortSignal.any([stop.signal, closing.signal]),
            network: networkOf,
            post: (message) => inbox.put(message as never),
          });
        const [outcome] = await Promise.allSettled([running()]);
        signal?.removeEventListener("abort", abort);
        await inbox.emptied();
        if (inbox.failure) throw inbox.failure.error;
        signal?.throwIfAborted();
        if (outcome.status === "rejected") throw outcome.reason;
        return outcome.value as never;
      };
      const result = last.then(start, start);
      last = result.catch(() => {});
      return result;
    },
    async close() {
      closing.abort(closed());
      await last;
    },
  };
}

function closed(): Error {
  return misplaced("pool", "an open one", "one that was closed");
}

/** Lets so many in at once; the others wait for their turn, in their order. */
class Turns {
  private free: number;
  private readonly waiting = new Set<() => void>();

  constructor(free: number) {
    this.free = free;
  }

  /** Waits for a turn, or until the signal is aborted, whose reason it throws. Whoever gets a turn ends it. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.free > 0) {
      this.free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.waiting.delete(enter);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      this.waiting.add(enter);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  end(): void {
    const [next] = this.waiting;
    if (!next) this.free++;
    else {
      this.waiting.delete(next);
      next();
    }
  }
}

/**
 * No thread is ended while it loads modules: on Node 20 that can abort the whole process. Until a thread has loaded the
 * task, "abort" waits in the port of the job, and the thread reads it before it begins.
 */
async function onThreads(workers: number, tasks: URL | undefined, graceMilliseconds: number): Promise<Pool> {
  const { Piscina } = await import("piscina"); // a run without workers never loads it
  const threads = new Piscina({
    filename: ENTRY.href,
    minThreads: 0,
    maxThreads: workers,
    maxQueue: Number.POSITIVE_INFINITY,
    idleTimeout: Number.POSITIVE_INFINITY,
    atomics: "disabled",
  });
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const turns = new Turns(workers);
  /** Threads that have loaded the entry; piscina tells of a thread once it has. */
  const ready = new Set<number>();
  threads.on("workerCreate", ({ id }: { id: number }) => ready.add(id));
  /** Jobs that a thread has, or is about to have, and has not begun. */
  const loading = new Set<object>();

  async function run(name: string, input: unknown, { signal, onMessage }: RunOptions<unknown>): Promise<unknown> {
    closing.signal.throwIfAborted();
    signal?.throwIfAborted();
    const { port1: port, port2 } = new MessageChannel();
    const transfers: Transferable[] = [port2];
    const job: Job = { name, tasks: tasks?.href, input: moved(input, transfers, false), port: port2 };
    if (signal) setMaxListeners(0, signal); // many runs listen to one signal: that is no leak
    const either = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
    try {
      await turns.take(either);
    } catch (reason) {
      port.close();
      throw reason;
    }
    if (either.aborted) {
      turns.end();
      port.close();
      throw either.reason;
    }

    const kill = new AbortController();
    let isStopped = false;
    let grace: NodeJS.Timeout | undefined;
    const killLater = () => {
      grace ??= setTimeout(() => kill.abort(), graceMilliseconds);
    };
    let drop = (_: Sent): void => {};
    const stop = () => {
      isStopped = true;
      port.postMessage("abort");
      if (loading.has(job)) drop({ kind: "error", value: aborted("task"), code: undefined });
      else killLater();
    };
    const inbox = new Inbox(onMessage, stop);
    loading.add(job);
    const ended = new Promise<Sent>((resolve) => {
      drop = resolve;
      port.on("message", (sent: Sent) => {
        if (sent.kind === "begun") {
          loading.delete(job);
          if (isStopped) killLater(); // it had begun before it could hear
        } else if (sent.kind === "message") inbox.put(sent.value);
        else resolve(sent);
      });
    });
    signal?.addEventListener("abort", stop);
    closing.signal.addEventListener("abort", stop);
    const died = threads
      .run(job, { transferList: transfers as never, signal: kill.signal })
      .then(
        () => ended,
        (error: Error) =>
          error.name === "DataCloneError" ? { kind: "error", value: error, code: undefined } : { kind: "died", error },
      )
      .finally(() => {
        clearTimeout(grace);
        loading.delete(job);
        port.close();
        turns.end();
      });
    try {
      const end = (await Promise.race([ended, died])) as Sent | { kind: "died"; error: Error };
      await inbox.emptied();
      if (inbox.failure) throw inbox.failure.error;
      signal?.throwIfAborted();
      if (end.kind === "output") return end.value;
      closing.signal.throwIfAborted();
      if (end.kind === "error") {
        throw end.code === undefined ? end.value : Object.assign(end.value as Error, { code: end.code });
      }
      return failed(`task ${name}`, "its thread to live", "the end of it", (end as { error: Error }).error);
    } finally {
      signal?.removeEventListener("abort", stop);
      closing.signal.removeEventListener("abort", stop);
    }
  }

  /** Waits until no thread loads anything, but no longer than a task may take to stop. */
  async function loaded(): Promise<void> {
    const end = performance.now() + graceMilliseconds;
    const isLoading = () => loading.size > 0 || threads.threads.some(({ threadId }) => !ready.has(threadId));
    while (isLoading() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  return {
    workers,
    run: (name, input, options = {}) => run(name, input, options as RunOptions<unknown>) as never,
    async close() {
      closing.abort(closed());
      await loaded();
      await threads.destroy();
    },
  };
}
