import { describe, expect, test } from "vitest";
import { poolPixels } from "../oracle/pool.ts";
import { meetings, type Window } from "../oracle/window.ts";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { windows } from "../support/windows.ts";

const CHANNELS = [1, 3, 4, 5, 8, 13];
const IMAGES = 2;

/** The taps that each output meets, beside the pixels of poolPixels. */
function tapsOf(win: Window, c: number): number[][] {
  const taps: number[][] = Array.from({ length: IMAGES * win.oh * win.ow * c }, () => []);
  const each = [...meetings(win)];
  for (let image = 0; image < IMAGES; image++) {
    for (const [position, tap] of each) {
      for (let i = 0; i < c; i++) taps[(image * win.oh * win.ow + position) * c + i]?.push(tap * c + i);
    }
  }
  return taps;
}

/** Inputs of which a maximum is likely to go wrong. */
const INPUTS: Record<string, (n: number, seed: number) => Float32Array> = {
  noise: (n, seed) => noise32(n, seed),
  "all below zero": (n, seed) => noise32(n, seed).map((v) => -1 - Math.abs(v)),
  ties: (n, seed) => noise32(n, seed).map((v) => Math.round(v) + 0),
  zeros: (n) => new Float32Array(n),
};

for (const build of BUILDS) {
  describe(build, () => {
    for (const [index, { title, win }] of windows().entries()) {
      const c = CHANNELS[index % CHANNELS.length] as number;
      const [pixels, taps] = [poolPixels(win, IMAGES, c), tapsOf(win, c)];
      const [size, filterSize] = [IMAGES * win.h * win.w * c, win.kh * win.kw * c];
      const dy = noise32(pixels.length, 4);

      test(`dilation_f32 and its gradients take the first of the largest sums: ${title}, ${c} channels`, () => {
        let inputs = 0;
        for (const make of Object.values(INPUTS)) {
          const [x, f] = [make(size, 1), make(filterSize, 2)];
          const sums = pixels.map((window, o) =>
            window.map((at, i) => Math.fround((x[at] as number) + (f[taps[o]?.[i] as number] as number))),
          );
          const best = sums.map((list) => list.indexOf(Math.max(...list)));

          const host = new Host(build);
          const [xAt, fAt] = [host.f32(size, x), host.f32(filterSize, f)];
          const [dyAt, y] = [host.f32(dy.length, dy), host.f32(dy.length)];
          host.run((k) => k.dilation_f32(IMAGES, { ...win, c }, xAt.at, fAt.at, y.at), y);
          expect(
            firstDifferent(
              y.values(),
              sums.map((list, o) => list[best[o] as number]),
            ),
          ).toBe(-1);

          for (const [kernel, places, start] of [
            ["dilation_input_grad_f32", pixels, noise32(size, 5)],
            ["dilation_filter_grad_f32", taps, noise32(filterSize, 5)],
          ] as const) {
            const slope = host.f32(start.length, start);
            host.run((k) => k[kernel](IMAGES, { ...win, c }, xAt.at, fAt.at, dyAt.at, slope.at), slope);
            const expected = Float32Array.from(start);
            best.forEach((tap, o) => {
              const to = places[o]?.[tap] as number;
              expected[to] = (expected[to] as number) + (dy[o] as number);
            });
            expect(firstDifferent(slope.values(), expected)).toBe(-1);
          }
          inputs++;
        }
        expect(inputs).toBe(4);
      });
    }

    test("a NaN among the sums is passed over; where there is nothing else, y is -infinity and nothing gets the slope", () => {
      const host = new Host(build);
      const x = [Number.NaN, 2, Number.NaN, Number.NaN];
      const [xAt, f, dy] = [host.f32(4, x), host.f32(2, [1, -1]), host.f32(3, [1, 2, 4])];
      const [y, dx, df] = [host.f32(3), host.f32(4, [0, 0, 0, 0]), host.f32(2, [0, 0])];
      const win = { ...{ h: 1, w: 4, c: 1, oh: 1, ow: 3, kh: 1, kw: 2 }, sh: 1, sw: 1, dh: 1, dw: 1, top: 0, left: 0 };
      host.run((k) => k.dilation_f32(1, win, xAt.at, f.at, y.at), y);
      expect([...y.values()]).toEqual([1, 3, Number.NEGATIVE_INFINITY]);
      host.run((k) => k.dilation_input_grad_f32(1, win, xAt.at, f.at, dy.at, dx.at), dx);
      expect([...dx.values()]).toEqual([0, 3, 0, 0]);
      host.run((k) => k.dilation_filter_grad_f32(1, win, xAt.at, f.at, dy.at, df.at), df);
      expect([...df.values()]).toEqual([2, 1]);
    });
  });
}
