import { describe, expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

for (const build of BUILDS) {
  describe(build, () => {
    for (const width of [...around(4), 64]) {
      test(`segment_sum_f32 adds rows ascending and drops ids out of range, width ${width}`, () => {
        for (const [n, segments] of [
          [0, 3],
          [1, 1],
          [7, 3],
          [40, 5],
          [5, 9],
        ] as const) {
          const host = new Host(build);
          const x = noise32(n * width, 1);
          const ids = Array.from({ length: n }, (_, i) =>
            i % 6 === 5 ? [-1, segments, -(2 ** 31), 2 ** 31 - 1][i % 4] : (3 * i) % segments,
          );
          const start = noise32(segments * width, 2);
          const [xAt, idsAt] = [host.f32(x.length, x), host.i32(n, ids as number[])];
          const y = host.f32(start.length, start);
          host.run((k) => k.segment_sum_f32(n, width, segments, xAt.at, idsAt.at, y.at), y);
          const expected = Float32Array.from(start);
          ids.forEach((id, i) => {
            if ((id as number) < 0 || (id as number) >= segments) return;
            for (let j = 0; j < width; j++) {
              const to = (id as number) * width + j;
              expected[to] = (expected[to] as number) + (x[i * width + j] as number);
            }
          });
          expect(firstDifferent(y.values(), expected)).toBe(-1);
        }
      });
    }
  });
}
