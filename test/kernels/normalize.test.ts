import { describe, expect, test } from "vitest";
import { firstBeyond, firstDifferent, gBoth } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const f = Math.fround;
const EPSILON = f(1e-3);

/** Value and error of a standardised row in f64, and 1 / sqrt(variance + epsilon). */
function standardized(x: Float32Array) {
  const n = x.length;
  const mean = x.reduce((sum, v) => sum + v, 0) / n;
  const size = x.reduce((sum, v) => sum + Math.abs(v), 0) / n;
  const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
  const inv = 1 / Math.sqrt(variance + EPSILON);
  const meanError = gBoth(n + 1) * size;
  // Each deviation errs by the mean's error and a rounding, each square by twice that and another.
  const off = x.map((v) => meanError + gBoth(1) * Math.abs(v - mean));
  const varianceError =
    x.reduce((sum, v, i) => sum + 2 * Math.abs(v - mean) * (off[i] as number) + (off[i] as number) ** 2, 0) / n +
    gBoth(n + 3) * variance;
  // Half of it relative, one rounding of the sum with epsilon, the root, the quotient.
  const invError = inv * ((0.51 * varianceError) / (variance + EPSILON) + gBoth(4));
  const y = Array.from(x, (v) => (v - mean) * inv);
  const bound = y.map(
    (v, i) => Math.abs(v / inv) * invError + (off[i] as number) * (inv + invError) + gBoth(1) * Math.abs(v),
  );
  return { y, bound, inv, invError };
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of around(4)) {
      for (const rows of [0, 1, 3]) {
        const size = rows * n;
        const [x, dy, dx] = [noise32(size, 1, 3), noise32(size, 2), noise32(size, 3)];
        const [mean, scale, shift, start] = [4, 5, 6, 7].map((seed) => noise32(n, seed, 2)) as Float32Array[] as [
          Float32Array,
          Float32Array,
          Float32Array,
          Float32Array,
        ];
        const at = (list: Float32Array, i: number) => list[i % n] as number;

        test(`normalize_f32 and its gradients round once an operation, ${rows} rows of ${n}`, () => {
          const host = new Host(build);
          const [m, s, b, w] = [mean, scale, shift, start].map((v) => host.f32(n, v)) as ReturnType<Host["f32"]>[] as [
            ReturnType<Host["f32"]>,
            ReturnType<Host["f32"]>,
            ReturnType<Host["f32"]>,
            ReturnType<Host["f32"]>,
          ];
          const [from, to, place] = [host.f32(size, x), host.f32(size), host.f32(size, x)];
          host.run((k) => k.normalize_f32(rows, n, from.at, m.at, s.at, b.at, to.at), to);
          host.run((k) => k.normalize_f32(rows, n, place.at, m.at, s.at, b.at, place.at), place);
          const expected = x.map((v, i) => f(f(v - at(mean, i)) * at(scale, i)) + at(shift, i));
          expect(firstDifferent(to.values(), expected)).toBe(-1);
          expect(firstDifferent(place.values(), expected)).toBe(-1);
          const [d, g] = [host.f32(size, dy), host.f32(size, dx)];
          host.run((k) => k.normalize_grad_f32(rows, n, s.at, d.at, g.at), g);
          const passed = dx.map((v, i) => v + f((dy[i] as number) * at(scale, i)));
          expect(firstDifferent(g.values(), passed)).toBe(-1);
          host.run((k) => k.normalize_scale_grad_f32(rows, n, from.at, m.at, s.at, d.at, w.at), w);
          const sums = Float32Array.from(start);
          x.forEach((v, i) => {
            const unit = f(f(v - at(mean, i)) * at(scale, i));
            sums[i % n] = (sums[i % n] as number) + f((dy[i] as number) * unit);
          });
          expect(firstDifferent(w.values(), sums)).toBe(-1);
        });

        test(`standardize_f32 and its gradient are within their bounds of f64, ${rows} rows of ${n}`, () => {
          const host = new Host(build);
          const [from, to, inv] = [host.f32(size, x), host.f32(size), host.f32(rows)];
          host.run((k) => k.standardize_f32(rows, n, EPSILON, from.at, to.at, inv.at), to, inv);
          const [gamma, d, g] = [host.f32(n, scale), host.f32(size, dy), host.f32(size, dx)];
          const work = host.f32(2 * n);
          host.run((k) => k.standardize_grad_f32(rows, n, to.at, inv.at, gamma.at, d.at, g.at, work.at), g, work);
          for (let r = 0; r < rows; r++) {
            const part = (list: Float32Array) => list.slice(r * n, (r + 1) * n);
            const row = standardized(part(x));
            expect(firstBeyond(part(to.values()), row.y, row.bound)).toBe(-1);
            expect(firstBeyond([inv.values()[r] as number], [row.inv], [row.invError])).toBe(-1);
            // From the y and inv that were handed over, which are exact here.
            const [y, by] = [part(to.values()), inv.values()[r] as number];
            const slopes = Array.from(part(dy), (v, i) => v * (scale[i] as number));
            const average = (list: readonly number[]) => list.reduce((sum, v) => sum + v, 0) / n;
            const [first, second] = [average(slopes), average(slopes.map((v, i) => v * (y[i] as number)))];
            const [size1, size2] = [
              average(slopes.map(Math.abs)),
              average(slopes.map((v, i) => Math.abs(v * (y[i] as number)))),
            ];
            const oracle = slopes.map((v, i) => (part(dx)[i] as number) + by * (v - first - (y[i] as number) * second));
            const bound = slopes.map((v, i) => {
              const terms = Math.abs(v) + size1 + Math.abs(y[i] as number) * size2;
              return gBoth(n + 8) * (Math.abs(part(dx)[i] as number) + by * terms);
            });
            expect(firstBeyond(part(g.values()), oracle, bound)).toBe(-1);
          }
          expect(to.values()).toHaveLength(size);
        });
      }
    }

    test("a row has the same bits alone and among others, and one that is constant is zero", () => {
      const host = new Host(build);
      const x = noise32(3 * 7, 9, 2);
      x.fill(0.3, 7, 14);
      const [from, to, inv] = [host.f32(21, x), host.f32(21), host.f32(3)];
      host.run((k) => k.standardize_f32(3, 7, EPSILON, from.at, to.at, inv.at), to, inv);
      for (let r = 0; r < 3; r++) {
        const [one, y, by] = [host.f32(7, x.slice(7 * r, 7 * r + 7)), host.f32(7), host.f32(1)];
        host.run((k) => k.standardize_f32(1, 7, EPSILON, one.at, y.at, by.at), y, by);
        expect(firstDifferent(y.values(), to.values().slice(7 * r, 7 * r + 7))).toBe(-1);
      }
      // Its mean is off by a rounding at most: that over the root of epsilon is all there may be.
      const most = (gBoth(8) * 0.3) / Math.sqrt(EPSILON);
      expect(Math.max(...to.values().slice(7, 14).map(Math.abs))).toBeLessThanOrEqual(most);
    });
  });
}

test("the debug build traps on rows of nothing", () => {
  const host = new Host("debug");
  const x = host.f32(4, [1, 2, 3, 4]);
  expect(() => host.kernels.standardize_f32(1, 0, 1, x.at, x.at, x.at)).toThrow(WebAssembly.RuntimeError);
  expect(() => host.kernels.standardize_grad_f32(1, 0, x.at, x.at, x.at, x.at, x.at, x.at)).toThrow(
    WebAssembly.RuntimeError,
  );
});
