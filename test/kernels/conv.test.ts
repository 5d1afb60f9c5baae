import { describe, expect, test } from "vitest";
import { offset32 } from "../../src/wasm/index.ts";
import { type Convolution, filterTerms, forwardTerms, inputTerms } from "../oracle/convolution.ts";
import { panels, transpose } from "../oracle/matrix.ts";
import { meetings, pad, padded, type Summed, summed, type Window, windowOf } from "../oracle/window.ts";
import { firstBeyond, firstDifferent, gBoth } from "../support/bounds.ts";
import { BUILDS, type Build, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";
import { windows } from "../support/windows.ts";

/** Channels that straddle the tile, another pair for each case. */
const CHANNELS = [1, 2, 3, 4, 5, 7];
const FILTERS = [1, 3, 4, 5, 7, 8, 9, 17];

interface Case extends Convolution {
  x: Float32Array;
  filter: Float32Array;
  y: Float32Array;
}

function makeCase(win: Window, images: number, c: number, n: number): Case {
  return {
    ...{ win, images, c, n },
    x: noise32(images * win.h * win.w * c, 1),
    filter: noise32(win.kh * win.kw * c * n, 2),
    y: noise32(images * win.oh * win.ow * n, 3),
  };
}

function convolve(build: Build, { win, images, c, n, x, filter, y }: Case): Float32Array {
  const host = new Host(build);
  const taps = win.kh * win.kw * c;
  const image = pad(win, images, c, x);
  const xAt = host.f32(image.length, image);
  const b = host.f32(taps * 8 * Math.ceil(n / 8), panels(taps, n, filter));
  const [yAt, scratch] = [host.f32(y.length, y), host.f32(32 + (taps <= 64 ? 64 * taps : 0))];
  host.run((k) => k.conv_f32_4x8(images, { ...padded(win), c }, n, xAt.at, b.at, yAt.at, scratch.at), yAt, scratch);
  return yAt.values();
}

/** A sum over a border of zeros keeps the bits, but for the sign of a zero: none is met, as y starts as noise. */
function expectSum(actual: Float32Array, { value, magnitude, inOrder, most }: Summed): void {
  expect(firstDifferent(actual, inOrder)).toBe(-1);
  expectWithin(actual, most + 1, { value, magnitude });
}

function expectWithin(actual: Float32Array, terms: number, { value, magnitude }: Omit<Summed, "inOrder" | "most">) {
  const bound = magnitude.map((size) => gBoth(terms) * size);
  expect(firstBeyond(actual, value, bound)).toBe(-1);
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const [index, { title, win }] of windows().entries()) {
      const [c, n] = [CHANNELS[index % CHANNELS.length] as number, FILTERS[index % FILTERS.length] as number];
      const it = makeCase(win, 2, c, n);

      test(`conv_f32_4x8 sums taps in order and is within g(k+1) of f64: ${title}, ${c} -> ${n}`, () => {
        expectSum(convolve(build, it), summed(it.y, forwardTerms(it, it.x, it.filter)));
      });

      test(`conv_filter_grad_f32_4x8 sums positions image by image: ${title}, ${c} -> ${n}`, () => {
        const start = noise32(it.filter.length, 4);
        expectFilterGradient(build, it, start);
      });

      test(`gemm and scatter_window_f32, in parts, give the gradient to the input: ${title}, ${c} -> ${n}`, () => {
        expectScattered(build, it);
      });

      if (win.sh !== 1 || win.sw !== 1) continue;
      if (win.dw === 1) {
        test(`gemm and overlap_rows_f32, in parts, give the gradient to one channel: ${title}, ${n}`, () => {
          expectOverlapped(build, makeCase(win, 1, 1, n));
        });
      }
      test(`conv_f32_4x8 with pack_filter_bt_f32_8 gives the gradient to the input: ${title}, ${c} -> ${n}`, () => {
        expectTurned(build, it);
      });
    }

    for (const n of around(8)) {
      test(`conv_f32_4x8 walks whole images, output rows and blocks of 64 positions, n = ${n}`, () => {
        let cases = 0;
        for (const [h, w] of [
          [2, 2],
          [9, 7],
          [10, 13],
        ] as const) {
          const it = makeCase(windowOf([h, w], [2, 2], [1, 1], [1, 1], "valid"), 3, 2, n);
          expectSum(convolve(build, it), summed(it.y, forwardTerms(it, it.x, it.filter)));
          cases++;
        }
        expect(cases).toBe(3);
      });
    }

    for (const n of [5, 9, 24, 33, 40]) {
      test(`the kernels keep order and bound where one channel's positions are side by side, n = ${n}`, () => {
        let cases = 0;
        for (const [h, w, taps, padding] of [
          [6, 13, 5, "valid"],
          [7, 26, 5, "same"],
          [5, 30, 3, "same"],
          [8, 15, 7, "same"],
          [5, 5, 5, "valid"],
        ] as const) {
          const it = makeCase(windowOf([h, w], [taps, taps], [1, 1], [1, 1], padding), 2, 1, n);
          expectSum(convolve(build, it), summed(it.y, forwardTerms(it, it.x, it.filter)));
          expectFilterGradient(build, it, noise32(it.filter.length, 4));
          expectOverlapped(build, it);
          cases++;
        }
        expect(cases).toBe(5);
      });
    }

    test("conv_f32_4x8 gives an image the same bits alone and in a batch, and no images no numbers", () => {
      const win = windowOf([5, 7], [3, 3], [1, 1], [1, 1], "same");
      const [images, c, n] = [5, 3, 9];
      const batch = makeCase(win, images, c, n);
      const together = convolve(build, batch);
      const [inputs, outputs] = [win.h * win.w * c, win.oh * win.ow * n];
      for (let r = 0; r < images; r++) {
        const x = batch.x.slice(r * inputs, (r + 1) * inputs);
        const y = batch.y.slice(r * outputs, (r + 1) * outputs);
        const alone = convolve(build, { ...batch, images: 1, x, y });
        expect(firstDifferent(together.slice(r * outputs, (r + 1) * outputs), alone)).toBe(-1);
      }
      expect(convolve(build, makeCase(win, 0, c, n))).toHaveLength(0);
    });

    test("conv_f32_4x8 keeps a NaN in the outputs whose window meets it", () => {
      const win = windowOf([6, 6], [3, 3], [1, 1], [1, 1], "same");
      const it = makeCase(win, 1, 2, 5);
      const clean = convolve(build, it);
      it.x[2 * (2 * 6 + 3)] = Number.NaN;
      const spoilt = convolve(build, it);
      const met = new Set([...meetings(win)].filter(([, , pixel]) => pixel === 15).map(([position]) => position));
      expect(met.size).toBe(9);
      spoilt.forEach((v, i) => {
        if (met.has(Math.floor(i / 5))) expect(v).toBeNaN();
        else expect(Object.is(v, clean[i])).toBe(true);
      });
    });

    test("conv_filter_grad_f32_4x8 adds runs of 512 positions, 23 x 45 of them", () => {
      const it = makeCase(windowOf([23, 45], [1, 2], [1, 1], [1, 1], "same"), 2, 3, 5);
      expectFilterGradient(build, it, noise32(it.filter.length, 4));
    });
  });
}

function expectFilterGradient(build: Build, it: Case, start: Float32Array): void {
  const { win, images, c, n, x, y: dy } = it;
  const host = new Host(build);
  const image = pad(win, images, c, x);
  const size = Math.min(512, win.oh * win.ow);
  const [xAt, dyAt, dk] = [host.f32(image.length, image), host.f32(dy.length, dy), host.f32(start.length, start)];
  const scratch = host.f32(size * 8 * Math.ceil(n / 8) + 4 * size + 32);
  host.run(
    (k) => k.conv_filter_grad_f32_4x8(images, { ...padded(win), c }, n, xAt.at, dyAt.at, dk.at, scratch.at),
    dk,
    scratch,
  );
  const expected = Float32Array.from(start);
  const value = Float64Array.from(start);
  const magnitude = value.map(Math.abs);
  let runs = 0;
  const [inputs, outputs] = [win.h * win.w * c, win.oh * win.ow * n];
  for (let r = 0; r < images; r++) {
    for (let first = 0; first < win.oh * win.ow; first += 512, runs++) {
      const own = { ...it, images: 1 };
      const [xr, dyr] = [x.subarray(r * inputs, (r + 1) * inputs), dy.subarray(r * outputs, (r + 1) * outputs)];
      const part = summed(new Float32Array(start.length), filterTerms(own, xr, dyr, first, first + 512));
      part.inOrder.forEach((v, i) => {
        expected[i] = (expected[i] as number) + v;
        value[i] = (value[i] as number) + (part.value[i] as number);
        magnitude[i] = (magnitude[i] as number) + (part.magnitude[i] as number);
      });
    }
  }
  expect(firstDifferent(dk.values(), expected)).toBe(-1);
  expectWithin(dk.values(), size + runs, { value, magnitude });
}

/** The gradient to the input as dy times all taps, scattered: positions in two unequal parts. */
function expectScattered(build: Build, it: Case): void {
  const { win, c, n, filter } = it;
  const host = new Host(build);
  const [taps, positions] = [win.kh * win.kw * c, win.oh * win.ow];
  const { dy, start } = slopesOf(it);
  const [dyAt, dx] = [host.f32(dy.length, dy), host.f32(start.length, start)];
  const b = host.f32(n * 8 * Math.ceil(taps / 8), panels(n, taps, transpose(taps, n, filter)));
  const [columns, scratch] = [host.f32(positions * taps, new Float32Array(positions * taps)), host.f32(32)];
  host.run((k) => k.gemm_f32_4x8(positions, taps, n, dyAt.at, n, b.at, columns.at, taps, scratch.at), columns, scratch);
  const part = Math.ceil(positions / 3);
  for (const [first, count] of [
    [0, part],
    [part, positions - part],
  ] as const) {
    const at = offset32(columns.at, first * taps);
    host.run((k) => k.scatter_window_f32(first, count, { ...win, c }, at, dx.at), dx);
  }
  expectAdded(it, dx.values(), columns.values());
}

/** The same for one channel, the taps times dy: output rows in two unequal parts. */
function expectOverlapped(build: Build, it: Case): void {
  const { win, n, filter } = it;
  const host = new Host(build);
  const taps = win.kh * win.kw;
  const { dy, start } = slopesOf(it);
  const [filterAt, dx] = [host.f32(filter.length, filter), host.f32(start.length, start)];
  const products = new Float32Array(win.oh * win.ow * taps);
  const part = Math.ceil(win.oh / 3);
  for (const [first, count] of [
    [0, part],
    [part, win.oh - part],
  ] as const) {
    const positions = count * win.ow;
    const slopes = dy.subarray(first * win.ow * n, (first + count) * win.ow * n);
    const slopesAt = host.f32(slopes.length, slopes);
    const b = host.f32(n * 8 * Math.ceil(positions / 8));
    const [columns, scratch] = [host.f32(positions * taps, new Float32Array(positions * taps)), host.f32(32)];
    host.run((k) => k.pack_bt_f32_8(n, positions, slopesAt.at, n, 0, b.at), b);
    host.run(
      (k) => k.gemm_f32_4x8(taps, positions, n, filterAt.at, n, b.at, columns.at, positions, scratch.at),
      columns,
      scratch,
    );
    host.run((k) => k.overlap_rows_f32(first, count, win, columns.at, dx.at), dx);
    products.set(transpose(taps, positions, columns.values()), first * win.ow * taps);
  }
  expectAdded(it, dx.values(), products);
}

/** dy of the first image, and what its gradient is added to. */
function slopesOf({ win, c, n, y }: Case): { dy: Float32Array; start: Float32Array } {
  return { dy: y.subarray(0, win.oh * win.ow * n), start: noise32(win.h * win.w * c, 5) };
}

/** Whether dx has each of the products [position, tap, channel] added in order, and is the gradient to the input. */
function expectAdded(it: Case, dx: Float32Array, products: Float32Array): void {
  const { win, c, n, filter } = it;
  const { kh, kw } = win;
  const { dy, start } = slopesOf(it);
  const inOrder = Float32Array.from(start);
  for (const [position, tap, pixel] of meetings(win)) {
    for (let i = 0; i < c; i++) {
      const term = products[(position * kh * kw + tap) * c + i] as number;
      inOrder[pixel * c + i] = (inOrder[pixel * c + i] as number) + term;
    }
  }
  expect(firstDifferent(dx, inOrder)).toBe(-1);
  const judged = summed(start, inputTerms({ ...it, images: 1 }, dy, filter));
  expectWithin(dx, n + kh * kw + 1, judged);
}

/** The gradient to the input at stride 1: a convolution of dy, inside its border, with the filter turned around. */
function expectTurned(build: Build, it: Case): void {
  const { win, images, c, n, filter, y: dy } = it;
  const host = new Host(build);
  const taps = win.kh * win.kw;
  const turned = host.f32(taps * n * 8 * Math.ceil(c / 8));
  const filterAt = host.f32(filter.length, filter);
  host.run((k) => k.pack_filter_bt_f32_8(taps, c, n, filterAt.at, 0, turned.at), turned);
  const matrix = new Float32Array(taps * n * c);
  for (let t = 0; t < taps; t++) {
    for (let o = 0; o < n; o++) {
      for (let i = 0; i < c; i++) {
        matrix[(t * n + o) * c + i] = filter[((taps - 1 - t) * c + i) * n + o] as number;
      }
    }
  }
  expect(firstDifferent(turned.values(), panels(taps * n, c, matrix))).toBe(-1);

  const border = { top: (win.kh - 1) * win.dh - win.top, left: (win.kw - 1) * win.dw - win.left };
  const back: Window = { ...win, ...border, h: win.oh, w: win.ow, oh: win.h, ow: win.w };
  const start = noise32(images * win.h * win.w * c, 5);
  const actual = convolve(build, { win: back, images, c: n, n: c, x: dy, filter: matrix, y: start });
  const judged = summed(start, inputTerms(it, dy, filter));
  expectWithin(actual, taps * n + 1, judged);
}

test("pack_filter_bt_f32_8 packs what is smaller than the floor as zero, the floor itself and a NaN as they are", () => {
  const host = new Host("release");
  const filter = host.f32(4, [2 ** -70, -(2 ** -64), 2 ** -65, Number.NaN]);
  const turned = host.f32(16);
  host.run((k) => k.pack_filter_bt_f32_8(1, 2, 2, filter.at, 2 ** -64, turned.at), turned);
  const zeros = [0, 0, 0, 0, 0, 0];
  expect(firstDifferent(turned.values(), [0, 0, ...zeros, -(2 ** -64), Number.NaN, ...zeros])).toBe(-1);
});

for (const build of BUILDS) {
  test(`pad_image_f32 puts a border of zeros around each image (${build})`, () => {
    let cases = 0;
    for (const { win } of windows()) {
      const host = new Host(build);
      const [images, c] = [2, 3];
      const x = noise32(images * win.h * win.w * c, 6);
      const to = padded(win);
      const [xAt, y] = [host.f32(x.length, x), host.f32(images * to.h * to.w * c)];
      host.run((k) => k.pad_image_f32(images, { ...win, c, ph: to.h, pw: to.w }, xAt.at, y.at), y);
      expect(firstDifferent(y.values(), pad(win, images, c, x))).toBe(-1);
      cases++;
    }
    expect(cases).toBeGreaterThan(100);
  });
}

test("the debug build traps on windows that reach beyond the image and on a border that is too small", () => {
  const { anywhere: kernels } = new Host("debug");
  const over = (h: number, w: number) => ({ h, w, c: 1, oh: 2, ow: 2, kh: 3, kw: 3, sh: 1, sw: 1, dh: 1, dw: 1 });
  const conv = (h: number, w: number) => () => kernels.conv_f32_4x8(1, over(h, w), 1, 1024, 2048, 4096, 8192);
  const grad = (h: number, w: number) => () =>
    kernels.conv_filter_grad_f32_4x8(1, over(h, w), 1, 1024, 2048, 4096, 8192);
  const border = (top: number, left: number) => () =>
    kernels.pad_image_f32(1, { h: 2, w: 2, c: 1, ph: 3, pw: 3, top, left }, 1024, 2048);
  for (const call of [conv, grad]) {
    expect(call(4, 4)).not.toThrow();
    expect(call(3, 4)).toThrow(WebAssembly.RuntimeError);
    expect(call(4, 3)).toThrow(WebAssembly.RuntimeError);
  }
  expect(border(1, 1)).not.toThrow();
  expect(border(2, 1)).toThrow(WebAssembly.RuntimeError);
  expect(border(1, -1)).toThrow(WebAssembly.RuntimeError);
});
