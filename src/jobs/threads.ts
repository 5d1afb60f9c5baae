/** Shares on worker threads. The threads are Piscina's; which share waits for which is decided by who hands them out. */
import { setMaxListeners } from "node:events";
import { MessageChannel, type Transferable } from "node:worker_threads";
import { aborted, failed, misplaced } from "../check.ts";
import type { Workers } from "../studies/division.ts";
import { Inbox } from "../studies/in-process.ts";
import { canShareMemory } from "../studies/queue.ts";
import { copied } from "./move.ts";
import { shareInput } from "./share.ts";
import type { Sent, Share } from "./worker.ts";

export interface ThreadsOptions {
  workers: number;
  /** A JavaScript module whose exported functions are tasks too, by their names. */
  tasks: URL | undefined;
  /** How long a share that was told to stop may take before its thread is ended. */
  graceMilliseconds: number;
  /** Seconds between the states that a task saves. */
  saveSeconds: number;
}

export interface Threads extends Workers {
  /** Ends the threads. Shares that still run are told to stop first. */
  close(): Promise<void>;
}

/** Apart from the URL below, which webpack would take for a file to put into the bundle. */
const HERE = import.meta.url;

/** The worker's JavaScript: beside this module in dist/. Node runs no TypeScript, so from src/ too it is the built one. */
const ENTRY = new URL(HERE.endsWith(".ts") ? "../../dist/jobs/worker.js" : "./worker.js", HERE);

export function closedError(): Error {
  return misplaced("pool", "an open one", "one that was closed");
}

/**
 * Threads start when the first shares need them. No thread is ended while it loads modules: on Node 20 that can abort the
 * whole process. Until a thread has loaded the task, "abort" waits in the port of the share, and the thread reads it before
 * it begins.
 */
export async function startThreads(options: ThreadsOptions): Promise<Threads> {
  const { workers, tasks, graceMilliseconds, saveSeconds } = options;
  const { Piscina } = await import("piscina"); // a run without threads never loads it
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
  /** Threads that have loaded the entry: Piscina tells of a thread once it has. */
  const ready = new Set<number>();
  threads.on("workerCreate", ({ id }: { id: number }) => ready.add(id));
  /** Shares that a thread has, or is about to have, and has not begun. */
  const loading = new Set<Share>();

  const runShare: Workers["runShare"] = async (task, input, items, { signal, resume, onMessage }) => {
    closing.signal.throwIfAborted();
    signal.throwIfAborted();
    const { port1: port, port2 } = new MessageChannel();
    const transfers: Transferable[] = [port2];
    const sent = copied(input, transfers);
    const share: Share = { task, tasks: tasks?.href, input: sent, items, resume, saveSeconds, port: port2 };
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
      if (loading.has(share)) drop({ kind: "error", value: aborted("task"), code: undefined });
      else killLater();
    };
    const inbox = new Inbox(onMessage, stop);
    loading.add(share);
    const ended = new Promise<Sent>((resolve) => {
      drop = resolve;
      port.on("message", (messages: Sent[]) => {
        for (const sent of messages) {
          if (sent.kind === "begun") {
            loading.delete(share);
            if (isStopped) killLater(); // it had begun before it could hear
          } else if (sent.kind === "ended" || sent.kind === "error") resolve(sent);
          else inbox.put(sent);
        }
      });
    });
    signal.addEventListener("abort", stop);
    closing.signal.addEventListener("abort", stop);
    const died = threads
      .run(share, { transferList: transfers as never, signal: kill.signal })
      .then(
        () => ended,
        (error: Error) =>
          error.name === "DataCloneError" ? { kind: "error", value: error, code: undefined } : { kind: "died", error },
      )
      .finally(() => {
        clearTimeout(grace);
        loading.delete(share);
        port.close();
      });
    try {
      const end = (await Promise.race([ended, died])) as Sent | { kind: "died"; error: Error };
      await inbox.emptied();
      signal.throwIfAborted();
      if (end.kind === "ended") return;
      closing.signal.throwIfAborted();
      if (end.kind === "error") {
        throw end.code === undefined ? end.value : Object.assign(end.value as Error, { code: end.code });
      }
      failed(`task ${task}`, "its thread to live", "the end of it", (end as { error: Error }).error);
    } finally {
      signal.removeEventListener("abort", stop);
      closing.signal.removeEventListener("abort", stop);
    }
  };

  /** Waits until no thread loads anything, but no longer than a share may take to stop. */
  async function loaded(): Promise<void> {
    const end = performance.now() + graceMilliseconds;
    const isLoading = () => loading.size > 0 || threads.threads.some(({ threadId }) => !ready.has(threadId));
    while (isLoading() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  return {
    workers,
    takesQueues: canShareMemory(),
    sharesMemory: canShareMemory(),
    prepare: ({ input }) => shareInput(input),
    runShare,
    async close() {
      closing.abort(closedError());
      await loaded();
      await threads.destroy();
    },
  };
}
