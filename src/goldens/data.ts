/** The numbers that goldens are computed from: drawn from seeds, so that no golden depends on another, or on a file. */
import { Random } from "../numeric/random.ts";

/** n numbers, uniform in [-size, size). */
export function noise(n: number, seed: number, size = 1): Float32Array<ArrayBuffer> {
  const random = new Random(seed);
  return Float32Array.from({ length: n }, (_, i) => size * (2 * random.uniform(i) - 1));
}

/** n numbers, uniform in [0, 1): rows of images. */
export function pixels(n: number, seed: number): Float32Array<ArrayBuffer> {
  const random = new Random(seed);
  return Float32Array.from({ length: n }, (_, i) => random.uniform(i));
}

/** n labels below `classes`. */
export function labels(n: number, classes: number, seed: number): Int32Array<ArrayBuffer> {
  const random = new Random(seed);
  return Int32Array.from({ length: n }, (_, i) => random.integer(i, classes));
}
