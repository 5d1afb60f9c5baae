/** Rows that are passed many times: they are checked once, and batches that are mostly zero are kept by what is not. */
import { outOfRange, requireRows } from "../check.ts";
import type { Plan } from "./plan.ts";
import type { SavedRows } from "./sparse-rows.ts";

/** Rows that a network has looked at: made by `Network.prepare`, for it and for networks of the same layers. */
export interface PreparedRows {
  /** f32[n, inputSize], the rows themselves; to be left as they are. */
  readonly rows: Float32Array;
  /** Rows of the batches. */
  readonly batchRows: number;
  /** The batches that are mostly zero by what is not, under their first row. */
  readonly sparse: ReadonlyMap<number, SavedRows>;
}

/** Prepares rows that pass in chunks of so many. Throws for rows of another length, and for numbers that are not finite. */
export function prepareRows(plan: Plan, rows: Float32Array, chunk: number): PreparedRows {
  const count = requireRows("rows", rows, plan.inputSize);
  const sparse = new Map<number, SavedRows>();
  for (let first = 0; first < count; first += chunk) {
    plan.eachBatch(rows, first, Math.min(first + chunk, count), undefined, (at) => {
      const saved = plan.save();
      if (saved) sparse.set(at, saved);
    });
  }
  return { rows, batchRows: plan.rows, sparse };
}

/** The rows that were given, and what is known of their batches if they were prepared. Throws where that was for other batches. */
export function knownRows(
  plan: Plan,
  from: Float32Array | PreparedRows,
): { rows: Float32Array; known: ReadonlyMap<number, SavedRows> | undefined } {
  if (!isPrepared(from)) return { rows: from, known: undefined };
  if (from.batchRows !== plan.rows) {
    outOfRange("rows", `rows prepared in batches of ${plan.rows}`, `batches of ${from.batchRows}`);
  }
  return { rows: from.rows, known: from.sparse };
}

function isPrepared(from: unknown): from is PreparedRows {
  return typeof from === "object" && from !== null && "sparse" in from;
}
