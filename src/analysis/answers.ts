/** A model's answers to many rows, a batch at a time. */
import { type AnswerTarget, answersOf } from "../attacks/target.ts";
import { requireInteger, requireOptions, requireRows, wrongType } from "../check.ts";
import { every, TURN_MILLISECONDS } from "../clock.ts";

/** How a model is asked for its answers. */
export interface AnswerOptions {
  /** Rows of a batch; changes no answer if the model computes rows independently. Default 500. */
  batch?: number;
  /** Stops the run between two batches; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called after each batch with the rows answered since the last call. */
  onRows?: ((rows: number) => void) | undefined;
}

const DEFAULT_BATCH = 500;

/** Requires an object with `inputSize`, `classes` and `predict`. */
export function requireAnswerTarget(subject: string, target: AnswerTarget): void {
  if (typeof target !== "object" || target === null) wrongType(subject, "a model", target);
  requireInteger(`${subject}.inputSize`, target.inputSize, 1);
  requireInteger(`${subject}.classes`, target.classes, 1);
  if (typeof target.predict !== "function") wrongType(`${subject}.predict`, "a function", target.predict);
}

/**
 * The class of the largest score of each row, i32[n]; the first of equal ones. Rows are f32[n, inputSize]. Rejects
 * for rows of another length, and for scores of another kind or number, or NaN.
 */
export async function answers(
  target: AnswerTarget,
  rows: Float32Array,
  options: AnswerOptions = {},
): Promise<Int32Array> {
  requireOptions("answers", options, { batch: true, signal: true, onRows: true });
  const { batch = DEFAULT_BATCH, signal, onRows } = options;
  requireAnswerTarget("target", target);
  const { inputSize } = target;
  const count = requireRows("rows", rows, inputSize);
  requireInteger("batch", batch, 1);
  const found = new Int32Array(count);
  const isTurn = every(TURN_MILLISECONDS);
  for (let start = 0; start < count; start += batch) {
    signal?.throwIfAborted();
    const end = Math.min(start + batch, count);
    found.set(await answersOf(target, rows.subarray(start * inputSize, end * inputSize), start), start);
    onRows?.(end - start);
    if ((signal || onRows) && isTurn()) await new Promise((resolve) => setTimeout(resolve));
  }
  signal?.throwIfAborted();
  return found;
}
