/** Random numbers that belong to a row: keyed by what the row holds. */

/** A 32-bit hash of a row's bits (FNV-1a over words).   [Fowler, Noll & Vo, draft-eastlake-fnv] */
export function hashOfRow(row: Float32Array): number {
  const words = new Uint32Array(row.buffer, row.byteOffset, row.length);
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ (words[i] as number), 0x01000193);
  return hash >>> 0;
}
