/** What a worker does with a shard: checks it, fetches its input, has it computed, stores the result. */
import type { Redis } from "ioredis";
import { codeOf, ERROR_CODES, outOfRange } from "../../check.ts";
import { requireSchema } from "../../schema.ts";
import { TASKS } from "../../studies/tasks/index.ts";
import { BITS, VERSION } from "../../version.ts";
import { decodeRecord, encodeRecord, type Plain } from "../record.ts";
import { KEPT_SECONDS } from "../store/redis.ts";
import { type BlobRef, type BlobStore, findBlob, putBlob, type Traffic } from "../store/store.ts";
import type { HeldInputs } from "./held-inputs.ts";
import type { Lanes } from "./lanes.ts";
import { resultKey, shardId, stateKey } from "./names.ts";
import { OWN } from "./presence.ts";
import { ANSWER, SHARD, type Shard } from "./schemas.ts";

export interface ShardContext {
  client: Redis;
  lanes: Lanes;
  inputs: HeldInputs;
  traffic: Traffic;
  /** The store that a shard names; throws for one that this worker does not use. */
  storeOf(named: string): BlobStore;
}

/** A shard as it came, and how often it was tried before. */
export interface Arrived {
  id: string;
  data: unknown;
  triedBefore: number;
  /** Called when it is to be computed, unless its result is known. */
  onBegin(shard: Shard, isResumed: boolean): void;
  onProgress(value: unknown): void;
}

/** A shard that holds what it says: of these bits, of a task that there is, under its own digest. */
export function requireShard(id: string, data: unknown): Shard {
  const subject = `shard ${id.slice(0, 16)}`;
  const shard = requireSchema(subject, SHARD, data);
  if (shard.bits !== BITS || shard.version !== VERSION) {
    outOfRange(subject, OWN, `bits ${shard.bits} of version ${shard.version}`);
  }
  if (!Object.hasOwn(TASKS, shard.task))
    outOfRange(`${subject}: task`, Object.keys(TASKS).join(", "), JSON.stringify(shard.task));
  if (new Set(shard.items).size < shard.items.length) outOfRange(`${subject}: items`, "each item once", "one twice");
  if (shard.single && shard.items.length > 1) outOfRange(`${subject}: items`, "one item", `${shard.items.length}`);
  const own = shardId(shard.job, shard.items);
  if (own !== id) outOfRange(subject, `the id ${own.slice(0, 16)} of its job and items`, id.slice(0, 16));
  return shard;
}

/** Whether the same shard would be refused again: what came in is wrong, and no other try changes that. */
export function isRefusal(error: unknown): boolean {
  const code = codeOf(error);
  return code === ERROR_CODES.TYPE || code === ERROR_CODES.RANGE || code === ERROR_CODES.OPTION;
}

/** Where the result of a shard lies: computed now, or found, where somebody has computed it already. */
export async function processShard(
  { id, data, triedBefore, onBegin, onProgress }: Arrived,
  context: ShardContext,
): Promise<BlobRef> {
  const { client, lanes, inputs, traffic, storeOf } = context;
  const shard = requireShard(id, data);
  const store = storeOf(shard.store);
  const known = await client.get(resultKey(id));
  if (known !== null) {
    const ref = requireSchema(`shard ${id.slice(0, 16)}: result`, ANSWER, JSON.parse(known));
    if (await store.has(ref.sha256)) return ref;
  }
  const resume = shard.single ? await savedState(id, store, context) : undefined;
  onBegin(shard, resume !== undefined);
  const input = await inputs.open(store, shard.input);
  await input.need(shard.items);
  const states = new StateSaver((state) => saveState(id, state, store, context));
  const results = await lanes
    .run({
      task: shard.task,
      input: input.shared,
      items: shard.items,
      isAlone: shard.single || triedBefore > 0,
      resume,
      onProgress,
      onState: (_, state) => states.save(state),
    })
    .finally(() => states.saved());
  const items = [...results.keys()].sort((a, b) => a - b);
  const result = { job: shard.job, items, results: items.map((item) => results.get(item)) };
  const ref = await putBlob(store, encodeRecord(result as unknown as Plain), traffic);
  await client.set(resultKey(id), JSON.stringify(ref), "EX", KEPT_SECONDS);
  if (shard.single) await client.del(stateKey(id));
  return ref;
}

/** Saves one state after another. Of those that come meanwhile only the newest is saved. */
class StateSaver {
  private readonly write: (state: unknown) => Promise<void>;
  private next: { state: unknown } | undefined;
  private running: Promise<void> | undefined;
  private failure: { error: unknown } | undefined;

  constructor(write: (state: unknown) => Promise<void>) {
    this.write = write;
  }

  save(state: unknown): void {
    this.next = { state };
    this.running ??= this.run().catch((error) => {
      this.failure ??= { error };
    });
  }

  /** Waits for what is being saved; throws what failed. */
  async saved(): Promise<void> {
    await this.running;
    if (this.failure) throw this.failure.error;
  }

  private async run(): Promise<void> {
    while (this.next) {
      const { state } = this.next;
      this.next = undefined;
      await this.write(state);
    }
    this.running = undefined;
  }
}

async function saveState(
  id: string,
  state: unknown,
  store: BlobStore,
  { client, traffic }: ShardContext,
): Promise<void> {
  const before = await client.get(stateKey(id));
  const ref = await putBlob(store, encodeRecord(state as Plain), traffic);
  await client.set(stateKey(id), JSON.stringify(ref), "EX", KEPT_SECONDS);
  if (before !== null && JSON.parse(before).sha256 !== ref.sha256) await store.drop(JSON.parse(before).sha256);
}

async function savedState(id: string, store: BlobStore, { client, traffic }: ShardContext): Promise<unknown> {
  const kept = await client.get(stateKey(id));
  if (kept === null) return undefined;
  const content = await findBlob(
    store,
    requireSchema(`shard ${id.slice(0, 16)}: state`, ANSWER, JSON.parse(kept)),
    traffic,
  );
  return content && decodeRecord(content);
}
