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
  /** i32[1], the number of blocks that may be taken. It rises where items come while others are computed. */
  open: Int32Array;
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

function shared(length: number, values: readonly number[] = []): Int32Array {
  const array = new Int32Array(new SharedArrayBuffer(4 * length));
  array.set(values);
  return array;
}

export function itemQueue(items: readonly number[], workers: number): ItemQueue {
  const ends = blockEnds(items.length, workers);
  return {
    items: shared(items.length, items),
    ends: shared(ends.length, ends),
    taken: shared(1),
    open: shared(1, [ends.length]),
  };
}

/** The next items, which no other worker gets; undefined where none are left. */
export function takeItems({ items, ends, taken, open }: ItemQueue): number[] | undefined {
  for (;;) {
    const block = Atomics.load(taken, 0);
    if (block >= Atomics.load(open, 0)) return undefined;
    if (Atomics.compareExchange(taken, 0, block, block + 1) !== block) continue;
    return [...items.subarray(block === 0 ? 0 : ends[block - 1], ends[block])];
  }
}

/** A queue without items, to which `addBlock` adds at most so many blocks and items. */
export function growingQueue(blocks: number, items: number): ItemQueue {
  return { items: shared(items), ends: shared(blocks), taken: shared(1), open: shared(1) };
}

/** Adds items that are taken at once; false where there is no room for them. Only one thread adds. */
export function addBlock({ items, ends, open }: ItemQueue, some: readonly number[]): boolean {
  const block = Atomics.load(open, 0);
  const start = block === 0 ? 0 : (ends[block - 1] as number);
  if (block === ends.length || start + some.length > items.length) return false;
  items.set(some, start);
  ends[block] = start + some.length;
  Atomics.store(open, 0, block + 1);
  return true;
}

/** Blocks that nobody has taken. */
export function blocksLeft({ taken, open }: ItemQueue): number {
  return Atomics.load(open, 0) - Atomics.load(taken, 0);
}
