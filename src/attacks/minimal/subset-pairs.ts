/**
 * Pairs over a few features. A change that is small in L1 or L0 alters few, so the quasi-Newton matrix is needed over these
 * alone: what of the pairs lies there is copied side by side, and the two-loop recursion runs over as many numbers as there
 * are features.
 */
import type { F64Pointer, I64Pointer, Workspace } from "../../wasm/index.ts";
import type { Pairs } from "./pairs.ts";

export class SubsetPairs {
  private readonly workspace: Workspace;
  private readonly s: F64Pointer;
  private readonly y: F64Pointer;
  private readonly vector: F64Pointer;
  private readonly product: F64Pointer;
  private readonly free: I64Pointer;
  private readonly work: F64Pointer;
  private pairs = 0;
  private count = 0;
  private padded = 0;

  /** For subsets of up to n features, and pairs of up to `memory`. */
  constructor(workspace: Workspace, n: number, memory: number) {
    const { arena } = workspace;
    this.workspace = workspace;
    this.s = arena.allocateF64(memory * n);
    this.y = arena.allocateF64(memory * n);
    this.vector = arena.allocateF64(n);
    this.product = arena.allocateF64(n);
    this.free = arena.allocateI64(n);
    this.work = arena.allocateF64(2 * memory);
  }

  static bytes(n: number, memory: number): number {
    return 8 * (2 * memory * n + 3 * n + 2 * memory);
  }

  /** Restricts the pairs to the first `count` of `features`. */
  restrict(pairs: Pairs, features: Int32Array, count: number): void {
    const { arena } = this.workspace;
    const padded = Math.ceil(count / 8) * 8;
    this.pairs = pairs.count;
    this.count = count;
    this.padded = padded;
    const s = arena.f64(this.s, this.pairs * padded);
    const y = arena.f64(this.y, this.pairs * padded);
    // Oldest first.
    for (let k = 0; k < this.pairs; k++) {
      const [from, change] = pairs.pair(k);
      const at = k * padded;
      for (let j = 0; j < count; j++) {
        const i = features[j] as number;
        s[at + j] = from[i] as number;
        y[at + j] = change[i] as number;
      }
      s.fill(0, at + count, at + padded);
      y.fill(0, at + count, at + padded);
    }
    arena.masks(this.free, padded).fill(-1);
  }

  /**
   * Multiplies the first numbers of `vector`, one a feature, by the quasi-Newton matrix.
   *
   * @returns whether a pair curves over the subset; if none does, the vector is 0
   */
  multiply(vector: Float64Array): boolean {
    const { pairs, count, padded, s, y } = this;
    const { kernels, arena } = this.workspace;
    const from = arena.f64(this.vector, padded);
    for (let j = 0; j < count; j++) from[j] = vector[j] as number;
    from.fill(0, count);
    const ring = { capacity: Math.max(1, pairs), newest: Math.max(0, pairs - 1), s, y };
    const slope = kernels.two_loop_f64(padded, pairs, ring, this.free, this.vector, this.product, 0, this.work);
    const to = arena.f64(this.product, padded);
    for (let j = 0; j < count; j++) vector[j] = -(to[j] as number);
    return slope < 0;
  }
}
