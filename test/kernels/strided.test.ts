import { describe, expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [0, ...around(4)]) {
      for (const rows of [0, 1, 3]) {
        test(`copy_rows_f32 and add_rows_f32 move ${rows} rows of ${n} and leave what lies between them`, () => {
          const host = new Host(build);
          const [x, y] = [noise32(rows * n, 1), noise32(rows * n, 2)];
          const from = host.matrix(rows, n, n + 7, x);
          const copied = host.matrix(rows, n, n + 5);
          const added = host.matrix(rows, n, n + 5, y);
          host.run((k) => k.copy_rows_f32(rows, n, from.at, n + 7, copied.at, n + 5), copied);
          host.run((k) => k.add_rows_f32(rows, n, from.at, n + 7, added.at, n + 5), added);
          expect(firstDifferent(copied.values(), x)).toBe(-1);
          const sums = y.map((v, i) => v + (x[i] as number)); // one rounding, as in f64
          expect(firstDifferent(added.values(), sums)).toBe(-1);
        });
      }
    }
  });
}
