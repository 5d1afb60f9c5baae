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

/** The sparse batches of prepared rows in two arrays, which may lie in memory that threads share. */
export interface PackedRows {
  /** Rows of the batches. */
  readonly batchRows: number;
  /** i32[batches, 6]: first row, rows, and in `words` the ends of starts by row, entries by row, starts by column, entries by column. */
  readonly index: Int32Array;
  /** Starts and entries of one batch after another. */
  readonly words: Int32Array;
}

const FIELDS = 6;

/** Packs prepared rows.   allocate  makes an array of so many numbers */
export function packRows({ batchRows, sparse }: PreparedRows, allocate: (length: number) => Int32Array): PackedRows {
  const partsOf = ({ byRow, byColumn }: SavedRows) => [byRow.starts, byRow.entries, byColumn.starts, byColumn.entries];
  const index = allocate(FIELDS * sparse.size);
  let length = 0;
  for (const saved of sparse.values()) for (const part of partsOf(saved)) length += part.length;
  const words = allocate(length);
  let at = 0;
  for (const [batch, [first, saved]] of [...sparse].entries()) {
    const fields = [first, saved.rows];
    for (const part of partsOf(saved)) {
      words.set(part, at);
      at += part.length;
      fields.push(at);
    }
    index.set(fields, FIELDS * batch);
  }
  return { batchRows, index, words };
}

/** Some of the rows that were packed, from `first` on, where a batch begins; their entries stay where they are.   rows  f32[n, inputSize], theirs alone */
export function partOfPacked(
  { batchRows, index, words }: PackedRows,
  rows: Float32Array,
  first: number,
  end: number,
): PreparedRows {
  const sparse = new Map<number, SavedRows>();
  for (let at = 0; at < index.length; at += FIELDS) {
    const [batch, count, ...ends] = index.subarray(at, at + FIELDS) as unknown as [number, number, ...number[]];
    if (batch < first || batch >= end) continue;
    const [rowStarts, rowEntries, columnStarts, columnEntries] = ends as [number, number, number, number];
    const start = at === 0 ? 0 : (index[at - 1] as number);
    sparse.set(batch - first, {
      rows: count,
      byRow: { starts: words.subarray(start, rowStarts), entries: words.subarray(rowStarts, rowEntries) },
      byColumn: {
        starts: words.subarray(rowEntries, columnStarts),
        entries: words.subarray(columnStarts, columnEntries),
      },
    });
  }
  return { rows, batchRows, sparse };
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
