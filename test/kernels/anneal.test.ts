import { describe, expect, test } from "vitest";
import { clamp, multiply, subtract, sum4 } from "../oracle/vector.ts";
import { firstBeyond, firstDifferent, g, U64 } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";

/** x + a y, each operation rounded to f32. */
function step32(x: ArrayLike<number>, a: number, y: ArrayLike<number>): Float32Array {
  return Float32Array.from(x, (v, i) => v + Math.fround(Math.fround(a) * (y[i] as number)));
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [0, 8, 16, 24, 104]) {
      const [x, origin, r, slope] = [noise32(n, 1), noise32(n, 2), noise32(n, 3), noise32(n, 4)];
      const lower = origin.map((v) => v - 0.4);
      const upper = origin.map((v, i) => v + (i % 3) * 0.3);

      test(`norm2_f32 is the root of the squares summed in f64 in its stated order, n = ${n}`, () => {
        const host = new Host(build);
        const slopeAt = host.f32(n, slope);
        expect(host.run((k) => k.norm2_f32(n, slopeAt.at))).toBe(Math.sqrt(sum4(multiply(slope, slope))));
      });

      test(`step_residual_f32 is (x - origin) - a slope and its square in its stated order, n = ${n}`, () => {
        const host = new Host(build);
        const [xAt, originAt, slopeAt, to] = [host.f32(n, x), host.f32(n, origin), host.f32(n, slope), host.f32(n)];
        const square = host.run((k) => k.step_residual_f32(n, 0.3, xAt.at, originAt.at, slopeAt.at, to.at), to);
        const expected = step32(Float32Array.from(subtract(x, origin)), -0.3, slope);
        expect(firstDifferent(to.values(), expected)).toBe(-1);
        expect(Object.is(square, sum4(multiply(expected, expected)))).toBe(true);
      });

      test(`place_residual_f32 is clamp(origin + a r), n = ${n}`, () => {
        const host = new Host(build);
        const [originAt, rAt, to] = [host.f32(n, origin), host.f32(n, r), host.f32(n)];
        const [lowerAt, upperAt] = [host.f32(n, lower), host.f32(n, upper)];
        host.run((k) => k.place_residual_f32(n, 0.7, originAt.at, rAt.at, lowerAt.at, upperAt.at, to.at), to);
        expect(firstDifferent(to.values(), clamp(step32(origin, 0.7, r), lower, upper))).toBe(-1);
      });

      test(`half_space_f32 is clamp(start + t d), its reach along the slope and its rate where free, n = ${n}`, () => {
        const host = new Host(build);
        const t = -0.5;
        const [startAt, dAt, xAt] = [host.f32(n, origin), host.f32(n, r), host.f32(n, x)];
        const [slopeAt, to, out] = [host.f32(n, slope), host.f32(n), host.f64(2)];
        const [lowerAt, upperAt] = [host.f32(n, lower), host.f32(n, upper)];
        host.run(
          (k) => k.half_space_f32(n, t, startAt.at, dAt.at, xAt.at, slopeAt.at, lowerAt.at, upperAt.at, to.at, out.at),
          to,
          out,
        );
        const wanted = step32(origin, t, r);
        const placed = clamp(wanted, lower, upper);
        expect(firstDifferent(to.values(), placed)).toBe(-1);
        const reach = multiply(slope, Float32Array.from(subtract(placed, x)));
        const rate = multiply(slope, r).filter(
          (_, i) => (wanted[i] as number) > (lower[i] as number) && (wanted[i] as number) < (upper[i] as number),
        );
        const sum = (terms: number[]) => terms.reduce((total, term) => total + term, 0);
        // Two sums in whatever order: each within g(n) of the magnitudes it adds.
        const bound = [reach, rate].map((terms) => 2 * g(n, U64) * sum(terms.map(Math.abs)));
        expect(firstBeyond(out.values(), [sum(reach), sum(rate)], bound)).toBe(-1);
        if (n > 0) expect(rate.length > 0 && rate.length < n).toBe(true);
      });
    }
  });
}
