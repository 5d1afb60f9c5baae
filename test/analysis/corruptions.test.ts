import { expect, test } from "vitest";
import { corrupt, corruptionsOf } from "../../src/analysis/corruptions.ts";
import { noiseOfLength } from "../../src/analysis/noise-of-length.ts";
import { lengthIn } from "../../src/attacks/minimal/norm.ts";
import type { ImageShape } from "../../src/data/dataset.ts";
import { noise32 } from "../support/noise.ts";

const SHAPE: ImageShape = [5, 4, 3];
const SIZE = 60;
const images = noise32(3 * SIZE, 7, 0.5).map((value) => value + 0.5);

/** The value at a place of an image whose border goes on outside. */
const pixel = (image: Float32Array, y: number, x: number, c: number) =>
  image[3 * (4 * Math.min(Math.max(y, 0), 4) + Math.min(Math.max(x, 0), 3)) + c] as number;

test("shifts take each pixel from its neighbour, and repeat the border", () => {
  for (const [by, name] of [
    [1, "shift 1"],
    [2, "shift 2"],
  ] as const) {
    for (const [variant, [dy, dx]] of [
      [0, by],
      [0, -by],
      [by, 0],
      [-by, 0],
    ].entries()) {
      const shifted = corrupt(images, { corruption: name, shape: SHAPE, variant });
      for (let i = 0; i < 3; i++) {
        const [image, out] = [images, shifted].map((all) => all.subarray(i * SIZE, (i + 1) * SIZE)) as [
          Float32Array,
          Float32Array,
        ];
        for (let y = 0; y < 5; y++)
          for (let x = 0; x < 4; x++)
            for (let c = 0; c < 3; c++)
              expect(pixel(out, y, x, c)).toBe(pixel(image, y - (dy as number), x - (dx as number), c));
      }
    }
  }
});

test("a blur is the mean of 3 x 3 with weights 1 2 1, to the rounding of two single steps", () => {
  const blurred = corrupt(images, { corruption: "blur 1", shape: SHAPE });
  for (let y = 0; y < 5; y++)
    for (let x = 0; x < 4; x++)
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let dy = -1; dy <= 1; dy++)
          for (let dx = -1; dx <= 1; dx++)
            sum += ((2 - Math.abs(dy)) * (2 - Math.abs(dx)) * pixel(images, y + dy, x + dx, c)) / 16;
        // Values are below 1 and each of two passes rounds once: at most 2^-25 each, a mean of which is no more.
        expect(Math.abs(pixel(blurred, y, x, c) - sum)).toBeLessThanOrEqual(2 ** -24 + 2 ** -50);
      }
  const flat = new Float32Array(SIZE).fill(0.375);
  expect(corrupt(flat, { corruption: "blur 3", shape: SHAPE })).toEqual(flat);
});

test("light goes up and down by its name, cut to [0, 1]", () => {
  const [up, down] = [0, 1].map((variant) => corrupt(images, { corruption: "brightness 0.3", shape: SHAPE, variant }));
  images.forEach((value, i) => {
    expect(up?.[i]).toBe(Math.fround(Math.min(1, value + 0.3)));
    expect(down?.[i]).toBe(Math.fround(Math.max(0, value - 0.3)));
  });
});

test("grain has its deviation, and an image's grain does not depend on those before it", () => {
  const grey = new Float32Array(200 * SIZE).fill(0.5);
  const options = { corruption: "noise 0.1", shape: SHAPE, seed: 3 };
  const noisy = corrupt(grey, options);
  const deviation = Math.sqrt(noisy.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / noisy.length);
  // The deviation of 12,000 numbers is within 4 / sqrt(2 n) of that of all, but once in 15,000 times.
  expect(Math.abs(deviation / 0.1 - 1)).toBeLessThan(4 / Math.sqrt(2 * noisy.length));
  const alone = corrupt(grey.subarray(7 * SIZE, 8 * SIZE), { ...options, first: 7 });
  expect(alone).toEqual(noisy.subarray(7 * SIZE, 8 * SIZE));
  expect(corrupt(grey, { ...options, corruption: "noise 0.2" })).not.toEqual(noisy);
});

test("a line of pixels has no blur and no shift; what there is not is refused", () => {
  expect(corruptionsOf([1, 9, 1]).map(({ name }) => name)).toEqual([
    ...["noise 0.1", "noise 0.2", "brightness 0.1", "brightness 0.3"],
  ]);
  expect(corruptionsOf([28, 28, 1])).toHaveLength(8);
  expect(() => corrupt(images, { corruption: "fog", shape: SHAPE })).toThrow(
    /^corruption: expected one of noise 0\.1, .*, got "fog"$/,
  );
  expect(() => corrupt(images, { corruption: "shift 1", shape: SHAPE, variant: 4 })).toThrow(
    "variant: expected a whole number in [0, 3], got 4",
  );
});

const grey = new Float32Array(400).fill(0.5);

for (const [norm, length] of [
  ["l2", 1.5],
  ["linf", 0.125],
  ["l1", 20],
  ["l0", 37],
] as const) {
  test(`noise in ${norm} is as long as was asked, where nothing is cut, and another for each number`, () => {
    const noisy = noiseOfLength(grey, { norm, length, seed: 1, number: 4 });
    // Each of n values is rounded to single precision once, by 2^-25 at most below 1.
    const rounding = { l2: Math.sqrt(400) * 2 ** -25, linf: 2 ** -25, l1: 400 * 2 ** -25, l0: 0 }[norm];
    expect(Math.abs(lengthIn(norm, grey, noisy) - length)).toBeLessThanOrEqual(rounding + 1e-12);
    expect(noiseOfLength(grey, { norm, length, seed: 1, number: 4 })).toEqual(noisy);
    expect(noiseOfLength(grey, { norm, length, seed: 1, number: 5 })).not.toEqual(noisy);
    expect(noiseOfLength(grey, { norm, length, seed: 2, number: 4 })).not.toEqual(noisy);
  });
}

test("noise stays in [0, 1], and never is longer than asked", () => {
  const image = noise32(200, 3, 0.5).map((value) => value + 0.5);
  for (const [norm, length] of [
    ["l2", 6],
    ["linf", 0.7],
    ["l1", 90],
    ["l0", 500],
  ] as const) {
    const noisy = noiseOfLength(image, { norm, length, seed: 1, number: 0 });
    for (const value of noisy) expect(value >= 0 && value <= 1).toBe(true);
    expect(lengthIn(norm, image, noisy)).toBeLessThanOrEqual(length * (1 + 1e-6));
    expect(lengthIn(norm, image, noisy)).toBeGreaterThan(0);
  }
});
