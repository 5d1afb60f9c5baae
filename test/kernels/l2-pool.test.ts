import { describe, expect, test } from "vitest";
import { l2Pool, l2PoolGradient, type Pool } from "../oracle/windows.ts";
import { firstBeyond, firstDifferent } from "../support/bounds.ts";
import { expectDerivative, inner, moved } from "../support/central.ts";
import { BUILDS, type Build, Host } from "../support/host.ts";
import { noise32, noise64 } from "../support/noise.ts";
import { bounds, values } from "../support/running.ts";
import { around } from "../support/sizes.ts";

/** Overlapping, touching, gaping and clipped windows. */
function shapes(c: number): Pool[] {
  return [
    { h: 5, w: 7, c, kh: 3, kw: 3, sh: 2, sw: 2, top: 0, left: 0, oh: 2, ow: 3 },
    { h: 4, w: 6, c, kh: 2, kw: 3, sh: 2, sw: 3, top: 0, left: 0, oh: 2, ow: 2 },
    { h: 5, w: 5, c, kh: 3, kw: 2, sh: 1, sw: 1, top: 1, left: 0, oh: 5, ow: 5 },
    { h: 7, w: 3, c, kh: 1, kw: 1, sh: 3, sw: 2, top: 0, left: 0, oh: 3, ow: 2 },
    { h: 3, w: 3, c, kh: 5, kw: 5, sh: 2, sw: 2, top: 2, left: 2, oh: 2, ow: 2 },
  ];
}

function forward(build: Build, rows: number, s: Pool, eps: number, x: Float32Array): Float32Array {
  const host = new Host(build);
  const [xAt, y] = [host.f32(x.length, x), host.f32(rows * s.oh * s.ow * s.c)];
  host.run((k) => k.l2_pool_f32(rows, s, eps, xAt.at, y.at), y);
  return y.values();
}

function backward(build: Build, rows: number, s: Pool, [x, y, dy, dx]: readonly Float32Array[]): Float32Array {
  const host = new Host(build);
  const block = (v: Float32Array | undefined) => host.f32(v?.length ?? 0, v);
  const [xAt, yAt, dyAt, dxAt] = [block(x), block(y), block(dy), block(dx)];
  host.run((k) => k.l2_pool_grad_f32(rows, s, xAt.at, yAt.at, dyAt.at, dxAt.at), dxAt);
  return dxAt.values();
}

const title = (s: Pool) =>
  `${s.h}x${s.w}x${s.c} by ${s.kh}x${s.kw} / ${s.sh},${s.sw}${s.top + s.left > 0 ? ", clipped" : ""}`;

for (const build of BUILDS) {
  describe(build, () => {
    for (const shape of around(4).flatMap(shapes)) {
      const [inputs, outputs] = [shape.h * shape.w * shape.c, shape.oh * shape.ow * shape.c];
      const eps = Math.fround(0.01);

      test(`l2_pool_f32 and l2_pool_grad_f32 are within the bound of f64, and give a row its bits, ${title(shape)}`, () => {
        const rows = 2;
        const [x, dy, dx] = [noise32(rows * inputs, 1, 3), noise32(rows * outputs, 2), noise32(rows * inputs, 3)];
        const y = forward(build, rows, shape, eps, x);
        const slope = backward(build, rows, shape, [x, y, dy, dx]);
        for (let r = 0; r < rows; r++) {
          const row = (v: Float32Array, width: number) => v.slice(r * width, (r + 1) * width);
          const [xr, yr, dyr, dxr] = [row(x, inputs), row(y, outputs), row(dy, outputs), row(dx, inputs)];
          const judged = l2Pool(xr, shape, eps);
          expect(firstBeyond(yr, values(judged), bounds(judged))).toBe(-1);
          const judgedSlope = l2PoolGradient(xr, yr, dyr, dxr, shape);
          expect(firstBeyond(row(slope, inputs), values(judgedSlope), bounds(judgedSlope))).toBe(-1);
          expect(firstDifferent(forward(build, 1, shape, eps, xr), yr)).toBe(-1);
          expect(firstDifferent(backward(build, 1, shape, [xr, yr, dyr, dxr]), row(slope, inputs))).toBe(-1);
        }
        expect(y).toHaveLength(rows * outputs);
      });
    }

    test("l2_pool_f32 adds the squares to eps in the order of the window, to the bit", () => {
      const shape: Pool = { h: 3, w: 4, c: 5, kh: 3, kw: 4, sh: 1, sw: 1, top: 0, left: 0, oh: 1, ow: 1 };
      const x = noise32(60, 5, 3);
      const expected = Float32Array.from({ length: 5 }, (_, k) => {
        let s = Math.fround(0.3);
        for (let p = 0; p < 12; p++) s = Math.fround(s + Math.fround((x[5 * p + k] as number) ** 2));
        return Math.sqrt(s);
      });
      expect(firstDifferent(forward(build, 1, shape, 0.3, x), expected)).toBe(-1);
    });

    test("where y = 0 nothing passes: no NaN at the tip of the cone, in body and tail", () => {
      const shape: Pool = { h: 2, w: 2, c: 5, kh: 2, kw: 2, sh: 2, sw: 2, top: 0, left: 0, oh: 1, ow: 1 };
      const x = new Float32Array(20);
      const y = forward(build, 1, shape, 0, x);
      expect([...y]).toEqual([0, 0, 0, 0, 0]);
      const dx = noise32(20, 3);
      expect(firstDifferent(backward(build, 1, shape, [x, y, noise32(5, 2), dx]), dx)).toBe(-1);
    });
  });
}

for (const shape of shapes(3)) {
  test(`the oracle's gradient is the slope of central differences, ${title(shape)}`, () => {
    const [inputs, outputs] = [shape.h * shape.w * shape.c, shape.oh * shape.ow * shape.c];
    for (const seed of [1, 2, 3]) {
      const [x, dy, v] = [noise64(inputs, seed, 2), noise64(outputs, seed + 10), noise64(inputs, seed + 20)];
      const y = values(l2Pool(x, shape, 0.5));
      const slope = values(l2PoolGradient(x, y, dy, new Float64Array(inputs), shape));
      expectDerivative((t) => inner(values(l2Pool(moved(x, v, t), shape, 0.5)), dy), inner(slope, v), 4 * outputs);
    }
  });
}

test("the debug build traps on a negative eps and on an empty window", () => {
  const { anywhere: kernels } = new Host("debug");
  const one = { h: 2, w: 2, c: 1, oh: 1, ow: 1, kw: 2, sh: 1, sw: 1, top: 0, left: 0 };
  const call = (kh: number, eps: number) => () => kernels.l2_pool_f32(1, { ...one, kh }, eps, 1024, 2048);
  expect(call(2, 0)).not.toThrow();
  expect(call(0, 0)).toThrow(WebAssembly.RuntimeError);
  expect(call(2, -1)).toThrow(WebAssembly.RuntimeError);
});
