/**
 * A batch of rows by its non-zeros, for the products that skip the zeros: four fifths of MNIST's pixels. Such a product has
 * the bits of the dense one (assembly/dense/sparse.ts), so that the choice, made by the rows alone, is one of time only.
 */
import type { Pointer, Workspace } from "../wasm/index.ts";

/**
 * The share of non-zeros up to which rows count as sparse. On MNIST's digits, 0.19, both products of 100 units take a
 * quarter of the dense time, and writing the entries a twentieth; with entries at random places the two ways meet near 0.5.
 */
const SPARSE = 1 / 3;
const ENTRY_BYTES = 8;

/** The non-zeros of a batch, kept outside of the workspace. */
export interface SavedRows {
  readonly rows: number;
  /** i32[rows + 1] */
  readonly starts: Int32Array;
  /** Two words for each non-zero. */
  readonly entries: Int32Array;
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
  /** i32[rows + 1] and entries, by row; reserved with the first sparse batch. */
  private starts: Pointer | undefined;
  private entries: Pointer = 0;
  /** i32[width + 1] and entries, by column; reserved by the first who asks for them. */
  private columnStarts: Pointer | undefined;
  private columnEntries: Pointer = 0;
  private isTransposed = false;

  /** @param rows the most of a batch */
  constructor(workspace: Workspace, rows: number, width: number) {
    this.workspace = workspace;
    this.width = width;
    this.most = rows;
  }

  /** Looks at a batch, and writes its entries if they are few.   x  f32[rows, width], finite */
  read(rows: number, x: Pointer): void {
    const { kernels } = this.workspace;
    const { width } = this;
    this.rows = rows;
    this.isTransposed = false;
    this.isSparse = kernels.count_nonzero_f32(rows * width, x) <= SPARSE * rows * width;
    if (this.isSparse) kernels.compress_rows_f32(rows, width, x, this.reserve(), this.entries);
  }

  /** A copy of the batch last read, if it is sparse. */
  save(): SavedRows | undefined {
    if (!this.isSparse) return undefined;
    const { arena } = this.workspace;
    const starts = arena.i32(this.starts as Pointer, this.rows + 1).slice();
    return { rows: this.rows, starts, entries: arena.i32(this.entries, 2 * (starts.at(-1) as number)).slice() };
  }

  /** Makes a batch that was saved the one last read. */
  load({ rows, starts, entries }: SavedRows): void {
    const { arena } = this.workspace;
    const at = this.reserve();
    this.rows = rows;
    this.isTransposed = false;
    this.isSparse = true;
    arena.i32(at, starts.length).set(starts);
    arena.i32(this.entries, entries.length).set(entries);
  }

  /** y += x W.   panels  W [width, n] packed by pack_b_f32_40, y  f32[rows, n], block  40 floats to work in */
  multiply(n: number, panels: Pointer, y: Pointer, block: Pointer): void {
    const { kernels } = this.workspace;
    const { rows, width, starts, entries } = this;
    kernels.gemm_sparse_f32_40(rows, n, width, starts as Pointer, entries, panels, y, n, block);
  }

  /** g += x^T dy, rows ascending.   panels  dy [rows, n] packed by pack_b_f32_40, g  f32[width, n] */
  multiplyTransposed(n: number, panels: Pointer, g: Pointer, block: Pointer): void {
    const { kernels, arena } = this.workspace;
    const { rows, width, starts, entries } = this;
    if (this.columnStarts === undefined) {
      this.columnStarts = arena.allocate32(width + 1);
      this.columnEntries = arena.allocate(this.capacity());
    }
    const { columnStarts, columnEntries } = this;
    if (!this.isTransposed) {
      kernels.transpose_entries(rows, width, starts as Pointer, entries, columnStarts, columnEntries);
    }
    this.isTransposed = true;
    kernels.gemm_sparse_f32_40(width, n, rows, columnStarts, columnEntries, panels, g, n, block);
  }

  private reserve(): Pointer {
    if (this.starts === undefined) {
      this.starts = this.workspace.arena.allocate32(this.most + 1);
      this.entries = this.workspace.arena.allocate(this.capacity());
    }
    return this.starts;
  }

  /** Bytes of the entries of the largest batch. */
  private capacity(): number {
    return ENTRY_BYTES * (Math.floor(SPARSE * this.most * this.width) + SPARE);
  }
}
