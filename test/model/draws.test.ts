import "../../src/wasm/inline.ts";
import { expect, test } from "vitest";
import { Draws } from "../../src/model/draws.ts";
import { Random } from "../../src/numeric/random.ts";
import { firstDifferent } from "../support/bounds.ts";

// Less than a block, around four of them, and beyond what the kernels draw at a time.
const LENGTHS = [1, 3, 4, 15, 16, 17, 2 ** 16 + 21];
const SEEDS = [0, 2 ** 31 + 7, 2 ** 52 + 2 ** 33 + 5];

for (const seed of SEEDS) {
  test(`weights of seed ${seed} are the numbers of its streams, to the bit`, () => {
    const draws = new Draws(seed);
    for (const length of LENGTHS) {
      const random = new Random(seed, 9);
      const [glorot, filled, expected] = [0, 1, 2].map(() => new Float32Array(length)) as Float32Array[];
      draws.glorot(glorot as Float32Array, 0.37, 9);
      const one = Float32Array.from({ length }, (_, i) => 0.37 * (2 * random.uniform(i) - 1));
      expect(firstDifferent(glorot as Float32Array, one)).toBe(-1);
      draws.fill(filled as Float32Array, 0.37, 9);
      random.fill(expected as Float32Array, 0.37);
      expect(firstDifferent(filled as Float32Array, expected as Float32Array)).toBe(-1);
    }
  });
}
