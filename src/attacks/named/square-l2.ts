/**
 * The patches of Square in L2: a window takes over the length that another window had, and what the ball has left, in the pattern
 * of two bumps of opposite signs that classifiers are most sensitive to (algorithm 4 and figure 3 of the paper).
 */

import type { Vector } from "../row-space.ts";
import type { Picture } from "./picture.ts";
import type { AttackRow } from "./row.ts";

/** Draws of one step: whole numbers below a bound, and signs. */
export interface Draws {
  below(bound: number): number;
  sign(): 1 | -1;
}

/** Windows are not smaller than this. */
const LEAST_SIDE = 3;
const TINY = 1e-12;

/** The start: bumps of alternating sign on a grid of 5 x 5, of length epsilon together. */
export function startL2(
  { size, image }: AttackRow,
  picture: Picture,
  x: Vector,
  { epsilon, draws }: { epsilon: number; draws: Draws },
): void {
  const { height, width, channels } = picture;
  const side = Math.max(1, Math.floor(Math.min(height, width) / 5));
  const r = x.values.fill(0);
  for (let top = 0; top + side <= height; top += side) {
    for (let left = 0; left + side <= width; left += side) {
      const isTurned = draws.sign() > 0;
      for (let c = 0; c < channels; c++) {
        const sign = draws.sign();
        for (let i = 0; i < side; i++) {
          for (let j = 0; j < side; j++) {
            r[((top + i) * width + left + j) * channels + c] = sign * bumps(side, isTurned ? j : i, isTurned ? i : j);
          }
        }
      }
    }
  }
  const length = Math.sqrt(r.reduce((sum, v) => sum + v * v, 0));
  for (let i = 0; i < size; i++) r[i] = (image.values[i] as number) + (epsilon / (length + TINY)) * (r[i] as number);
}

/** A step: the window at one place gets the lengths of both windows, that at the other becomes the image. */
export function patchL2(
  { size, image }: AttackRow,
  picture: Picture,
  x: Vector,
  { epsilon, share, draws }: { epsilon: number; share: number; draws: Draws },
): void {
  const { height, width, channels } = picture;
  const rounded = Math.max(Math.round(Math.sqrt(share * height * width)), LEAST_SIDE);
  const odd = rounded + 1 - (rounded % 2);
  const side = Math.min(odd, height, width);
  const place = () => ({ top: draws.below(height - side + 1), left: draws.below(width - side + 1) });
  const [to, from] = [place(), place()];
  const isTurned = draws.sign() > 0;
  const isIn = ({ top, left }: { top: number; left: number }, line: number, column: number) =>
    line >= top && line < top + side && column >= left && column < left + side;

  // The change itself, until the end.
  const r = x.values;
  let squares = 0;
  for (let i = 0; i < size; i++) {
    r[i] = (r[i] as number) - (image.values[i] as number);
    squares += (r[i] as number) * (r[i] as number);
  }
  const unused = Math.max(epsilon * epsilon - squares, 0) / channels;
  for (let c = 0; c < channels; c++) {
    let [window, both] = [0, 0];
    for (let line = 0; line < height; line++) {
      for (let column = 0; column < width; column++) {
        const v = r[(line * width + column) * channels + c] as number;
        if (isIn(to, line, column)) window += v * v;
        if (isIn(to, line, column) || isIn(from, line, column)) both += v * v;
      }
    }
    const sign = draws.sign();
    /** What the window holds before it has its length: the pattern, and what was there. */
    const wanted = (i: number, j: number, v: number) =>
      sign * bumps(side, isTurned ? j : i, isTurned ? i : j) + v / (TINY + Math.sqrt(window));
    let length = 0;
    for (let i = 0; i < side; i++) {
      for (let j = 0; j < side; j++) {
        const w = wanted(i, j, r[((to.top + i) * width + to.left + j) * channels + c] as number);
        length += w * w;
      }
    }
    const factor = Math.sqrt(unused + both) / (TINY + Math.sqrt(length));
    for (let line = 0; line < height; line++) {
      for (let column = 0; column < width; column++) {
        const at = (line * width + column) * channels + c;
        if (isIn(to, line, column)) r[at] = factor * wanted(line - to.top, column - to.left, r[at] as number);
        else if (isIn(from, line, column)) r[at] = 0;
      }
    }
  }
  squares = 0;
  for (let i = 0; i < size; i++) squares += (r[i] as number) * (r[i] as number);
  const factor = squares > 0 ? epsilon / Math.sqrt(squares) : 0;
  for (let i = 0; i < size; i++) r[i] = (image.values[i] as number) + factor * (r[i] as number);
}

/** Number (i, j) of the pattern of a side: a bump in the upper half, another of the other sign in the lower, of length 1 together. */
function bumps(side: number, i: number, j: number): number {
  return (patterns.get(side) ?? keepPattern(side))[i * side + j] as number;
}

const patterns = new Map<number, Float64Array>();

function keepPattern(side: number): Float64Array {
  const half = Math.floor(side / 2);
  const [upper, lower] = [bump(half, side), bump(side - half, side)];
  const pattern = Float64Array.from([...upper, ...lower.map((v) => -v)]);
  const length = Math.sqrt(pattern.reduce((sum, v) => sum + v * v, 0));
  const scaled = pattern.map((v) => v / length);
  patterns.set(side, scaled);
  return scaled;
}

/** Nested rectangles around the middle, ring r adding 1 / (r + 1)^2, of length 1   [equation 2 of the paper]. */
function bump(height: number, width: number): Float64Array {
  const found = new Float64Array(height * width);
  const [middleI, middleJ] = [Math.floor(height / 2), Math.floor(width / 2)];
  for (let ring = 0; ring < Math.max(middleI + 1, middleJ + 1); ring++) {
    for (let i = Math.max(0, middleI - ring); i <= Math.min(height - 1, middleI + ring); i++) {
      for (let j = Math.max(0, middleJ - ring); j <= Math.min(width - 1, middleJ + ring); j++) {
        found[i * width + j] = (found[i * width + j] as number) + 1 / ((ring + 1) * (ring + 1));
      }
    }
  }
  const length = Math.sqrt(found.reduce((sum, v) => sum + v * v, 0));
  return found.map((v) => v / (length + TINY));
}
