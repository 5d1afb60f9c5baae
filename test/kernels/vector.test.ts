import { describe, expect, test } from "vitest";
import { clamp, freeSet, largest, multiply, step, subtract, sum4, sum8 } from "../oracle/vector.ts";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise64 } from "../support/noise.ts";

/** Lengths are multiples of 8 by contract; the caller pads. */
const SIZES = [0, 8, 16, 24, 104];

/** A box and a point in it that touches both bounds, with gradients of either sign and zero at each. */
function boxed(n: number) {
  const lower = noise64(n, 1).map((v) => v - 1);
  const upper = lower.map((v, i) => v + (i % 11 === 10 ? 0 : 1.5));
  const t = noise64(n, 2).map((v) => (v + 1) / 2);
  const x = lower.map((low, i) => {
    if (i % 4 === 0) return low;
    if (i % 4 === 1) return upper[i] as number;
    return low + (t[i] as number) * ((upper[i] as number) - low);
  });
  const g = noise64(n, 3, 2).map((v, i) => (i % 6 === 5 ? 0 : v));
  return { lower, upper, x, g };
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of SIZES) {
      const [x, y, z] = [noise64(n, 4), noise64(n, 5), noise64(n, 6)];

      test(`dot_f64 adds in its stated order, to the bit, n = ${n}`, () => {
        const host = new Host(build);
        const [xAt, yAt] = [host.f64(n, x), host.f64(n, y)];
        const dot = host.run((k) => k.dot_f64(n, xAt.at, yAt.at));
        expect(Object.is(dot, sum8(multiply(x, y)))).toBe(true);
      });

      test(`norm2_f64 is the rounded root of dot_f64(x, x), n = ${n}`, () => {
        const host = new Host(build);
        const xAt = host.f64(n, x);
        expect(host.run((k) => k.norm2_f64(n, xAt.at))).toBe(Math.sqrt(sum8(multiply(x, x))));
      });

      test(`free_square_f64 is the sum of squares over the free components in its stated order, n = ${n}`, () => {
        const host = new Host(build);
        const free = Array.from(x, (_, i) => i % 3 !== 1);
        const [xAt, freeAt] = [host.f64(n, x), host.mask(free)];
        const sums = [0, 0] as [number, number];
        for (const [i, v] of x.entries()) sums[i % 2] = (sums[i % 2] as number) + (free[i] ? v * v : 0);
        expect(host.run((k) => k.free_square_f64(n, xAt.at, freeAt.at))).toBe(sums[0] + sums[1]);
      });

      test(`norm_inf_f64 is the largest magnitude, wherever it stands, n = ${n}`, () => {
        const host = new Host(build);
        const xAt = host.f64(n, x);
        expect(host.run((k) => k.norm_inf_f64(n, xAt.at))).toBe(largest(x));
        let places = 0;
        for (let i = 0; i < n; i++, places++) {
          const spike = host.f64(n, x);
          spike.row(0)[i] = -7;
          expect(host.run((k) => k.norm_inf_f64(n, spike.at))).toBe(7);
          spike.row(0)[i] = Number.NaN;
          expect(host.run((k) => k.norm_inf_f64(n, spike.at))).toBeNaN();
        }
        expect(places).toBe(n);
      });

      test(`axpy_f64, scale_f64 and sub_f64 are exact to the rounding of each element, n = ${n}`, () => {
        const host = new Host(build);
        const a = -1.7;
        const [xAt, sum, scaled, difference] = [host.f64(n, x), host.f64(n, y), host.f64(n), host.f64(n)];
        const yAt = host.f64(n, y);
        host.run((k) => k.axpy_f64(n, a, xAt.at, sum.at), sum);
        host.run((k) => k.scale_f64(n, a, xAt.at, scaled.at), scaled);
        host.run((k) => k.sub_f64(n, xAt.at, yAt.at, difference.at), difference);
        expect(firstDifferent(sum.values(), step(y, a, x))).toBe(-1);
        expect(
          firstDifferent(
            scaled.values(),
            x.map((v) => a * v),
          ),
        ).toBe(-1);
        expect(firstDifferent(difference.values(), subtract(x, y))).toBe(-1);
      });

      test(`scale_f64 and sub_f64 may write over an input, n = ${n}`, () => {
        const host = new Host(build);
        const [one, two, three] = [host.f64(n, x), host.f64(n, x), host.f64(n, y)];
        host.run((k) => k.scale_f64(n, 3, one.at, one.at), one);
        host.run((k) => k.sub_f64(n, two.at, three.at, three.at), three);
        host.run((k) => k.sub_f64(n, two.at, two.at, two.at), two);
        expect(
          firstDifferent(
            one.values(),
            x.map((v) => 3 * v),
          ),
        ).toBe(-1);
        expect(firstDifferent(three.values(), subtract(x, y))).toBe(-1);
        expect(firstDifferent(two.values(), new Float64Array(n))).toBe(-1);
      });

      test(`projected_gradient_f64 is x - clamp(x - g) and its largest magnitude, n = ${n}`, () => {
        const host = new Host(build);
        const box = boxed(n);
        const [xAt, gAt] = [host.f64(n, box.x), host.f64(n, box.g)];
        const [lowerAt, upperAt, p] = [host.f64(n, box.lower), host.f64(n, box.upper), host.f64(n)];
        const norm = host.run((k) => k.projected_gradient_f64(n, xAt.at, gAt.at, lowerAt.at, upperAt.at, p.at), p);
        const expected = subtract(box.x, clamp(subtract(box.x, box.g), box.lower, box.upper));
        expect(firstDifferent(p.values(), expected)).toBe(-1);
        expect(norm).toBe(largest(expected));
      });

      test(`free_set_f64 fixes what stands at a bound and is pushed out, and nothing else, n = ${n}`, () => {
        const host = new Host(build);
        const box = boxed(n);
        const [xAt, gAt] = [host.f64(n, box.x), host.f64(n, box.g)];
        const [lowerAt, upperAt] = [host.f64(n, box.lower), host.f64(n, box.upper)];
        const free = host.mask(Array(n).fill(false));
        host.run((k) => k.free_set_f64(n, xAt.at, gAt.at, lowerAt.at, upperAt.at, free.at), free);
        const expected = freeSet(box.x, box.g, box.lower, box.upper);
        expect([...free.values()]).toEqual(expected.map((isFree) => (isFree ? -1n : 0n)));
        if (n > 0) expect(new Set(expected).size).toBe(2);
      });

      test(`squared_distance_f64 is |x - y|^2 in its stated order, n = ${n}`, () => {
        const host = new Host(build);
        const [xAt, yAt] = [host.f64(n, x), host.f64(n, y)];
        const r = subtract(x, y);
        const distance = host.run((k) => k.squared_distance_f64(n, xAt.at, yAt.at));
        expect(Object.is(distance, sum4(multiply(r, r)))).toBe(true);
      });

      test(`pair_of_points_f64 is the step, the change of slope and their product, n = ${n}`, () => {
        const host = new Host(build);
        const w = noise64(n, 7);
        const [from, to, slopeFrom, slopeTo] = [host.f64(n, x), host.f64(n, y), host.f64(n, z), host.f64(n, w)];
        const [s, d] = [host.f64(n), host.f64(n)];
        const curvature = host.run(
          (k) => k.pair_of_points_f64(n, from.at, to.at, slopeFrom.at, slopeTo.at, s.at, d.at),
          s,
          d,
        );
        const [step, change] = [subtract(y, x), subtract(w, z)];
        expect(firstDifferent(s.values(), step)).toBe(-1);
        expect(firstDifferent(d.values(), change)).toBe(-1);
        expect(Object.is(curvature, sum4(multiply(step, change)))).toBe(true);
        // In the place of where it came from.
        const inPlace = host.run(
          (k) => k.pair_of_points_f64(n, from.at, to.at, slopeFrom.at, slopeTo.at, from.at, slopeFrom.at),
          from,
          slopeFrom,
        );
        expect(firstDifferent(from.values(), step)).toBe(-1);
        expect(firstDifferent(slopeFrom.values(), change)).toBe(-1);
        expect(Object.is(inPlace, curvature)).toBe(true);
      });
    }

    test("copy_f64 copies any number of doubles, bit for bit", () => {
      const host = new Host(build);
      for (const n of [0, 1, 7, 8, 9]) {
        const values = noise64(n, n).map((v, i) => (i === 1 ? -0 : v));
        const [x, y] = [host.f64(n, values), host.f64(n)];
        host.run((k) => k.copy_f64(n, x.at, y.at), y);
        expect(firstDifferent(y.values(), values)).toBe(-1);
      }
      expect.assertions(5);
    });
  });
}

test("the debug build traps on a length that is not a multiple of 8", () => {
  const { anywhere: k } = new Host("debug");
  const calls: [string, (n: number) => unknown][] = [
    ["dot_f64", (n) => k.dot_f64(n, 1024, 2048)],
    ["axpy_f64", (n) => k.axpy_f64(n, 1, 1024, 2048)],
    ["scale_f64", (n) => k.scale_f64(n, 1, 1024, 2048)],
    ["sub_f64", (n) => k.sub_f64(n, 1024, 2048, 4096)],
    ["norm2_f64", (n) => k.norm2_f64(n, 1024)],
    ["norm_inf_f64", (n) => k.norm_inf_f64(n, 1024)],
    ["projected_gradient_f64", (n) => k.projected_gradient_f64(n, 1024, 2048, 3072, 4096, 5120)],
    ["free_set_f64", (n) => k.free_set_f64(n, 1024, 2048, 3072, 4096, 5120)],
    ["squared_distance_f64", (n) => k.squared_distance_f64(n, 1024, 2048)],
    ["pair_of_points_f64", (n) => k.pair_of_points_f64(n, 1024, 2048, 3072, 4096, 5120, 6144)],
    ["demote_f64_to_f32", (n) => k.demote_f64_to_f32(n, 1024, 2048)],
  ];
  for (const [name, call] of calls) {
    expect(() => call(8), name).not.toThrow();
    for (const n of [7, 9, 12]) expect(() => call(n), `${name}(${n})`).toThrow(WebAssembly.RuntimeError);
  }
  expect(calls).toHaveLength(11);
});
