import { describe, expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

/** A float of each side of a kink at 0 and at 1, and both kinks. */
const KINKS = [-1.5, -0, 0, 2 ** -149, 0.25, 1, 1 + 2 ** -23, 7, -(2 ** -149)];
const inputs = (n: number, seed: number): Float32Array => {
  return noise32(n, seed, 2).map((x, i) => (i % 2 === 1 ? (KINKS[(i >> 1) % KINKS.length] as number) : x));
};
const A = Math.fround(0.3);
const f = Math.fround;

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [0, ...around(4), 29]) {
      const [x, dy, dx] = [inputs(n, 1), noise32(n, 2), noise32(n, 3)];

      test(`relu_top_f32 is x between 0 and 1, its gradient passes up to 1, n = ${n}`, () => {
        const host = new Host(build);
        const [from, to, place] = [host.f32(n, x), host.f32(n), host.f32(n, x)];
        host.run((k) => k.relu_top_f32(n, 1, from.at, to.at), to);
        host.run((k) => k.relu_top_f32(n, 1, place.at, place.at), place);
        const expected = x.map((v) => Math.min(Math.max(v, 0), 1));
        expect(firstDifferent(to.values(), expected)).toBe(-1);
        expect(firstDifferent(place.values(), expected)).toBe(-1);
        const [d, g] = [host.f32(n, dy), host.f32(n, dx)];
        host.run((k) => k.relu_top_grad_f32(n, 1, from.at, d.at, g.at), g);
        const passed = dx.map((v, i) => v + ((x[i] as number) > 0 && (x[i] as number) <= 1 ? (dy[i] as number) : 0));
        expect(firstDifferent(g.values(), passed)).toBe(-1);
      });

      test(`clip_f32 is x between two ends, its gradient passes at both, n = ${n}`, () => {
        const host = new Host(build);
        const [from, to, place] = [host.f32(n, x), host.f32(n), host.f32(n, x)];
        host.run((k) => k.clip_f32(n, -A, 1, from.at, to.at), to);
        host.run((k) => k.clip_f32(n, -A, 1, place.at, place.at), place);
        const expected = x.map((v) => Math.min(Math.max(v, -A), 1));
        expect(firstDifferent(to.values(), expected)).toBe(-1);
        expect(firstDifferent(place.values(), expected)).toBe(-1);
        const [d, g] = [host.f32(n, dy), host.f32(n, dx)];
        host.run((k) => k.clip_grad_f32(n, 0, 1, from.at, d.at, g.at), g);
        const passed = dx.map((v, i) => v + ((x[i] as number) >= 0 && (x[i] as number) <= 1 ? (dy[i] as number) : 0));
        expect(firstDifferent(g.values(), passed)).toBe(-1);
      });

      test(`hard_swish_f32 is x times a line within 0 and 1, its gradient that of the parabola between, n = ${n}`, () => {
        const host = new Host(build);
        const [from, to, place] = [host.f32(n, x), host.f32(n), host.f32(n, x)];
        host.run((k) => k.hard_swish_f32(n, A, 0.5, from.at, to.at), to);
        host.run((k) => k.hard_swish_f32(n, A, 0.5, place.at, place.at), place);
        const gate = (v: number) => Math.min(Math.max(f(f(A * v) + 0.5), 0), 1);
        const expected = x.map((v) => v * gate(v));
        expect(firstDifferent(to.values(), expected)).toBe(-1);
        expect(firstDifferent(place.values(), expected)).toBe(-1);
        const [d, g] = [host.f32(n, dy), host.f32(n, dx)];
        host.run((k) => k.hard_swish_grad_f32(n, A, 0.5, from.at, d.at, g.at), g);
        const slope = (v: number) => f((gate(v) > 0 && gate(v) < 1 ? f(A * v) : 0) + gate(v));
        const passed = dx.map((v, i) => v + f((dy[i] as number) * slope(x[i] as number)));
        expect(firstDifferent(g.values(), passed)).toBe(-1);
      });

      test(`leaky_relu_f32 is a x below zero, its gradient a dy up to zero, n = ${n}`, () => {
        const host = new Host(build);
        const [from, to, place] = [host.f32(n, x), host.f32(n), host.f32(n, x)];
        host.run((k) => k.leaky_relu_f32(n, A, from.at, to.at), to);
        host.run((k) => k.leaky_relu_f32(n, A, place.at, place.at), place);
        const expected = x.map((v) => (v < 0 ? A * v : v));
        expect(firstDifferent(to.values(), expected)).toBe(-1);
        expect(firstDifferent(place.values(), expected)).toBe(-1);
        const [d, g] = [host.f32(n, dy), host.f32(n, dx)];
        host.run((k) => k.leaky_relu_grad_f32(n, A, from.at, d.at, g.at), g);
        const passed = dx.map((v, i) => v + f((x[i] as number) > 0 ? (dy[i] as number) : A * (dy[i] as number)));
        expect(firstDifferent(g.values(), passed)).toBe(-1);
      });

      for (const rows of [0, 1, 3]) {
        test(`prelu_f32 and its gradients have a slope for each column, ${rows} rows of ${n}`, () => {
          const host = new Host(build);
          const size = rows * n;
          const [alpha, start] = [noise32(n, 4), noise32(n, 5)];
          const [all, d, before] = [inputs(size, 6), noise32(size, 7), noise32(size, 8)];
          const column = (i: number) => alpha[i % n] as number;
          const [a, from, to] = [host.f32(n, alpha), host.f32(size, all), host.f32(size)];
          host.run((k) => k.prelu_f32(rows, n, a.at, from.at, to.at), to);
          expect(
            firstDifferent(
              to.values(),
              all.map((v, i) => (v < 0 ? column(i) * v : v)),
            ),
          ).toBe(-1);
          const [dAt, gAt, wAt] = [host.f32(size, d), host.f32(size, before), host.f32(n, start)];
          host.run((k) => k.prelu_grad_f32(rows, n, a.at, from.at, dAt.at, gAt.at), gAt);
          host.run((k) => k.prelu_alpha_grad_f32(rows, n, from.at, dAt.at, wAt.at), wAt);
          const passed = before.map(
            (v, i) => v + f((all[i] as number) > 0 ? (d[i] as number) : column(i) * (d[i] as number)),
          );
          expect(firstDifferent(gAt.values(), passed)).toBe(-1);
          const sums = Float32Array.from(start);
          all.forEach((v, i) => {
            sums[i % n] = (sums[i % n] as number) + (v <= 0 ? f(v * (d[i] as number)) : 0);
          });
          expect(firstDifferent(wAt.values(), sums)).toBe(-1);
        });
      }
    }
  });
}
