import { describe, expect, test } from "vitest";
import { firstBeyond, firstDifferent, gBoth } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const f = Math.fround;

for (const build of BUILDS) {
  describe(build, () => {
    for (const inner of around(4)) {
      test(`interpolate_f32 weighs two of 5 for each of 7, interpolate_grad_f32 is its transpose, ${inner} beside each other`, () => {
        const [outer, h, m] = [2, 5, 7];
        const index = Array.from({ length: 2 * m }, (_, i) => (3 * i) % h);
        const weight = noise32(2 * m, 1);
        const [x, dy, dx] = [
          noise32(outer * h * inner, 2),
          noise32(outer * m * inner, 3),
          noise32(outer * h * inner, 4),
        ];
        const host = new Host(build);
        const [at, w] = [host.i32(2 * m, index), host.f32(2 * m, weight)];
        const [from, to, d, grown] = [
          host.f32(x.length, x),
          host.f32(dy.length),
          host.f32(dy.length, dy),
          host.f32(x.length, dx),
        ];
        host.run((k) => k.interpolate_f32(outer, h, m, inner, at.at, w.at, from.at, to.at), to);
        host.run((k) => k.interpolate_grad_f32(outer, h, m, inner, at.at, w.at, d.at, grown.at), grown);
        const expected = dy.map((_, i) => {
          const [o, place, k] = [Math.floor(i / (m * inner)), Math.floor(i / inner) % m, i % inner];
          let sum = 0;
          for (const t of [0, 1]) {
            const source = (o * h + (index[2 * place + t] as number)) * inner + k;
            sum = f(sum + f((weight[2 * place + t] as number) * (x[source] as number)));
          }
          return sum;
        });
        expect(firstDifferent(to.values(), expected)).toBe(-1);
        const sums = Float32Array.from(dx);
        dy.forEach((slope, i) => {
          const [o, place, k] = [Math.floor(i / (m * inner)), Math.floor(i / inner) % m, i % inner];
          for (const t of [0, 1]) {
            const source = (o * h + (index[2 * place + t] as number)) * inner + k;
            sums[source] = f((sums[source] as number) + f((weight[2 * place + t] as number) * slope));
          }
        });
        expect(firstDifferent(grown.values(), sums)).toBe(-1);
      });
    }

    for (const n of around(4)) {
      test(`log_softmax_f32 and log_softmax_grad_f32 of rows of ${n} are within their roundings of f64`, () => {
        const rows = 3;
        const [x, dy, dx] = [noise32(rows * n, 1, 9), noise32(rows * n, 2), noise32(rows * n, 3)];
        const host = new Host(build);
        const [from, to, d, grown] = [
          host.f32(x.length, x),
          host.f32(x.length),
          host.f32(x.length, dy),
          host.f32(x.length, dx),
        ];
        host.run((k) => k.log_softmax_f32(rows, n, from.at, to.at), to);
        host.run((k) => k.log_softmax_grad_f32(rows, n, to.at, d.at, grown.at), grown);
        const rowOf = <A extends Float32Array>(a: A, i: number) =>
          a.subarray(Math.floor(i / n) * n, (Math.floor(i / n) + 1) * n);
        const logs = Array.from(x, (v, i) => {
          const row = rowOf(x, i);
          const top = Math.max(...row);
          return v - top - Math.log(row.reduce((sum, other) => sum + Math.exp(other - top), 0));
        });
        // The difference to the largest is at most 18, the logarithm at most ln n and of a sum with n + 6 roundings.
        const bound = logs.map(() => gBoth(4) * 20 + gBoth(n + 8));
        expect(firstBeyond(to.values(), logs, bound)).toBe(-1);
        const slopes = logs.map((y, i) => {
          const sum = rowOf(dy, i).reduce((total, v) => total + v, 0);
          return (dx[i] as number) + (dy[i] as number) - Math.exp(y) * sum;
        });
        const off = slopes.map(
          (_, i) => gBoth(n + 40) * (2 + rowOf(dy, i).reduce((total, v) => total + Math.abs(v), 0)),
        );
        expect(firstBeyond(grown.values(), slopes, off)).toBe(-1);
      });
    }
  });
}
