/** What every attack asks of its target and of the options that say how it runs, and how many rows it searches at once. */
import { requireInteger, wrongType } from "../check.ts";

/** Few enough for the histories of a batch of small images to stay in the second-level cache. */
const DEFAULT_BATCH = 16;
const BATCH_BYTES = 512 * 2 ** 20;

/** Rows to search at once, unless the memory that each takes would be too much. */
export function affordableRows(bytesPerRow: number): number {
  return Math.max(1, Math.min(DEFAULT_BATCH, Math.floor(BATCH_BYTES / bytesPerRow)));
}

/** Checks a target: its sizes, and that it has these functions. */
export function requireTargetWith(
  target: { readonly inputSize: number; readonly classes: number },
  functions: readonly string[],
): void {
  if (typeof target !== "object" || target === null) wrongType("target", "an object", target);
  requireInteger("target.inputSize", target.inputSize, 1);
  requireInteger("target.classes", target.classes, 1);
  for (const name of functions) {
    const found = (target as unknown as Record<string, unknown>)[name];
    if (typeof found !== "function") wrongType(`target.${name}`, "a function", found);
  }
}

/** Checks the callbacks and the signal of an attack. */
export function requireRunOptions({
  onProgress,
  onImage,
  onEvaluation,
  signal,
}: {
  onProgress?: unknown;
  onImage?: unknown;
  onEvaluation?: unknown;
  signal?: AbortSignal;
}): void {
  for (const [name, callback] of Object.entries({ onProgress, onImage, onEvaluation })) {
    if (callback !== undefined && typeof callback !== "function") wrongType(name, "a function", callback);
  }
  if (signal !== undefined && typeof signal?.aborted !== "boolean") wrongType("signal", "an AbortSignal", signal);
}
