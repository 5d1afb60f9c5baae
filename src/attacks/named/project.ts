/** Projections that attacks share: onto the box of a row, and onto a ball of any radius around its image. */
import type { AttackRow, Vector } from "./row.ts";

/** Takes x to the nearest point of a box, which is that of the row where no other is given. */
export function clampTo({ size }: AttackRow, x: Vector, lower: Vector, upper: Vector): void {
  const [at, low, high] = [x.values, lower.values, upper.values];
  for (let i = 0; i < size; i++) at[i] = Math.min(Math.max(at[i] as number, low[i] as number), high[i] as number);
}

/** Takes x to the nearest point of the L2 ball around the image: x0 + (x - x0) min(1, radius / |x - x0|). */
export function projectL2({ kernels, n, size, image }: AttackRow, x: Vector, radius: number): void {
  const length = Math.sqrt(kernels.squared_distance_f64(n, x.at, image.at));
  if (length <= radius) return;
  const share = radius / length;
  const [at, from] = [x.values, image.values];
  for (let i = 0; i < size; i++) at[i] = (from[i] as number) + share * ((at[i] as number) - (from[i] as number));
}

/**
 * Takes x to the nearest point of the L1 ball around the image: r = x - x0 is shrunk to sgn(r) max(|r| - t, 0), with the t at which
 * the sum is the radius (Duchi et al., ICML 2008). The sum is a convex piecewise linear function of t, so Newton's steps from 0
 * climb to that t and stop there: each leaves out at least one component more (Michelot, JOTA 1986).
 */
export function projectL1({ size, image }: AttackRow, x: Vector, radius: number): void {
  const [at, from] = [x.values, image.values];
  let threshold = 0;
  for (let before = size + 1; ; ) {
    let [sum, count] = [0, 0];
    for (let i = 0; i < size; i++) {
      const r = Math.abs((at[i] as number) - (from[i] as number));
      if (r > threshold) {
        sum += r;
        count++;
      }
    }
    if (count === before || count === 0 || sum - count * threshold <= radius) break;
    threshold = (sum - radius) / count;
    before = count;
  }
  if (threshold === 0) return;
  for (let i = 0; i < size; i++) {
    const r = (at[i] as number) - (from[i] as number);
    const left = Math.max(Math.abs(r) - threshold, 0);
    at[i] = (from[i] as number) + (r < 0 ? -left : left);
  }
}
