/** The kernels of linear bounds: against f64 sums, and the duals against the minima that they bound. */
import { describe, expect, test } from "vitest";
import { firstBeyond, firstDifferent, g, U64 } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32, noise64 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const ROWS = 3;

/** The least of c.d over a ball in a box, nearly, by bisection of the price: from above, as the d that is found lies inside. */
function leastL2(c: Float32Array, lower: Float32Array, upper: Float32Array, e: number): number {
  const at = (t: number) => c.map((x, i) => Math.min(Math.max(-t * x, lower[i] as number), upper[i] as number));
  let [low, high] = [0, 1e9];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (Math.hypot(...at(middle)) <= e) low = middle;
    else high = middle;
  }
  return at(low).reduce((sum, d, i) => sum + d * (c[i] as number), 0);
}

/** The same over |d|_1 <= e: what gains most is moved first. */
function leastL1(c: Float32Array, lower: Float32Array, upper: Float32Array, e: number): number {
  let [left, sum] = [e, 0];
  for (const i of Array.from(c.keys()).sort((a, b) => Math.abs(c[b] as number) - Math.abs(c[a] as number))) {
    const x = c[i] as number;
    const move = Math.min(left, x > 0 ? -(lower[i] as number) : (upper[i] as number));
    sum -= Math.abs(x) * move;
    left -= move;
  }
  return sum;
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of around(4)) {
      const a = noise32(ROWS * n, 1).map((x, i) => (i % 5 === 4 ? 0 : x));
      const [lower, upper, start] = [noise64(n, 2, 3), noise64(n, 3, 3), noise64(ROWS, 4)];
      const sums = Float64Array.from(start, (c, r) => {
        return lower.reduce((sum, low, i) => {
          const x = a[r * n + i] as number;
          return sum + (x > 0 ? x * low : x * (upper[i] as number));
        }, c);
      });
      const sizes = Float64Array.from(start, (c, r) => {
        return lower.reduce((sum, low, i) => {
          const x = a[r * n + i] as number;
          return sum + Math.abs(x) * (x > 0 ? Math.abs(low) : Math.abs(upper[i] as number));
        }, Math.abs(c));
      });
      const bound = sizes.map((size) => 2 * g(n + 4, U64) * size);

      test(`interval_sum_f64 adds what coefficients make of an interval, n = ${n}`, () => {
        const host = new Host(build);
        const [at, low, high, c] = [
          host.f32(ROWS * n, a),
          host.f64(n, lower),
          host.f64(n, upper),
          host.f64(ROWS, start),
        ];
        host.run((k) => k.interval_sum_f64(ROWS, n, at.at, low.at, high.at, c.at), c);
        expect(firstBeyond(c.values(), sums, bound)).toBe(-1);
      });

      test(`relax_f32 adds the same and takes coefficients through the slope of their side, n = ${n}`, () => {
        const host = new Host(build);
        const slopes = noise32(2 * n, 5);
        const [at, low, high, c] = [
          host.f32(ROWS * n, a),
          host.f64(n, lower),
          host.f64(n, upper),
          host.f64(ROWS, start),
        ];
        const s = host.f32(2 * n, slopes);
        host.run((k) => k.relax_f32(ROWS, n, at.at, s.at, low.at, high.at, c.at), at, c);
        expect(firstBeyond(c.values(), sums, bound)).toBe(-1);
        const expected = a.map((x, i) => x * (slopes[(i % n) + (x > 0 ? 0 : n)] as number));
        expect(firstDifferent(at.values(), expected)).toBe(-1);
      });

      test(`choose_grad_f32 gives each coefficient to the number that its side has chosen, n = ${n}`, () => {
        const host = new Host(build);
        const m = 3;
        const index = Int32Array.from({ length: 2 * n }, (_, i) => (i * 7) % m);
        const slope = noise32(n, 6);
        const begun = noise32(ROWS * m, 7);
        const [at, choice, s, to] = [
          host.f32(ROWS * n, a),
          host.i32(2 * n, index),
          host.f32(n, slope),
          host.f32(ROWS * m, begun),
        ];
        host.run((k) => k.choose_grad_f32(ROWS, n, m, at.at, choice.at, s.at, to.at), to);
        const expected = begun.slice();
        a.forEach((x, i) => {
          const [r, o] = [Math.floor(i / n), i % n];
          const place = r * m + (index[o + (x > 0 ? 0 : n)] as number);
          const share = x > 0 ? x : Math.fround(x * (slope[o] as number));
          expected[place] = (expected[place] as number) + share;
        });
        expect(firstDifferent(to.values(), expected)).toBe(-1);
      });

      for (const e of [1e-6, 0.1, 1, 5, 1e3]) {
        test(`dual_l2_f64 and dual_l1_f64 are below the least over a ball of ${e} in a box, and near it, n = ${n}`, () => {
          const host = new Host(build);
          // Some features may not move, some to one side only.
          const low = noise32(n, 8).map((x, i) => (i % 4 === 3 ? 0 : -Math.abs(x)));
          const high = noise32(n, 9).map((x, i) => (i % 6 === 5 ? 0 : Math.abs(x)));
          const box = Float32Array.from([...low, ...high]);
          const [at, place] = [host.f32(ROWS * n, a), host.f32(2 * n, box)];
          for (const [kernel, least] of [
            ["dual_l2_f64", leastL2],
            ["dual_l1_f64", leastL1],
          ] as const) {
            const sum = host.f64(ROWS, new Float64Array(ROWS));
            host.run((k) => k[kernel](ROWS, n, e, at.at, place.at, sum.at), sum);
            const found = sum.values();
            for (let r = 0; r < ROWS; r++) {
              const exact = least(a.slice(r * n, (r + 1) * n), low, high, e);
              expect(found[r], kernel).toBeLessThanOrEqual(exact + 1e-12 * Math.abs(exact));
              // The price is found to a hundredth: what that costs goes by its square.
              expect(found[r], kernel).toBeGreaterThanOrEqual(exact * 1.001 - 1e-9);
            }
          }
          expect(box.length).toBe(2 * n);
        });
      }
    }

    test("what is no number makes the bounds none", () => {
      const host = new Host(build);
      const n = 9;
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        for (const place of [2, 8]) {
          const a = noise32(n, 1);
          a[place] = bad;
          const at = host.f32(n, a);
          const [low, high] = [host.f64(n, new Float64Array(n).fill(-1)), host.f64(n, new Float64Array(n).fill(1))];
          const box = host.f32(
            2 * n,
            Float32Array.from([...new Float32Array(n).fill(-1), ...new Float32Array(n).fill(1)]),
          );
          const c = [0, 1, 2].map(() => host.f64(1, new Float64Array(1)));
          host.run((k) => k.interval_sum_f64(1, n, at.at, low.at, high.at, c[0]?.at ?? 0), c[0] as (typeof c)[0]);
          host.run((k) => k.dual_l2_f64(1, n, 1, at.at, box.at, c[1]?.at ?? 0), c[1] as (typeof c)[0]);
          host.run((k) => k.dual_l1_f64(1, n, 1, at.at, box.at, c[2]?.at ?? 0), c[2] as (typeof c)[0]);
          for (const found of c)
            expect((found.values()[0] as number) > Number.NEGATIVE_INFINITY, `${bad} at ${place}`).toBe(false);
        }
      }
    });
  });
}
