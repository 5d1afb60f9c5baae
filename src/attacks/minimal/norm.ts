/** The norms in which a change can be small, and the length of a change in each. */

export const NORMS = ["l2", "linf", "l1", "l0"] as const;
/**
 * How a change is measured: its Euclidean length, its largest, its sum of magnitudes, or the number of changed
 * features.
 */
export type NormName = (typeof NORMS)[number];

/** The length of row - image, in f64: sums run in ascending order; l0 counts the features that differ. */
export function lengthIn(norm: NormName, image: Float32Array, row: Float32Array): number {
  return LENGTHS[norm](image, row);
}

/** A loop each, because one that asks for the norm at every feature takes as long as a small network. */
const LENGTHS: Readonly<Record<NormName, (image: Float32Array, row: Float32Array) => number>> = {
  l2: (image, row) => {
    let squares = 0;
    for (let i = 0; i < image.length; i++) {
      const r = (row[i] as number) - (image[i] as number);
      squares += r * r;
    }
    return Math.sqrt(squares);
  },
  linf: (image, row) => {
    let most = 0;
    for (let i = 0; i < image.length; i++) {
      const r = Math.abs((row[i] as number) - (image[i] as number));
      if (r > most) most = r;
    }
    return most;
  },
  l1: (image, row) => {
    let sum = 0;
    for (let i = 0; i < image.length; i++) sum += Math.abs((row[i] as number) - (image[i] as number));
    return sum;
  },
  l0: (image, row) => {
    let count = 0;
    for (let i = 0; i < image.length; i++) if (row[i] !== image[i]) count++;
    return count;
  },
};
