/** Bounds that follow from where windows lie: pooling, and layers whose every position has weights of its own. */
import type { Window } from "../../model/layers/window.ts";
import { type Bracket, exactly, times, up } from "../../numeric/rounding.ts";
import { matrixNorm } from "../norms/matrix-norm.ts";

/** One side of a window that slides over an image: outputs, taps, stride, and where the first tap of the first output is. */
export interface Side {
  readonly size: number;
  readonly outputs: number;
  readonly taps: number;
  readonly stride: number;
  readonly start: number;
}

/** The sides of a window without dilation. */
export function sidesOf({ h, w, oh, ow, kh, kw, sh, sw, top, left }: Window): [rows: Side, columns: Side] {
  return [
    { size: h, outputs: oh, taps: kh, stride: sh, start: -top },
    { size: w, outputs: ow, taps: kw, stride: sw, start: -left },
  ];
}

/** The inputs of an output, from first up to, not including, end. */
function reachOf({ size, taps, stride, start }: Side, output: number): [first: number, end: number] {
  const from = start + output * stride;
  return [Math.max(0, from), Math.min(size, from + taps)];
}

/** Of how many windows an input is a part, at most. */
export function overlap(side: Side): number {
  const counts = new Int32Array(side.size);
  for (let o = 0; o < side.outputs; o++) {
    const [first, end] = reachOf(side, o);
    for (let i = first; i < end; i++) counts[i] = (counts[i] as number) + 1;
  }
  return counts.reduce((most, count) => Math.max(most, count), 0);
}

/**
 * Average pooling, which is the product of one mean along the rows and one along the columns, each the small matrix it is. Its
 * weights are rounded to single precision, which the bracket holds.
 */
export function averageNorm(rows: Side, columns: Side): Bracket {
  return times(averageSide(rows), averageSide(columns));
}

function averageSide(side: Side): Bracket {
  const { size, outputs } = side;
  const matrix = new Float32Array(size * outputs);
  for (let o = 0; o < outputs; o++) {
    const [first, end] = reachOf(side, o);
    for (let i = first; i < end; i++) matrix[i * outputs + o] = 1 / (end - first);
  }
  const { lower, upper } = matrixNorm(matrix, size, outputs);
  // The matrix has no negative element: weights larger by 2^-24 of themselves have a norm larger by as much.
  return { lower: lower * (1 - 2 ** -23), upper: upper * (1 + 2 ** -23) };
}

/**
 * sqrt of the largest sum, over the inputs, of the squares of what their windows may do: |y|^2 = sum_p |y_p|^2 <= sum_p s_p^2 |x_p|^2,
 * where the x_p share inputs.
 *
 * @param stretch upper bound of each window's own stretch, [outputs of rows, outputs of columns]
 */
export function overlappingBound(rows: Side, columns: Side, stretch: (position: number) => number): number {
  const sums = new Float64Array(rows.size * columns.size);
  for (let i = 0; i < rows.outputs; i++) {
    const [top, bottom] = reachOf(rows, i);
    for (let j = 0; j < columns.outputs; j++) {
      const [left, right] = reachOf(columns, j);
      const s = stretch(i * columns.outputs + j);
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) sums[y * columns.size + x] = (sums[y * columns.size + x] as number) + s * s;
      }
    }
  }
  const most = sums.reduce((a, b) => Math.max(a, b), 0);
  return up(Math.sqrt(most * (1 + 2 ** -40)));
}

/**
 * Maximum pooling and L2 pooling: sqrt(q), q the windows that an input is in at most. Reached, where one input is the largest of
 * all its windows.
 */
export function poolingNorm(rows: Side, columns: Side): Bracket {
  const q = overlap(rows) * overlap(columns);
  const root = Math.sqrt(q);
  return Number.isInteger(root) ? exactly(root) : { lower: root * (1 - 2 ** -52), upper: up(root) };
}
