/**
 * Hostile numbers in every field of every layer's configuration that takes whole numbers: each is refused in words where it
 * is read, before memory is reserved for it and before a kernel sees it.
 */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { AUGMENTATIONS } from "../../src/model/layers/augmentation.ts";
import { LAYERS, MERGES } from "../../src/model/layers/index.ts";
import { parseTopology } from "../../src/model/topology.ts";
import { Workspace } from "../../src/wasm/index.ts";
import { messageOf } from "../message-of.ts";

const WORDED = /^[^:]+(: .+)?: expected .+, got .+$/s;
const HOSTILE = [-1, 0.5, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53, 1e300, -(2 ** 31), -1e300] as const;
const NO_NUMBERS = [Number.NaN, Number.POSITIVE_INFINITY, "3", true, {}] as const;

interface Case {
  shape: number[];
  config: Record<string, unknown>;
  /** Fields of whole numbers, with how a number stands there. */
  fields: Record<string, ((n: unknown) => unknown)[]>;
}

const one = (n: unknown) => n;
const first = (n: unknown) => [n, 1];
const last = (n: unknown) => [1, n];
const sides = [one, first, last];
const image = [6, 6, 2];
const volume = [6, 6, 6, 2];
const window = { strides: sides };
const conv = { ...window, kernel_size: sides, dilation_rate: sides, filters: [one] };
const margins = [
  one,
  first,
  last,
  (n: unknown) => [
    [n, 0],
    [0, 0],
  ],
  (n: unknown) => [
    [0, 0],
    [0, n],
  ],
];
const taps = { kernel_size: 2, filters: 2, activation: "relu" };

const recurrent = { units: 2, activation: "tanh", recurrent_activation: "sigmoid" };
const sequence = [6, 2];
const ends = [one, (n: unknown) => [n, 1], (n: unknown) => [1, n]];
const within = (class_name: string, rest: object) => (units: unknown) => ({
  class_name,
  config: { name: "inner", ...rest, units },
});

const OF_SEQUENCES: Record<string, Case> = {
  Bidirectional: {
    shape: sequence,
    config: { layer: within("LSTM", recurrent)(2) },
    fields: { layer: [within("LSTM", recurrent), within("SimpleRNN", recurrent)] },
  },
  Conv1DTranspose: {
    shape: sequence,
    config: taps,
    fields: { strides: [one], kernel_size: [one], dilation_rate: [one], filters: [one] },
  },
  Cropping1D: { shape: sequence, config: {}, fields: { cropping: ends } },
  GRU: { shape: sequence, config: recurrent, fields: { units: [one] } },
  LSTM: { shape: sequence, config: recurrent, fields: { units: [one] } },
  RepeatVector: { shape: [6], config: { n: 2 }, fields: { n: [one] } },
  SimpleRNN: { shape: sequence, config: recurrent, fields: { units: [one] } },
  TimeDistributed: {
    shape: sequence,
    config: { layer: within("Dense", {})(2) },
    fields: { layer: [within("Dense", {})] },
  },
  UpSampling1D: { shape: sequence, config: {}, fields: { size: [one] } },
  ZeroPadding1D: { shape: sequence, config: {}, fields: { padding: ends } },
};

const CASES: Record<string, Case> = {
  ...OF_SEQUENCES,
  CenterCrop: { shape: image, config: { height: 2, width: 2 }, fields: { height: [one], width: [one] } },
  Conv2DTranspose: { shape: image, config: taps, fields: { ...conv, output_padding: sides } },
  Normalization: { shape: image, config: {}, fields: { axis: [one, (n) => [n]] } },
  RandomCrop: { shape: image, config: { height: 6, width: 6 }, fields: { height: [one], width: [one] } },
  AveragePooling1D: { shape: [6, 2], config: { pool_size: 2 }, fields: { pool_size: [one], strides: [one] } },
  AveragePooling2D: { shape: image, config: { pool_size: 2 }, fields: { ...window, pool_size: sides } },
  BatchNormalization: { shape: image, config: {}, fields: { axis: [one, (n) => [n]] } },
  Conv1D: {
    shape: [6, 2],
    config: taps,
    fields: { strides: [one], kernel_size: [one], dilation_rate: [one], filters: [one], groups: [one] },
  },
  Conv2D: { shape: image, config: taps, fields: { ...conv, groups: [one] } },
  AveragePooling3D: { shape: volume, config: { pool_size: 2 }, fields: { strides: [one], pool_size: [one] } },
  Conv3D: {
    shape: volume,
    config: taps,
    fields: { strides: [one], kernel_size: [one], dilation_rate: [one], filters: [one], groups: [one] },
  },
  MaxPooling3D: { shape: volume, config: { pool_size: 2 }, fields: { strides: [one], pool_size: [one] } },
  Cropping2D: { shape: image, config: {}, fields: { cropping: margins } },
  Dense: { shape: [6], config: { units: 2 }, fields: { units: [one] } },
  DepthwiseConv2D: {
    shape: image,
    config: { kernel_size: 2 },
    fields: { ...window, kernel_size: sides, dilation_rate: sides, depth_multiplier: [one] },
  },
  GroupedConv2D: {
    shape: image,
    config: { ...taps, groups: 2 },
    fields: { ...window, kernel_size: sides, filters: [one], groups: [one] },
  },
  GroupedConv2DTranspose: {
    shape: image,
    config: { ...taps, groups: 2 },
    fields: { ...conv, groups: [one], output_padding: sides },
  },
  L2Pooling2D: { shape: image, config: { pool_size: 2 }, fields: { ...window, pool_size: sides } },
  LayerNormalization: { shape: image, config: {}, fields: { axis: [one, (n) => [n]] } },
  LocalContrastNormalization: { shape: image, config: {}, fields: { window_size: [one] } },
  LocallyConnected2D: { shape: image, config: taps, fields: { ...window, kernel_size: sides, filters: [one] } },
  LocalResponseNormalization: { shape: image, config: {}, fields: { depth_radius: [one] } },
  MaxPooling1D: { shape: [6, 2], config: { pool_size: 2 }, fields: { pool_size: [one], strides: [one] } },
  MaxPooling2D: { shape: image, config: { pool_size: 2 }, fields: { ...window, pool_size: sides } },
  Broadcast: { shape: [6, 1], config: { shape: [6, 3] }, fields: { shape: [(n) => [n, 3], (n) => [6, n], one] } },
  Gather: {
    shape: [6, 2],
    config: { axis: 1, indices: [1] },
    fields: { axis: [one], indices: [(n) => [n], one], index_shape: [(n) => [n]] },
  },
  Pad: {
    shape: [6, 2],
    config: {
      pads: [
        [0, 1],
        [1, 0],
      ],
    },
    fields: {
      pads: [
        (n) => [
          [n, 0],
          [0, 0],
        ],
        (n) => [
          [0, 0],
          [0, n],
        ],
      ],
    },
  },
  Reduce: { shape: [6, 2], config: { of: "sum", axes: [1] }, fields: { axes: [(n) => [n], (n) => [0, n]] } },
  Slice: {
    shape: [6, 2],
    config: { starts: [0, 0], sizes: [2, 2] },
    fields: { starts: [(n) => [n, 0]], sizes: [(n) => [n, 2], (n) => [2, n]], steps: [(n) => [n, 1], (n) => [1, n]] },
  },
  Tile: { shape: [6, 2], config: { repeats: [1, 2] }, fields: { repeats: [(n) => [n, 1], (n) => [1, n]] } },
  WithConstant: {
    shape: [6, 2],
    config: { function: "sum", shape: [2] },
    fields: { shape: [(n) => [n], (n) => [n, 2]] },
  },
  LogSoftmax: { shape: [6, 2], config: { axis: -1 }, fields: { axis: [one, (n) => [n], (n) => [-1, n]] } },
  MatMulWithConstant: { shape: [6, 2], config: { shape: [2, 3] }, fields: { shape: [(n) => [n, 3], (n) => [2, n]] } },
  Resizing: { shape: image, config: { height: 3, width: 4 }, fields: { height: [one], width: [one] } },
  Resize: { shape: image, config: { extents: [4, 8] }, fields: { extents: [(n) => [n, 8], (n) => [4, n]] } },
  Standardise: {
    shape: [6, 2],
    config: { axes: [1] },
    fields: { axes: [one, (n) => [n], (n) => [1, n]], scale_shape: [(n) => [n]] },
  },
  Permute: { shape: [6, 2], config: { dims: [2, 1] }, fields: { dims: [(n) => [n, 1], (n) => [2, n]] } },
  PReLU: { shape: image, config: {}, fields: { shared_axes: [one, (n) => [1, n]] } },
  Reshape: {
    shape: [6, 2],
    config: { target_shape: [12] },
    fields: { target_shape: [(n) => [n, 5], (n) => [n, n, 2]] },
  },
  SeparableConv2D: { shape: image, config: taps, fields: { ...conv, depth_multiplier: [one] } },
  Softmax: { shape: [6, 2], config: { axis: -1 }, fields: { axis: [(n) => [n], (n) => [-1, n]] } },
  UpSampling2D: { shape: image, config: {}, fields: { size: sides } },
  ZeroPadding2D: { shape: image, config: {}, fields: { padding: margins } },
};

/** Layers whose configuration holds no whole number. */
const WITHOUT = [
  ...["Activation", "AlphaDropout", "Dropout", "ELU", "Elementwise", "Flatten", "GaussianDropout", "GaussianNoise"],
  ...Object.keys(AUGMENTATIONS).filter((name) => name !== "RandomCrop"),
  ...["GlobalAveragePooling1D", "GlobalMaxPooling1D", "Rescaling", "ThresholdedReLU"],
  ...["GlobalAveragePooling3D", "GlobalMaxPooling3D"],
  ...["GlobalAveragePooling2D", "GlobalMaxPooling2D", "LeakyReLU", "ReLU", "SpatialDropout1D", "SpatialDropout2D"],
];

function load(class_name: string, shape: readonly number[], config: object, workspace = new Workspace()): Workspace {
  const layers = [{ class_name, config: { name: "it", ...config, batch_input_shape: [null, ...shape] } }];
  parseTopology({ class_name: "Sequential", config: { name: "m", layers } }, workspace);
  return workspace;
}

/** Asserts a refusal in words that took no memory to speak of. */
function expectRefused(class_name: string, shape: readonly number[], config: object): void {
  const workspace = new Workspace();
  const what = `${class_name} ${JSON.stringify(config)}`;
  let message = `${what} is taken`;
  try {
    load(class_name, shape, config, workspace);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message, what).toMatch(WORDED);
  expect(workspace.arena.mark(), what).toBeLessThan(2 ** 22);
}

test("every layer has its numbers in this table, or none", () => {
  expect([...Object.keys(CASES), ...WITHOUT].sort()).toEqual(Object.keys(LAYERS).sort());
  expect(Object.keys(MERGES).sort()).toEqual([
    ...[
      "Add",
      "Average",
      "Concatenate",
      "Divide",
      "MatMul",
      "Maximum",
      "Minimum",
      "Multiply",
      "Power",
      "SquaredDifference",
    ],
    "Subtract",
  ]);
});

describe("a whole number that is out of range, or no number, is refused in", () => {
  for (const [name, { shape, config, fields }] of Object.entries(CASES)) {
    for (const [field, forms] of Object.entries(fields)) {
      test(`${name} ${field}`, () => {
        load(name, shape, config); // the table's own configuration is good
        for (const form of forms) {
          for (const value of [...HOSTILE, ...NO_NUMBERS]) {
            // -1 is the last axis or element; it leaves a side of a shape open.
            if (value === -1 && (field === "indices" || field === "target_shape")) continue;
            if (value === -1 && field === "axis" && name !== "Gather") continue;
            for (const padding of "strides" in fields && name !== "LocallyConnected2D"
              ? ["valid", "same"]
              : [undefined]) {
              expectRefused(name, shape, { ...config, ...(padding && { padding }), [field]: form(value) });
            }
          }
        }
      });
    }
  }

  test("Concatenate axis", () => {
    for (const axis of HOSTILE) {
      if (axis === -1) continue;
      const node = (name: string) => [name, 0, 0, {}];
      const layers = [
        { class_name: "InputLayer", name: "x", config: { name: "x", batch_input_shape: [null, 2] }, inbound_nodes: [] },
        {
          class_name: "Concatenate",
          name: "it",
          config: { name: "it", axis },
          inbound_nodes: [[node("x"), node("x")]],
        },
      ];
      const config = { name: "m", layers, input_layers: [["x", 0, 0]], output_layers: [["it", 0, 0]] };
      const refusal = messageOf(() => parseTopology({ class_name: "Functional", config }, new Workspace()));
      expect(refusal).toMatch(/^it.*: expected .+, got /);
    }
  });

  test("the shape of the input", () => {
    for (const extent of [0, ...HOSTILE]) expectRefused("Flatten", [2, extent], {});
    expectRefused("Flatten", [2 ** 20, 2 ** 20], {});
  });
});

test("real numbers that single precision does not hold are refused", () => {
  for (const value of [1e39, -1e39, Number.POSITIVE_INFINITY, Number.NaN]) {
    expectRefused("LeakyReLU", [3], { alpha: value });
    expectRefused("LocalResponseNormalization", [3], { bias: value });
    expectRefused("LocalContrastNormalization", [3, 3, 1], { sigma: value });
    expectRefused("BatchNormalization", [3], { epsilon: value });
    expectRefused("L2Pooling2D", image, { pool_size: 2, epsilon: value });
    expectRefused("GaussianNoise", [3], { stddev: value });
    expectRefused("Dropout", [3], { rate: value });
    expectRefused("Rescaling", [3], { scale: value });
    expectRefused("Rescaling", [3], { scale: [1, value, 1] });
    expectRefused("Normalization", [3], { mean: [0, value, 0], variance: 1 });
    expectRefused("ThresholdedReLU", [3], { theta: value });
    expectRefused("LSTM", sequence, { ...recurrent, dropout: value });
  }
});

test("any word for the layout of images but channels last is refused", () => {
  const imageLayers = [
    "CenterCrop",
    "Conv2D",
    "Conv2DTranspose",
    "MaxPooling2D",
    "L2Pooling2D",
    "GlobalMaxPooling2D",
    "ZeroPadding2D",
    "Flatten",
  ];
  for (const name of imageLayers) {
    const config = CASES[name]?.config ?? {};
    load(name, image, { ...config, data_format: "channels_last" });
    for (const data_format of ["channels_first", "channelsFirst", "channels-last", "NHWC", "", 1, [], false]) {
      expect(messageOf(() => load(name, image, { ...config, data_format }))).toBe(
        `it data_format: expected "channels_last", got ${JSON.stringify(data_format)}`,
      );
    }
  }
});

test("what a configuration says takes no memory: the refusal names the size", () => {
  expect(messageOf(() => load("Dense", [1], { units: 1e9 }))).toBe(
    "output of it: expected at most 67108864 numbers, got 1000000000, 4000000000 bytes, for [1000000000]",
  );
  expect(messageOf(() => load("Dense", [4], { units: 1e9 }))).toBe(
    "it/kernel: expected at most 1073741824 numbers, got 4000000000, 16000000000 bytes, for [4, 1000000000]",
  );
  expect(messageOf(() => load("UpSampling2D", [4, 4, 1], { size: 1e6 }))).toBe(
    "output of it: expected at most 67108864 numbers, got 16000000000000, 64000000000000 bytes, for [4000000, 4000000, 1]",
  );
  expect(messageOf(() => load("Conv2D", image, { ...taps, padding: "same", dilation_rate: 1e5 }))).toBe(
    "it window: expected at most 67108864 numbers, got 20002400072, 80009600288 bytes, for [100006, 100006, 2]",
  );
});
