import { describe, expect, test } from "vitest";
import { NOWHERE } from "../../src/wasm/pointers.ts";
import { type Depthwise, depthwiseFilterTerms, depthwiseInputTerms, depthwiseTerms } from "../oracle/depthwise.ts";
import { meetings, type Summed, summed, type Window, windowOf } from "../oracle/window.ts";
import { firstBeyond, firstDifferent, gBoth } from "../support/bounds.ts";
import { BUILDS, type Build, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { windows } from "../support/windows.ts";

/** Channels around 4, 8 and 16, and filters a channel; another pair for each window. */
const CHANNELS = [1, 3, 4, 5, 7, 8, 9, 13, 16, 17, 25];
const MULTIPLES = [1, 1, 1, 2, 3];

/**
 * Images wide enough for tiles of eight and of four windows and a rest, by channels around 4, 8 and 16. An image is higher
 * than it is wide by one, so that the border on top may differ from the one on the left.
 */
function wideWindows(): Depthwise[] {
  const found: Depthwise[] = [];
  for (const [side, stride, taps, dilation, padding] of [
    [11, 1, 3, 1, "same"],
    [14, 1, 3, 1, "same"],
    [15, 1, 3, 1, "valid"],
    [17, 1, 3, 1, "same"],
    [21, 1, 3, 1, "same"],
    [27, 2, 3, 1, "valid"],
    [28, 2, 3, 1, "same"],
    [33, 2, 3, 1, "same"],
    [41, 2, 3, 1, "valid"],
    [27, 3, 3, 1, "same"],
    [22, 2, 5, 1, "same"],
    [21, 2, 2, 1, "same"],
    [21, 2, 3, 2, "same"],
  ] as const) {
    const extent = [side + 1, side] as const;
    const win = windowOf(extent, [taps, taps], [stride, stride], [dilation, dilation], padding);
    for (const c of [1, 4, 9, 23, 32]) found.push({ win, images: 2, c, m: 1 });
  }
  // Pixels so wide that rows are fetched beforehand, and images where a window meets two columns at one end or at both.
  found.push({ win: windowOf([4, 3], [3, 3], [1, 1], [1, 1], "same"), images: 1, c: 257, m: 1 });
  found.push({ win: windowOf([5, 2], [3, 3], [1, 1], [1, 1], "same"), images: 2, c: 13, m: 1 });
  found.push({ win: windowOf([8, 19], [3, 3], [1, 1], [2, 1], "same"), images: 1, c: 13, m: 1 });
  const low = windowOf([9, 30], [2, 3], [1, 2], [1, 1], "same");
  const high = windowOf([12, 30], [5, 3], [2, 1], [2, 1], "same");
  for (const win of [low, high]) found.push({ win, images: 1, c: 21, m: 1 });
  return found;
}

const SIDES = {
  depthwise_f32_4x8: depthwiseTerms,
  depthwise_input_grad_f32: depthwiseInputTerms,
  depthwise_filter_grad_f32: depthwiseFilterTerms,
} as const;
type Kernel = keyof typeof SIDES;
type Held = ReturnType<Host["f32"]>;

/** The two arrays that a kernel multiplies and the one it adds to: input, filter and output in some order. */
function arraysOf(kernel: Kernel, { win, images, c, m }: Depthwise): [Float32Array, Float32Array, Float32Array] {
  const input = noise32(images * win.h * win.w * c, 1);
  const filter = noise32(win.kh * win.kw * c * m, 2);
  const output = noise32(images * win.oh * win.ow * c * m, 3);
  if (kernel === "depthwise_f32_4x8") return [input, filter, output];
  return kernel === "depthwise_input_grad_f32" ? [output, filter, input] : [input, output, filter];
}

function run(build: Build, kernel: Kernel, it: Depthwise, arrays: readonly Float32Array[]): Float32Array {
  const host = new Host(build);
  const [a, b, to] = arrays.map((values) => host.f32(values.length, values));
  if (!a || !b || !to) throw new Error("expected three arrays");
  const { win, images, c, m } = it;
  const window = { ...win, c };
  host.run((k) => {
    if (kernel === "depthwise_filter_grad_f32") k[kernel](images, window, m, a.at, b.at, to.at);
    else k[kernel](images, window, m, a.at, b.at, NOWHERE, to.at);
  }, to);
  return to.values();
}

function expectSum(actual: Float32Array, { value, magnitude, inOrder, most }: Summed): void {
  expect(firstDifferent(actual, inOrder)).toBe(-1);
  const bound = magnitude.map((size) => gBoth(most + 1) * size);
  expect(firstBeyond(actual, value, bound)).toBe(-1);
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const [index, { title, win }] of windows().entries()) {
      const it: Depthwise = {
        ...{ win, images: 2 },
        c: CHANNELS[index % CHANNELS.length] as number,
        m: MULTIPLES[index % MULTIPLES.length] as number,
      };
      for (const kernel of Object.keys(SIDES) as Kernel[]) {
        test(`${kernel} sums in order and is within the bound of f64: ${title}, ${it.c} x ${it.m}`, () => {
          const [a, b, to] = arraysOf(kernel, it);
          expectSum(run(build, kernel, it, [a, b, to]), summed(to, SIDES[kernel](it, a, b)));
        });
      }

      if (win.sh !== 1 || win.sw !== 1 || it.m !== 1) continue;
      test(`depthwise_f32_4x8 over dy, taps reversed, is the gradient to the input: ${title}, ${it.c}`, () => {
        const [dy, filter, dx] = arraysOf("depthwise_input_grad_f32", it);
        const [taps, c] = [win.kh * win.kw, it.c];
        const turned = filter.map((_, i) => filter[(taps - 1 - Math.floor(i / c)) * c + (i % c)] as number);
        const border = { top: (win.kh - 1) * win.dh - win.top, left: (win.kw - 1) * win.dw - win.left };
        const back: Window = { ...win, ...border, h: win.oh, w: win.ow, oh: win.h, ow: win.w };
        const actual = run(build, "depthwise_f32_4x8", { ...it, win: back }, [dy, turned, dx]);
        const { value, magnitude } = summed(dx, depthwiseInputTerms(it, dy, filter));
        const bound = magnitude.map((size) => gBoth(taps + 1) * size);
        expect(firstBeyond(actual, value, bound)).toBe(-1);
      });
    }

    for (const kernel of Object.keys(SIDES) as Kernel[]) {
      test(`${kernel} sums in order and is within the bound of f64 where images are wide`, () => {
        let cases = 0;
        for (const it of wideWindows()) {
          const [a, b, to] = arraysOf(kernel, it);
          expectSum(run(build, kernel, it, [a, b, to]), summed(to, SIDES[kernel](it, a, b)));
          cases++;
        }
        expect(cases).toBe(70);
      });
    }

    for (const kernel of ["depthwise_f32_4x8", "depthwise_input_grad_f32"] as const) {
      test(`${kernel} starts at what it is given as if the result held it, whatever that holds`, () => {
        let cases = 0;
        const several: Depthwise[] = [2, 3].map((m) => ({ ...(wideWindows()[2] as Depthwise), m }));
        for (const it of [...wideWindows(), ...several]) {
          const { win, images, c, m } = it;
          const [a, b, to] = arraysOf(kernel, it);
          const start = noise32(kernel === "depthwise_f32_4x8" ? c * m : c, 4);
          const held = to.map((_, i) => start[i % start.length] as number);
          const expected = run(build, kernel, it, [a, b, held]);
          const host = new Host(build);
          const [aAt, bAt, startAt] = [a, b, start].map((values) => host.f32(values.length, values)) as [
            Held,
            Held,
            Held,
          ];
          const toAt = host.f32(to.length);
          host.run((k) => k[kernel](images, { ...win, c }, m, aAt.at, bAt.at, startAt.at, toAt.at), toAt);
          expect(firstDifferent(toAt.values(), expected)).toBe(-1);
          cases++;
        }
        expect(cases).toBe(72);
      });
    }

    for (const kernel of ["depthwise_f32_4x8", "depthwise_input_grad_f32"] as const) {
      test(`${kernel} gives an image the same bits alone and in a batch`, () => {
        const it: Depthwise = { win: windowOf([5, 9], [3, 3], [1, 1], [1, 1], "same"), images: 3, c: 9, m: 1 };
        const [a, b, to] = arraysOf(kernel, it);
        const together = run(build, kernel, it, [a, b, to]);
        const size = 5 * 9 * 9;
        for (let r = 0; r < 3; r++) {
          const part = (x: Float32Array) => x.slice(r * size, (r + 1) * size);
          const alone = run(build, kernel, { ...it, images: 1 }, [part(a), b, part(to)]);
          expect(firstDifferent(part(together), alone)).toBe(-1);
        }
      });
    }

    test("depthwise_f32_4x8 keeps a NaN in its channel and in the windows that meet it", () => {
      const win = windowOf([4, 9], [3, 3], [1, 1], [1, 1], "same");
      const it: Depthwise = { win, images: 1, c: 9, m: 1 };
      const [x, f, y] = arraysOf("depthwise_f32_4x8", it);
      const clean = run(build, "depthwise_f32_4x8", it, [x, f, y]);
      x[9 * 12 + 4] = Number.NaN;
      const met = new Set([...meetings(win)].filter(([, , pixel]) => pixel === 12).map(([position]) => position));
      run(build, "depthwise_f32_4x8", it, [x, f, y]).forEach((v, i) => {
        if (i % 9 === 4 && met.has(Math.floor(i / 9))) expect(v).toBeNaN();
        else expect(Object.is(v, clean[i])).toBe(true);
      });
      expect(met.size).toBe(9);
    });
  });
}

test("the debug build traps on a stride or a dilation of nothing", () => {
  const { anywhere: kernels } = new Host("debug");
  for (const kernel of Object.keys(SIDES) as Kernel[]) {
    const one = { h: 3, w: 3, c: 1, oh: 1, ow: 1, kh: 3, kw: 3, top: 0, left: 0 };
    const call = (s: number, d: number) => () => {
      const window = { ...one, sh: s, sw: s, dh: d, dw: d };
      if (kernel === "depthwise_filter_grad_f32") kernels[kernel](1, window, 1, 1024, 2048, 4096);
      else kernels[kernel](1, window, 1, 1024, 2048, NOWHERE, 4096);
    };
    expect(call(1, 1)).not.toThrow();
    expect(call(0, 1)).toThrow(WebAssembly.RuntimeError);
    expect(call(1, 0)).toThrow(WebAssembly.RuntimeError);
  }
});
