import { describe, expect, test } from "vitest";
import { firstBeyond, firstDifferent, g, U64 } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32, noise64 } from "../support/noise.ts";

/** Sums in the stated order: element i to partial sum i mod 2. */
const sum2 = (terms: readonly number[]) => {
  const sums = [0, 0] as [number, number];
  for (const [i, term] of terms.entries()) sums[i % 2] = (sums[i % 2] as number) + term;
  return sums[0] + sums[1];
};

for (const build of BUILDS) {
  describe(build, () => {
    test("promote_f32_to_f64 copies the values", () => {
      const host = new Host(build);
      const x = noise32(24, 1);
      const [xAt, to] = [host.f32(24, x), host.f64(24)];
      host.run((k) => k.promote_f32_to_f64(24, xAt.at, to.at), to);
      expect(firstDifferent(to.values(), Float64Array.from(x))).toBe(-1);
    });

    for (const n of [8, 16, 24, 104]) {
      const radius = 0.3;
      const x = noise64(n, 1).map((v) => 0.5 + 0.5 * v);
      const [lower, upper] = [new Float64Array(n), new Float64Array(n).fill(1)];
      const image = Float64Array.from([...x, ...lower, ...upper]);
      // Every third component at a bound of the cube or of the box, the others inside.
      const p = noise64(n, 2).map((v, i) => {
        const to = (x[i] as number) + (i % 3 === 0 ? radius * Math.sign(v) : radius * 0.9 * v);
        return Math.min(Math.max(to, 0), 1);
      });
      const gradient = noise64(n, 3).map((v, i) => (i % 7 === 6 ? 0 : v));
      const at = Float64Array.from([...p, ...gradient]);
      const isCube = (i: number) => {
        const [v, slope] = [p[i] as number, gradient[i] as number];
        return (slope <= 0 && v <= (x[i] as number) - radius) || (slope >= 0 && v >= (x[i] as number) + radius);
      };
      const isBox = (i: number) => {
        const [v, slope] = [p[i] as number, gradient[i] as number];
        return (slope <= 0 && v <= 0) || (slope >= 0 && v >= 1);
      };
      const free = Array.from(x, (_, i) => !isCube(i) && !isBox(i));

      test(`radius_held_f64 finds the free components, the slope of those held by the cube, the steepest free one, n = ${n}`, () => {
        const host = new Host(build);
        const [imageAt, atAt] = [host.f64(3 * n, image), host.f64(2 * n, at)];
        const [freeAt, out] = [host.mask(new Array(n).fill(true)), host.f64(2)];
        host.run((k) => k.radius_held_f64(n, radius, imageAt.at, atAt.at, freeAt.at, out.at), freeAt, out);
        expect([...freeAt.values()]).toEqual(free.map((moves) => (moves ? -1n : 0n)));
        expect(free.some((moves) => moves) && free.some((moves) => !moves)).toBe(true);
        const slope = sum2(Array.from(gradient, (v, i) => (isCube(i) && !isBox(i) ? Math.abs(v) : 0)));
        const steepest = Math.max(...Array.from(gradient, (v, i) => (free[i] ? Math.abs(v) : 0)));
        expect([...out.values()]).toEqual([slope, steepest]);
      });

      const share = 0.4;
      const d = noise64(n, 4);
      const wanted = Array.from(p, (v, i) => {
        if (free[i]) return v - share * (d[i] as number);
        const slope = gradient[i] as number;
        return slope === 0 ? (x[i] as number) : slope * Number.POSITIVE_INFINITY;
      });
      const gain = Array.from(gradient, (v, i) => (free[i] ? (1 - share / 2) * v : v));

      test(`radius_wanted_f64 is the step where free and the way of the gradient where held, n = ${n}`, () => {
        const host = new Host(build);
        const [imageAt, atAt, freeAt] = [host.f64(3 * n, image), host.f64(2 * n, at), host.mask(free)];
        const [dAt, to] = [host.f64(n, d), host.f64(2 * n)];
        const sum = host.run((k) => k.radius_wanted_f64(n, share, imageAt.at, atAt.at, freeAt.at, dAt.at, to.at), to);
        expect(firstDifferent(to.values(), Float64Array.from([...wanted, ...gain]))).toBe(-1);
        expect(sum).toBe(sum2(gain.map((v, i) => v * (p[i] as number))));
      });

      for (const e of [0.1, 0.3, 0.7]) {
        test(`radius_reach_f64 clamps to the cube and the box; its reach and rate are those of the gain, n = ${n}, e = ${e}`, () => {
          const host = new Host(build);
          const [imageAt, wantedAt] = [host.f64(3 * n, image), host.f64(2 * n, [...wanted, ...gain])];
          const [to, out] = [host.f64(n), host.f64(2)];
          host.run((k) => k.radius_reach_f64(n, e, imageAt.at, wantedAt.at, to.at, out.at), to, out);
          const at = (radius: number) =>
            Float64Array.from(wanted, (v, i) => {
              const kept = Math.min((x[i] as number) + radius, Math.max((x[i] as number) - radius, v));
              return Math.min(1, Math.max(0, kept));
            });
          const placed = at(e);
          expect(firstDifferent(to.values(), placed)).toBe(-1);
          const reachOf = (row: Float64Array) => sum2(Array.from(row, (v, i) => v * (gain[i] as number)));
          const [reach, rate] = out.values() as unknown as [number, number];
          expect(reach).toBe(reachOf(placed));
          // Between kinks the reach is a straight line: its slope is the difference over a step that crosses none.
          const h = 2 ** -30;
          const size = gain.reduce((sum, v) => sum + Math.abs(v), 0);
          const difference = (reachOf(at(e + h)) - reach) / h;
          expect(firstBeyond([rate], [difference], [(4 * g(n, U64) * size) / h])).toBe(-1);
          expect(rate).not.toBe(0);
        });
      }
    }
  });
}
