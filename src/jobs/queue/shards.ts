/**
 * The shards of a job: they follow from the number of items and their size alone, so that whoever asks for the same job asks
 * for the same shards, and finds those that are finished. They grow smaller at the end, so that the workers end together.
 */

/** Rows of a shard take so many bytes at most: a shard of large images, which take long, has few. */
const SHARD_BYTES = 2 ** 20;
const LARGEST_SHARD = 256;
/** At least so many shards, where there are items enough. */
const LEAST_SHARDS = 32;

/** Ends of the shards of `count` items, of which each reads `itemBytes` bytes of its own; `size` sets the largest. */
export function shardEnds(count: number, itemBytes: number, size?: number): number[] {
  const fitting = itemBytes === 0 ? LARGEST_SHARD : Math.floor(SHARD_BYTES / itemBytes);
  const usual = Math.max(1, Math.min(LARGEST_SHARD, fitting, Math.ceil(count / LEAST_SHARDS)));
  const full = size ?? usual;
  const ends: number[] = [];
  for (let at = 0; at < count; ) {
    const left = count - at;
    const parts = left > 2 * full ? 1 : left > full ? 2 : left > full / 2 ? 4 : 8;
    at += Math.min(left, Math.ceil(full / parts));
    ends.push(at);
  }
  return ends;
}
