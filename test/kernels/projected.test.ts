import { describe, expect, test } from "vitest";
import { clamp, freeSet, multiply, subtract, sum4 } from "../oracle/vector.ts";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";

/** A box and a point in it that touches both bounds, with gradients of either sign and zero at each. */
function boxed(n: number) {
  const lower = noise32(n, 1).map((v) => v - 1);
  const upper = lower.map((v, i) => v + (i % 11 === 10 ? 0 : 1.5));
  const inside = noise32(n, 2).map((v, i) => Math.min(Math.max(v, lower[i] as number), upper[i] as number));
  const x = inside.map((v, i) => [lower[i], upper[i], v, v][i % 4] as number);
  const g = noise32(n, 3, 2).map((v, i) => (i % 6 === 5 ? 0 : v));
  return { lower, upper, x, g };
}

const difference32 = (x: ArrayLike<number>, y: ArrayLike<number>) => Float32Array.from(subtract(x, y));

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [0, 8, 16, 24, 104]) {
      test(`dot_difference_f32_f64 takes one sum from another, each in its stated order, n = ${n}`, () => {
        const host = new Host(build);
        const [x, y, z] = [noise32(n, 4), noise32(n, 5), noise32(n, 7)];
        const [xAt, yAt, zAt] = [host.f32(n, x), host.f32(n, y), host.f32(n, z)];
        const difference = host.run((k) => k.dot_difference_f32_f64(n, xAt.at, yAt.at, zAt.at));
        expect(Object.is(difference, sum4(multiply(x, y)) - sum4(multiply(x, z)))).toBe(true);
      });

      test(`dot_and_place_f32 is <x, d> in its stated order, and then d + at, n = ${n}`, () => {
        const host = new Host(build);
        const [x, at, d] = [noise32(n, 4), noise32(n, 5), noise32(n, 7)];
        const [xAt, atAt, dAt] = [host.f32(n, x), host.f32(n, at), host.f32(n, d)];
        const sum = host.run((k) => k.dot_and_place_f32(n, xAt.at, atAt.at, dAt.at), dAt);
        expect(Object.is(sum, sum4(multiply(x, d)))).toBe(true);
        const placed = Array.from(d, (v, i) => Math.fround(v + (at[i] as number)));
        expect(firstDifferent(dAt.values(), placed)).toBe(-1);
      });

      test(`free_set_f32 fixes what stands at a bound and is pushed out, and nothing else, n = ${n}`, () => {
        const host = new Host(build);
        const box = boxed(n);
        const [xAt, gAt, free] = [host.f32(n, box.x), host.f32(n, box.g), host.i32(n)];
        const [lowerAt, upperAt] = [host.f32(n, box.lower), host.f32(n, box.upper)];
        host.run((k) => k.free_set_f32(n, xAt.at, gAt.at, lowerAt.at, upperAt.at, free.at), free);
        const expected = freeSet(box.x, box.g, box.lower, box.upper);
        expect([...free.values()]).toEqual(expected.map((isFree) => (isFree ? -1 : 0)));
        if (n > 0) expect(new Set(expected).size).toBe(2);
      });

      test(`trial_f32 is clamp(x + a d) and <g, step> in its stated order, n = ${n}`, () => {
        const host = new Host(build);
        const box = boxed(n);
        const a = Math.fround(0.7);
        const d = noise32(n, 6);
        const [xAt, dAt, gAt, to] = [host.f32(n, box.x), host.f32(n, d), host.f32(n, box.g), host.f32(n)];
        const [lowerAt, upperAt] = [host.f32(n, box.lower), host.f32(n, box.upper)];
        const decrease = host.run((k) => k.trial_f32(n, a, xAt.at, dAt.at, gAt.at, lowerAt.at, upperAt.at, to.at), to);
        const moved = box.x.map((v, i) => v + Math.fround(a * (d[i] as number)));
        const expected = clamp(moved, box.lower, box.upper);
        expect(firstDifferent(to.values(), expected)).toBe(-1);
        expect(Object.is(decrease, sum4(multiply(box.g, difference32(expected, box.x))))).toBe(true);
      });

      test(`pair_of_points_f32 is the step, the change of slope and their product, n = ${n}`, () => {
        const host = new Host(build);
        const [x, y, z, w] = [noise32(n, 4), noise32(n, 5), noise32(n, 6), noise32(n, 7)];
        const [from, to, slopeFrom, slopeTo] = [host.f32(n, x), host.f32(n, y), host.f32(n, z), host.f32(n, w)];
        const [s, d] = [host.f32(n), host.f32(n)];
        const curvature = host.run(
          (k) => k.pair_of_points_f32(n, from.at, to.at, slopeFrom.at, slopeTo.at, s.at, d.at),
          s,
          d,
        );
        const [step, change] = [difference32(y, x), difference32(w, z)];
        expect(firstDifferent(s.values(), step)).toBe(-1);
        expect(firstDifferent(d.values(), change)).toBe(-1);
        expect(Object.is(curvature, sum4(multiply(step, change)))).toBe(true);
        // In the place of where it came from.
        host.run(
          (k) => k.pair_of_points_f32(n, from.at, to.at, slopeFrom.at, slopeTo.at, from.at, slopeFrom.at),
          from,
          slopeFrom,
        );
        expect(firstDifferent(from.values(), step)).toBe(-1);
        expect(firstDifferent(slopeFrom.values(), change)).toBe(-1);
      });
    }
  });
}

test("the debug build traps on a length that is not a multiple of 8", () => {
  const { anywhere: k } = new Host("debug");
  const calls: [string, (n: number) => unknown][] = [
    ["dot_difference_f32_f64", (n) => k.dot_difference_f32_f64(n, 1024, 2048, 3072)],
    ["dot_and_place_f32", (n) => k.dot_and_place_f32(n, 1024, 2048, 3072)],
    ["free_set_f32", (n) => k.free_set_f32(n, 1024, 2048, 3072, 4096, 5120)],
    ["trial_f32", (n) => k.trial_f32(n, 1, 1024, 2048, 3072, 4096, 5120, 6144)],
    ["pair_of_points_f32", (n) => k.pair_of_points_f32(n, 1024, 2048, 3072, 4096, 5120, 6144)],
    ["norm2_f32", (n) => k.norm2_f32(n, 1024)],
    ["step_residual_f32", (n) => k.step_residual_f32(n, 1, 1024, 2048, 3072, 4096)],
    ["place_residual_f32", (n) => k.place_residual_f32(n, 1, 1024, 2048, 3072, 4096, 5120)],
    ["half_space_f32", (n) => k.half_space_f32(n, 1, 1024, 2048, 3072, 4096, 5120, 6144, 7168, 8192)],
    ["penalty_gradient_f32", (n) => k.penalty_gradient_f32(n, 1, 1024, 2048, 3072, 4096)],
  ];
  for (const [name, call] of calls) {
    expect(() => call(8), name).not.toThrow();
    expect(() => call(12), name).toThrow(WebAssembly.RuntimeError);
  }
});
