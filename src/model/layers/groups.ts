/** A batch in groups of images that stay in the second-level cache while they are worked on. */

/** Bytes that a group takes at most, unless one image takes more. */
const GROUP_BYTES = 256 * 2 ** 10;

/** Images of so many bytes in a group. */
export function groupSize(bytesPerImage: number): number {
  return Math.max(1, Math.floor(GROUP_BYTES / bytesPerImage));
}

/** Calls `use(first image, images)` for group after group. */
export function eachGroup(rows: number, group: number, use: (first: number, n: number) => void): void {
  for (let first = 0; first < rows; first += group) use(first, Math.min(group, rows - first));
}
