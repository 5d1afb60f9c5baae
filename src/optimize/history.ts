/** The correction pairs s = x_k+1 - x_k, y = g_k+1 - g_k of a limited-memory method: a ring of rows in Wasm memory. */
import { outOfRange } from "../check.ts";
import { type Arena, type F32Pointer, type F64Pointer, offset32, offset64 } from "../wasm/index.ts";

/** Plain numbers and arrays, to save and restore. */
export interface HistoryState {
  pairs: number;
  /** Slot of the oldest pair. */
  head: number;
  /** The pairs, slot after slot: f64[pairs, n]. */
  steps: Float64Array;
  differences: Float64Array;
}

/** Which slots of a ring hold the pairs. With a slot more than pairs, `next` is one that holds none. */
class Ring {
  readonly capacity: number;
  readonly slots: number;
  pairs = 0;
  head = 0;

  constructor(capacity: number, slots = capacity) {
    this.capacity = capacity;
    this.slots = slots;
  }

  /** Slot of the newest pair; 0 while there is none. */
  get newest(): number {
    return this.pairs === 0 ? 0 : (this.head + this.pairs - 1) % this.slots;
  }

  /** Slot that the next pair goes to: that of the oldest where all are taken. */
  get next(): number {
    return (this.head + this.pairs) % this.slots;
  }

  /** Makes the pair at `next` the newest; returns whether that dropped the oldest. */
  append(): boolean {
    if (this.pairs < this.capacity) {
      this.pairs++;
      return false;
    }
    this.head = (this.head + 1) % this.slots;
    return true;
  }

  /** Drops the oldest pair where all slots are taken: what was written at `next` was none. */
  spoil(): void {
    if (this.pairs < this.slots) return;
    this.head = (this.head + 1) % this.slots;
    this.pairs--;
  }

  /** Drops the pairs; returns whether there were any. */
  clear(): boolean {
    const any = this.pairs > 0;
    this.pairs = 0;
    this.head = 0;
    return any;
  }
}

/** Pairs in single precision, in rows of n numbers, with a slot to spare: a pair is computed where it will stand. */
export class History32 extends Ring {
  /** f32[slots, n] each. */
  readonly s: F32Pointer;
  readonly y: F32Pointer;
  private readonly n: number;

  constructor(arena: Arena, n: number, capacity: number) {
    super(capacity, capacity + 1);
    this.n = n;
    this.s = arena.allocateF32(this.slots * n);
    this.y = arena.allocateF32(this.slots * n);
  }

  /** The pairs stand in the slots before this one; others may be among them. */
  get end(): number {
    return this.head === 0 ? this.pairs : this.slots;
  }

  /** The row of a slot. */
  rowOfS(slot: number): F32Pointer {
    return offset32(this.s, slot * this.n);
  }

  rowOfY(slot: number): F32Pointer {
    return offset32(this.y, slot * this.n);
  }
}

/** Pairs in double precision, which can be saved and restored. */
export class History extends Ring {
  /** f64[capacity, padded] each. */
  readonly s: F64Pointer;
  readonly y: F64Pointer;
  private readonly arena: Arena;
  private readonly n: number;
  private readonly padded: number;

  /** Rows of `padded` numbers, of which n are used. A row is written whole before it is read. */
  constructor(arena: Arena, n: number, padded: number, capacity: number) {
    super(capacity);
    this.arena = arena;
    this.n = n;
    this.padded = padded;
    this.s = arena.allocateF64(capacity * padded);
    this.y = arena.allocateF64(capacity * padded);
  }

  /** The row of a slot. */
  rowOfS(slot: number): F64Pointer {
    return offset64(this.s, slot * this.padded);
  }

  rowOfY(slot: number): F64Pointer {
    return offset64(this.y, slot * this.padded);
  }

  /** The rows of the newest pair. */
  get newestS(): F64Pointer {
    return this.rowOfS(this.newest);
  }

  get newestY(): F64Pointer {
    return this.rowOfY(this.newest);
  }

  state(): HistoryState {
    const { pairs, head } = this;
    return { pairs, head, steps: this.rows(this.s), differences: this.rows(this.y) };
  }

  restore({ pairs, head, steps, differences }: HistoryState): void {
    if (steps.length !== pairs * this.n || differences.length !== pairs * this.n) {
      outOfRange("state", `${pairs} pairs of ${this.n} numbers`, `${steps.length} and ${differences.length} numbers`);
    }
    this.pairs = pairs;
    this.head = head;
    for (let slot = 0; slot < pairs; slot++) {
      this.write(this.s, slot, steps);
      this.write(this.y, slot, differences);
    }
  }

  private write(rows: F64Pointer, slot: number, from: Float64Array): void {
    const row = this.arena.f64(offset64(rows, slot * this.padded), this.padded);
    row.set(from.subarray(slot * this.n, (slot + 1) * this.n));
    row.fill(0, this.n);
  }

  private row(rows: F64Pointer, slot: number): Float64Array {
    return this.arena.f64(offset64(rows, slot * this.padded), this.n);
  }

  private rows(from: F64Pointer): Float64Array {
    const all = new Float64Array(this.pairs * this.n);
    for (let slot = 0; slot < this.pairs; slot++) all.set(this.row(from, slot), slot * this.n);
    return all;
  }
}
