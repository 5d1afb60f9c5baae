import { describe, expect, test } from "vitest";
import { panels, transpose } from "../oracle/matrix.ts";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [0, ...around(8)]) {
      for (const k of [0, 1, 5]) {
        test(`pack_b_f32_8 makes zero-filled panels of eight columns, k = ${k}, n = ${n}`, () => {
          const host = new Host(build);
          const values = noise32(k * n, 1);
          const b = host.matrix(k, n, n + 7, values);
          const expected = panels(k, n, values);
          const p = host.f32(expected.length);
          host.run((kernels) => kernels.pack_b_f32_8(k, n, b.at, n + 7, 0, p.at), p);
          expect(firstDifferent(p.values(), expected)).toBe(-1);
        });

        test(`pack_bt_f32_8 makes the panels of the transpose, k = ${k}, n = ${n}`, () => {
          const host = new Host(build);
          const values = noise32(n * k, 2);
          const bt = host.matrix(n, k, k + 11, values);
          const expected = panels(k, n, transpose(n, k, values));
          const p = host.f32(expected.length);
          host.run((kernels) => kernels.pack_bt_f32_8(k, n, bt.at, k + 11, 0, p.at), p);
          expect(firstDifferent(p.values(), expected)).toBe(-1);
        });
      }
    }

    for (const n of [0, ...around(4)]) {
      test(`drop_below_f32 takes what is smaller than the floor for 0, and no more, n = ${n}`, () => {
        const host = new Host(build);
        const under = 2 ** -10 * (1 - 2 ** -24);
        const edge = [2 ** -10, -(2 ** -10), under, -under, 2 ** -140, -0, Number.NaN, Number.POSITIVE_INFINITY];
        const kept = [2 ** -10, -(2 ** -10), 0, 0, 0, 0, Number.NaN, Number.POSITIVE_INFINITY];
        const of = (list: number[]) => Array.from({ length: n }, (_, i) => list[(i * 3) % 8] as number);
        const [x, y] = [host.f32(n, of(edge)), host.f32(n)];
        host.run((kernels) => kernels.drop_below_f32(n, 2 ** -10, x.at, y.at), y);
        expect(firstDifferent(y.values(), of(kept))).toBe(-1);
      });
    }

    for (const n of around(8)) {
      test(`pack_b_f32_8 and pack_bt_f32_8 take what is smaller than the floor for 0, and no more, n = ${n}`, () => {
        const host = new Host(build);
        const k = 4;
        const floor = 2 ** -10;
        const under = floor * (1 - 2 ** -24);
        const edge = [floor, -floor, under, -under, 2 ** -140, -0, Number.NaN, Number.POSITIVE_INFINITY];
        const kept = [floor, -floor, 0, 0, 0, 0, Number.NaN, Number.POSITIVE_INFINITY];
        const of = (list: number[]) => Array.from({ length: k * n }, (_, i) => list[(i * 3) % 8] as number);
        const expected = panels(k, n, of(kept));
        const [b, bt] = [host.matrix(k, n, n, of(edge)), host.matrix(n, k, k, transpose(k, n, of(edge)))];
        const [p, pt] = [host.f32(expected.length), host.f32(expected.length)];
        host.run((kernels) => kernels.pack_b_f32_8(k, n, b.at, n, floor, p.at), p);
        host.run((kernels) => kernels.pack_bt_f32_8(k, n, bt.at, k, floor, pt.at), pt);
        expect(firstDifferent(p.values(), expected)).toBe(-1);
        expect(firstDifferent(pt.values(), expected)).toBe(-1);
      });
    }
  });
}

test("the debug build traps on a stride shorter than a row", () => {
  const { anywhere: kernels } = new Host("debug");
  expect(() => kernels.pack_b_f32_8(4, 8, 0, 7, 0, 4096)).toThrow(WebAssembly.RuntimeError);
  expect(() => kernels.pack_bt_f32_8(4, 8, 0, 3, 0, 4096)).toThrow(WebAssembly.RuntimeError);
});
