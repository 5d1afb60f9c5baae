/** An executor's shares on workers behind a queue. A job of the queue is small: its input and its result go through the store. */
import process from "node:process";
import { misplaced, requireOptions } from "../../check.ts";
import { requireSchema } from "../../schema.ts";
import type { Workers } from "../../studies/division.ts";
import { BITS, VERSION } from "../../version.ts";
import { jobKey } from "../key.ts";
import { decodeRecord, encodeRecord, type Plain } from "../record.ts";
import { openStore } from "../store/open.ts";
import { KEPT_SECONDS } from "../store/redis.ts";
import { findBlob, putBlob, type Traffic } from "../store/store.ts";
import { parseQueueAddress } from "./address.ts";
import { within } from "./answering.ts";
import { Asking } from "./ask.ts";
import { loadDrivers } from "./drivers.ts";
import { PREFIX, QUEUE, shardId, stateKey } from "./names.ts";
import { showPresence } from "./presence.ts";
import { RESULT, type Shard } from "./schemas.ts";
import { InputSender, type SentInput } from "./send-input.ts";
import { connect } from "./server.ts";
import { shardEnds } from "./shards.ts";

/** How jobs go over a queue to workers on other machines. */
export interface QueueOptions {
  /** redis://user:password@host:port/database, or rediss:// over TLS. */
  url: string;
  /** Where models, data and results travel: a folder that all machines see, or http(s)://; default the Redis of the queue. */
  store?: string;
  /** Items of a shard at most; default as many as their size suggests. Another number asks for other shards. */
  shard?: number;
  /** Seconds without an answer of the server after which the run gives up; default 300. */
  patienceSeconds?: number;
  /** Told what the user should know: that no worker is there, that the server is gone. */
  onNotice?: (text: string) => void;
}

/** Shards that are in the queue at once: enough for two thousand threads with one ahead. */
const SHARDS_AT_ONCE = 4096;

const CLOSE_MILLISECONDS = 1000;

/** What `prepare` makes of a job. */
interface Prepared extends SentInput {
  task: string;
  job: string;
  single: boolean;
}

/** Opens a queue; closing it leaves there what workers have begun, and what is finished. */
export async function openQueueCrew(options: QueueOptions): Promise<Workers & { close(): Promise<void> }> {
  requireOptions("queue", options, { url: true, store: true, shard: true, patienceSeconds: true, onNotice: true });
  const { shard: size, patienceSeconds = 300, onNotice } = options;
  const address = parseQueueAddress("queue", options.url, process.env);
  const drivers = await loadDrivers();
  const { client, disconnect } = await connect(drivers, address);
  const { named, store } = openStore("store", options.store, {
    client: () => client.duplicate(),
    shown: address.shown,
    prefix: PREFIX,
  });
  const queue = new drivers.bullmq.Queue<Shard>(QUEUE, { connection: client, prefix: PREFIX });
  const events = new drivers.bullmq.QueueEvents(QUEUE, { connection: client, prefix: PREFIX });
  queue.on("error", () => {}); // they wait for the server, and `Asking` says so
  events.on("error", () => {});
  await events.waitUntilReady();
  const traffic: Traffic = { stored: 0, fetched: 0 };
  const sender = new InputSender(store, traffic);
  const presence = showPresence(client, "coordinators", 0);
  const asking = new Asking({ client, queue, events, store, shown: address.shown, patienceSeconds, onNotice });
  const closing = new AbortController();

  async function resultOf(shard: Shard, signal: AbortSignal, onProgress: (value: unknown) => void) {
    const id = shardId(shard.job, shard.items);
    for (;;) {
      const answer = await asking.answerOf(shard, signal, onProgress);
      const content = await findBlob(store, answer, traffic).catch(async (error) => {
        await asking.forget(id); // the next run has it computed again
        throw error;
      });
      if (content) return requireSchema(`shard ${id.slice(0, 16)}`, RESULT, decodeRecord(content));
      await asking.forget(id); // it was finished, and its result has expired
    }
  }

  return {
    workers: SHARDS_AT_ONCE,
    takesQueues: false,
    async prepare(job): Promise<Prepared> {
      const sent = await sender.send(job);
      for (const sha256 of sent.blobs) asking.needed.add(sha256);
      return { ...sent, task: job.task, job: jobKey(job), single: job.share === "single" };
    },
    fixedShares({ items: count, order, share }, input) {
      const items = order ?? Array.from({ length: count }, (_, i) => i);
      if (share === "single") return items.map((item) => [item]);
      let first = 0;
      return shardEnds(count, (input as Prepared).partBytes, size).map((end) => {
        const some = items.slice(first, end);
        first = end;
        return some;
      });
    },
    async runShare(_, input, list, { signal: asked, resume, onMessage }) {
      const { task, job, single, ref } = input as Prepared;
      const items = [...(list as readonly number[])];
      const signal = AbortSignal.any([asked, closing.signal]);
      signal.throwIfAborted();
      if (resume !== undefined) {
        const state = await putBlob(store, encodeRecord(resume as Plain), traffic);
        await client.set(stateKey(shardId(job, items)), JSON.stringify(state), "EX", KEPT_SECONDS, "NX");
      }
      const head = { protocol: 1, version: VERSION, bits: BITS } as const;
      let last: Promise<void> = Promise.resolve();
      const done = await resultOf({ ...head, task, job, items, single, input: ref, store: named }, signal, (value) => {
        last = last.then(() => onMessage({ kind: "progress", value }));
      });
      await last;
      for (const [at, item] of done.items.entries()) {
        if (items.includes(item)) await onMessage({ kind: "item", item, value: done.results[at] });
      }
    },
    async close() {
      closing.abort(misplaced("pool", "an open one", "one that was closed"));
      await asking.close();
      await presence.leave();
      await within(CLOSE_MILLISECONDS, Promise.all([queue.close(), events.close()])); // a server that is gone is not waited for
      await store.close();
      disconnect();
    },
  };
}
