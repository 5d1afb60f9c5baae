/**
 * Shards on the threads of a worker. Each thread is a lane. Shards of one input follow one another in a lane without a gap: the
 * thread takes the next one's items while the last ones of the shard before are still computed, so that nothing is built anew
 * and no batch runs dry. A shard that is tried again, or is one long item, has a lane to itself: if it fails, no other shard
 * fails with it.
 */
import { aborted, misplaced } from "../../check.ts";
import type { ShareMessage } from "../../studies/division.ts";
import { addBlock, blocksLeft, growingQueue, type ItemQueue } from "../../studies/queue.ts";
import type { Threads } from "../threads.ts";

export interface LaneShard {
  task: string;
  /** What threads take; shards with the same one may follow one another. */
  input: unknown;
  items: readonly number[];
  /** Whether it has a lane to itself. */
  isAlone: boolean;
  /** The state of a long item, from which it goes on. */
  resume?: unknown;
  onProgress(value: unknown): void;
  onState(item: number, state: unknown): void;
}

/** A shard that was handed back: nobody has failed, and another worker may take it. */
export class HandedBackError extends Error {
  override name = "HandedBackError";
}

interface Placed {
  shard: LaneShard;
  /** Results, by item. */
  results: Map<number, unknown>;
  resolve(results: ReadonlyMap<number, unknown>): void;
  reject(error: unknown): void;
}

interface Lane {
  task: string;
  input: unknown;
  /** Undefined where the one shard has the lane to itself. */
  feed: ItemQueue | undefined;
  placed: Placed[];
}

/** Room of a lane's feed. When it is full, the lane ends and begins anew. */
const FEED_BLOCKS = 1024;
const FEED_ITEMS = 2 ** 18;

export class Lanes {
  private readonly threads: Threads;
  private readonly lanes = new Set<Lane>();
  private readonly waiting: Placed[] = [];
  private readonly stopping = new AbortController();

  constructor(threads: Threads) {
    this.threads = threads;
  }

  /** The results of a shard's items. */
  run(shard: LaneShard): Promise<ReadonlyMap<number, unknown>> {
    return new Promise((resolve, reject) => {
      if (this.stopping.signal.aborted) return reject(this.stopping.signal.reason);
      this.waiting.push({ shard, results: new Map(), resolve, reject });
      this.place();
    });
  }

  /** Whether one more shard would be computed soon: a lane is free, or goes on with short ones and has nothing ahead. */
  get hasRoom(): boolean {
    if (this.waiting.length > 0) return false;
    return (
      this.lanes.size < this.threads.workers || [...this.lanes].some((lane) => lane.feed && blocksLeft(lane.feed) === 0)
    );
  }

  /** Shards that a thread has not begun, or has. */
  get active(): number {
    return this.waiting.length + [...this.lanes].reduce((sum, { placed }) => sum + placed.length, 0);
  }

  /** Hands back the shards that no thread has begun. */
  handBackWaiting(): void {
    for (const one of this.waiting.splice(0)) one.reject(new HandedBackError("not begun"));
  }

  /** Hands back everything; long items save their states first. */
  stop(): void {
    this.stopping.abort(new HandedBackError("stopped"));
    for (const one of this.waiting.splice(0)) one.reject(this.stopping.signal.reason);
  }

  private place(): void {
    for (let at = 0; at < this.waiting.length; ) {
      if (this.placeOne(this.waiting[at] as Placed)) this.waiting.splice(at, 1);
      else at++;
    }
  }

  private placeOne(one: Placed): boolean {
    const { task, input, items, isAlone } = one.shard;
    if (!isAlone) {
      for (const lane of this.lanes) {
        if (lane.input !== input || lane.task !== task || !lane.feed || blocksLeft(lane.feed) > 0) continue;
        if (this.lanes.size < this.threads.workers) continue; // a free thread is better
        if (addBlock(lane.feed, items)) {
          lane.placed.push(one);
          return true;
        }
      }
    }
    if (this.lanes.size >= this.threads.workers) return false;
    const feed = isAlone ? undefined : growingQueue(FEED_BLOCKS, FEED_ITEMS);
    if (feed) addBlock(feed, items);
    const lane: Lane = { task, input, feed, placed: [one] };
    this.lanes.add(lane);
    this.drive(lane);
    return true;
  }

  /** Runs a lane until its thread finds nothing more in it. */
  private async drive(lane: Lane): Promise<void> {
    const { task, input, feed } = lane;
    const [first] = lane.placed as [Placed];
    const items = feed ?? first.shard.items;
    const { resume } = first.shard;
    try {
      do {
        await this.threads.runShare(task, input, items, {
          signal: this.stopping.signal,
          ...(resume !== undefined && { resume }),
          onMessage: (message) => this.receive(lane, message),
        });
      } while (feed && blocksLeft(feed) > 0); // it came after the thread had looked for it
      for (const { reject } of lane.placed) reject(misplaced(`task ${task}`, "a result of each item", "none of some"));
    } catch (error) {
      const begun = feed ? lane.placed.length - blocksLeft(feed) : lane.placed.length;
      for (const [at, { reject }] of lane.placed.entries()) {
        reject(at < begun ? error : new HandedBackError("not begun"));
      }
    } finally {
      this.lanes.delete(lane);
      this.place();
    }
  }

  private receive(lane: Lane, message: ShareMessage): void {
    if (message.kind === "progress") lane.placed[0]?.shard.onProgress(message.value);
    else if (message.kind === "state") lane.placed[0]?.shard.onState(message.item, message.value);
    else this.receiveItem(lane, message);
  }

  private receiveItem(lane: Lane, { item, value }: ShareMessage & { kind: "item" }): void {
    const at = lane.placed.findIndex(({ shard, results }) => shard.items.includes(item) && !results.has(item));
    const one = lane.placed[at];
    if (!one) throw aborted(`task ${lane.task}: item ${item} of no shard`);
    one.results.set(item, value);
    if (one.results.size === one.shard.items.length) {
      lane.placed.splice(at, 1);
      one.resolve(one.results);
    }
    this.place();
  }
}
