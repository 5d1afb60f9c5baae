import { describe, expect, test } from "vitest";
import { keepLargest, projectL1 } from "../oracle/minimum-norm/common.ts";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise64 } from "../support/noise.ts";

const U = 2 ** -53;
const minus = (a: Float64Array, b: Float64Array) => a.map((v, i) => v - (b[i] as number));
const plus = (a: Float64Array, b: ArrayLike<number>) => a.map((v, i) => v + (b[i] as number));

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [8, 16, 40, 104]) {
      // Padding is 0, some features do not change, and two changes are equal but for their sign.
      const isPadding = (i: number) => i >= n - 3;
      const origin = noise64(n, 1).map((v, i) => (isPadding(i) ? 0 : v));
      const change = noise64(n, 2).map((v, i) => (isPadding(i) || i % 6 === 5 ? 0 : v));
      change[1] = 0.5;
      change[3] = -0.5;
      const x = plus(origin, change);
      const r = minus(x, origin);
      const sum = r.reduce((total, v) => total + Math.abs(v), 0);

      test(`norm1_f64 sums in ascending order, norm0_f64 counts what is not 0, n = ${n}`, () => {
        const host = new Host(build);
        const at = host.f64(n, r);
        expect(host.run((k) => k.norm1_f64(n, at.at))).toBe(sum);
        expect(host.run((k) => k.norm0_f64(n, at.at))).toBe(r.filter((v) => v !== 0).length);
      });

      for (const t of [0, 0.25, 0.5, 2]) {
        test(`shrink_f64 and drop_below_f64 are their formulas, n = ${n}, t = ${t}`, () => {
          const host = new Host(build);
          const [from, at, dropped] = [host.f64(n, origin), host.f64(n, x), host.f64(n, x)];
          host.run((k) => k.shrink_f64(n, t, from.at, at.at), at);
          const shrunk = r.map((v) => Math.sign(v) * Math.max(Math.abs(v) - t, 0));
          expect(firstDifferent(at.values(), plus(origin, shrunk))).toBe(-1);
          host.run((k) => k.drop_below_f64(n, t, from.at, dropped.at), dropped);
          const kept = x.map((v, i) => (Math.abs(r[i] as number) < t ? (origin[i] as number) : v));
          expect(firstDifferent(dropped.values(), kept)).toBe(-1);
        });
      }

      for (const share of [0, 1e-9, 0.1, 0.6, 0.999, 1, 3]) {
        test(`project_l1_f64 is the nearest point of the ball, n = ${n}, radius ${share} of the length`, () => {
          const host = new Host(build);
          const [from, at, scratch] = [host.f64(n, origin), host.f64(n, x), host.f64(n)];
          host.run((k) => k.project_l1_f64(n, share * sum, from.at, at.at, scratch.at), at, scratch);
          const found = at.values();
          if (share >= 1) expect(firstDifferent(found, x)).toBe(-1);
          // The threshold errs by the rounding of sums of n numbers, twice over; a point by that and by its own addition.
          const bound = 4 * n * U * sum + 4 * U;
          // The oracle's formula is that of radii above 0.
          const wanted = share === 0 ? origin : plus(origin, projectL1([...r], share * sum));
          for (let i = 0; i < n; i++)
            expect(Math.abs((found[i] as number) - (wanted[i] as number))).toBeLessThanOrEqual(bound);
          const length = minus(found, origin).reduce((total, v) => total + Math.abs(v), 0);
          expect(length).toBeLessThanOrEqual(Math.min(share, 1) * sum + n * bound);
        });
      }

      // Few are kept in order, 33 and more are divided about pivots.
      for (const count of [0, 1, 2, 7, 32, 33, 34, 60, 103, 104, 200]) {
        test(`keep_largest_f64 takes back all but the ${count} largest changes and their equals, n = ${n}`, () => {
          const host = new Host(build);
          const [from, at, scratch] = [host.f64(n, origin), host.f64(n, x), host.f64(n)];
          host.run((k) => k.keep_largest_f64(n, count, from.at, at.at, scratch.at), at, scratch);
          const kept = keepLargest([...r], Math.max(1, count));
          const wanted = x.map((v, i) => (kept[i] === 0 ? (origin[i] as number) : v));
          expect(firstDifferent(at.values(), wanted)).toBe(-1);
        });
      }

      for (const count of [1, 3, 40, 104]) {
        test(`climb_steepest_f64 takes equal steps of the ${count} steepest features that have room, n = ${n}`, () => {
          const g = noise64(n, 3).map((v, i) => (isPadding(i) ? 0 : i % 4 === 0 ? Math.sign(v) * 0.75 : v));
          // Every third feature stands at an end of its box: at the upper one or the lower.
          const low = x.map((v, i) => (isPadding(i) ? 0 : i % 3 === 0 && i % 2 === 0 ? v : v - 1));
          const high = x.map((v, i) => (isPadding(i) ? 0 : i % 3 === 0 && i % 2 === 1 ? v : v + 1));
          const host = new Host(build);
          const [slope, lower, upper, at] = [host.f64(n, g), host.f64(n, low), host.f64(n, high), host.f64(n, x)];
          const scratch = host.f64(2 * n);
          host.run(
            (k) => k.climb_steepest_f64(n, 0.3, count, slope.at, lower.at, upper.at, at.at, scratch.at),
            at,
            scratch,
          );
          const hasRoom = (i: number) =>
            (g[i] as number) > 0 ? (x[i] as number) < (high[i] as number) : (x[i] as number) > (low[i] as number);
          const steep = Array.from(g, (v, i) => (v !== 0 && hasRoom(i) ? Math.abs(v) : 0));
          const least = steep.toSorted((a, b) => b - a)[Math.min(count, n) - 1] as number;
          const moves = steep.map((v) => v > 0 && v >= least);
          const m = moves.filter(Boolean).length;
          expect(m).toBeGreaterThan(0);
          const wanted = x.map((v, i) => (moves[i] ? v + (Math.sign(g[i] as number) * 0.3) / m : v));
          expect(firstDifferent(at.values(), wanted)).toBe(-1);
        });
      }

      test(`clamp_cube_f64 clamps to the cube and then to the box, n = ${n}`, () => {
        const [low, high] = [origin.map((v) => v - 0.2), origin.map((v, i) => (isPadding(i) ? 0 : v + 0.4))];
        for (let i = n - 3; i < n; i++) low[i] = 0;
        const host = new Host(build);
        const [image, at] = [host.f64(3 * n, Float64Array.from([...origin, ...low, ...high])), host.f64(n, x)];
        host.run((k) => k.clamp_cube_f64(n, 0.3, image.at, at.at), at);
        const wanted = x.map((v, i) => {
          const kept = Math.min((origin[i] as number) + 0.3, Math.max((origin[i] as number) - 0.3, v));
          return Math.min(high[i] as number, Math.max(low[i] as number, kept));
        });
        expect(firstDifferent(at.values(), wanted)).toBe(-1);
      });
    }
  });
}
