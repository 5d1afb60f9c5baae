import { describe, expect, test } from "vitest";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const BAD = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [0, ...around(4), ...around(16)]) {
      test(`first_not_finite_f32 finds the first of n = ${n} wherever it is, or -1`, () => {
        const host = new Host(build);
        const clean = new Float32Array(n).fill(-3.4028234663852886e38);
        const without = host.f32(n, clean);
        expect(host.run((k) => k.first_not_finite_f32(n, without.at))).toBe(-1);
        let cases = 0;
        for (let i = 0; i < n; i++) {
          for (const bad of BAD) {
            const x = clean.slice();
            x[i] = bad;
            x[n - 1] = bad; // a later one is not reported
            const block = host.f32(n, x);
            expect(host.run((k) => k.first_not_finite_f32(n, block.at))).toBe(i);
            cases++;
          }
        }
        expect(cases).toBe(3 * n);
      });

      test(`max_abs_f32 is the largest magnitude of n = ${n}, wherever it is, 0 of none; a NaN wins`, () => {
        const host = new Host(build);
        const values = noise32(n, 1);
        const x = host.f32(n, values);
        expect(host.run((k) => k.max_abs_f32(n, x.at))).toBe(Math.max(0, ...values.map(Math.abs)));
        let places = 0;
        for (let i = 0; i < n; i++, places++) {
          const spike = host.f32(n, values);
          spike.row(0)[i] = -7;
          expect(host.run((k) => k.max_abs_f32(n, spike.at))).toBe(7);
          spike.row(0)[i] = Number.NaN;
          expect(host.run((k) => k.max_abs_f32(n, spike.at))).toBeNaN();
        }
        expect(places).toBe(n);
      });
    }
  });
}
