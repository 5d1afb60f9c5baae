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

    for (const n of [0, ...around(4)]) {
      test(`permute_f32 takes each of ${n} elements from its place, its gradient adds it there again, in 3 rows`, () => {
        const host = new Host(build);
        const index = Array.from({ length: n }, (_, i) => (5 * i + 2) % n); // 5 divides none of these sizes but 5
        const places = n % 5 === 0 ? index.map((_, i) => (3 * i + 1) % n) : index;
        const [x, dx] = [noise32(3 * n, 3), noise32(3 * n, 4)];
        const [at, from, to, back] = [host.i32(n, places), host.f32(3 * n, x), host.f32(3 * n), host.f32(3 * n, dx)];
        host.run((k) => k.permute_f32(3, n, at.at, from.at, to.at), to);
        host.run((k) => k.permute_grad_f32(3, n, at.at, to.at, back.at), back);
        const moved = [0, 1, 2].flatMap((r) => places.map((place) => x[r * n + place] as number));
        expect(new Set(places).size).toBe(n);
        expect(firstDifferent(to.values(), moved)).toBe(-1);
        const sums = dx.map((v, i) => v + (x[i] as number));
        expect(firstDifferent(back.values(), sums)).toBe(-1);
      });
    }
  });
}
