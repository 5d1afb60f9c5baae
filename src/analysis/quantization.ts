/** Rounding of changed images to few levels, as an 8-bit PNG does: the rounding is often as large as the change. */
import type { AnswerTarget } from "../attacks/index.ts";
import { type Labels, requireFinite, requireInteger, requireLabels, requireOptions, requireRows } from "../check.ts";
import { type AnswerOptions, answers } from "./answers.ts";

/** Levels of an 8-bit pixel. */
const EIGHT_BITS = 256;

/**
 * Each value of rows, f32[n] of any length, rounded to the nearest of `levels` equally spaced levels from 0 to 1;
 * values outside are clamped. The result is f32[n]. Throws for levels that are no whole number in [2, 65536].
 */
export function quantize(rows: Float32Array, levels: number = EIGHT_BITS): Float32Array<ArrayBuffer> {
  requireInteger("levels", levels, 2, 65536);
  const steps = levels - 1;
  return Float32Array.from(rows, (value) => Math.round(Math.min(Math.max(value, 0), 1) * steps) / steps);
}

/** To how many levels rows are rounded, and how the model is asked. */
export interface QuantizationOptions extends AnswerOptions {
  /** Default: 256, those of 8 bits. */
  levels?: number;
}

/**
 * u8[n], 1 where the target answers a row's label after the row is rounded to `levels` levels. Rejects for rows that
 * are not finite, labels out of range, and options that it does not have.
 */
export async function survivesQuantization(
  target: AnswerTarget,
  rows: Float32Array,
  labels: Labels,
  options: QuantizationOptions = {},
): Promise<Uint8Array> {
  requireOptions("survivesQuantization", options, { levels: true, batch: true, signal: true, onRows: true });
  const { levels = EIGHT_BITS, ...asking } = options;
  const count = requireRows("rows", rows, target.inputSize);
  requireLabels("labels", labels, count, target.classes);
  requireFinite("rows", rows);
  const answered = await answers(target, quantize(rows, levels), asking);
  return Uint8Array.from(answered, (answer, i) => Number(answer === labels[i]));
}

/** The number of found rows that the target still answers with their targets after rounding to 8 bits. */
export async function countKeptAt8Bits(
  target: AnswerTarget,
  rows: Float32Array,
  targets: Labels,
  found: ArrayLike<number>,
  options: AnswerOptions = {},
): Promise<number> {
  const kept = await survivesQuantization(target, rows, targets, options);
  return kept.reduce((sum, one, i) => sum + (found[i] === 1 ? one : 0), 0);
}
