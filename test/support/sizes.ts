/** Sizes that straddle a tile: one, below, at, above, whole, ragged. `around(4)` is 1, 3, 4, 5, 8, 13. */
export function around(tile: number): number[] {
  return [1, tile - 1, tile, tile + 1, 2 * tile, 3 * tile + 1];
}
