/** Executors for Node: worker threads, or this thread where one worker is asked for. */
import { availableParallelism } from "node:os";
import { type OptionNames, requireInteger, requireNumber, requireOptions } from "../check.ts";
import { DividingExecutor, type Keeper, type Workers } from "../studies/division.ts";
import type { Executor } from "../studies/executor.ts";
import { type AnyTask, taskOf, thisThread } from "../studies/in-process.ts";
import { openQueueCrew, type QueueOptions } from "./queue/coordinator.ts";
import { closedError, startThreads } from "./threads.ts";

/** How many threads a pool has, and how they are used. */
export interface PoolOptions {
  /** Threads at most; default one a processor. With 1 the jobs run in process, without a thread. */
  workers?: number;
  /** A JavaScript module whose exported functions are tasks too, by their names. */
  tasks?: URL;
  /** How long a share that was told to stop may take before its thread is ended; default 5000. */
  graceMilliseconds?: number;
  /** Seconds between the states that long tasks save; default 60. */
  saveSeconds?: number;
  /** Sends the jobs over a queue instead, to the workers there. Needs the packages bullmq and ioredis. */
  queue?: QueueOptions;
}

/** The names of these options, for `requireOptions`. */
export const POOL_OPTIONS: OptionNames<PoolOptions> = {
  workers: true,
  tasks: true,
  graceMilliseconds: true,
  saveSeconds: true,
  queue: true,
};

/** Workers that jobs are handed to. */
export interface Pool extends Executor {
  /** Ends the threads; jobs that still run are lost. */
  close(): Promise<void>;
}

/** Processors that this process may use: the workers of a pool that is not told how many. */
export function defaultWorkers(): number {
  return availableParallelism();
}

async function inThisProcess(
  tasks: URL | undefined,
  saveSeconds: number,
): Promise<Workers & { close(): Promise<void> }> {
  const others = tasks && ((await import(tasks.href)) as Readonly<Record<string, unknown>>);
  const here = thisThread(saveSeconds, (name) => taskOf(name, others));
  const closing = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...here,
    async runShare(task, input, items, options) {
      closing.signal.throwIfAborted();
      const running = here.runShare(task, input, items, {
        ...options,
        signal: AbortSignal.any([options.signal, closing.signal]),
      });
      last = running.catch(() => {});
      await running;
    },
    async close() {
      closing.abort(closedError());
      await last;
    },
  };
}

/**
 * A pool of workers, which keeps with `keeper` what is finished. Threads start when the first jobs need them. Rejects
 * for options that are unknown or out of range.
 */
export async function openPool(options: PoolOptions = {}, keeper?: Keeper): Promise<Pool> {
  requireOptions("openPool", options, POOL_OPTIONS);
  const { queue } = options;
  if (queue !== undefined) return closable(await openQueueCrew(queue), keeper);
  const { workers = defaultWorkers(), tasks, graceMilliseconds = 5000, saveSeconds = 60 } = options;
  requireInteger("workers", workers, 1, 1024);
  requireInteger("graceMilliseconds", graceMilliseconds, 0);
  requireNumber("saveSeconds", saveSeconds, 0);
  const crew =
    workers === 1
      ? await inThisProcess(tasks, saveSeconds)
      : await startThreads({ workers, tasks, graceMilliseconds, saveSeconds });
  const coordinate: Executor["coordinate"] = (job, task, how) => {
    const here = thisThread(saveSeconds, () => task(new DividingExecutor(crew)) as AnyTask);
    return new DividingExecutor(here, keeper).run(job, how);
  };
  return Object.assign(closable(crew, keeper), { coordinate });
}

function closable(crew: Workers & { close(): Promise<void> }, keeper: Keeper | undefined): Pool {
  return Object.assign(new DividingExecutor(crew, keeper), { close: () => crew.close() });
}
