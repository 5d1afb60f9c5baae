/**
 * Tasks on worker threads, or one after another in process: `run` names a task of `tasks/`, and neither its result nor
 * the messages on its way depend on where it ran. The threads are Piscina's.
 */
import { setMaxListeners } from "node:events";
import { availableParallelism } from "node:os";
import { MessageChannel, type Transferable } from "node:worker_threads";
import { failed, requireInteger } from "../check.ts";
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
  return new Error("pool: expected an open one, got one that was closed");
}

async function onThreads(workers: number, tasks: URL | undefined, graceMilliseconds: number): Promise<Pool> {
  const { Piscina } = await import("piscina"); // who runs everything in process does not pay for it
  const threads = new Piscina({
    filename: ENTRY.href,
    minThreads: 0,
    maxThreads: workers,
    maxQueue: Number.POSITIVE_INFINITY,
    idleTimeout: Number.POSITIVE_INFINITY,
    atomics: "disabled",
  });
  let isClosed = false;

  async function run(name: string, input: unknown, { signal, onMessage }: RunOptions<unknown>): Promise<unknown> {
    if (isClosed) throw closed();
    signal?.throwIfAborted();
    const { port1: port, port2 } = new MessageChannel();
    const kill = new AbortController();
    let hasBegun = false;
    let grace: NodeJS.Timeout | undefined;
    const stop = () => {
      if (!hasBegun) return kill.abort();
      port.postMessage("abort");
      grace ??= setTimeout(() => kill.abort(), graceMilliseconds);
    };
    const inbox = new Inbox(onMessage, stop);
    if (signal) setMaxListeners(0, signal); // many runs listen to one signal: that is no leak
    signal?.addEventListener("abort", stop);
    const ended = new Promise<Sent>((resolve) => {
      port.on("message", (sent: Sent) => {
        if (sent.kind === "begun") hasBegun = true;
        else if (sent.kind === "message") inbox.put(sent.value);
        else resolve(sent);
      });
    });
    const transfers: Transferable[] = [port2];
    const job: Job = { name, tasks: tasks?.href, input: moved(input, transfers, false), port: port2 };
    try {
      const died = threads.run(job, { transferList: transfers as never, signal: kill.signal }).then(
        () => ended,
        (error: Error) => (error.name === "DataCloneError" ? { kind: "error", value: error } : { kind: "died", error }),
      );
      const end = (await Promise.race([ended, died])) as Sent | { kind: "died"; error: Error };
      await inbox.emptied();
      if (inbox.failure) throw inbox.failure.error;
      signal?.throwIfAborted();
      if (end.kind === "output") return end.value;
      if (end.kind === "error") throw end.value;
      if (isClosed) throw closed();
      return failed(`task ${name}`, "its thread to live", "the end of it", (end as { error: Error }).error);
    } finally {
      clearTimeout(grace);
      signal?.removeEventListener("abort", stop);
      port.close();
    }
  }

  return {
    workers,
    run: (name, input, options = {}) => run(name, input, options as RunOptions<unknown>) as never,
    async close() {
      isClosed = true;
      await threads.destroy();
    },
  };
}
