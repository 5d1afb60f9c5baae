/**
 * Blocks of an arena that are freed together, whatever was allocated beside them in the meantime: the memory of a run of
 * training, during which the network reserves blocks of its own that stay.
 */
import type { Arena } from "./arena.ts";
import type { Pointer } from "./kernels.ts";

export class Region {
  private readonly arena: Arena;
  /** Whether its blocks have been freed. */
  isReleased = false;
  private blocks: { at: Pointer; bytes: number }[] = [];

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** Reserves room for `n` f32 or i32. Contents are undefined. */
  allocate32(n: number): Pointer {
    const bytes = 4 * n;
    const at = this.arena.allocateFreeable(bytes);
    this.blocks.push({ at, bytes });
    return at;
  }

  /** Frees every block; pointers to them are void. */
  release(): void {
    this.isReleased = true;
    for (const { at, bytes } of this.blocks.splice(0)) this.arena.free(at, bytes);
  }
}
