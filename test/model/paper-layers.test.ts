/** The normalisations and the L2 pool as layers: options reach the kernels, images come apart again, nonsense is refused. */
import { describe, expect, test } from "vitest";
import { gaussianWindow } from "../../src/model/layers/contrast.ts";
import { Workspace } from "../../src/wasm/index.ts";
import { messageOf } from "../message-of.ts";
import { lrn, lrnGradient, single } from "../oracle/lrn.ts";
import { contrast, contrastGradient, l2Pool, l2PoolGradient } from "../oracle/windows.ts";
import { firstBeyond, firstDifferent, U32 } from "../support/bounds.ts";
import { LayerHost } from "../support/layer-host.ts";
import { rowOf } from "../support/network-steps.ts";
import { noise32 } from "../support/noise.ts";
import { bounds, type Running, values } from "../support/running.ts";

const ROWS = 3;

interface Oracle {
  forward(x: Float32Array): Running[];
  gradient(x: Float32Array, y: Float32Array, dy: Float32Array, dx: Float32Array): Running[];
}

interface Case {
  title: string;
  className: string;
  config: Record<string, unknown>;
  shape: readonly [number, number, number];
  outputShape: readonly number[];
  oracle: () => Oracle;
}

/** One pixel after another. */
const pixels = (x: Float32Array, c: number) => Array.from({ length: x.length / c }, (_, p) => rowOf(x, p, c));

function lrnOracle(c: number, depth_radius: number, bias: number, alpha: number, beta: number): Oracle {
  const options = single({ radius: depth_radius, bias, alpha, beta });
  return {
    forward: (x) => pixels(x, c).flatMap((pixel) => lrn(pixel, options)),
    gradient: (x, _y, dy, dx) => {
      const [dys, dxs] = [pixels(dy, c), pixels(dx, c)];
      return pixels(x, c).flatMap((pixel, p) =>
        lrnGradient(pixel, dys[p] as Float32Array, dxs[p] as Float32Array, options),
      );
    },
  };
}

function l2Oracle(sizes: readonly number[], eps: number): Oracle {
  const [h, w, c, kh, kw, sh, sw, top, left, oh, ow] = sizes as [number, number, number, ...number[]];
  const shape = { h, w, c, kh, kw, sh, sw, top, left, oh, ow } as Parameters<typeof l2Pool>[1];
  return {
    forward: (x) => l2Pool(x, shape, Math.fround(eps)),
    gradient: (x, y, dy, dx) => l2PoolGradient(x, y, dy, dx, shape),
  };
}

function contrastOracle([h, w, c]: readonly [number, number, number], size: number, sigma: number, least: number) {
  const window = [...gaussianWindow(size, sigma, new Workspace())];
  const shape = { h, w, c, window, least: Math.fround(least) };
  return {
    forward: (x: Float32Array) => contrast(x, shape),
    gradient: (x: Float32Array, y: Float32Array, dy: Float32Array, dx: Float32Array) =>
      contrastGradient(x, y, dy, dx, shape),
  };
}

const CASES: readonly Case[] = [
  {
    title: "LocalResponseNormalization as AlexNet has it",
    className: "LocalResponseNormalization",
    config: { depth_radius: 2, bias: 2, alpha: 1e-4, beta: 0.75 },
    shape: [2, 3, 9],
    outputShape: [2, 3, 9],
    oracle: () => lrnOracle(9, 2, 2, 1e-4, 0.75),
  },
  {
    title: "LocalResponseNormalization by default, as tf.localResponseNormalization",
    className: "LocalResponseNormalization",
    config: {},
    shape: [2, 2, 13],
    outputShape: [2, 2, 13],
    oracle: () => lrnOracle(13, 5, 1, 1, 0.5),
  },
  {
    title: "L2Pooling2D by default, 2x2 / 2",
    className: "L2Pooling2D",
    config: {},
    shape: [5, 4, 3],
    outputShape: [2, 2, 3],
    oracle: () => l2Oracle([5, 4, 3, 2, 2, 2, 2, 0, 0, 2, 2], 0),
  },
  {
    title: "L2Pooling2D 3x2 / 2,1 with epsilon, padding same",
    className: "L2Pooling2D",
    config: { pool_size: [3, 2], strides: [2, 1], padding: "same", epsilon: 0.01 },
    shape: [4, 5, 6],
    outputShape: [2, 5, 6],
    oracle: () => l2Oracle([4, 5, 6, 3, 2, 2, 1, 0, 0, 2, 5], 0.01),
  },
  {
    title: "LocalContrastNormalization by default",
    className: "LocalContrastNormalization",
    config: {},
    shape: [6, 5, 3],
    outputShape: [6, 5, 3],
    oracle: () => contrastOracle([6, 5, 3], 5, 1, 0.01),
  },
  {
    title: "LocalContrastNormalization, window 3, sigma 0.7, threshold 0.4",
    className: "LocalContrastNormalization",
    config: { window_size: 3, sigma: 0.7, threshold: 0.4 },
    shape: [4, 4, 5],
    outputShape: [4, 4, 5],
    oracle: () => contrastOracle([4, 4, 5], 3, 0.7, 0.4),
  },
];

function expectJudged(actual: ArrayLike<number>, judged: readonly Running[]): void {
  expect(firstBeyond(actual, values(judged), bounds(judged))).toBe(-1);
}

for (const { title, className, config, shape, outputShape, oracle } of CASES) {
  test(`${title} is within the bound of f64, forward and back, each row as it is alone`, () => {
    const host = new LayerHost(className, config, shape);
    expect(host.layer.outputShape).toEqual(outputShape);
    const { inputSize, outputSize } = host;
    const [x, dx] = [noise32(ROWS * inputSize, 1, 2), noise32(ROWS * inputSize, 2)];
    const dy = noise32(ROWS * outputSize, 3);
    const [y, slope] = [host.forward(x), host.inputGradient(x, dy, dx)];
    const { forward, gradient } = oracle();
    for (let r = 0; r < ROWS; r++) {
      const [xr, dxr, dyr] = [rowOf(x, r, inputSize), rowOf(dx, r, inputSize), rowOf(dy, r, outputSize)];
      const yr = rowOf(y, r, outputSize);
      expectJudged(yr, forward(xr));
      expectJudged(rowOf(slope, r, inputSize), gradient(xr, yr, dyr, dxr));
      expect(firstDifferent(host.forward(xr), yr)).toBe(-1);
      expect(firstDifferent(host.inputGradient(xr, dyr, dxr), rowOf(slope, r, inputSize))).toBe(-1);
    }
    expect(y).toHaveLength(ROWS * outputSize);
  });

  test(`${title}: its configuration makes the same layer again`, () => {
    const host = new LayerHost(className, config, shape);
    const again = new LayerHost(className, host.layer.config, shape);
    expect(again.layer.config).toEqual(host.layer.config);
    expect(host.layer.config).toMatchObject({ name: "it", ...config });
    const x = noise32(host.inputSize, 1);
    expect(firstDifferent(again.forward(x), host.forward(x))).toBe(-1);
  });
}

describe("gaussianWindow", () => {
  for (const [size, sigma] of [
    [1, 1],
    [5, 1],
    [9, 1.591],
    [3, 0.7],
  ] as const) {
    test(`${size} weights of deviation ${sigma} are symmetric to the bit and within their error of f64`, () => {
      const window = gaussianWindow(size, sigma, new Workspace());
      const exponents = Array.from({ length: size }, (_, i) => -((i - (size - 1) / 2) ** 2) / (2 * sigma * sigma));
      const exact = exponents.map(Math.exp);
      const total = exact.reduce((sum, v) => sum + v, 0);
      const widest = Math.max(...exponents.map(Math.abs));
      exponents.forEach((exponent, i) => {
        const weight = (exact[i] as number) / total;
        // The exponential is within 2 u of that of its rounded argument, in the weight and in the sum; one more rounding.
        const relative = U32 * (Math.abs(exponent) + widest + 2 + 2 + 1) * 1.001;
        expect(Math.abs((window[i] as number) - weight)).toBeLessThanOrEqual(relative * weight);
      });
      expect(firstDifferent(window, window.toReversed())).toBe(-1);
    });
  }
});

describe("refusals", () => {
  const refusal = (className: string, config: Record<string, unknown>, shape: readonly number[] = [4, 4, 6]) =>
    messageOf(() => new LayerHost(className, config, shape));

  for (const [className, config, shape, message] of [
    ["L2Pooling2D", {}, [16], "it: expected an input of shape [height, width, channels], got [16]"],
    ["L2Pooling2D", { pool_size: [5, 3] }, [4, 4, 6], "it: expected an input of at least 5 rows, got 4"],
    ["L2Pooling2D", { epsilon: -1 }, [4, 4, 6], "it (L2Pooling2D): epsilon: expected >=0, got -1"],
    [
      "L2Pooling2D",
      { data_format: "channels_first" },
      [4, 4, 6],
      'it data_format: expected "channels_last", got "channels_first"',
    ],
    ["LocalContrastNormalization", { window_size: 4 }, [4, 4, 6], "it window_size: expected an odd number, got 4"],
    [
      "LocalContrastNormalization",
      { threshold: 0 },
      [4, 4, 6],
      "it (LocalContrastNormalization): threshold: expected >=8.673617379884035e-19, got 0",
    ],
    [
      "LocalResponseNormalization",
      { bias: 0 },
      [4, 4, 6],
      "it (LocalResponseNormalization): bias: expected >=1.1754943508222875e-38, got 0",
    ],
    [
      "GroupedConv2D",
      { filters: 4, kernel_size: 3, groups: 4 },
      [4, 4, 6],
      "it groups: expected a divisor of 6 channels, got 4",
    ],
    [
      "GroupedConv2D",
      { filters: 4, kernel_size: 3, groups: 3 },
      [4, 4, 6],
      "it groups: expected a divisor of 4 filters, got 3",
    ],
    [
      "GroupedConv2D",
      { filters: 4, kernel_size: 3, dilation_rate: 2 },
      [4, 4, 6],
      "it: expected an input of at least 5 rows, got 4",
    ],
    [
      "LocallyConnected2D",
      { filters: 4, kernel_size: 3, padding: "same" },
      [4, 4, 6],
      'it padding: expected "valid", got "same"',
    ],
  ] as const) {
    test(`${className} of ${JSON.stringify(config)} on [${shape.join(", ")}]`, () => {
      expect(refusal(className, config, shape)).toBe(message);
    });
  }
});
