import { describe, expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32, noise64 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of new Set([0, ...around(4), ...around(8)])) {
      for (const rows of [0, 1, 3, 4, 9]) {
        test(`fill_rows_f32 copies x into each of ${rows} rows of ${n}`, () => {
          const host = new Host(build);
          const x = noise32(n, 1);
          const [xAt, y] = [host.f32(n, x), host.f32(rows * n)];
          host.run((k) => k.fill_rows_f32(rows, n, xAt.at, y.at), y);
          expect(
            firstDifferent(
              y.values(),
              Array(rows)
                .fill([...x])
                .flat(),
            ),
          ).toBe(-1);
        });

        test(`sum_rows_f32 adds ${rows} rows of ${n} to y in order, to the bit`, () => {
          const host = new Host(build);
          const [x, y] = [noise32(rows * n, 2), noise32(n, 3)];
          const [xAt, yAt] = [host.f32(rows * n, x), host.f32(n, y)];
          host.run((k) => k.sum_rows_f32(rows, n, xAt.at, yAt.at), yAt);
          for (let r = 0; r < rows; r++) {
            // A sum of two floats is rounded once: its f64 sum rounds the same (53 >= 2 * 24 + 2).
            for (let i = 0; i < n; i++) y[i] = (y[i] as number) + (x[r * n + i] as number);
          }
          expect(firstDifferent(yAt.values(), y)).toBe(-1);
        });
      }

      test(`add_f32_to_f64 adds floats to doubles without rounding them, n = ${n}`, () => {
        const host = new Host(build);
        const [x, y] = [noise32(n, 4), noise64(n, 5, 1e-9)];
        const [xAt, yAt] = [host.f32(n, x), host.f64(n, y)];
        host.run((k) => k.add_f32_to_f64(n, xAt.at, yAt.at), yAt);
        expect(
          firstDifferent(
            yAt.values(),
            y.map((v, i) => v + (x[i] as number)),
          ),
        ).toBe(-1);
      });
    }
  });
}
