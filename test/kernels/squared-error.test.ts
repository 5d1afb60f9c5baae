import { describe, expect, test } from "vitest";
import { firstBeyond, firstDifferent, g, U64 } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [0, 1, 2, 3, 4, 5, 9, 784]) {
      test(`squared_error_f32 of rows of ${n}: differences rounded once, their squares summed in f64, in place too`, () => {
        for (const rows of [0, 1, 3]) {
          const host = new Host(build);
          const [y, target] = [noise32(rows * n, 1), noise32(rows * n, 2)];
          const [yAt, targetAt] = [host.f32(rows * n, y), host.f32(rows * n, target)];
          const [loss, gradient] = [host.f64(rows), host.f32(rows * n)];
          host.run((k) => k.squared_error_f32(rows, n, yAt.at, targetAt.at, loss.at, gradient.at), loss, gradient);
          const d = y.map((v, i) => v - (target[i] as number));
          expect(firstDifferent(gradient.values(), d)).toBe(-1);
          const sums = Array.from({ length: rows }, (_, r) =>
            d.subarray(r * n, (r + 1) * n).reduce((sum, v) => sum + (v * v) / 2, 0),
          );
          const bound = sums.map((sum) => 2 * g(n + 2, U64) * sum);
          expect(firstBeyond(loss.values(), sums, bound)).toBe(-1);
          const again = host.f64(rows);
          host.run((k) => k.squared_error_f32(rows, n, yAt.at, targetAt.at, again.at, yAt.at), again, yAt);
          expect(firstDifferent(again.values(), loss.values())).toBe(-1);
          expect(firstDifferent(yAt.values(), d)).toBe(-1);
        }
      });
    }
  });
}
