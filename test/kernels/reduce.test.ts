import { describe, expect, test } from "vitest";
import { REDUCTIONS, reducedTerms } from "../oracle/reduce.ts";
import { firstBeyond, gBoth } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const NAMES = Object.keys(REDUCTIONS) as (keyof typeof REDUCTIONS)[];
const OUTER = 3;

/** The slopes to the terms. */
function slopesOf(of: keyof typeof REDUCTIONS, x: readonly number[]): number[] {
  const y = REDUCTIONS[of](x);
  const first = x.indexOf(y);
  return x.map((v, k) => {
    switch (of) {
      case "sum":
        return 1;
      case "mean":
        return 1 / x.length;
      case "largest":
      case "least":
        return k === first ? 1 : 0;
      case "sum of squares":
        return 2 * v;
      case "root of squares":
        return y > 0 ? v / y : 0;
      case "sum of magnitudes":
        return v > 0 ? 1 : -1;
      case "product":
        return x.reduce((product, other, j) => (j === k ? product : product * other), 1);
      default:
        return Math.exp(v - y);
    }
  });
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [...around(4), 37]) {
      for (const inner of around(4)) {
        test(`reduce_f32 and reduce_grad_f32 over ${n} of [${OUTER}, ${n}, ${inner}]`, () => {
          const host = new Host(build);
          const size = OUTER * n * inner;
          const x = noise32(size, 1, 2);
          // Equal extremes, and a row of zeros; of a row a zero among the factors.
          if (n > 2) x.copyWithin(inner, 0, inner);
          x.fill(0, n * inner, 2 * n * inner);
          x[2 * n * inner] = 0;
          const [dy, dx] = [noise32(OUTER * inner, 2), noise32(size, 3)];
          const terms = Array.from({ length: OUTER * inner }, (_, i) => {
            const [o, column] = [Math.floor(i / inner), i % inner];
            return Array.from({ length: n }, (_, k) => (o * n + k) * inner + column);
          });
          NAMES.forEach((name, number) => {
            if (name === "log of exponentials" && inner > 1) return;
            const [from, to] = [host.f32(size, x), host.f32(OUTER * inner)];
            host.run((k) => k.reduce_f32(number, OUTER, n, inner, from.at, to.at), to);
            const lists = terms.map((places) => places.map((i) => x[i] as number));
            const exact = lists.map(REDUCTIONS[name]);
            const isExact = name === "largest" || name === "least";
            const bound = lists.map((list) => (isExact ? 0 : gBoth(n + 4) * reducedTerms(name, list) + 2 ** -149));
            expect(firstBeyond(to.values(), exact, bound), name).toBe(-1);

            const [d, grown] = [host.f32(dy.length, dy), host.f32(size, dx)];
            host.run((k) => k.reduce_grad_f32(number, OUTER, n, inner, from.at, to.at, d.at, grown.at), grown);
            const sums = Float64Array.from(dx);
            const off = Float64Array.from(dx, (v) => gBoth(2) * Math.abs(v) + 2 ** -146);
            terms.forEach((places, i) => {
              slopesOf(name, lists[i] as number[]).forEach((slope, k) => {
                const [at, through] = [places[k] as number, (dy[i] as number) * slope];
                sums[at] = (sums[at] as number) + through;
                off[at] = (off[at] as number) + gBoth(2 * n + 16) * Math.abs(through);
              });
            });
            expect(firstBeyond(grown.values(), sums, off), name).toBe(-1);
          });
        });
      }
    }

    test("a NaN among the terms is the result, and of a product that has lost its digits the slopes are there", () => {
      const host = new Host(build);
      const [x, y] = [host.f32(5, [1, 2, Number.NaN, 3, 4]), host.f32(1)];
      for (let f = 0; f < NAMES.length; f++) {
        host.run((k) => k.reduce_f32(f, 1, 5, 1, x.at, y.at), y);
        expect(y.values()[0]).toBeNaN();
      }
      const [small, dy, dx] = [host.f32(3, [1e-30, 1e-16, 2]), host.f32(1, [1]), host.f32(3, [0, 0, 0])];
      host.run((k) => k.reduce_f32(7, 1, 3, 1, small.at, y.at), y);
      host.run((k) => k.reduce_grad_f32(7, 1, 3, 1, small.at, y.at, dy.at, dx.at), dx);
      const slopes = [...dx.values()];
      expect(slopes[0]).toBeCloseTo(2e-16, 22);
      expect(Math.abs((slopes[1] as number) / 2e-30 - 1)).toBeLessThan(1e-6);
    });
  });
}
