/** Workers of a queue in this process, for tests that look at what a worker does and need not kill it. */

import { onTestFinished } from "vitest";
import { type QueueWorker, type ServeOptions, serveQueue } from "../../src/jobs/queue/serve.ts";
import type { WorkerEvent } from "./queue-processes.ts";

export interface ServedWorker extends QueueWorker {
  readonly events: WorkerEvent[];
}

/** A worker of one thread, which does not outlive the test; `atEnd` takes what ends it. */
export async function serve(
  url: string,
  more: Partial<ServeOptions> = {},
  atEnd: (end: () => Promise<void>) => void = (end) => onTestFinished(end, 60_000),
): Promise<ServedWorker> {
  const events: WorkerEvent[] = [];
  const worker = await serveQueue({
    url,
    workers: 1,
    memoryBytes: 2 ** 30,
    graceSeconds: 30,
    saveSeconds: 60,
    lockSeconds: 30,
    patienceSeconds: 60,
    log: (event, about) => void events.push({ event, ...about } as WorkerEvent),
    ...more,
  });
  worker.ended.catch(() => {}); // a test that expects it looks itself
  atEnd(() => worker.stop());
  return Object.assign(worker, { events });
}
