import { describe, expect, test } from "vitest";
import { offset32 } from "../../src/wasm/index.ts";
import { NUMBERED, type NumberedFunction } from "../oracle/functions.ts";
import { firstBeyond, firstDifferent, U32, U64 } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

/** The unit roundoff, with room for the products of some hundred of them. */
const U = U32 * (1 + 2 ** -10);
/** What is lost where a result, or a factor of it, has lost its digits already: some units of the least float. */
const SUBNORMAL = 2 ** -146;

/** Floats on both sides of zero, close to it and far, but for those where the function is none. */
function inputs({ isPositive }: NumberedFunction, n: number, seed: number): Float32Array {
  const x = noise32(n, seed, 6).map((v, i) => (i % 3 === 2 ? v / 64 : i % 7 === 6 ? v * 5 : v));
  return isPositive ? x.map(Math.abs) : x;
}

/** Those whose slope is not decided by a rounding. */
function smoothInputs(one: NumberedFunction, n: number, seed: number): Float32Array {
  const { kinks = [] } = one;
  return inputs(one, n, seed).filter((v) => v !== 0 && kinks.every((kink) => Math.abs(v - kink) > 1e-5));
}

for (const build of BUILDS) {
  describe(build, () => {
    NUMBERED.forEach((one, number) => {
      const { title, f, slope, error, slopeError, fromOutput } = one;
      const [a = 0, b = 0, c = 0] = one.parameters;

      for (const n of [0, ...around(4)]) {
        test(`function_f32 and function_grad_f32, ${title}: each of ${n} floats what it is alone, in place too`, () => {
          const host = new Host(build);
          const [x, dy, dx] = [inputs(one, n, n), noise32(n, 1), noise32(n, 2)];
          const [from, to, place] = [host.f32(n, x), host.f32(n), host.f32(n, x)];
          const [d, slopes] = [host.f32(n, dy), host.f32(n, dx)];
          host.run((k) => k.function_f32(number, n, a, b, c, from.at, to.at), to);
          host.run((k) => k.function_f32(number, n, a, b, c, place.at, place.at), place);
          host.run((k) => k.function_grad_f32(number, n, a, b, c, from.at, d.at, slopes.at), slopes);
          const alone = Array.from(x, (_, i) => {
            const [y, grown] = [host.f32(1), host.f32(1, dx.slice(i, i + 1))];
            const at = offset32(from.at, i);
            host.run((k) => k.function_f32(number, 1, a, b, c, at, y.at), y);
            host.run((k) => k.function_grad_f32(number, 1, a, b, c, at, offset32(d.at, i), grown.at), grown);
            return [y.values()[0], grown.values()[0]];
          });
          const column = (i: 0 | 1) => alone.map((pair) => pair[i]);
          expect(firstDifferent(to.values(), column(0))).toBe(-1);
          expect(firstDifferent(place.values(), column(0))).toBe(-1);
          expect(firstDifferent(slopes.values(), column(1))).toBe(-1);
        });
      }

      test(`${title} and its slope are within their roundings of f64`, () => {
        const host = new Host(build);
        const x = smoothInputs(one, 10_007, 3);
        const n = x.length;
        const [dy, dx] = [noise32(n, 4), noise32(n, 5)];
        const [from, to, d, slopes] = [host.f32(n, x), host.f32(n), host.f32(n, dy), host.f32(n, dx)];
        host.run((k) => k.function_f32(number, n, a, b, c, from.at, to.at), to);
        const exact = Array.from(x, f);
        // The oracle's own functions err by some units of double precision.
        const bound = exact.map((y, i) => {
          const v = x[i] as number;
          return U * error(v) + 64 * U64 * Math.abs(y) + SUBNORMAL * (1 + Math.abs(v));
        });
        expect(firstBeyond(to.values(), exact, bound)).toBe(-1);

        const at = fromOutput ? to : from;
        host.run((k) => k.function_grad_f32(number, n, a, b, c, at.at, d.at, slopes.at), slopes);
        const grown = Array.from(x, (v, i) => (dx[i] as number) + (dy[i] as number) * slope(v));
        const off = Array.from(x, (v, i) => {
          const share = Math.abs(dy[i] as number);
          const terms = Math.abs(dx[i] as number) + share * Math.abs(slope(v));
          return 2 * U * terms + U * share * slopeError(v) + SUBNORMAL * (1 + Math.abs(v));
        });
        expect(firstBeyond(slopes.values(), grown, off)).toBe(-1);
        expect(n).toBeGreaterThan(9_900);
      });

      test(`the oracle's slope of ${title} is that of central differences`, () => {
        const points = smoothInputs(one, 300, 6).filter((v) => Math.abs(v) > 1e-3 && Math.abs(v) < 4);
        for (const x of points) {
          const difference = (h: number) => (f(x + h) - f(x - h)) / (2 * h);
          const h = 2 ** -19 * Math.min(1, Math.abs(x));
          const [coarse, fine] = [difference(2 * h), difference(h)];
          const rounding = (2 ** -49 * Math.abs(f(x)) + 2 ** -52 * Math.abs(x * slope(x))) / h;
          expect(Math.abs(fine - slope(x)), `${x}`).toBeLessThanOrEqual(Math.abs(coarse - fine) + rounding);
        }
        expect(points.length).toBeGreaterThan(150);
      });

      test(`${title} keeps NaN`, () => {
        const host = new Host(build);
        const x = host.f32(5, new Float32Array(5).fill(Number.NaN));
        host.run((k) => k.function_f32(number, 5, a, b, c, x.at, x.at), x);
        expect(x.values().every(Number.isNaN)).toBe(true);
      });
    });

    test("whole powers below zero are reciprocals, the power 0 is 1 with slope 0", () => {
      const host = new Host(build);
      const x = host.f32(3, [2, -0.5, 3]);
      const [y, dy, dx] = [host.f32(3), host.f32(3, [1, 1, 1]), host.f32(3, [0, 0, 0])];
      host.run((k) => k.function_f32(13, 3, -3, 0, 0, x.at, y.at), y);
      expect([...y.values()]).toEqual([1 / 8, -8, Math.fround(1 / 27)]);
      host.run((k) => k.function_grad_f32(13, 3, -1, 0, 0, x.at, dy.at, dx.at), dx);
      expect([...dx.values()]).toEqual([-1 / 4, -4, -Math.fround(1 / 9)]);
      host.run((k) => k.function_f32(13, 3, 0, 0, 0, x.at, y.at), y);
      host.run((k) => k.function_grad_f32(13, 3, 0, 0, 0, x.at, dy.at, dx.at), dx);
      expect([...y.values()]).toEqual([1, 1, 1]);
      expect([...dx.values()]).toEqual([-1 / 4, -4, -Math.fround(1 / 9)]);
    });

    test("far out, where terms overflow, nothing becomes NaN", () => {
      const host = new Host(build);
      const ends = [3.4e38, -3.4e38, 1e20, -1e20, 200, -200, 45, -45];
      for (const number of [0, 5, 7, 8, 9, 10, 11, 12, 15]) {
        const [x, y] = [host.f32(8, ends), host.f32(8)];
        const [dy, dx] = [host.f32(8, new Float32Array(8).fill(1)), host.f32(8, new Float32Array(8))];
        host.run((k) => k.function_f32(number, 8, 1, 1, 1, x.at, y.at), y);
        const at = number === 0 ? y : x;
        host.run((k) => k.function_grad_f32(number, 8, 1, 1, 1, at.at, dy.at, dx.at), dx);
        expect([...y.values(), ...dx.values()].some(Number.isNaN), `${number}`).toBe(false);
      }
    });
  });
}
