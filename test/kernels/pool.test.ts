import { describe, expect, test } from "vitest";
import { largest, mean, poolPixels } from "../oracle/pool.ts";
import type { Window } from "../oracle/window.ts";
import { firstBeyond, firstDifferent, g, gBoth, U32 } from "../support/bounds.ts";
import { BUILDS, type Build, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { windows } from "../support/windows.ts";

const CHANNELS = [1, 3, 4, 5, 8, 13];
const IMAGES = 2;

function pool(build: Build, kernel: "max_pool_f32" | "avg_pool_f32", win: Window, c: number, x: Float32Array) {
  const host = new Host(build);
  const [xAt, y] = [host.f32(x.length, x), host.f32(IMAGES * win.oh * win.ow * c)];
  host.run((k) => k[kernel](IMAGES, { ...win, c }, xAt.at, y.at), y);
  return y.values();
}

/** Images of which max pooling is likely to go wrong: noise, numbers that are all negative, ties, windows of zeros. */
const IMAGES_OF: Record<string, (n: number) => Float32Array> = {
  noise: (n) => noise32(n, 1),
  "all below zero": (n) => noise32(n, 1).map((v) => -1 - Math.abs(v)),
  ties: (n) => noise32(n, 1).map((v) => Math.round(v)),
  "at most zero, with ties": (n) => noise32(n, 1).map((v) => Math.min(0, Math.round(2 * v))),
  constant: (n) => new Float32Array(n).fill(-3),
};

for (const build of BUILDS) {
  describe(build, () => {
    // Pools have no dilation.
    const pools = windows().filter(({ win }) => win.dh === 1 && win.dw === 1);
    for (const [index, { title, win }] of pools.entries()) {
      const c = CHANNELS[index % CHANNELS.length] as number;
      const pixels = poolPixels(win, IMAGES, c);
      const size = IMAGES * win.h * win.w * c;
      const dy = noise32(pixels.length, 4);
      const start = noise32(size, 5);

      test(`max_pool_f32 and max_pool_grad_f32 take the first of the largest: ${title}, ${c} channels`, () => {
        let images = 0;
        for (const make of Object.values(IMAGES_OF)) {
          const x = make(size);
          const at = largest(pixels, x);
          const y = pool(build, "max_pool_f32", win, c, x);
          expect([...y].every((v, i) => v === x[at[i] as number])).toBe(true);

          const host = new Host(build);
          const [xAt, yAt, dyAt] = [host.f32(size, x), host.f32(y.length, y), host.f32(dy.length, dy)];
          const dx = host.f32(size, start);
          host.run((k) => k.max_pool_grad_f32(IMAGES, { ...win, c }, xAt.at, yAt.at, dyAt.at, dx.at), dx);
          const expected = Float32Array.from(start);
          at.forEach((to, i) => {
            expected[to] = (expected[to] as number) + (dy[i] as number);
          });
          expect(firstDifferent(dx.values(), expected)).toBe(-1);
          images++;
        }
        expect(images).toBe(5);
      });

      test(`avg_pool_f32 and avg_pool_grad_f32 count what lies inside: ${title}, ${c} channels`, () => {
        const x = noise32(size, 1);
        const y = pool(build, "avg_pool_f32", win, c, x);
        const sizes = mean(pixels, x.map(Math.abs));
        const bound = sizes.map((v, i) => gBoth((pixels[i] as number[]).length + 1) * v);
        expect(firstBeyond(y, mean(pixels, x), bound)).toBe(-1);

        const host = new Host(build);
        const [dyAt, dx] = [host.f32(dy.length, dy), host.f32(size, start)];
        host.run((k) => k.avg_pool_grad_f32(IMAGES, { ...win, c }, dyAt.at, dx.at), dx);
        const value = Float64Array.from(start);
        const magnitude = value.map(Math.abs);
        const expected = Float32Array.from(start);
        pixels.forEach((window, i) => {
          const share = (dy[i] as number) / window.length;
          for (const at of window) {
            value[at] = (value[at] as number) + share;
            magnitude[at] = (magnitude[at] as number) + Math.abs(share);
            expected[at] = (expected[at] as number) + Math.fround(share);
          }
        });
        expect(firstDifferent(dx.values(), expected)).toBe(-1);
        const slack = magnitude.map((v) => g(win.kh * win.kw + 2, U32) * v);
        expect(firstBeyond(dx.values(), value, slack)).toBe(-1);
      });
    }
  });
}

for (const build of BUILDS) {
  test(`a NaN comes out of every window that meets it, wherever it stands (${build})`, () => {
    let windowsOfIt = 0;
    for (const { win } of windows().filter((named) => named.win.dh === 1 && named.win.dw === 1)) {
      const c = 5;
      const pixels = poolPixels(win, IMAGES, c);
      const x = noise32(IMAGES * win.h * win.w * c, 1);
      const spoilt = [c * (win.w + 2) + 1, c * (win.w * 2 + 3) + 4]; // in a vector, and behind it
      for (const at of spoilt) x[at] = Number.NaN;
      for (const kernel of ["max_pool_f32", "avg_pool_f32"] as const) {
        pool(build, kernel, win, c, x).forEach((v, i) => {
          const meets = spoilt.some((at) => pixels[i]?.includes(at));
          if (meets) windowsOfIt++;
          expect(Number.isNaN(v)).toBe(meets);
        });
      }
    }
    expect(windowsOfIt).toBeGreaterThan(200);
  });
}

test("the debug build traps on a window that lies beside the image", () => {
  const { anywhere: kernels } = new Host("debug");
  for (const kernel of ["max_pool_f32", "avg_pool_f32"] as const) {
    const one = { h: 4, w: 4, c: 1, ow: 1, kh: 2, kw: 2, sh: 2, sw: 2, top: 0, left: 0 };
    const call = (oh: number) => () => kernels[kernel](1, { ...one, oh }, 1024, 2048);
    expect(call(2)).not.toThrow();
    expect(call(3)).toThrow(WebAssembly.RuntimeError);
  }
});
