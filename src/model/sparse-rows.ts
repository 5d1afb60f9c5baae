/**
 * A batch of rows by its non-zeros, for the products that skip the zeros: four fifths of MNIST's pixels. Such a product has
 * the bits of the dense one (assembly/dense/sparse.ts), so the choice between the two, which depends on the rows alone, changes the time only.
 */
import type { EntryPointer, F32Pointer, I32Pointer, Workspace } from "../wasm/index.ts";

/**
 * The share of non-zeros up to which rows count as sparse. On MNIST's digits, 0.19, both products of 100 units take a
 * quarter of the dense time, and writing the entries a twentieth; with entries at random places the two ways meet near 0.5.
 */
const SPARSE = 1 / 3;

/** The non-zeros of a batch, kept outside of the workspace. */
export interface SavedRows {
  readonly rows: number;
  /** i32[rows + 1] */
  readonly starts: Int32Array;
  /** Two words for each non-zero. */
  readonly entries: Int32Array;
}

/** Where entries lie, and where those of each row, or column, start among them. */
interface Entries {
  readonly starts: I32Pointer;
  readonly entries: EntryPointer;
}

/** Entries that may be overwritten behind the last. */
const SPARE = 4;

export class SparseRows {
  /** Whether the batch last read is sparse; what follows holds only then. */
  isSparse = false;
  private readonly workspace: Workspace;
  private readonly width: number;
  private readonly most: number;
  private rows = 0;
  /** Reserved with the first sparse batch. */
  private byRow: Entries | undefined;
  /** Reserved by the first who asks for them. */
  private byColumn: Entries | undefined;
  private isTransposed = false;

  /** @param rows the most of a batch */
  constructor(workspace: Workspace, rows: number, width: number) {
    this.workspace = workspace;
    this.width = width;
    this.most = rows;
  }

  /** Looks at a batch, and writes its entries if they are few.   x  f32[rows, width], finite */
  read(rows: number, x: F32Pointer): void {
    const { kernels } = this.workspace;
    const { width } = this;
    this.rows = rows;
    this.isTransposed = false;
    this.isSparse = kernels.count_nonzero_f32(rows * width, x) <= SPARSE * rows * width;
    if (!this.isSparse) return;
    const { starts, entries } = this.rowEntries();
    kernels.compress_rows_f32(rows, width, x, starts, entries);
  }

  /** A copy of the batch last read, if it is sparse. */
  save(): SavedRows | undefined {
    if (!this.isSparse) return undefined;
    const { arena } = this.workspace;
    const at = this.rowEntries();
    const starts = arena.i32(at.starts, this.rows + 1).slice();
    return { rows: this.rows, starts, entries: arena.entries(at.entries, starts.at(-1) as number).slice() };
  }

  /** Makes a batch that was saved the one last read. */
  load({ rows, starts, entries }: SavedRows): void {
    const { arena } = this.workspace;
    const at = this.rowEntries();
    this.rows = rows;
    this.isTransposed = false;
    this.isSparse = true;
    arena.i32(at.starts, starts.length).set(starts);
    arena.entries(at.entries, starts.at(-1) as number).set(entries);
  }

  /** y += x W.   panels  W [width, n] packed by pack_b_f32_40, y  f32[rows, n], block  40 floats to work in */
  multiply(n: number, panels: F32Pointer, y: F32Pointer, block: F32Pointer): void {
    const { kernels } = this.workspace;
    const { rows, width } = this;
    const { starts, entries } = this.rowEntries();
    kernels.gemm_sparse_f32_40(rows, n, width, starts, entries, panels, y, n, block);
  }

  /** g += x^T dy, rows ascending.   panels  dy [rows, n] packed by pack_b_f32_40, g  f32[width, n] */
  multiplyTransposed(n: number, panels: F32Pointer, g: F32Pointer, block: F32Pointer): void {
    const { kernels } = this.workspace;
    const { rows, width } = this;
    this.byColumn ??= this.reserve(width);
    const { starts, entries } = this.byColumn;
    if (!this.isTransposed) {
      const from = this.rowEntries();
      kernels.transpose_entries(rows, width, from.starts, from.entries, starts, entries);
    }
    this.isTransposed = true;
    kernels.gemm_sparse_f32_40(width, n, rows, starts, entries, panels, g, n, block);
  }

  private rowEntries(): Entries {
    this.byRow ??= this.reserve(this.most);
    return this.byRow;
  }

  /** Room for the entries of the largest batch, by so many rows or columns. */
  private reserve(lines: number): Entries {
    const { arena } = this.workspace;
    const starts = arena.allocateI32(lines + 1);
    return { starts, entries: arena.allocateEntries(Math.floor(SPARSE * this.most * this.width) + SPARE) };
  }
}
