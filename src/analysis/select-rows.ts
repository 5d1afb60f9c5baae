import { requireInteger, requireLabels, requireRows } from "../check.ts";

/**
 * The rows for which `which` is 1, in their order: f32[m, inputSize], where m may be 0. Throws where `which` is not
 * one 0 or 1 a row.
 */
export function selectRows(rows: Float32Array, inputSize: number, which: ArrayLike<number>): Float32Array<ArrayBuffer> {
  requireInteger("inputSize", inputSize, 1);
  requireLabels("which", which, requireRows("rows", rows, inputSize), 2);
  const chosen = Array.from(which, (_, i) => i).filter((i) => which[i] === 1);
  const selected = new Float32Array(chosen.length * inputSize);
  chosen.forEach((row, i) => {
    selected.set(rows.subarray(row * inputSize, (row + 1) * inputSize), i * inputSize);
  });
  return selected;
}
