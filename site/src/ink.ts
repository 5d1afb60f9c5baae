/**
 * Ink on 28 x 28 pixels: a stroke as MNIST's digits have it, about two pixels wide with soft edges, in the 16 levels that links
 * hold. It is drawn here, not by the canvas, so that every browser has the same pixels.
 */
import { inLevels } from "./drawing-text.ts";

export const SIDE = 28;
/** Where ink is full, and where it ends, in pixels from the middle of the stroke. */
const CORE = 0.75;
const EDGE = 1.6;

export interface Spot {
  x: number;
  y: number;
}

/** Adds a stroke from one spot to another, in pixels of the image. */
export function addStroke(pixels: Uint8Array, from: Spot, to: Spot): void {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squared = dx * dx + dy * dy;
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const [x, y] = [column + 0.5 - from.x, row + 0.5 - from.y];
      const along = squared === 0 ? 0 : Math.min(1, Math.max(0, (x * dx + y * dy) / squared));
      const distance = Math.sqrt((x - along * dx) ** 2 + (y - along * dy) ** 2);
      const ink = inLevels(255 * Math.min(1, Math.max(0, (EDGE - distance) / (EDGE - CORE))));
      const at = row * SIDE + column;
      if (ink > (pixels[at] as number)) pixels[at] = ink;
    }
  }
}

/** The drawing moved by whole pixels so that the middle of its ink is in the middle of the image, as MNIST's digits have it. */
export function centred(pixels: Uint8Array): Uint8Array {
  let [sum, x, y] = [0, 0, 0];
  pixels.forEach((ink, at) => {
    sum += ink;
    x += ink * (at % SIDE);
    y += ink * Math.floor(at / SIDE);
  });
  if (sum === 0) return pixels.slice();
  const [right, down] = [x, y].map((moment) => Math.round((SIDE - 1) / 2 - moment / sum)) as [number, number];
  const moved = new Uint8Array(pixels.length);
  pixels.forEach((ink, at) => {
    const [column, row] = [(at % SIDE) + right, Math.floor(at / SIDE) + down];
    if (column >= 0 && column < SIDE && row >= 0 && row < SIDE) moved[row * SIDE + column] = ink;
  });
  return moved;
}
