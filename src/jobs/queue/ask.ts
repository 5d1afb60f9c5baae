/**
 * Shards that are asked of a queue, and where their results lie. A shard is a job of BullMQ whose id is its digest: whoever asks
 * for the same one gets the same result, and one that is finished is never computed again. Events tell when a job ends. Where the
 * server was gone, because it then tells nothing of what came before, and now and then in any case, the jobs that are waited for are
 * looked at themselves.
 */
import type { Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import * as v from "valibot";
import { ERROR_CODES, failed, refusalOf } from "../../check.ts";
import { requireSchema } from "../../schema.ts";
import { LostShareError } from "../../studies/division.ts";
import { KEPT_SECONDS } from "../store/redis.ts";
import type { BlobRef, BlobStore } from "../store/store.ts";
import { isAnswering, within } from "./answering.ts";
import { resultKey, shardId } from "./names.ts";
import { isOfThese, OWN, otherGenerations, presentAt } from "./presence.ts";
import { ANSWER, FAILURE, type Shard } from "./schemas.ts";

/** How often a shard is tried. */
export const TRIES = 3;
/** How often the server is asked whether it answers. */
const PING_MILLISECONDS = 2000;
/** How often jobs are looked at without need, and how often what they need is kept from expiring. */
const LOOK_MILLISECONDS = 20_000;
const KEEP_MILLISECONDS = 600_000;
/** For so long after the server was gone events may be missing. */
const DOUBT_MILLISECONDS = 10_000;
/** Looks at so many jobs a second at most. */
const LOOKS_A_SECOND = 500;
const CLOSE_MILLISECONDS = 1000;
const NOTICE_MILLISECONDS = 10_000;

interface Waiting {
  shard: Shard;
  resolve(answer: BlobRef): void;
  reject(error: unknown): void;
  onProgress(value: unknown): void;
}

export interface AskOptions {
  client: Redis;
  queue: Queue<Shard>;
  events: QueueEvents;
  store: BlobStore;
  /** The server's address without secrets. */
  shown: string;
  /** Seconds without an answer of the server after which nothing more is waited for. */
  patienceSeconds: number;
  onNotice: ((text: string) => void) | undefined;
}

/** An error that a worker wrote, as it is thrown here: a refusal of the input ends the run, everything else loses the shard. */
function workerError({ job, items }: Shard, reason: string): Error {
  const said = v.safeParse(v.pipe(v.string(), v.parseJson(), FAILURE), reason);
  const { message, code } = said.success ? said.output : { message: reason, code: undefined };
  if (code === ERROR_CODES.RANGE || code === ERROR_CODES.TYPE || code === ERROR_CODES.OPTION)
    return refusalOf(message, code);
  return new LostShareError(items, `shard ${shardId(job, items).slice(0, 16)} was given up: ${message}`);
}

export class Asking {
  /** Blobs that shards need: they are kept from expiring while any is waited for. */
  readonly needed = new Set<string>();
  /** Aborted when nothing is answered any more. */
  readonly failure = new AbortController();
  private readonly options: AskOptions;
  private readonly waiting = new Map<string, Set<Waiting>>();
  private readonly closing = new AbortController();
  private readonly watching: Promise<void>;
  private noticed = Date.now();
  /** When the server was last found gone. */
  private gone = Number.NEGATIVE_INFINITY;

  constructor(options: AskOptions) {
    this.options = options;
    const { events } = options;
    events.on("completed", ({ jobId, returnvalue }) => this.completed(jobId, returnvalue));
    events.on("progress", ({ jobId, data }) => {
      for (const one of this.waiting.get(jobId) ?? []) one.onProgress(data);
    });
    events.on("failed", ({ jobId }) => {
      this.look(jobId).catch(() => {}); // the server is gone: `watch` looks again
    });
    // It may have been gone for less than the time between two pings.
    options.client.on("close", () => {
      this.gone = Date.now();
    });
    this.watching = this.watch();
  }

  /** Where the result of a shard lies, once it is computed. */
  async answerOf(shard: Shard, asked: AbortSignal, onProgress: (value: unknown) => void): Promise<BlobRef> {
    const id = shardId(shard.job, shard.items);
    const signal = AbortSignal.any([asked, this.failure.signal]);
    signal.throwIfAborted();
    const those = this.waiting.get(id) ?? new Set();
    this.waiting.set(id, those);
    let one: Waiting | undefined;
    let stop = (): void => {};
    try {
      return await new Promise<BlobRef>((resolve, reject) => {
        one = { shard, resolve, reject, onProgress };
        those.add(one);
        stop = () => reject(signal.reason);
        signal.addEventListener("abort", stop, { once: true });
        this.add(id, shard)
          .then(() => this.look(id, true))
          .catch(reject);
      });
    } catch (error) {
      // What a worker refused or gave up is named in this run; the next one tries it anew.
      if (!signal.aborted) await this.forget(id);
      // Unless a worker has it, nobody waits for it now. A server that is gone is not waited for.
      else if (asked.aborted && this.options.client.status === "ready") this.options.queue.remove(id).catch(() => {});
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
      if (one) those.delete(one);
      if (those.size === 0 && this.waiting.get(id) === those) this.waiting.delete(id);
    }
  }

  /** Lets go of a result, so that the shard is computed again when it is asked for. */
  async forget(id: string): Promise<void> {
    await this.options.client.del(resultKey(id));
    await this.options.queue.remove(id).catch(() => {}); // a worker has it
  }

  async close(): Promise<void> {
    this.closing.abort();
    await within(CLOSE_MILLISECONDS, this.watching);
  }

  private async add(id: string, shard: Shard): Promise<void> {
    const kept = { age: KEPT_SECONDS };
    await this.options.queue.add(shard.task, shard, {
      jobId: id,
      attempts: TRIES,
      removeOnComplete: kept,
      removeOnFail: kept,
    });
  }

  private end(id: string, end: (one: Waiting) => void): void {
    for (const one of this.waiting.get(id) ?? []) end(one);
  }

  private completed(id: string, answer: unknown): void {
    this.end(id, (one) => {
      try {
        one.resolve(requireSchema(`shard ${id.slice(0, 16)}: answer`, ANSWER, answer));
      } catch (error) {
        one.reject(error);
      }
    });
  }

  /** Sees to a job that is waited for: it may have ended without an event, or be gone. */
  private async look(id: string, isNew = false): Promise<void> {
    const { client, queue } = this.options;
    const [one] = this.waiting.get(id) ?? [];
    if (!one) return;
    const kept = await client.get(resultKey(id));
    if (kept !== null) return this.completed(id, JSON.parse(kept));
    const job = await queue.getJob(id);
    if (job === undefined) return this.add(id, one.shard);
    const { finishedOn, failedReason, returnvalue } = job;
    if (finishedOn === undefined) return;
    if (failedReason) {
      // Refused before somebody asked now: another worker may take it. A shard that was given up is not tried again.
      if (isNew && !(workerError(one.shard, failedReason) instanceof LostShareError)) {
        await this.forget(id);
        return this.add(id, one.shard);
      }
      this.end(id, ({ shard, reject }) => reject(workerError(shard, failedReason)));
    } else this.completed(id, returnvalue);
  }

  /** Looks at all jobs that are waited for, again and again; gives up when the server stays silent. */
  private async watch(): Promise<void> {
    const { client, store, shown, patienceSeconds } = this.options;
    let [answered, looked, kept] = [Date.now(), Date.now(), Date.now()];
    while (!this.closing.signal.aborted) {
      await this.pause(Math.max(PING_MILLISECONDS, (1000 * this.waiting.size) / LOOKS_A_SECOND));
      if (!(await isAnswering(client))) {
        this.gone = Date.now();
        if (Date.now() - answered > 1000 * patienceSeconds) return this.giveUp(`none for ${patienceSeconds} s`);
        this.notice(() => `${shown} does not answer; waiting for it`);
        continue;
      }
      answered = Date.now();
      try {
        if (Date.now() - this.gone < DOUBT_MILLISECONDS || Date.now() - looked > LOOK_MILLISECONDS) {
          looked = Date.now();
          for (const id of [...this.waiting.keys()]) await this.look(id);
        }
        if (this.waiting.size === 0) continue;
        if (Date.now() - kept > KEEP_MILLISECONDS) {
          kept = Date.now();
          for (const sha256 of this.needed) await store.has(sha256);
        }
        const workers = await presentAt(client, "workers");
        if (!workers.some(isOfThese)) {
          const others = otherGenerations(workers);
          const there = others === "" ? "" : `; those there compute ${others}, and refuse it`;
          this.notice(() => `no worker at ${shown} computes ${OWN}${there}`);
        }
      } catch (error) {
        if (await isAnswering(client)) {
          this.failure.abort(error);
          return;
        }
      }
    }
  }

  private giveUp(got: string): void {
    try {
      failed(this.options.shown, "an answer", got);
    } catch (error) {
      this.failure.abort(error);
    }
  }

  /** Says something, not more often than every few seconds. */
  private notice(text: () => string): void {
    if (Date.now() - this.noticed < NOTICE_MILLISECONDS) return;
    this.noticed = Date.now();
    this.options.onNotice?.(text());
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.closing.signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.closing.signal.addEventListener("abort", end);
    });
  }
}
