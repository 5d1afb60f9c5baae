import { describe, expect, test } from "vitest";
import { offset32 } from "../../src/wasm/index.ts";
import { relu, slopes } from "../oracle/activation.ts";
import { firstBeyond, firstDifferent, gBoth } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const MAPS = ["exp_f32", "log_f32", "relu_f32", "sigmoid_f32", "tanh_f32"] as const;
const GRADIENTS = ["relu_grad_f32", "sigmoid_grad_f32", "tanh_grad_f32"] as const;

/** Inputs that meet every branch of every function. */
function inputs(n: number): Float32Array {
  return noise32(n, n, 8).map((x, i) => (i % 5 === 4 ? x / 64 : x));
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const kernel of MAPS) {
      for (const n of [0, ...around(4)]) {
        test(`${kernel} of ${n} floats gives each what it gives alone, in place and out of place`, () => {
          const host = new Host(build);
          const x = inputs(n).map((v) => (kernel === "log_f32" ? Math.abs(v) : v));
          const alone = Array.from(x, (value) => {
            const one = host.f32(1, [value]);
            host.run((k) => k[kernel](1, one.at, one.at), one);
            return one.values()[0];
          });
          const [from, to, place] = [host.f32(n, x), host.f32(n), host.f32(n, x)];
          host.run((k) => k[kernel](n, from.at, to.at), to);
          host.run((k) => k[kernel](n, place.at, place.at), place);
          expect(firstDifferent(to.values(), alone)).toBe(-1);
          expect(firstDifferent(place.values(), alone)).toBe(-1);
          expect(alone.some(Number.isNaN)).toBe(false);
        });
      }
    }

    for (const n of [0, ...around(4)]) {
      test(`relu_f32 is max(x, 0), n = ${n}`, () => {
        const host = new Host(build);
        const x = inputs(n);
        const y = host.f32(n, x);
        host.run((k) => k.relu_f32(n, y.at, y.at), y);
        expect(firstDifferent(y.values(), Array.from(x, relu))).toBe(-1);
      });
    }

    test("relu_f32 keeps NaN, clears the sign of zero and passes infinity, in body and tail", () => {
      const host = new Host(build);
      const special = [Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      const x = host.f32(7, [...special, ...special.slice(0, 3)]);
      const expected = [Number.NaN, 0, Number.POSITIVE_INFINITY, 0];
      host.run((k) => k.relu_f32(7, x.at, x.at), x);
      expect(firstDifferent(x.values(), [...expected, ...expected.slice(0, 3)])).toBe(-1);
    });

    for (const kernel of GRADIENTS) {
      for (const n of [0, ...around(4)]) {
        test(`${kernel} adds dy f'(y) to dx, within g(4) of f64, n = ${n}`, () => {
          const host = new Host(build);
          const { slope, magnitude } = slopes[kernel];
          // relu's y has zeros, where its slope jumps; the others' lie in their ranges.
          const y = noise32(n, 3).map((v) => (kernel === "tanh_grad_f32" ? v : Math.max(v, 0)));
          const [dy, dx] = [noise32(n, 4), noise32(n, 5)];
          const [yAt, dyAt, dxAt] = [host.f32(n, y), host.f32(n, dy), host.f32(n, dx)];
          host.run((k) => k[kernel](n, yAt.at, dyAt.at, dxAt.at), dxAt);
          const oracle = Array.from(y, (v, i) => (dx[i] as number) + (dy[i] as number) * slope(v));
          const bound = Array.from(
            y,
            (v, i) => gBoth(4) * (Math.abs(dx[i] as number) + Math.abs(dy[i] as number) * magnitude(v)),
          );
          expect(firstBeyond(dxAt.values(), oracle, bound)).toBe(-1);
        });
      }

      test(`${kernel} gives each element what it gives alone`, () => {
        const host = new Host(build);
        const n = 13;
        const [y, dy, dx] = [noise32(n, 6), noise32(n, 7), noise32(n, 8)];
        const [yAt, dyAt, dxAt] = [host.f32(n, y), host.f32(n, dy), host.f32(n, dx)];
        host.run((k) => k[kernel](n, yAt.at, dyAt.at, dxAt.at), dxAt);
        const alone = Array.from({ length: n }, (_, i) => {
          const one = host.f32(1, dx.slice(i, i + 1));
          host.run((k) => k[kernel](1, offset32(yAt.at, i), offset32(dyAt.at, i), one.at), one);
          return one.values()[0];
        });
        expect(firstDifferent(dxAt.values(), alone)).toBe(-1);
      });
    }

    test("relu_grad_f32 passes nothing at the kink, not even an infinity", () => {
      const host = new Host(build);
      const y = host.f32(5, [0, 0, 0, 0, 0]);
      const dy = host.f32(5, new Float32Array(5).fill(Number.POSITIVE_INFINITY));
      const dx = host.f32(5, [1, 2, 3, 4, 5]);
      host.run((k) => k.relu_grad_f32(5, y.at, dy.at, dx.at), dx);
      expect([...dx.values()]).toEqual([1, 2, 3, 4, 5]);
    });
  });
}
