/** Winograd's convolutions and their transpose against f64, by the bound that winogradError states. */
import { describe, expect, test } from "vitest";
import { takesWinograd, winogradError } from "../../src/model/layers/winograd.ts";
import { type Convolution, forwardTerms, inputTerms } from "../oracle/convolution.ts";
import { summed, type Window, windowOf } from "../oracle/window.ts";
import { firstBeyond, firstDifferent, g, U64 } from "../support/bounds.ts";
import { BUILDS, type Build, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { forwardScale, inputScale } from "../support/winograd-bounds.ts";

interface Case extends Convolution {
  x: Float32Array;
  filter: Float32Array;
  dy: Float32Array;
}

/** Tiles at once, and channels and filters: whole vectors and panels, and around them. */
const TILES = [8, 64, 3];
const CHANNELS = [
  [8, 8],
  [7, 9],
  [1, 1],
  [12, 20],
  [5, 67],
  [17, 4],
] as const;

/** An explicit border: rows and columns of zeros before the image and behind it. */
function bordered(h: number, w: number, taps: number, before: [number, number], behind: [number, number]): Window {
  const side = (size: number, i: 0 | 1) => size + before[i] + behind[i] - taps + 1;
  const rest = { kh: taps, kw: taps, sh: 1, sw: 1, dh: 1, dw: 1 };
  return { h, w, oh: side(h, 0), ow: side(w, 1), top: before[0], left: before[1], ...rest };
}

function windowsOf(taps: 3 | 5): { title: string; win: Window }[] {
  const found: { title: string; win: Window }[] = [];
  for (let size = 1; size <= 13; size++) {
    const [h, w] = [size, ((size * 5) % 13) + 1];
    const sizes = `${taps} x ${taps} over ${h} x ${w}`;
    found.push({ title: `${sizes}, same`, win: windowOf([h, w], [taps, taps], [1, 1], [1, 1], "same") });
    if (Math.min(h, w) >= taps) {
      found.push({ title: `${sizes}, valid`, win: windowOf([h, w], [taps, taps], [1, 1], [1, 1], "valid") });
    }
    const [before, behind] = [
      [taps - 1, 0],
      [size % 3, taps + 1],
    ] as [[number, number], [number, number]];
    const win = bordered(h, w, taps, before, behind);
    if (win.oh > 0 && win.ow > 0) found.push({ title: `${sizes}, borders ${before} and ${behind}`, win });
  }
  return found;
}

function makeCase(win: Window, images: number, c: number, n: number, seed = 1): Case {
  return {
    ...{ win, images, c, n },
    x: noise32(images * win.h * win.w * c, seed),
    filter: noise32(win.kh * win.kw * c * n, seed + 1),
    dy: noise32(images * win.oh * win.ow * n, seed + 2),
  };
}

const vectors = (c: number) => 4 * Math.ceil(c / 4);
const panels = (n: number) => 8 * Math.ceil(n / 8);
const slices = (taps: number) => ((3 * taps - 1) / 2) ** 2;
const deepest = (taps: number) => ((taps - 1) / 2) ** 2;

/** y + the convolution. */
function convolve(build: Build, { win, images, c, n, x, filter }: Case, start: Float32Array, tiles: number) {
  const host = new Host(build);
  const taps = win.kh;
  const whole = vectors(c);
  const [xAt, filterAt, y] = [host.f32(x.length, x), host.f32(filter.length, filter), host.f32(start.length, start)];
  const u = host.f32(slices(taps) * whole * panels(n) + 256);
  const filterScratch = host.f32(240);
  host.run((k) => k.winograd_filter_f32_8({ ...win, c }, n, filterAt.at, 0, u.at, filterScratch.at), u, filterScratch);
  const columns = Math.min(64, panels(n));
  const block = 4 * Math.ceil(tiles / 4);
  const scratch = host.f32(
    16 * (block * (whole * deepest(taps) + columns) + 32) + (taps + 1) ** 2 * whole + 4 * columns + 192,
  );
  host.run((k) => k.winograd_f32_4x8(images, { ...win, c }, n, tiles, xAt.at, u.at, y.at, scratch.at), y, scratch);
  return y.values();
}

/** dx + the gradient to the input. */
function convolveBack(build: Build, { win, images, c, n, dy, filter }: Case, start: Float32Array, tiles: number) {
  const host = new Host(build);
  const taps = win.kh;
  const [dyAt, filterAt] = [host.f32(dy.length, dy), host.f32(filter.length, filter)];
  const dx = host.f32(start.length, start);
  const u = host.f32(slices(taps) * n * panels(c) + 256);
  const filterScratch = host.f32(240);
  host.run(
    (k) => k.winograd_filter_bt_f32_8({ ...win, c }, n, filterAt.at, 0, u.at, filterScratch.at),
    u,
    filterScratch,
  );
  const block = 4 * Math.ceil(tiles / 4);
  const scratch = host.f32(
    16 * (block * (vectors(n) + panels(c) * deepest(taps)) + 32) + (taps + 1) ** 2 * vectors(c) + 4 * vectors(n) + 192,
  );
  host.run(
    (k) => k.winograd_input_grad_f32_4x8(images, { ...win, c }, n, tiles, dyAt.at, u.at, dx.at, scratch.at),
    dx,
    scratch,
  );
  return dx.values();
}

/** The bound on |y' - y|, and that of the oracle's own sum. */
function boundOf(pass: "forward" | "to input", it: Case, start: Float32Array, magnitude: Float64Array) {
  const { scale, sum } = winogradError(pass, it.win.kh, { c: it.c, filters: it.n });
  const sizes = pass === "forward" ? forwardScale(it, it.x, it.filter) : inputScale(it, it.dy, it.filter);
  const oracle = g(it.win.kh ** 2 * Math.max(it.c, it.n) + 1, U64);
  return sizes.map(
    (size, i) => sum * (scale * size + Math.abs(start[i] as number)) + oracle * (magnitude[i] as number),
  );
}

for (const build of BUILDS) {
  describe(build, () => {
    let at = 0;
    for (const { title, win } of [...windowsOf(3), ...windowsOf(5)]) {
      const [c, n] = CHANNELS[at % CHANNELS.length] as readonly [number, number];
      const tiles = TILES[at % TILES.length] as number;
      at++;
      const it = makeCase(win, 2, c, n);

      test(`winograd_f32_4x8 is within its bound of f64: ${title}, ${c} -> ${n}`, () => {
        const start = noise32(it.dy.length, 7);
        const { value, magnitude } = summed(start, forwardTerms(it, it.x, it.filter));
        const actual = convolve(build, it, start, tiles);
        expect(firstBeyond(actual, value, boundOf("forward", it, start, magnitude))).toBe(-1);
      });

      test(`winograd_input_grad_f32_4x8 is within its bound of f64: ${title}, ${c} -> ${n}`, () => {
        const start = noise32(it.x.length, 8);
        const { value, magnitude } = summed(start, inputTerms(it, it.dy, it.filter));
        const actual = convolveBack(build, it, start, tiles);
        expect(firstBeyond(actual, value, boundOf("to input", it, start, magnitude))).toBe(-1);
      });
    }

    test("an image has the same bits alone and in a batch, in blocks of any size, and at every call", () => {
      for (const taps of [3, 5]) {
        const win = windowOf([7, 9], [taps, taps], [1, 1], [1, 1], "same");
        const [images, c, n] = [5, 9, 70];
        const it = makeCase(win, images, c, n);
        const [y, dx] = [new Float32Array(it.dy.length).fill(0.5), new Float32Array(it.x.length).fill(0.5)];
        const [together, back] = [convolve(build, it, y, 64), convolveBack(build, it, dx, 64)];
        expect(firstDifferent(convolve(build, it, y, 12), together)).toBe(-1);
        expect(firstDifferent(convolveBack(build, it, dx, 12), back)).toBe(-1);
        const [inputs, outputs] = [it.x.length / images, it.dy.length / images];
        for (let r = 0; r < images; r++) {
          const x = it.x.slice(r * inputs, (r + 1) * inputs);
          const dy = it.dy.slice(r * outputs, (r + 1) * outputs);
          const own = { ...it, images: 1, x, dy };
          const alone = convolve(build, own, y.slice(0, outputs), 64);
          expect(firstDifferent(together.slice(r * outputs, (r + 1) * outputs), alone)).toBe(-1);
          const aloneBack = convolveBack(build, own, dx.slice(0, inputs), 64);
          expect(firstDifferent(back.slice(r * inputs, (r + 1) * inputs), aloneBack)).toBe(-1);
        }
      }
    });

    test("the passes are adjoint: <conv(x), dy> = <x, conv^T(dy)> within the sum of their bounds", () => {
      for (const taps of [3, 5]) {
        for (const padding of ["same", "valid"] as const) {
          const it = makeCase(windowOf([11, 8], [taps, taps], [1, 1], [1, 1], padding), 2, 10, 13, 20);
          const [zeroY, zeroX] = [new Float32Array(it.dy.length), new Float32Array(it.x.length)];
          const [y, dx] = [convolve(build, it, zeroY, 64), convolveBack(build, it, zeroX, 64)];
          const none = (n: number) => new Float64Array(n);
          const forward = boundOf("forward", it, zeroY, none(y.length));
          const back = boundOf("to input", it, zeroX, none(dx.length));
          const dot = (a: ArrayLike<number>, b: ArrayLike<number>, size = (v: number) => v) =>
            Array.from(a).reduce((sum, v, i) => sum + size(v) * size(b[i] as number), 0);
          const bound = dot(forward, it.dy, Math.abs) + dot(back, it.x, Math.abs);
          const own = g(y.length + dx.length, U64) * (dot(y, it.dy, Math.abs) + dot(dx, it.x, Math.abs));
          expect(Math.abs(dot(y, it.dy) - dot(dx, it.x))).toBeLessThanOrEqual(bound + own);
          expect(bound).toBeGreaterThan(0);
        }
      }
    });

    test("no images, no numbers", () => {
      const it = makeCase(windowOf([6, 6], [3, 3], [1, 1], [1, 1], "same"), 0, 8, 8);
      expect(convolve(build, it, new Float32Array(), 8)).toHaveLength(0);
      expect(convolveBack(build, it, new Float32Array(), 8)).toHaveLength(0);
    });
  });
}

/** The root mean square of the errors, each over the sum of its products' magnitudes. */
function rms(actual: Float32Array, value: Float64Array, magnitude: Float64Array): number {
  const squares = value.reduce((sum, v, i) => sum + (((actual[i] as number) - v) / (magnitude[i] as number)) ** 2, 0);
  return Math.sqrt(squares / value.length);
}

for (const [title, forwards, backwards] of [
  ["numbers of either sign", (v: number) => v, (v: number) => v],
  // Its outputs, and slopes that pass where it is open.
  ["at a ReLU", (v: number) => Math.max(0, v), (v: number, i: number) => (i % 3 === 0 ? 0 : v)],
] as const) {
  for (const taps of [3, 5]) {
    test(`the root mean square error is no larger than that of the direct kernel: ${taps} x ${taps}, ${title}`, () => {
      const win = windowOf([10, 10], [taps, taps], [1, 1], [1, 1], "same");
      const it = makeCase(win, 1, 32, 24, 40);
      it.x.set(it.x.map(forwards));
      it.dy.set(it.dy.map(backwards));
      const [zeroY, zeroX] = [new Float32Array(it.dy.length), new Float32Array(it.x.length)];
      const forward = summed(zeroY, forwardTerms(it, it.x, it.filter));
      const back = summed(zeroX, inputTerms(it, it.dy, it.filter));
      // In order and rounded to f32 each: what the direct kernels compute.
      const own = rms(convolve("release", it, zeroY, 64), forward.value, forward.magnitude);
      expect(own).toBeLessThanOrEqual(rms(forward.inOrder, forward.value, forward.magnitude));
      const ownBack = rms(convolveBack("release", it, zeroX, 64), back.value, back.magnitude);
      expect(ownBack).toBeLessThanOrEqual(rms(back.inOrder, back.value, back.magnitude));
    });
  }
}

test("winograd_filter_f32_8 takes what is smaller than the floor as zero, in both forms", () => {
  const host = new Host("release");
  const filter = new Float32Array(9 * 2 * 3).fill(1).fill(2 ** -70, 0, 6);
  const dropped = filter.map((v) => (v < 2 ** -64 ? 0 : v));
  const [at, zeroed, scratch] = [host.f32(54, filter), host.f32(54, dropped), host.f32(240)];
  const forward = [0, 1].map(() => host.f32(16 * 4 * 8 + 256, new Float32Array(16 * 4 * 8 + 256)));
  const back = [0, 1].map(() => host.f32(16 * 3 * 8 + 256, new Float32Array(16 * 3 * 8 + 256)));
  for (const [i, from, floor] of [
    [0, at, 2 ** -64],
    [1, zeroed, 0],
  ] as const) {
    const [u, ut] = [forward[i] as (typeof forward)[0], back[i] as (typeof back)[0]];
    host.run((k) => k.winograd_filter_f32_8({ kh: 3, c: 2 }, 3, from.at, floor, u.at, scratch.at), u, scratch);
    host.run((k) => k.winograd_filter_bt_f32_8({ kh: 3, c: 2 }, 3, from.at, floor, ut.at, scratch.at), ut, scratch);
  }
  for (const [u, expected] of [forward, back]) {
    expect(firstDifferent(u?.values() ?? [], expected?.values() ?? [1])).toBe(-1);
  }
  expect(Math.max(...(forward[0]?.values() ?? []))).toBe(8 / 4); // of nine taps one is dropped
});

test("the rule goes by shape: taps, strides, dilations, channels, and how much of the tiles is outputs", () => {
  const over = (size: number, c: number, taps: [number, number] = [3, 3], stride = 1, dilation = 1) => {
    const win = windowOf([size, size], taps, [stride, stride], [dilation, dilation], "same");
    return { ...win, c, ph: 0, pw: 0 };
  };
  expect(takesWinograd(over(28, 16), 16)).toBe(true);
  expect(takesWinograd(over(28, 32, [5, 5]), 64)).toBe(true);
  expect(takesWinograd(over(28, 32), 7)).toBe(false);
  expect(takesWinograd(over(28, 7), 64)).toBe(false);
  expect(takesWinograd(over(28, 15), 17)).toBe(false);
  expect(takesWinograd(over(28, 64, [3, 5]), 64)).toBe(false);
  expect(takesWinograd(over(28, 64, [1, 1]), 64)).toBe(false);
  expect(takesWinograd(over(28, 64, [4, 4]), 64)).toBe(false);
  expect(takesWinograd(over(28, 64, [3, 3], 2), 64)).toBe(false);
  expect(takesWinograd(over(28, 64, [3, 3], 1, 2), 64)).toBe(false);
  expect(takesWinograd(over(3, 64), 64)).toBe(false); // 64 products where there are 81
  expect(takesWinograd(over(7, 64), 64)).toBe(true); // 256 where there are 441
  expect(takesWinograd(over(5, 64, [5, 5]), 64)).toBe(false); // 441 where there are 625
});

test("the debug build traps on other numbers of taps", () => {
  const { anywhere: kernels } = new Host("debug");
  const win = (kh: number) => ({ h: 6, w: 6, c: 1, oh: 4, ow: 4, kh, top: 0, left: 0 });
  const call = (kh: number) => () => kernels.winograd_f32_4x8(0, win(kh), 1, 8, 1024, 2048, 4096, 8192);
  const back = (kh: number) => () => kernels.winograd_input_grad_f32_4x8(0, win(kh), 1, 8, 1024, 2048, 4096, 8192);
  for (const run of [call, back]) {
    expect(run(3)).not.toThrow();
    expect(run(4)).toThrow(WebAssembly.RuntimeError);
  }
});
