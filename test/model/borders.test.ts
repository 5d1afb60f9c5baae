/** Windows with a border that is given side by side: those of an image that has it already. */
import { describe, expect, test } from "vitest";
import { sizeOf } from "../../src/model/layers/index.ts";
import { messageOf } from "../message-of.ts";
import { firstBeyond, g, U32 } from "../support/bounds.ts";
import { LayerHost } from "../support/layer-host.ts";
import { noise32 } from "../support/noise.ts";

const SHAPE = [6, 7, 4];
const ROWS = 3;

/** Products of one output at most, for the rounding of both ways: Winograd's products depend on the shape. */
const same = (actual: Float32Array, expected: Float32Array, size: number): void => {
  const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const bound = expected.map(() => g(4 * size, U32) * largest);
  expect(firstBeyond(actual, expected, bound)).toBe(-1);
};

describe("convolutions", () => {
  for (const [className, config, kernels] of [
    ["Conv2D", { filters: 5, kernel_size: [3, 2] }, [[3, 2, 4, 5], [5]]],
    ["Conv2D", { filters: 3, kernel_size: 3, strides: 2, dilation_rate: 2 }, [[3, 3, 4, 3], [3]]],
    ["Conv2D", { filters: 5, kernel_size: 1 }, [[1, 1, 4, 5], [5]]],
    ["GroupedConv2D", { filters: 6, kernel_size: 3, groups: 2, strides: [1, 2] }, [[3, 3, 2, 6], [6]]],
    ["GroupedConv2D", { filters: 4, kernel_size: 3, groups: 2, dilation_rate: 2 }, [[3, 3, 2, 4], [4]]],
    ["DepthwiseConv2D", { kernel_size: 3, depth_multiplier: 2 }, [[3, 3, 4, 2], [8]]],
    ["DepthwiseConv2D", { kernel_size: 3, dilation_rate: 2, strides: 2 }, [[3, 3, 4, 1], [4]]],
  ] as const) {
    for (const padding of [
      [
        [1, 2],
        [0, 3],
      ],
      [
        [0, 0],
        [4, 1],
      ],
    ] as [number, number][][]) {
      test(`${className} ${JSON.stringify(config)} with the border ${JSON.stringify(padding)}`, () => {
        const host = new LayerHost(className, { ...config, padding }, SHAPE);
        const border = new LayerHost("ZeroPadding2D", { padding }, SHAPE);
        const plain = new LayerHost(className, { ...config, padding: "valid" }, border.layer.outputShape);
        expect(host.layer.outputShape).toEqual(plain.layer.outputShape);
        expect(host.layer.config.padding).toEqual(padding);
        const weights = kernels.map((shape, i) => noise32(sizeOf(shape), i));
        host.set(...weights);
        plain.set(...weights);
        const x = noise32(ROWS * host.inputSize, 3);
        const dy = noise32(ROWS * host.outputSize, 4);
        const wide = border.forward(x);
        same(host.forward(x), plain.forward(wide), 36);
        const back = border.inputGradient(
          x,
          plain.inputGradient(wide, dy, new Float32Array(wide.length)),
          new Float32Array(x.length),
        );
        same(host.inputGradient(x, dy, new Float32Array(x.length)), back, 8 * 9);
        const [ours, theirs] = [host.parameterGradient(x, dy), plain.parameterGradient(wide, dy)];
        ours.forEach((gradient, i) => {
          same(gradient, theirs[i] as Float32Array, 300);
        });
      });
    }
  }

  test("Conv1D takes one pair, and reads as an image of one row", () => {
    const config = { filters: 2, kernel_size: 3 };
    const host = new LayerHost("Conv1D", { ...config, padding: [[2, 1]] }, [5, 4]);
    const plain = new LayerHost("Conv1D", { ...config, padding: "valid" }, [8, 4]);
    const weights = [noise32(24, 1), noise32(2, 2)];
    host.set(...weights);
    plain.set(...weights);
    const x = noise32(20, 3);
    expect(host.layer.outputShape).toEqual([6, 2]);
    const wide = new Float32Array(32);
    wide.set(x, 8);
    expect([...host.forward(x)]).toEqual([...plain.forward(wide)]);
  });
});

test("pools look at what lies inside, with a border of any side", () => {
  const config = {
    pool_size: [3, 2],
    strides: [2, 1],
    padding: [
      [2, 0],
      [0, 1],
    ],
  };
  const x = noise32(sizeOf(SHAPE), 5);
  const [h, w, c] = SHAPE as [number, number, number];
  for (const className of ["MaxPooling2D", "AveragePooling2D"]) {
    const host = new LayerHost(className, config, SHAPE);
    expect(host.layer.outputShape).toEqual([3, 7, 4]);
    const y = host.forward(x);
    y.forEach((value, at) => {
      const [i, j, k] = [Math.floor(at / (7 * c)), Math.floor(at / c) % 7, at % c];
      const seen: number[] = [];
      for (let p = 2 * i - 2; p < 2 * i + 1; p++) {
        for (let q = j; q < j + 2; q++) if (p >= 0 && p < h && q < w) seen.push(x[(p * w + q) * c + k] as number);
      }
      const exact =
        className === "MaxPooling2D" ? Math.max(...seen) : seen.reduce((sum, v) => sum + v, 0) / seen.length;
      expect(Math.abs(value - exact)).toBeLessThanOrEqual(className === "MaxPooling2D" ? 0 : g(8, U32));
    });
  }
});

test("borders that are none, and windows in the border alone, are refused", () => {
  const made = (className: string, config: object) => messageOf(() => new LayerHost(className, { ...config }, SHAPE));
  expect(made("Conv2D", { filters: 1, kernel_size: 2, padding: [[1, 1]] })).toBe("it padding: expected 2 pairs, got 1");
  expect(
    made("Conv2D", {
      filters: 1,
      kernel_size: 9,
      padding: [
        [1, 1],
        [1, 1],
      ],
    }),
  ).toBe("it: expected an input of at least 7 rows, got 6");
  expect(
    made("MaxPooling2D", {
      pool_size: 2,
      padding: [
        [2, 0],
        [0, 0],
      ],
    }),
  ).toBe("it padding: expected windows that all meet the image, got a border as wide as the window");
  expect(
    made("AveragePooling2D", {
      pool_size: 2,
      strides: 1,
      padding: [
        [0, 0],
        [0, 2],
      ],
    }),
  ).toMatch(/all meet the image/);
  expect(
    made("Conv2D", {
      filters: 1,
      kernel_size: 2,
      padding: [
        [-1, 1],
        [0, 0],
      ],
    }),
  ).toMatch(/^it \(Conv2D\): padding/);
});
