/** Configurations of layers that do not run here, refused word for word. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { Network } from "../../src/model/index.ts";
import { messageOf } from "../message-of.ts";
import { artifactsOf, part } from "../support/networks.ts";

const refusal = (className: string, inputShape: number[], config: object) =>
  messageOf(() => Network.fromArtifacts(artifactsOf(inputShape, [part(className, { name: "it", ...config })])));

describe("normalisations", () => {
  test("over another axis than the last", () => {
    expect(refusal("BatchNormalization", [4, 4, 3], { axis: 1 })).toBe(
      "it axis: expected the last axis, -1 or 3, got 1",
    );
    expect(refusal("LayerNormalization", [4, 3], { axis: [1, 2] })).toBe(
      "it axis: expected the last axis, -1 or 2, got [1, 2]",
    );
    expect(refusal("BatchNormalization", [3], { epsilon: -1 })).toBe(
      "it (BatchNormalization): epsilon: expected >=0, got -1",
    );
  });

  test("a variance so negative that it has no root", () => {
    const weightSpecs = ["moving_mean", "moving_variance"].map((last) => ({
      name: `it/${last}`,
      shape: [2],
      dtype: "float32",
    }));
    const config = { name: "it", center: false, scale: false, epsilon: 0.25, batch_input_shape: [null, 2] };
    const layers = [{ class_name: "BatchNormalization", config }];
    const artifacts = (variance: number) => ({
      modelTopology: { class_name: "Sequential", config: { name: "m", layers } },
      weightSpecs,
      weightData: Float32Array.of(0, 0, 1, variance).buffer,
    });
    expect(messageOf(() => Network.fromArtifacts(artifacts(-0.25)))).toBe(
      "it/moving_variance[1]: expected a variance above -0.25, got -0.25",
    );
    expect([...Network.fromArtifacts(artifacts(0)).predict(Float32Array.of(0, 3))]).toEqual([0, 6]);
  });
});

describe("rectifiers", () => {
  test("a slope below zero and a threshold, which tfjs ignores, and a bound below zero", () => {
    expect(refusal("ReLU", [3], { negative_slope: 0.1 })).toBe(
      "it negative_slope: expected 0 (tfjs ignores it; LeakyReLU has one), got 0.1",
    );
    expect(refusal("ReLU", [3], { threshold: 1 })).toBe("it threshold: expected 0 (tfjs ignores it), got 1");
    expect(refusal("ReLU", [3], { max_value: -1 })).toBe("it max_value: expected a number >= 0, got -1");
    expect(refusal("ELU", [3], { alpha: 0.5 })).toBe("it alpha: expected 1, as in tfjs, got 0.5");
    expect(refusal("PReLU", [3, 2], { shared_axes: [3] })).toBe("it shared_axes: expected axes of 1 to 2, got 3");
  });
});

test("a Softmax over no axis of a row, or over several", () => {
  const expected = "it axis: expected an axis behind the batch of an input of rank 3";
  expect(refusal("Softmax", [3, 2], { axis: [1, 2] })).toBe(`${expected}, got [1, 2]`);
  expect(refusal("Softmax", [3, 2], { axis: 0 })).toBe(`${expected}, got [0]`);
  expect(refusal("LogSoftmax", [3, 2], { axis: 3 })).toBe(`${expected}, got [3]`);
});

describe("layers of images", () => {
  test("rows that are none, channels first", () => {
    expect(refusal("ZeroPadding2D", [4, 3], {})).toBe("it: expected input [height, width, channels], got [4, 3]");
    for (const name of ["ZeroPadding2D", "Cropping2D", "UpSampling2D"]) {
      expect(refusal(name, [4, 4, 3], { data_format: "channels_first" })).toBe(
        'it data_format: expected "channels_last", got "channels_first"',
      );
    }
  });

  test("a cropping that leaves nothing, an interpolation, dimensions that are no permutation", () => {
    expect(
      refusal("Cropping2D", [4, 3, 1], {
        cropping: [
          [1, 1],
          [2, 1],
        ],
      }),
    ).toBe("it cropping: expected less than the image of 4 x 3, got what leaves 2 x 0");
    expect(refusal("UpSampling2D", [4, 3, 1], { interpolation: "bicubic" })).toBe(
      'it (UpSampling2D): interpolation: expected ("nearest" | "bilinear"), got "bicubic"',
    );
    expect(refusal("Resizing", [4, 3, 1], { height: 2, width: 2, pad_to_aspect_ratio: true })).toBe(
      "it pad_to_aspect_ratio: expected false, got true",
    );
    expect(refusal("Permute", [4, 3], { dims: [1, 1] })).toBe("it dims: expected each of 1 to 2 once, got [1, 1]");
    expect(refusal("Permute", [4, 3], { dims: [1] })).toBe("it dims: expected each of 1 to 2 once, got [1]");
  });
});

test("a dilation of layers that know none", () => {
  for (const [name, shape] of [
    ["L2Pooling2D", [4, 4, 1]],
    ["MaxPooling3D", [4, 4, 4, 1]],
  ] as const) {
    expect(refusal(name, [...shape], { pool_size: 2, dilation_rate: [2, 2] })).toBe(
      "it dilation_rate: expected 1, got [2, 2]",
    );
  }
  expect(refusal("AveragePooling2D", [4, 4, 1], { pool_size: 2, dilation_rate: [2, 2], padding: "same" })).toBe(
    "it padding: expected none around means of pixels that lie apart, got a border",
  );
  const local = { filters: 1, kernel_size: 2, dilation_rate: [1, 2] };
  expect(refusal("LocallyConnected2D", [4, 4, 1], local)).toBe("it dilation_rate: expected 1, got [1, 2]");
});

test("groups of a Conv1D; a Conv2D of several is a GroupedConv2D", () => {
  expect(refusal("Conv1D", [4, 2], { filters: 2, kernel_size: 1, groups: 2 })).toBe("it groups: expected 1, got 2");
  expect(refusal("Conv2D", [4, 4, 3], { filters: 2, kernel_size: 1, groups: 2 })).toBe(
    "it groups: expected a divisor of 3 channels, got 2",
  );
});

test("rates and deviations that are none", () => {
  for (const name of ["Dropout", "AlphaDropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D"]) {
    expect(refusal(name, [3], { rate: -0.5 })).toBe(`it (${name}): rate: expected >=0, got -0.5`);
  }
  expect(refusal("GaussianNoise", [3], { stddev: -1 })).toBe("it (GaussianNoise): stddev: expected >=0, got -1");
});
