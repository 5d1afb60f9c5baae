/** Projections that attacks share: onto the box of a row, and onto a ball of any radius around its image, L0 included. */
import type { RowSpace, Vector } from "./row-space.ts";

/** Takes x to the nearest point of a box, which is that of the row where no other is given. */
export function clampTo({ kernels, n }: RowSpace, x: Vector, lower: Vector, upper: Vector): void {
  kernels.clamp_f64(n, lower.at, upper.at, x.at);
}

/** Takes x to the nearest point of the L2 ball around the image: x0 + (x - x0) min(1, radius / |x - x0|). */
export function projectL2({ kernels, n, image }: RowSpace, x: Vector, radius: number): void {
  const length = Math.sqrt(kernels.squared_distance_f64(n, x.at, image.at));
  if (length > radius) kernels.contract_f64(n, radius / length, image.at, x.at);
}

/**
 * Takes x to the nearest point of the L1 ball around the image.
 *
 * @param scratch overwritten
 */
export function projectL1({ kernels, n, image }: RowSpace, x: Vector, radius: number, scratch: Vector): void {
  kernels.project_l1_f64(n, radius, image.at, x.at, scratch.at);
}

/** Writes the corner of the box that is farthest from the image. */
export function farthestCorner({ size, image, lower, upper }: RowSpace, corner: Vector): void {
  const [from, low, high, to] = [image.values, lower.values, upper.values, corner.values];
  for (let i = 0; i < size; i++) {
    const x = from[i] as number;
    to[i] = (x - (low[i] as number) > (high[i] as number) - x ? low[i] : high[i]) as number;
  }
}
