/**
 * A bump allocator over one WebAssembly memory. Blocks start on 64 bytes (a cache line); memory grows by need and
 * never shrinks. Scopes are `const top = arena.mark(); try { ... } finally { arena.release(top); }`; what lives longer
 * than a scope, beside blocks that stay, lies in a `Region`.
 */
import { outOfRange } from "../check.ts";
import type { Block, EntryPointer, F32Pointer, F64Pointer, I32Pointer, I64Pointer } from "./pointers.ts";

const PAGE = 65536;
const LIMIT = 65536 * PAGE; // what a 32-bit address reaches: 4 GiB
const LINE = 64;

/** Bytes kept free behind the last block, so that a vector load may run over the end of a block. */
const MARGIN = 64;

/** A block that was freed, as whole lines. */
interface Gap {
  at: number;
  end: number;
}

const wholeLines = (bytes: number): number => Math.ceil(bytes / LINE) * LINE;

export class Arena {
  readonly memory: WebAssembly.Memory;
  private top = LINE; // nothing lies at address 0
  /** Freed blocks by ascending address, no two of them adjacent. */
  private gaps: Gap[] = [];

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
  }

  /** Reserves `bytes` bytes. Contents are undefined. */
  allocate(bytes: number): Block {
    const at = this.top;
    const end = at + wholeLines(bytes);
    const needed = end + MARGIN;
    if (needed > this.memory.buffer.byteLength) {
      if (needed > LIMIT) outOfRange("arena", "at most 4 GiB in one WebAssembly memory", `${needed} bytes`);
      const pages = Math.ceil((needed - this.memory.buffer.byteLength) / PAGE);
      try {
        this.memory.grow(pages);
      } catch {
        outOfRange("arena", "memory that the engine can grow", `a refusal at ${needed} bytes`);
      }
    }
    this.top = end;
    return at as Block;
  }

  /** Reserves room for `n` elements; so do the others. */
  allocateF32(n: number): F32Pointer {
    return this.allocate(4 * n);
  }

  allocateF64(n: number): F64Pointer {
    return this.allocate(8 * n);
  }

  allocateI32(n: number): I32Pointer {
    return this.allocate(4 * n);
  }

  allocateI64(n: number): I64Pointer {
    return this.allocate(8 * n);
  }

  allocateEntries(n: number): EntryPointer {
    return this.allocate(8 * n);
  }

  mark(): number {
    return this.top;
  }

  /** Gives back everything allocated since the mark. */
  release(mark: number): void {
    this.top = mark;
    this.gaps = this.gaps.filter(({ at }) => at < mark).map(({ at, end }) => ({ at, end: Math.min(end, mark) }));
  }

  /** Reserves `bytes` bytes where a freed block has room, else behind the last block. Contents are undefined. */
  allocateFreeable(bytes: number): Block {
    const size = wholeLines(bytes);
    const index = this.gaps.findIndex(({ at, end }) => end - at >= size);
    const gap = this.gaps[index];
    if (!gap) return this.allocate(bytes);
    const { at } = gap;
    gap.at += size;
    if (gap.at === gap.end) this.gaps.splice(index, 1);
    return at as Block;
  }

  /** Gives back a block of `allocateFreeable`, whatever was allocated since. */
  free(at: number, bytes: number): void {
    const end = at + wholeLines(bytes);
    if (end === at) return;
    const behind = this.gaps.findIndex((gap) => gap.at >= end);
    const index = behind < 0 ? this.gaps.length : behind;
    const [before, after] = [this.gaps[index - 1], this.gaps[index]];
    const start = before?.end === at ? before.at : at;
    const stop = after?.at === end ? after.end : end;
    const first = start === at ? index : index - 1;
    const last = stop === end ? index : index + 1;
    this.gaps.splice(first, last - first, { at: start, end: stop });
  }

  /** Views go stale when the memory grows: take them after the last allocation, keep them no longer. */
  f32(at: F32Pointer, n: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, n);
  }

  f64(at: F64Pointer, n: number): Float64Array {
    return new Float64Array(this.memory.buffer, at, n);
  }

  /** Two words a mask. */
  masks(at: I64Pointer, n: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, 2 * n);
  }

  /** Two words an entry. */
  entries(at: EntryPointer, n: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, 2 * n);
  }

  i32(at: I32Pointer, n: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, n);
  }
}
