/** How far a linear model must go when the features that gain most go first. */

/**
 * The least sum of lengths of features whose gains make up for what is missing: they are taken by falling key, the last of
 * them in part. Infinite where all together fall short. The arrays are reordered.
 *
 * @param keys of the features, at least 0; equal keys are taken together, each in the same part
 */
export function lengthToReach(
  keys: Float64Array,
  gains: Float64Array,
  lengths: Float64Array,
  count: number,
  missing: number,
): number {
  let [from, to] = [0, count];
  let length = 0;
  let lacking = missing;
  // Those before `from` are taken, those from `to` on are not: the keys between are halved until one is left.
  while (lacking > 0 && from < to) {
    const pivot = keys[(from + to) >> 1] as number;
    let [above, equal] = [from, from];
    let [gainAbove, lengthAbove, gainEqual, lengthEqual] = [0, 0, 0, 0];
    for (let i = from; i < to; i++) {
      const key = keys[i] as number;
      if (key < pivot) continue;
      const gain = gains[i] as number;
      const size = lengths[i] as number;
      swap(keys, gains, lengths, i, equal);
      if (key > pivot) {
        swap(keys, gains, lengths, equal, above++);
        gainAbove += gain;
        lengthAbove += size;
      } else {
        gainEqual += gain;
        lengthEqual += size;
      }
      equal++;
    }
    if (gainAbove >= lacking && above > from) {
      to = above;
      continue;
    }
    length += lengthAbove;
    lacking -= gainAbove;
    if (gainEqual >= lacking) return length + lengthEqual * (lacking / gainEqual);
    length += lengthEqual;
    lacking -= gainEqual;
    from = equal;
  }
  return lacking > 0 ? Number.POSITIVE_INFINITY : length;
}

function swap(keys: Float64Array, gains: Float64Array, lengths: Float64Array, i: number, j: number): void {
  if (i === j) return;
  const [key, gain, length] = [keys[i] as number, gains[i] as number, lengths[i] as number];
  keys[i] = keys[j] as number;
  gains[i] = gains[j] as number;
  lengths[i] = lengths[j] as number;
  keys[j] = key;
  gains[j] = gain;
  lengths[j] = length;
}
