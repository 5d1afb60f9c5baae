import { describe, expect, test } from "vitest";
import { crossEntropy, crossEntropyGradient, softmax, softmaxGradient } from "../oracle/softmax.ts";
import { firstBeyond, firstDifferent, g, gBoth, U32 } from "../support/bounds.ts";
import { BUILDS, type Build, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";
import { lossError, softmaxError } from "../support/softmax-bounds.ts";

/** Below e^-80 of the largest, terms come near the subnormals, where relative bounds end. */
const SPREAD = 40;

function rowsOf(x: Float32Array, n: number): Float32Array[] {
  return Array.from({ length: x.length / n }, (_, r) => x.slice(r * n, (r + 1) * n));
}

function crossEntropyOf(build: Build, logits: Float32Array, n: number, labels: number[]) {
  const host = new Host(build);
  const [z, label] = [host.f32(logits.length, logits), host.i32(labels.length, labels)];
  const [loss, gradient] = [host.f32(labels.length), host.f32(logits.length)];
  host.run((k) => k.cross_entropy_f32(labels.length, n, z.at, label.at, loss.at, gradient.at), loss, gradient);
  const inPlace = host.f32(logits.length, logits);
  const again = host.f32(labels.length);
  host.run((k) => k.cross_entropy_f32(labels.length, n, inPlace.at, label.at, again.at, inPlace.at), again, inPlace);
  expect(firstDifferent(inPlace.values(), gradient.values())).toBe(-1);
  expect(firstDifferent(again.values(), loss.values())).toBe(-1);
  return { loss: loss.values(), gradient: gradient.values() };
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [...around(4), 10]) {
      const rows = 5;
      const logits = noise32(rows * n, n, SPREAD);
      const labels = Array.from({ length: rows }, (_, r) => (r * 3) % n);

      test(`softmax_f32 of rows of ${n} is within its bound of f64, in place and out of place`, () => {
        const host = new Host(build);
        const [x, y, place] = [host.f32(rows * n, logits), host.f32(rows * n), host.f32(rows * n, logits)];
        host.run((k) => k.softmax_f32(rows, n, x.at, y.at), y);
        host.run((k) => k.softmax_f32(rows, n, place.at, place.at), place);
        expect(firstDifferent(place.values(), y.values())).toBe(-1);
        const results = rowsOf(y.values(), n);
        rowsOf(logits, n).forEach((z, r) => {
          const p = softmax(z);
          const bound = p.map((v) => softmaxError(z) * v);
          expect(firstBeyond(results[r] as Float32Array, p, bound)).toBe(-1);
        });
        expect(results).toHaveLength(rows);
      });

      test(`softmax_grad_f32 of rows of ${n} accumulates, within g(n + 3) of f64`, () => {
        const host = new Host(build);
        const y = noise32(rows * n, 7).map(Math.abs);
        const [dy, dx] = [noise32(rows * n, 8), noise32(rows * n, 9)];
        const [yAt, dyAt, dxAt] = [host.f32(rows * n, y), host.f32(rows * n, dy), host.f32(rows * n, dx)];
        host.run((k) => k.softmax_grad_f32(rows, n, yAt.at, dyAt.at, dxAt.at), dxAt);
        const results = rowsOf(dxAt.values(), n);
        const [ys, dys, starts] = [rowsOf(y, n), rowsOf(dy, n), rowsOf(dx, n)];
        results.forEach((result, r) => {
          const [yr, dyr, start] = [ys[r] as Float32Array, dys[r] as Float32Array, starts[r] as Float32Array];
          const oracle = softmaxGradient(yr, dyr).map((v, i) => v + (start[i] as number));
          const dot = yr.reduce((total, v, i) => total + v * Math.abs(dyr[i] as number), 0);
          const bound = oracle.map(
            (_, i) =>
              gBoth(n + 3) * (Math.abs(start[i] as number) + (yr[i] as number) * (Math.abs(dyr[i] as number) + dot)),
          );
          expect(firstBeyond(result, oracle, bound)).toBe(-1);
        });
        expect(results).toHaveLength(rows);
      });

      test(`cross_entropy_f32 of rows of ${n}: loss and gradient are within their bounds of f64`, () => {
        const { loss, gradient } = crossEntropyOf(build, logits, n, labels);
        const gradients = rowsOf(gradient, n);
        rowsOf(logits, n).forEach((z, r) => {
          const label = labels[r] as number;
          const [value, slope] = [crossEntropy(z, label), crossEntropyGradient(z, label)];
          const top = Math.max(...z);
          const valueBound = lossError(z, value, Math.abs((z[label] as number) - top));
          expect(firstBeyond([loss[r] as number], [value], [valueBound])).toBe(-1);
          const p = softmax(z);
          const gradientBound = p.map((v, j) => softmaxError(z) * v * (1 + U32) + (j === label ? U32 * (1 - v) : 0));
          expect(firstBeyond(gradients[r] as Float32Array, slope, gradientBound)).toBe(-1);
        });
        expect(gradients).toHaveLength(rows);
      });

      test(`cross_entropy_f32 of rows of ${n}: the gradient is the slope of f64 central differences`, () => {
        const z = noise32(n, 11, 3);
        const label = n >> 1;
        const slope = crossEntropyOf(build, z, n, [label]).gradient;
        const p = softmax(z);
        const h = 2 ** -12;
        let directions = 0;
        for (const seed of [21, 22, 23]) {
          const v = noise32(n, seed);
          const at = (t: number) =>
            crossEntropy(
              Array.from(z, (x, i) => x + t * (v[i] as number)),
              label,
            );
          const measured = (at(h) - at(-h)) / (2 * h);
          const predicted = slope.reduce((total, s, i) => total + s * (v[i] as number), 0);
          // h^2/6 times the third derivative, a third central moment of values in [-1, 1] and so at most 8;
          // a few roundings of f64 over h; the kernel's own error in the gradient.
          const kernel = p.reduce((total, q) => total + softmaxError(z) * q, 0) + 2 * U32;
          const bound = (8 * h ** 2) / 6 + (g(n + 8, 2 ** -53) * 20) / h + kernel;
          expect(Math.abs(measured - predicted)).toBeLessThanOrEqual(bound);
          directions++;
        }
        expect(directions).toBe(3);
      });

      test(`softmax and cross-entropy of a row of ${n} do not depend on the rows around it`, () => {
        const together = crossEntropyOf(build, logits, n, labels);
        rowsOf(logits, n).forEach((z, r) => {
          const alone = crossEntropyOf(build, z, n, [labels[r] as number]);
          expect(Object.is(alone.loss[0], together.loss[r])).toBe(true);
          expect(firstDifferent(alone.gradient, together.gradient.slice(r * n, (r + 1) * n))).toBe(-1);
        });
        expect(together.loss).toHaveLength(rows);
      });
    }

    test("cross_entropy_f32 is never negative, and exact where one logit rules", () => {
      const huge = 3e38;
      const logits = Float32Array.of(huge, 0, 0, 0, huge, 0, 104, 0, 0);
      const { loss, gradient } = crossEntropyOf(build, logits, 3, [0, 0, 1]);
      expect([...loss]).toEqual([0, Math.fround(huge), 104]);
      expect([...gradient.slice(0, 6)]).toEqual([0, 0, 0, -1, 1, 0]);
      const flat = crossEntropyOf(build, noise32(300, 31, 2 ** -20), 3, Array(100).fill(1));
      expect(flat.loss.every((value) => value >= 0)).toBe(true);
    });

    test("cross_entropy_f32 and softmax_f32 turn a row with a NaN into NaN and leave the next alone", () => {
      const logits = Float32Array.of(1, Number.NaN, 2, 1, 3, 2);
      const { loss, gradient } = crossEntropyOf(build, logits, 3, [0, 0]);
      const clean = crossEntropyOf(build, logits.slice(3), 3, [0]);
      expect(loss[0]).toBeNaN();
      expect(Object.is(loss[1], clean.loss[0])).toBe(true);
      expect(gradient.slice(0, 3).every(Number.isNaN)).toBe(true);
      expect(firstDifferent(gradient.slice(3), clean.gradient)).toBe(-1);
    });

    test("softmax_f32, softmax_grad_f32 and cross_entropy_f32 touch nothing for 0 rows", () => {
      const host = new Host(build);
      expect(() =>
        host.run(() => {
          const k = host.anywhere;
          k.softmax_f32(0, 4, 1024, 2048);
          k.softmax_grad_f32(0, 4, 1024, 2048, 3072);
          k.cross_entropy_f32(0, 4, 1024, 2048, 3072, 4096);
        }),
      ).not.toThrow();
    });
  });
}

test("the debug build traps on a label out of range and on rows of nothing", () => {
  const host = new Host("debug");
  const z = host.f32(3, [1, 2, 3]);
  for (const label of [3, -1, 0x40000000]) {
    const labels = host.i32(1, [label]);
    expect(() => host.kernels.cross_entropy_f32(1, 3, z.at, labels.at, z.at, z.at)).toThrow(WebAssembly.RuntimeError);
  }
  expect(() => host.kernels.softmax_f32(1, 0, z.at, z.at)).toThrow(WebAssembly.RuntimeError);
  expect(() => host.anywhere.cross_entropy_f32(1, 0, z.at, z.at, z.at, z.at)).toThrow(WebAssembly.RuntimeError);
});
