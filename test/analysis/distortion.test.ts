import { describe, expect, test } from "vitest";
import {
  amplify,
  distortions,
  gaussianNoise,
  meanDistortion,
  pooledDistortion,
  selectRows,
} from "../../src/analysis/index.ts";
import { messageOf } from "../message-of.ts";

/** Two images of four pixels, moved by (3, 4, 0, 0) and by (0, 0, 6, 8) in sixteenths: all exact in f32. */
const originals = Float32Array.of(0.25, 0.25, 0.5, 0.5, 0.125, 0.25, 0.375, 0.25);
const adversarial = originals.map((x, i) => x + (([3, 4, 0, 0, 0, 0, 6, 8] as const)[i] as number) / 16);

describe("the two averages", () => {
  test("of a change of 5/16 and one of 10/16, each over four pixels", () => {
    expect([...distortions(originals, adversarial, 4)]).toEqual([5 / 32, 10 / 32]);
    expect(meanDistortion(originals, adversarial, 4)).toBe(7.5 / 32);
    expect(pooledDistortion(originals, adversarial)).toBe(Math.sqrt((25 + 100) / 256 / 8));
  });

  test("agree where all images are moved as far; nothing moved is 0", () => {
    const moved = originals.map((x, i) => x + (i % 4 === 1 ? 0.5 : 0));
    expect(meanDistortion(originals, moved, 4)).toBe(pooledDistortion(originals, moved));
    expect(pooledDistortion(originals, originals)).toBe(0);
  });

  test("refuse rows that do not belong together", () => {
    expect(messageOf(() => pooledDistortion(originals, adversarial.subarray(1)))).toBe(
      "adversarial: expected 8 rows, as there are originals, got 7",
    );
    expect(messageOf(() => meanDistortion(originals, adversarial, 3))).toBe(
      "originals: expected rows of 3 values, got 8 values",
    );
  });
});

describe("amplify", () => {
  /** Half an ulp of the result for its rounding; the change is then divided by the pixels of one image. */
  const close = (found: number, wanted: number) => expect(Math.abs(found - wanted)).toBeLessThan(2 ** -24);

  test("with one factor for all reaches the pooled distortion, and keeps the images' ratio", () => {
    const stronger = amplify(originals, adversarial, { to: 0.5 });
    close(pooledDistortion(originals, stronger), 0.5);
    const [first, second] = distortions(originals, stronger, 4) as unknown as [number, number];
    close(second, 2 * first);
  });

  test("image by image reaches the distortion of each, and weakens what was above it", () => {
    const equal = amplify(originals, adversarial, { to: 0.25, mode: "per-image", inputSize: 4 });
    for (const distortion of distortions(originals, equal, 4)) close(distortion, 0.25);
  });

  test("defaults to 0.1, one factor, not clipped", () => {
    const plain = amplify(originals, adversarial);
    expect(plain).toEqual(amplify(originals, adversarial, { to: 0.1, mode: "common", clip: false }));
    close(pooledDistortion(originals, plain), 0.1);
  });

  test("from the distortion of the whole, a part is what it is in the whole", () => {
    const whole = amplify(originals, adversarial);
    const from = pooledDistortion(originals, adversarial);
    expect(amplify(originals.subarray(4), adversarial.subarray(4), { from })).toEqual(whole.subarray(4));
    expect(amplify(originals, adversarial, { to: 0.3, from: 0.3 })).toEqual(adversarial);
  });

  test("leaves alone what was not changed, and goes beyond [0, 1] unless it is clipped", () => {
    expect(amplify(originals, originals)).toEqual(originals);
    const half = adversarial.map((x, i) => (i < 4 ? (originals[i] as number) : x));
    const each = amplify(originals, half, { to: 1, mode: "per-image", inputSize: 4 });
    expect(each.subarray(0, 4)).toEqual(originals.subarray(0, 4));
    expect(Math.max(...each)).toBeGreaterThan(1);
    const clipped = amplify(originals, half, { to: 1, mode: "per-image", inputSize: 4, clip: true });
    expect(clipped).toEqual(each.map((x) => Math.min(Math.max(x, 0), 1)));
  });

  test("refuses what it cannot do", () => {
    const refusal = (options: object) => messageOf(() => amplify(originals, adversarial, options as never));
    expect(refusal({ mode: "each" })).toBe("mode: expected one of common, per-image, got each");
    expect(refusal({ mode: "per-image" })).toBe("inputSize: expected a whole number, got undefined");
    expect(refusal({ to: -1 })).toBe("to: expected a finite number >= 0, got -1");
  });
});

test("pixels that are no numbers are refused, as originals and as changed ones", () => {
  const broken = originals.with(2, Number.NaN);
  for (const measure of [
    (a: Float32Array, b: Float32Array) => distortions(a, b, 4),
    (a: Float32Array, b: Float32Array) => meanDistortion(a, b, 4),
    pooledDistortion,
    (a: Float32Array, b: Float32Array) => amplify(a, b, { from: 1 }),
  ]) {
    expect(messageOf(() => measure(broken, adversarial))).toBe("originals[2]: expected a finite number, got NaN");
    expect(messageOf(() => measure(originals, broken))).toBe("adversarial[2]: expected a finite number, got NaN");
  }
  expect(messageOf(() => gaussianNoise(broken, { std: 1 }))).toBe("rows[2]: expected a finite number, got NaN");
});

describe("gaussianNoise", () => {
  const rows = Float32Array.from({ length: 20000 }, (_, i) => (i % 5) / 4);

  test("adds noise of the standard deviation asked for, within 6 standard errors, and the same for the same seed", () => {
    const noisy = gaussianNoise(rows, { std: 0.3, seed: 5 });
    const change = Array.from(noisy, (x, i) => x - (rows[i] as number));
    const n = rows.length;
    expect(Math.abs(change.reduce((sum, r) => sum + r, 0) / n)).toBeLessThan((6 * 0.3) / Math.sqrt(n));
    expect(Math.abs(pooledDistortion(rows, noisy) ** 2 / 0.09 - 1)).toBeLessThan(6 * Math.sqrt(2 / n));
    expect(gaussianNoise(rows, { std: 0.3, seed: 5 })).toEqual(noisy);
    expect(gaussianNoise(rows, { std: 0.3, seed: 6 })).not.toEqual(noisy);
    expect(Math.min(...noisy)).toBeLessThan(0);
    expect(Math.max(...noisy)).toBeGreaterThan(1);
  });

  test("clipped is the same, put back into [0, 1]", () => {
    const noisy = gaussianNoise(rows, { std: 0.3 });
    const clipped = gaussianNoise(rows, { std: 0.3, clip: true });
    expect(clipped).toEqual(noisy.map((x) => Math.min(Math.max(x, 0), 1)));
    expect(clipped).not.toEqual(noisy);
  });

  test("a part is what it is in the whole, beyond what is drawn at once too", () => {
    const whole = gaussianNoise(rows, { std: 0.1 });
    for (const first of [0, 3, 8190, 8193]) {
      expect(gaussianNoise(rows.subarray(first), { std: 0.1, first })).toEqual(whole.subarray(first));
    }
  });

  test("of no strength changes nothing; of a negative one is refused", () => {
    expect(gaussianNoise(rows, { std: 0 })).toEqual(rows);
    expect(messageOf(() => gaussianNoise(rows, { std: -0.1 }))).toBe("std: expected a finite number >= 0, got -0.1");
  });
});

test("selectRows takes the rows that are marked, in their order, or none", () => {
  expect([...selectRows(Float32Array.of(1, 2, 3, 4, 5, 6), 2, [1, 0, 1])]).toEqual([1, 2, 5, 6]);
  expect(selectRows(Float32Array.of(1, 2), 2, Uint8Array.of(0))).toHaveLength(0);
  expect(messageOf(() => selectRows(Float32Array.of(1, 2), 1, [1]))).toBe("which: expected 2 labels, one a row, got 1");
});
