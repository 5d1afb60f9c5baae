import { describe, expect, test } from "vitest";
import { type Contrast, contrast, contrastGradient } from "../oracle/windows.ts";
import { firstBeyond, firstDifferent } from "../support/bounds.ts";
import { expectDerivative, inner, moved } from "../support/central.ts";
import { BUILDS, type Build, Host } from "../support/host.ts";
import { noise32, noise64 } from "../support/noise.ts";
import { bounds, values } from "../support/running.ts";
import { around } from "../support/sizes.ts";

/** Symmetric weights of sum 1, exact in single precision. */
const WINDOWS = { 1: [1], 3: [0.25, 0.5, 0.25], 5: [0.0625, 0.25, 0.375, 0.25, 0.0625] } as const;

/** Widths and maps around a vector; windows up to wider than the image; below the least, above it, and both. */
const SHAPES: readonly Contrast[] = [
  ...around(4).map((w) => ({ h: 3, w, c: 3, window: WINDOWS[3], least: 0.01 })),
  ...around(4).map((c) => ({ h: 4, w: 5, c, window: WINDOWS[5], least: 0.125 })),
  { h: 2, w: 3, c: 2, window: WINDOWS[5], least: 0.4375 },
  { h: 1, w: 1, c: 6, window: WINDOWS[1], least: 0.01 },
  { h: 4, w: 4, c: 4, window: WINDOWS[3], least: 9 },
].map((shape) => ({ ...shape, least: Math.fround(shape.least) }));

const title = ({ h, w, c, window, least }: Contrast) =>
  `${h}x${w}x${c}, window ${window.length}, least ${Number(least.toPrecision(3))}`;

/** Floats of scratch for one blur. */
const blurSize = ({ h, w, window }: Contrast) => w + window.length - 1 + (h + window.length - 1) * w;

function forward(build: Build, rows: number, s: Contrast, x: Float32Array): Float32Array {
  const host = new Host(build);
  const window = host.f32(s.window.length, s.window);
  const [xAt, y, scratch] = [host.f32(x.length, x), host.f32(x.length), host.f32(s.h * s.w + blurSize(s))];
  host.run(
    (k) => k.contrast_f32(rows, s.h, s.w, s.c, window.columns, window.at, s.least, xAt.at, y.at, scratch.at),
    y,
    scratch,
  );
  return y.values();
}

type Data = readonly [x: Float32Array, y: Float32Array, dy: Float32Array, dx: Float32Array];

function backward(build: Build, rows: number, s: Contrast, [x, y, dy, dx]: Data): Float32Array {
  const host = new Host(build);
  const window = host.f32(s.window.length, s.window);
  const block = (v: Float32Array) => host.f32(v.length, v);
  const [xAt, yAt, dyAt, dxAt] = [block(x), block(y), block(dy), block(dx)];
  const scratch = host.f32(s.h * s.w * (s.c + 2) + blurSize(s));
  const shape = [rows, s.h, s.w, s.c, window.columns, window.at, s.least] as const;
  host.run((k) => k.contrast_grad_f32(...shape, xAt.at, yAt.at, dyAt.at, dxAt.at, scratch.at), dxAt, scratch);
  return dxAt.values();
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const shape of SHAPES) {
      test(`contrast_f32 and contrast_grad_f32 are within the bound of f64, and give a row its bits, ${title(shape)}`, () => {
        const [rows, n] = [3, shape.h * shape.w * shape.c];
        const [x, dy, dx] = [noise32(rows * n, 1, 2), noise32(rows * n, 2), noise32(rows * n, 3)];
        const y = forward(build, rows, shape, x);
        const slope = backward(build, rows, shape, [x, y, dy, dx]);
        for (let r = 0; r < rows; r++) {
          const row = (v: Float32Array) => v.slice(r * n, (r + 1) * n);
          const judged = contrast(row(x), shape);
          expect(firstBeyond(row(y), values(judged), bounds(judged))).toBe(-1);
          const judgedSlope = contrastGradient(row(x), row(y), row(dy), row(dx), shape);
          expect(firstBeyond(row(slope), values(judgedSlope), bounds(judgedSlope))).toBe(-1);
          // A bound as wide as the slopes themselves would judge nothing.
          expect(Math.max(...bounds(judgedSlope))).toBeLessThan(2 ** -8 * Math.max(...row(slope).map(Math.abs)));
          expect(firstDifferent(forward(build, 1, shape, row(x)), row(y))).toBe(-1);
          expect(firstDifferent(backward(build, 1, shape, [row(x), row(y), row(dy), row(dx)]), row(slope))).toBe(-1);
        }
        expect(y).toHaveLength(rows * n);
      });
    }
  });
}

for (const shape of SHAPES) {
  test(`the oracle's gradient is the slope of central differences, ${title(shape)}`, () => {
    const n = shape.h * shape.w * shape.c;
    for (const seed of [1, 2, 3]) {
      const [x, dy, v] = [noise64(n, seed, 2), noise64(n, seed + 10), noise64(n, seed + 20)];
      const slope = values(contrastGradient(x, values(contrast(x, shape)), dy, new Float64Array(n), shape));
      const size = n * Math.max(...values(contrast(x, shape)).map(Math.abs));
      expectDerivative((t) => inner(values(contrast(moved(x, v, t), shape)), dy), inner(slope, v), size);
    }
  });
}

test("the debug build traps on an even window and on a least that is not positive", () => {
  const { anywhere: kernels } = new Host("debug");
  const call = (size: number, least: number) => () =>
    kernels.contrast_f32(1, 2, 2, 1, size, 1024, least, 2048, 4096, 8192);
  expect(call(3, 1)).not.toThrow();
  expect(call(2, 1)).toThrow(WebAssembly.RuntimeError);
  expect(call(3, 0)).toThrow(WebAssembly.RuntimeError);
});
