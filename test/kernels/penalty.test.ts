import { describe, expect, test } from "vitest";
import { multiply, subtract, sum4 } from "../oracle/vector.ts";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32, noise64 } from "../support/noise.ts";

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [0, 8, 16, 24, 104]) {
      test(`demote_f64_to_f32 rounds each double to the nearest float, n = ${n}`, () => {
        const host = new Host(build);
        // Ties to even, overflow, the subnormals of f32 and the sign of zero, then whatever comes.
        const edges = [1 + 2 ** -24, 1 + 3 * 2 ** -24, 3.5e38, 2 ** -150, 1.5 * 2 ** -149, -0, -1e-46, -3.5e38];
        const x = noise64(n, 1).map((v, i) => edges[i] ?? v);
        const [xAt, y] = [host.f64(n, x), host.f32(n)];
        host.run((k) => k.demote_f64_to_f32(n, xAt.at, y.at), y);
        expect(firstDifferent(y.values(), Array.from(x, Math.fround))).toBe(-1);
      });

      test(`penalty_gradient_f32 is slope + 2 c (x - origin) and |x - origin|^2 in its stated order, n = ${n}`, () => {
        const host = new Host(build);
        const c = 0.3;
        const [x, origin, slope] = [noise32(n, 2), noise32(n, 3), noise32(n, 4)];
        const [xAt, originAt, slopeAt, g] = [host.f32(n, x), host.f32(n, origin), host.f32(n, slope), host.f32(n)];
        const distance = host.run((k) => k.penalty_gradient_f32(n, c, xAt.at, originAt.at, slopeAt.at, g.at), g);
        const r = Float32Array.from(subtract(x, origin));
        const expected = r.map((v, i) => (slope[i] as number) + Math.fround(Math.fround(2 * c) * v));
        expect(firstDifferent(g.values(), expected)).toBe(-1);
        expect(Object.is(distance, sum4(multiply(r, r)))).toBe(true);
        // In the place of the slope.
        host.run((k) => k.penalty_gradient_f32(n, c, xAt.at, originAt.at, slopeAt.at, slopeAt.at), slopeAt);
        expect(firstDifferent(slopeAt.values(), expected)).toBe(-1);
      });
    }
  });
}
