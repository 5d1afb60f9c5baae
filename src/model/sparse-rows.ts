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

/** Entries outside of the workspace. */
interface SavedEntries {
  /** i32[lines + 1] */
  readonly starts: Int32Array;
  /** Two words for each non-zero. */
  readonly entries: Int32Array;
}

/** The non-zeros of a batch, kept outside of the workspace: by row for y += x W, by column for g += x^T dy. */
export interface SavedRows {
  readonly rows: number;
  readonly byRow: SavedEntries;
  readonly byColumn: SavedEntries;
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
  /** Where the batch was loaded from, until its entries by column are needed. */
  private saved: SavedRows | undefined;

  /** @param rows the most of a batch */
  constructor(workspace: Workspace, rows: number, width: number) {
    this.workspace = workspace;
    this.width = width;
    this.most = rows;
  }

  /** Looks at a batch, unless it is known to be dense, and writes its entries if they are few.   x  f32[rows, width], finite */
  read(rows: number, x: F32Pointer, isDense = false): void {
    const { kernels } = this.workspace;
    const { width } = this;
    this.rows = rows;
    this.isTransposed = false;
    this.saved = undefined;
    this.isSparse = !isDense && kernels.count_nonzero_f32(rows * width, x) <= SPARSE * rows * width;
    if (!this.isSparse) return;
    const { starts, entries } = this.rowEntries();
    kernels.compress_rows_f32(rows, width, x, starts, entries);
  }

  /** A copy of the batch last read, if it is sparse. */
  save(): SavedRows | undefined {
    if (!this.isSparse) return undefined;
    const { rows, width } = this;
    return { rows, byRow: this.copyOf(this.rowEntries(), rows), byColumn: this.copyOf(this.columnEntries(), width) };
  }

  /** Makes a batch that was saved the one last read. */
  load(saved: SavedRows): void {
    this.rows = saved.rows;
    this.isTransposed = false;
    this.saved = saved;
    this.isSparse = true;
    this.byRow ??= this.reserve(this.most);
    this.fill(this.byRow, saved.byRow);
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
    const { starts, entries } = this.columnEntries();
    kernels.gemm_sparse_f32_40(width, n, rows, starts, entries, panels, g, n, block);
  }

  private rowEntries(): Entries {
    this.byRow ??= this.reserve(this.most);
    return this.byRow;
  }

  /** The entries by column of the batch last read: those that were saved with it, or made of those by row. */
  private columnEntries(): Entries {
    this.byColumn ??= this.reserve(this.width);
    if (!this.isTransposed) {
      if (this.saved) this.fill(this.byColumn, this.saved.byColumn);
      else {
        const { byColumn, rows, width } = this;
        const from = this.rowEntries();
        const { kernels } = this.workspace;
        kernels.transpose_entries(rows, width, from.starts, from.entries, byColumn.starts, byColumn.entries);
      }
    }
    this.isTransposed = true;
    return this.byColumn;
  }

  private copyOf({ starts: at, entries }: Entries, lines: number): SavedEntries {
    const { arena } = this.workspace;
    const starts = arena.i32(at, lines + 1).slice();
    return { starts, entries: arena.entries(entries, starts.at(-1) as number).slice() };
  }

  private fill(to: Entries, { starts, entries }: SavedEntries): void {
    const { arena } = this.workspace;
    arena.i32(to.starts, starts.length).set(starts);
    arena.entries(to.entries, starts.at(-1) as number).set(entries);
  }

  /** Room for the entries of the largest batch, by so many rows or columns. */
  private reserve(lines: number): Entries {
    const { arena } = this.workspace;
    const starts = arena.allocateI32(lines + 1);
    return { starts, entries: arena.allocateEntries(Math.floor(SPARSE * this.most * this.width) + SPARE) };
  }
}
