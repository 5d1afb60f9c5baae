import { describe, expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise64 } from "../support/noise.ts";

const clamp = (v: number, low: number, high: number) => Math.min(Math.max(v, low), high);

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [8, 16, 24, 104]) {
      const x = noise64(n, 1).map((v) => Math.fround(0.5 + 0.5 * v));
      // The last four are padding, every fifth has no room.
      const isPadding = (i: number) => i >= n - 4;
      const x0 = x.map((v, i) => (isPadding(i) ? 0 : v));
      const lower = x0.map((v, i) => (isPadding(i) || i % 5 === 0 ? v : 0));
      const upper = x0.map((v, i) => (isPadding(i) || i % 5 === 0 ? v : 1));

      for (const e of [0.1, 1 / 3, 2 ** -30, 0.9]) {
        test(`cube_f64 has bounds of f32 in the cube and in the box, and none is nearer than it must be, n = ${n}, e = ${e}`, () => {
          const host = new Host(build);
          const image = host.f64(3 * n, Float64Array.from([...x0, ...lower, ...upper]));
          const [low, high] = [host.f64(n), host.f64(n)];
          host.run((k) => k.cube_f64(n, e, image.at, low.at, high.at), low, high);
          const [lows, highs] = [low.values(), high.values()];
          for (let i = 0; i < n; i++) {
            const [at, down, up] = [x0[i] as number, lows[i] as number, highs[i] as number];
            expect([Math.fround(down), Math.fround(up)]).toEqual([down, up]);
            expect(down >= (lower[i] as number) && up <= (upper[i] as number) && down <= at && at <= up).toBe(true);
            expect(at - down <= e && up - at <= e).toBe(true);
            // Two steps of f32 further out is beyond the cube, unless the box ends before.
            const further = (v: number) => 2 ** -22 * Math.abs(v) + 2 ** -148;
            if (down > (lower[i] as number)) expect(at - (down - further(down))).toBeGreaterThan(e);
            if (up < (upper[i] as number)) expect(up + further(up) - at).toBeGreaterThan(e);
          }
        });
      }

      const g = noise64(n, 3).map((v, i) => (i % 7 === 6 ? 0 : v));
      const p = noise64(n, 2);

      test(`climb_signs_f64 and clamp_f64 are their formulas, n = ${n}`, () => {
        const host = new Host(build);
        const [at, slope, low, high] = [host.f64(n, p), host.f64(n, g), host.f64(n, lower), host.f64(n, upper)];
        host.run((k) => k.climb_signs_f64(n, 0.3, slope.at, low.at, high.at, at.at), at);
        const climbed = p.map((v, i) =>
          clamp(v + 0.3 * Math.sign(g[i] as number), lower[i] as number, upper[i] as number),
        );
        expect(firstDifferent(at.values(), climbed)).toBe(-1);
        const again = host.f64(n, p);
        host.run((k) => k.clamp_f64(n, low.at, high.at, again.at), again);
        expect(
          firstDifferent(
            again.values(),
            p.map((v, i) => clamp(v, lower[i] as number, upper[i] as number)),
          ),
        ).toBe(-1);
      });

      test(`contract_f64 and momentum_f64 are their formulas, n = ${n}`, () => {
        const host = new Host(build);
        const [at, origin] = [host.f64(n, p), host.f64(n, x0)];
        host.run((k) => k.contract_f64(n, 0.7, origin.at, at.at), at);
        const contracted = p.map((v, i) => (x0[i] as number) + 0.7 * (v - (x0[i] as number)));
        expect(firstDifferent(at.values(), contracted)).toBe(-1);
        const [to, before] = [host.f64(n, p), host.f64(n, g)];
        host.run((k) => k.momentum_f64(n, 0.75, origin.at, before.at, to.at), to);
        const moved = p.map((v, i) => {
          const from = x0[i] as number;
          return from + 0.75 * (v - from) + (1 - 0.75) * (from - (g[i] as number));
        });
        expect(firstDifferent(to.values(), moved)).toBe(-1);
      });
    }
  });
}
