import { describe, expect, test } from "vitest";
import { Random } from "../../src/numeric/random.ts";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { around } from "../support/sizes.ts";

const SEED = 2 ** 33 + 0x89abcdef;
const STREAM = 5;
const LIMIT = 0.37;
const DRAW = { key0: SEED >>> 0, key1: Math.floor(SEED / 2 ** 32), stream: STREAM };

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [...around(4), ...around(16)]) {
      test(`uniform_f32 and uniform_24_f32 draw the numbers of the stream, to the bit, n = ${n}`, () => {
        const host = new Host(build);
        const [y, z, scratch] = [host.f32(n), host.f32(n), host.f32(16)];
        host.run((k) => k.uniform_f32(n, 7, LIMIT, DRAW, y.at, scratch.at), y, scratch);
        const random = new Random(SEED, STREAM);
        const one = Float32Array.from({ length: n }, (_, i) => LIMIT * (2 * random.uniform(7 + i) - 1));
        expect(firstDifferent(y.values(), one)).toBe(-1);
        // Numbers 12 and on, those of block 3.
        host.run((k) => k.uniform_24_f32(n, 3, LIMIT, DRAW, z.at, scratch.at), z, scratch);
        const four = new Float32Array(12 + n);
        random.fill(four, LIMIT);
        expect(firstDifferent(z.values(), four.subarray(12))).toBe(-1);
      });
    }
  });
}
