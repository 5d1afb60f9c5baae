/** The names under which Blindspot keeps what it keeps in Redis. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../../data/canonical-json.ts";
import { BITS, VERSION } from "../../version.ts";

/** Before every key. */
export const PREFIX = "blindspot";

/** Jobs of other bits, or of another version, stand in a queue of their own: no worker gets what it would have to refuse. */
export const QUEUE = `bits-${BITS}-version-${VERSION}`;

/** By what a shard is known, to everybody: its job and its items. */
export function shardId(job: string, items: readonly number[]): string {
  return createHash("sha256").update(canonicalJson({ job, items })).digest("hex");
}

/** Where a shard's result lies; and the last saved state of a long one. Each holds the JSON of a reference to a blob. */
export const resultKey = (shard: string): string => `${PREFIX}:result:${shard}`;
export const stateKey = (shard: string): string => `${PREFIX}:state:${shard}`;
