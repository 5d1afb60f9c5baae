/** The norms in which a change can be small, and the length of a change in each. */

export const NORMS = ["l2", "linf", "l1", "l0"] as const;
export type NormName = (typeof NORMS)[number];

/** The length of row - image, in f64: sums run in ascending order; l0 counts the features that differ. */
export function lengthIn(norm: NormName, image: Float32Array, row: Float32Array): number {
  let total = 0;
  for (let i = 0; i < image.length; i++) {
    const r = Math.abs((row[i] as number) - (image[i] as number));
    if (norm === "linf") total = Math.max(total, r);
    else if (norm === "l2") total += r * r;
    else if (norm === "l1") total += r;
    else if (r !== 0) total++;
  }
  return norm === "l2" ? Math.sqrt(total) : total;
}
