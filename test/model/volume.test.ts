/** Convolutions and pools of volumes, and pools whose taps lie apart: by f64, and by tfjs where it has them. */
import * as layers from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import "../../src/index.ts";
import { toLayersModel } from "../../src/tfjs/index.ts";
import { messageOf } from "../message-of.ts";
import { describeGraph, describeJudged } from "../support/graph-tests.ts";
import { call, fc, graph } from "../support/graphs.ts";
import { conv, networkOf, part } from "../support/networks.ts";
import { besideInput } from "../support/parallel.ts";

const { averagePooling3d, concatenate, conv3d, flatten, maxPooling3d } = layers.layers;

describeGraph(
  graph("volumes: a convolution with strides, the largest of windows, a convolution, means", [5, 6, 4, 2], (x) => {
    const first = conv3d({ name: "first", filters: 3, kernelSize: [3, 2, 3], strides: [2, 1, 1], padding: "same" });
    const largest = maxPooling3d({ name: "largest", poolSize: [2, 2, 2], strides: [1, 2, 1], padding: "valid" });
    const second = conv3d({ name: "second", filters: 2, kernelSize: [2, 3, 1], activation: "tanh" });
    const means = averagePooling3d({ name: "means", poolSize: [1, 1, 2], strides: [1, 1, 2], padding: "same" });
    const pooled = call(means, call(second, call(largest, call(first, x))));
    const beside = call(fc("beside", 2), call(flatten({ name: "whole" }), x));
    const joined = call(concatenate({ name: "all" }), [call(flatten({ name: "flat" }), pooled), beside]);
    return call(fc("logits", 3), joined);
  }),
);
describeJudged(
  "a dilated convolution of volumes, then the largest of each channel",
  besideInput(
    [5, 4, 4, 2],
    [
      conv(
        "Conv3D",
        { name: "c", filters: 3, kernel_size: [2, 2, 1], dilation_rate: [2, 3, 1], padding: "same" },
        { kernel: [2, 2, 1, 2, 3], bias: [3] },
      ),
      part("GlobalMaxPooling3D", { name: "largest" }),
    ],
    3,
  ),
);
for (const [className, what] of [
  ["MaxPooling3D", "the largest"],
  ["AveragePooling3D", "means"],
] as const) {
  describeJudged(
    `${what} of windows that overlap, are no cubes and reach over the border`,
    besideInput(
      [4, 5, 4, 2],
      [part(className, { name: "p", pool_size: [2, 3, 2], strides: [2, 1, 2], padding: "same" })],
      2 * 5 * 2 * 2,
    ),
  );
}
describeJudged(
  "the largest of pixels that lie apart, over a border and in steps",
  besideInput(
    [7, 6, 2],
    [part("MaxPooling2D", { name: "p", pool_size: [3, 2], strides: [2, 1], dilation_rate: [2, 3], padding: "same" })],
    4 * 6 * 2,
  ),
);
describeJudged(
  "means of pixels that lie apart",
  besideInput(
    [7, 6, 2],
    [part("AveragePooling2D", { name: "p", pool_size: [3, 2], strides: 1, dilation_rate: [2, 3] })],
    3 * 3 * 2,
  ),
);

test("groups, and windows of the border alone, are refused", () => {
  const of = (shape: number[], className: string, config: object) =>
    messageOf(() => networkOf(shape, [part(className, { name: "it", ...config }), part("Flatten", { name: "flat" })]));
  expect(of([4, 4, 4, 2], "Conv3D", { filters: 2, kernel_size: 2, groups: 2 })).toBe("it groups: expected 1, got 2");
  expect(of([4, 4, 2], "Conv3D", { filters: 2, kernel_size: 2 })).toBe(
    "it: expected an input of shape [depth, height, width, channels], got [4, 4, 2]",
  );
  const border = { pool_size: 1, padding: Array(3).fill([1, 1]) };
  expect(of([4, 4, 4, 2], "MaxPooling3D", border)).toBe(
    "it padding: expected windows that all meet the image, got a border as wide as the window",
  );
  const apart = {
    pool_size: 2,
    dilation_rate: 4,
    padding: [
      [2, 2],
      [0, 0],
    ],
    strides: 1,
  };
  expect(of([2, 6, 1], "MaxPooling2D", apart)).toBe(
    "it padding: expected windows that all meet the image, got one that does not",
  );
});

test("tfjs is not given what it would run without", async () => {
  const network = networkOf(
    [4, 4, 1],
    [part("MaxPooling2D", { name: "it", pool_size: 2, dilation_rate: 2 }), part("Flatten", { name: "flat" })],
  );
  await expect(toLayersModel(network)).rejects.toThrow(
    "it (MaxPooling2D): expected a layer that tfjs runs, without dilation_rate, got one with it",
  );
});
