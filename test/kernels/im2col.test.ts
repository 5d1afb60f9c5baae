import { describe, expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, type Build, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

interface Patches {
  h: number;
  w: number;
  kh: number;
  kw: number;
  sh: number;
  sw: number;
  dh: number;
  dw: number;
  top: number;
  left: number;
  oh: number;
  ow: number;
}

const SHAPES: readonly Patches[] = [
  { h: 5, w: 6, kh: 3, kw: 2, sh: 1, sw: 1, dh: 1, dw: 1, top: 0, left: 0, oh: 3, ow: 5 },
  { h: 5, w: 5, kh: 3, kw: 3, sh: 2, sw: 1, dh: 1, dw: 1, top: 1, left: 1, oh: 3, ow: 5 },
  { h: 7, w: 6, kh: 2, kw: 3, sh: 1, sw: 2, dh: 3, dw: 2, top: 0, left: 2, oh: 4, ow: 3 },
  { h: 2, w: 2, kh: 5, kw: 5, sh: 1, sw: 1, dh: 1, dw: 1, top: 2, left: 2, oh: 2, ow: 2 },
];

/** Pixel of x that tap (u, v) of position p reads, or -1 outside. */
function source(s: Patches, p: number, u: number, v: number): number {
  const i = Math.floor(p / s.ow) * s.sh - s.top + u * s.dh;
  const j = (p % s.ow) * s.sw - s.left + v * s.dw;
  return i < 0 || i >= s.h || j < 0 || j >= s.w ? -1 : i * s.w + j;
}

/** [element of col, pixel of x or -1, channel] of m positions from `first` on, in the order of col. */
function elements(s: Patches, first: number, m: number, c: number): [number, number, number][] {
  const found: [number, number, number][] = [];
  for (let p = first; p < first + m; p++)
    for (let u = 0; u < s.kh; u++)
      for (let v = 0; v < s.kw; v++) for (let k = 0; k < c; k++) found.push([found.length, source(s, p, u, v), k]);
  return found;
}

function geometry(s: Patches, first: number, m: number, c: number, ld: number) {
  return [first, m, { ...s, c }, ld] as const;
}

function gather(build: Build, s: Patches, first: number, m: number, c: number, x: Float32Array): Float32Array {
  const host = new Host(build);
  const xAt = host.matrix(s.h * s.w, c, c + 3, x);
  const col = host.f32(m * s.kh * s.kw * c);
  host.run((k) => k.im2col_f32(...geometry(s, first, m, c, c + 3), xAt.at, col.at), col);
  return col.values();
}

for (const build of BUILDS) {
  describe(build, () => {
    SHAPES.forEach((shape, index) => {
      for (const c of around(4)) {
        for (const [first, m] of [
          [0, shape.oh * shape.ow],
          [1, shape.oh * shape.ow - 2],
          [0, 0],
        ] as const) {
          const title = `shape ${index}, ${c} channels of ${c + 3}, ${m} positions from ${first}`;

          test(`im2col_f32 copies every tap, zero outside, ${title}`, () => {
            const x = noise32(shape.h * shape.w * c, 1);
            const expected = new Float32Array(m * shape.kh * shape.kw * c);
            for (const [at, pixel, k] of elements(shape, first, m, c)) {
              expected[at] = pixel < 0 ? 0 : (x[pixel * c + k] as number);
            }
            expect(firstDifferent(gather(build, shape, first, m, c, x), expected)).toBe(-1);
          });

          test(`col2im_f32 adds every tap in order, to the bit, ${title}`, () => {
            const [col, dx] = [noise32(m * shape.kh * shape.kw * c, 2), noise32(shape.h * shape.w * c, 3)];
            const host = new Host(build);
            const colAt = host.f32(col.length, col);
            const dxAt = host.matrix(shape.h * shape.w, c, c + 3, dx);
            host.run((k) => k.col2im_f32(...geometry(shape, first, m, c, c + 3), colAt.at, dxAt.at), dxAt);
            for (const [at, pixel, k] of elements(shape, first, m, c)) {
              if (pixel >= 0) dx[pixel * c + k] = (dx[pixel * c + k] as number) + (col[at] as number);
            }
            expect(firstDifferent(dxAt.values(), dx)).toBe(-1);
          });
        }
      }
    });
  });
}

test("the debug build traps on fewer floats a pixel than channels", () => {
  const { anywhere: kernels } = new Host("debug");
  const shape = SHAPES[0] as Patches;
  expect(() => kernels.im2col_f32(...geometry(shape, 0, 1, 3, 3), 1024, 4096)).not.toThrow();
  expect(() => kernels.im2col_f32(...geometry(shape, 0, 1, 3, 2), 1024, 4096)).toThrow(WebAssembly.RuntimeError);
  expect(() => kernels.col2im_f32(...geometry(shape, 0, 1, 3, 2), 1024, 4096)).toThrow(WebAssembly.RuntimeError);
});
