/**
 * A worker of a queue. Its main thread only talks to the server and the store, so that the locks of its shards are renewed in
 * time while its threads compute. A thread that dies fails the shards that it had; a process that dies leaves them to the others,
 * who take them over when their locks have run out.
 */
import type { Job as BullJob, WorkerOptions } from "bullmq";
import { codeOf, failure, outOfRange } from "../../check.ts";
import { httpStore } from "../store/http.ts";
import { openStore, originOf } from "../store/open.ts";
import { type BlobStore, StoreError } from "../store/store.ts";
import { startThreads } from "../threads.ts";
import { parseQueueAddress } from "./address.ts";
import { isAnswering, within } from "./answering.ts";
import { TRIES } from "./ask.ts";
import { loadDrivers } from "./drivers.ts";
import { HeldInputs } from "./held-inputs.ts";
import { HandedBackError, Lanes } from "./lanes.ts";
import type { Log } from "./log.ts";
import { Meter } from "./meter.ts";
import { PREFIX, QUEUE } from "./names.ts";
import { OWN, otherGenerations, presentAt, showPresence } from "./presence.ts";
import { isRefusal, processShard } from "./process-shard.ts";
import type { Shard } from "./schemas.ts";
import { connect } from "./server.ts";

export interface ServeOptions {
  url: string;
  workers: number;
  /** A folder or a web server, where the jobs' data lie there; the store in Redis can always be used. */
  store?: string;
  /** Origins of web servers whose stores jobs may name. */
  allow?: readonly string[];
  /** Bytes of arrays that are held at most. */
  memoryBytes: number;
  /** Seconds that begun shards may take to end after a stop. */
  graceSeconds: number;
  /** Seconds between the states that long tasks save. */
  saveSeconds: number;
  /** Seconds after which the shards of a worker that is silent go to others. */
  lockSeconds: number;
  /** Seconds without an answer of the server after which the worker ends. */
  patienceSeconds: number;
  log: Log;
}

/** How often the worker looks whether it may take one more shard, and whether the server answers. */
const LOOK_MILLISECONDS = 20;
const CLOSE_MILLISECONDS = 5000;
const PROGRESS_MILLISECONDS = 1000;

export interface QueueWorker {
  readonly meter: Meter;
  /** Whether the server answers and the worker takes shards. */
  isHealthy(): Promise<boolean>;
  /** Jobs of the queue by state. */
  jobCounts(): Promise<Record<string, number>>;
  /** Rejects when the worker cannot go on, resolves once it has stopped. */
  readonly ended: Promise<void>;
  /** Takes no more shards; begun ones end, or are handed back after the time of grace. */
  stop(): Promise<void>;
}

export async function serveQueue(options: ServeOptions): Promise<QueueWorker> {
  const { workers, allow = [], memoryBytes, graceSeconds, saveSeconds, lockSeconds, patienceSeconds, log } = options;
  const address = parseQueueAddress("--queue", options.url, process.env);
  const origins = new Set(allow.map((origin) => originOf("--allow", origin)));
  const drivers = await loadDrivers();
  const { bullmq } = drivers;
  const { client, disconnect } = await connect(drivers, address);
  const redis = {
    client: () => client.duplicate(),
    shown: address.shown,
    prefix: PREFIX,
  };
  const stores = new Map<string, BlobStore>();
  for (const given of [undefined, options.store]) {
    const { store, named } = openStore("--store", given, redis);
    if (stores.has(named)) await store.close();
    else stores.set(named, store);
  }
  const storeOf = (named: string): BlobStore => {
    const known = stores.get(named);
    if (known) return known;
    if (named === "folder") throw new StoreError("--store: expected the folder of the jobs' data, got none");
    const isAllowed = URL.canParse(named) && origins.has(new URL(named).origin);
    if (!isAllowed)
      outOfRange("store of the job", "one whose origin is on the allow list (--allow)", JSON.stringify(named));
    const store = httpStore(new URL(named));
    stores.set(named, store);
    return store;
  };
  const meter = new Meter();
  const threads = await startThreads({ workers, tasks: undefined, graceMilliseconds: 5000, saveSeconds });
  const lanes = new Lanes(threads);
  const inputs = new HeldInputs(memoryBytes, meter.traffic);
  const presence = showPresence(client, "workers", workers);
  const context = { client, lanes, inputs, traffic: meter.traffic, storeOf };

  let fail = (_: unknown): void => {};
  let isStopping = false;
  let resolveEnded = (): void => {};
  const ended = new Promise<void>((resolve, reject) => {
    resolveEnded = resolve;
    fail = reject;
  });

  async function handBack(job: BullJob, token: string, why: string): Promise<never> {
    await job.moveToWait(token);
    log("shard handed back", { shard: job.id, why });
    throw new bullmq.WaitingError();
  }

  async function run(job: BullJob, token = ""): Promise<unknown> {
    const id = job.id as string;
    const triedBefore = job.attemptsMade + job.stalledCounter;
    const onBegin = ({ task, items }: Shard, resumed: boolean) => {
      if (triedBefore >= TRIES)
        throw new WornOutError(`tried ${TRIES} times, and ${job.stalledCounter} times its worker was gone`);
      log("shard begun", { shard: id, task, items: items.length, try: triedBefore + 1, resumed });
    };
    const started = performance.now();
    let told: unknown;
    let timer: NodeJS.Timeout | undefined;
    const onProgress = (value: unknown) => {
      if (typeof value === "number") meter.evaluations += value;
      told = typeof value === "number" && typeof told === "number" ? told + value : value;
      timer ??= setTimeout(() => {
        const now = told;
        told = undefined;
        timer = undefined;
        job.updateProgress(now as object).catch(() => {}); // it only shows
      }, PROGRESS_MILLISECONDS);
    };
    try {
      const answer = await processShard({ id, data: job.data, triedBefore, onBegin, onProgress }, context);
      const items = (job.data as { items: readonly number[] }).items.length;
      meter.done(items);
      log("shard done", { shard: id, items, milliseconds: Math.round(performance.now() - started) });
      return answer;
    } catch (error) {
      if (error instanceof HandedBackError) return await handBack(job, token, error.message);
      if (error instanceof StoreError) {
        fail(error); // another worker may do better
        return await handBack(job, token, (error as Error).message);
      }
      meter.failed++;
      log("shard failed", { shard: id, try: triedBefore + 1, error: (error as Error).message });
      const reason = failureOf(error);
      throw isRefusal(error) || error instanceof WornOutError
        ? new bullmq.UnrecoverableError(reason)
        : new FailedShardError(reason);
    } finally {
      clearTimeout(timer);
    }
  }

  const settings: WorkerOptions = {
    connection: client,
    prefix: PREFIX,
    concurrency: workers,
    lockDuration: 1000 * lockSeconds,
    stalledInterval: 1000 * lockSeconds,
    maxStalledCount: Number.MAX_SAFE_INTEGER, // `run` counts: a shard that stalled may have a result by now
    runRetryDelay: 1000,
    drainDelay: 1,
    autorun: false,
  };
  const worker = new bullmq.Worker(QUEUE, run, settings);
  let lastError = "";
  worker.on("error", ({ message }) => {
    if (message !== lastError) log("server failed", { error: message });
    lastError = message;
  });
  worker.on("ready", () => {
    lastError = "";
  });
  worker.on("stalled", (id) => log("shard taken over", { shard: id }));
  const queue = new bullmq.Queue(QUEUE, { connection: client, prefix: PREFIX });
  queue.on("error", () => {}); // the worker's own connection says so
  log("worker started", { queue: address.shown, computes: OWN, threads: workers, stores: [...stores.keys()] });

  // One shard ahead of each thread that goes on with short ones, none ahead of a long one.
  const looking = setInterval(() => {
    worker.concurrency = lanes.hasRoom
      ? Math.max(1, Math.min(2 * workers, lanes.active + 1))
      : Math.max(1, lanes.active);
  }, LOOK_MILLISECONDS);

  let answered = performance.now();
  let others = "";
  let isAsking = false;
  const watching = setInterval(async () => {
    if (isAsking) return;
    isAsking = true;
    if (await isAnswering(client)) {
      answered = performance.now();
      const now = otherGenerations(await presentAt(client, "coordinators").catch(() => []));
      if (now !== "" && now !== others) log("jobs refused", { expected: OWN, got: now });
      others = now;
    } else if (performance.now() - answered > 1000 * patienceSeconds) {
      fail(failure(address.shown, "an answer", `none for ${patienceSeconds} s`));
    }
    isAsking = false;
  }, 1000);

  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      isStopping = true;
      clearInterval(looking);
      log("worker stops", { shards: lanes.active });
      const closed = worker.close();
      lanes.handBackWaiting();
      const hasServer = await isAnswering(client); // nobody else takes what is handed back
      const isClosed = hasServer && (await within(1000 * graceSeconds, closed));
      if (!isClosed) lanes.stop();
      await within(CLOSE_MILLISECONDS, closed);
      clearInterval(watching);
      await presence.leave();
      await threads.close();
      await within(CLOSE_MILLISECONDS, queue.close());
      for (const store of stores.values()) await store.close();
      disconnect();
      log("worker stopped", { shards: meter.shards });
      resolveEnded();
    })();
    return stopped;
  };
  worker.run().catch(fail);
  return {
    meter,
    isHealthy: async () => !isStopping && (await isAnswering(client)),
    jobCounts: () => queue.getJobCounts("waiting", "active", "completed", "failed", "delayed"),
    ended,
    stop,
  };
}

/** A shard that was tried as often as it may be. */
class WornOutError extends Error {}

/** A shard that may be tried again; its message is what the coordinator reads. */
class FailedShardError extends Error {}

/** An error as the coordinator reads it. */
function failureOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  return JSON.stringify({ message, ...(code !== undefined && { code }) });
}
