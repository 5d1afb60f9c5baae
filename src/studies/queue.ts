/**
 * Items that workers take from memory they share: whoever is free takes the next few, so that none waits for the others. Which
 * worker takes an item changes no bit, since its result depends on the input and its position alone.
 */

/** Plain data in shared memory, as it is handed to each worker. */
export interface ItemQueue {
  /** i32[n], in the order in which they begin. */
  items: Int32Array;
  /** i32[blocks], the end of each block of items that are taken at once. */
  ends: Int32Array;
  /** i32[1], the number of blocks that were taken. */
  taken: Int32Array;
}

/** The largest blocks: enough rows for a batch of any network. */
const LARGEST_BLOCK = 64;
/** A block is this part of one worker's part of what is left, so that the last ones are small and the workers end together. */
const BLOCKS_AHEAD = 4;

/** Whether memory can be shared here. A page has to be cross-origin isolated for it. */
export function canShareMemory(): boolean {
  return typeof SharedArrayBuffer !== "undefined";
}

/** Ends of the blocks in which so many workers take `count` items: ever smaller ones, at last single items. */
export function blockEnds(count: number, workers: number): number[] {
  const ends: number[] = [];
  for (let at = 0; at < count; ) {
    at += Math.min(LARGEST_BLOCK, Math.ceil((count - at) / (BLOCKS_AHEAD * workers)));
    ends.push(at);
  }
  return ends;
}

export function itemQueue(items: readonly number[], workers: number): ItemQueue {
  const shared = (values: readonly number[]) => {
    const array = new Int32Array(new SharedArrayBuffer(4 * values.length));
    array.set(values);
    return array;
  };
  return { items: shared(items), ends: shared(blockEnds(items.length, workers)), taken: shared([0]) };
}

/** The next items, which no other worker gets; undefined where none are left. */
export function takeItems({ items, ends, taken }: ItemQueue): number[] | undefined {
  const block = Atomics.add(taken, 0, 1);
  if (block >= ends.length) return undefined;
  return [...items.subarray(block === 0 ? 0 : ends[block - 1], ends[block])];
}
