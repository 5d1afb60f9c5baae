/** Deterministic data: Philox streams, so that no case depends on which ran before it. */
import { Random } from "../../src/numeric/random.ts";

/** n floats, uniform in [-1, 1) times `size`, the same for the same seed. */
export function noise32(n: number, seed: number, size = 1): Float32Array {
  return Float32Array.from(noise64(n, seed, size));
}

/** n doubles, uniform in [-1, 1) times `size`. */
export function noise64(n: number, seed: number, size = 1): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length: n }, (_, i) => size * (2 * random.uniform(i) - 1));
}
