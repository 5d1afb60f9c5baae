import { describe, expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

/** One more input x into y. An operation on two floats in f64 rounds to f32 as the kernel does (53 >= 2 * 24 + 2). */
const JOINS = {
  add_f32: (x: number, y: number) => y + x,
  sub_f32: (x: number, y: number) => y - x,
  mul_f32: (x: number, y: number) => y * x,
  max_f32: (x: number, y: number) => Math.max(x, y),
};
const A = Math.fround(1 / 3);

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [0, ...around(4)]) {
      for (const [name, join] of Object.entries(JOINS)) {
        test(`${name} takes x into y, to the bit, n = ${n}`, () => {
          const host = new Host(build);
          const [x, y] = [noise32(n, 1, 3), noise32(n, 2, 3)];
          const [xAt, yAt] = [host.f32(n, x), host.f32(n, y)];
          host.run((k) => k[name as keyof typeof JOINS](n, xAt.at, yAt.at), yAt);
          const expected = y.map((v, i) => join(x[i] as number, v));
          expect(firstDifferent(yAt.values(), expected)).toBe(-1);
        });
      }

      test(`scale_f32 is a x, in place and out of place, axpy_f32 adds it with two roundings, n = ${n}`, () => {
        const host = new Host(build);
        const [x, y] = [noise32(n, 3), noise32(n, 4)];
        const [xAt, yAt, to, place] = [host.f32(n, x), host.f32(n, y), host.f32(n), host.f32(n, x)];
        host.run((k) => k.scale_f32(n, A, xAt.at, to.at), to);
        host.run((k) => k.scale_f32(n, A, place.at, place.at), place);
        host.run((k) => k.axpy_f32(n, A, xAt.at, yAt.at), yAt);
        const scaled = x.map((v) => A * v);
        expect(firstDifferent(to.values(), scaled)).toBe(-1);
        expect(firstDifferent(place.values(), scaled)).toBe(-1);
        expect(
          firstDifferent(
            yAt.values(),
            y.map((v, i) => v + (scaled[i] as number)),
          ),
        ).toBe(-1);
      });

      test(`max_grad_f32 gives dy to the first of the largest of three inputs and to no other, n = ${n}`, () => {
        const host = new Host(build);
        // Few values, so that two or all three are often the largest.
        const xs = [5, 6, 7].map((seed) => noise32(n, seed, 1.5).map(Math.round));
        const y = Float32Array.from({ length: n }, (_, i) => Math.max(...xs.map((x) => x[i] as number)));
        const [dy, dx] = [noise32(n, 8), noise32(3 * n, 9)];
        const [yAt, rest] = [host.f32(n, y), host.f32(n, dy)];
        const xAts = xs.map((x) => host.f32(n, x));
        const dxAts = xs.map((_, j) => host.f32(n, dx.subarray(j * n, (j + 1) * n)));
        xAts.forEach((x, j) => {
          const to = dxAts[j] as (typeof dxAts)[number];
          host.run((k) => k.max_grad_f32(n, x.at, yAt.at, rest.at, to.at), rest, to);
        });
        dxAts.forEach((at, j) => {
          const expected = dx.slice(j * n, (j + 1) * n).map((v, i) => {
            const first = xs.findIndex((x) => x[i] === y[i]);
            return v + (first === j ? (dy[i] as number) : 0);
          });
          expect(firstDifferent(at.values(), expected)).toBe(-1);
        });
        expect(rest.values().every((v) => v === 0)).toBe(true);
      });
    }

    test("max_f32 and max_grad_f32 take -0 and 0 for equal, as the larger of them is 0", () => {
      const host = new Host(build);
      const [x, y] = [host.f32(5, new Float32Array(5).fill(-0)), host.f32(5, new Float32Array(5))];
      const [dy, dx] = [host.f32(5, [1, 2, 3, 4, 5]), host.f32(5, new Float32Array(5))];
      host.run((k) => k.max_f32(5, x.at, y.at), y);
      expect(firstDifferent(y.values(), [0, 0, 0, 0, 0])).toBe(-1);
      host.run((k) => k.max_grad_f32(5, x.at, y.at, dy.at, dx.at), dy, dx);
      expect([...dx.values()]).toEqual([1, 2, 3, 4, 5]);
    });
  });
}
