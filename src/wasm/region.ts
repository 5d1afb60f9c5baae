/**
 * Blocks of an arena that are freed together, whatever was allocated beside them in the meantime: the memory of a run of
 * training, during which the network reserves blocks of its own that stay.
 */
import type { Arena } from "./arena.ts";
import type { F32Pointer } from "./pointers.ts";

export class Region {
  private readonly arena: Arena;
  /** Whether its blocks have been freed. */
  isReleased = false;
  private blocks: { at: F32Pointer; bytes: number }[] = [];

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** Reserves room for `n` f32. Contents are undefined. */
  allocateF32(n: number): F32Pointer {
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
