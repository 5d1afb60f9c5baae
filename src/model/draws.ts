/** Initial weights: the numbers of src/numeric/random.ts, drawn by the kernels, which a network of millions of weights needs. */
import { requireInteger } from "../check.ts";
import { type F32Pointer, Workspace } from "../wasm/index.ts";

/** Numbers of a call of a kernel: as long as a page of the memory that they are drawn in allows. */
const CHUNK = 2 ** 16;
/** Of a kernel: the words of four blocks. */
const WORDS = 16;

/** The streams of a seed, each from its beginning. Writes the bits that `Random(seed, stream)` has. */
export class Draws {
  private readonly workspace = new Workspace();
  private readonly key: { key0: number; key1: number };
  private readonly to: F32Pointer;
  private readonly scratch: F32Pointer;

  /** Throws unless `seed` is a whole number in [0, 2^53). */
  constructor(seed: number) {
    requireInteger("seed", seed, 0, 2 ** 53 - 1);
    this.key = { key0: seed >>> 0, key1: Math.floor(seed / 2 ** 32) };
    this.to = this.workspace.arena.allocateF32(CHUNK);
    this.scratch = this.workspace.arena.allocateF32(WORDS);
  }

  /** out[i] = limit (2 uniform(i) - 1), rounded once. */
  glorot(out: Float32Array, limit: number, stream: number): void {
    const draw = { ...this.key, stream };
    this.byChunks(out, (n, first) => this.workspace.kernels.uniform_f32(n, first, limit, draw, this.to, this.scratch));
  }

  /** What `Random.fill` writes: four numbers of a block, 24 bits each, in [-limit, limit). */
  fill(out: Float32Array, limit: number, stream: number): void {
    const draw = { ...this.key, stream };
    this.byChunks(out, (n, first) =>
      this.workspace.kernels.uniform_24_f32(n, first / 4, limit, draw, this.to, this.scratch),
    );
  }

  private byChunks(out: Float32Array, drawn: (n: number, first: number) => void): void {
    for (let first = 0; first < out.length; first += CHUNK) {
      const n = Math.min(CHUNK, out.length - first);
      drawn(n, first);
      out.set(this.workspace.arena.f32(this.to, n), first);
    }
  }
}
