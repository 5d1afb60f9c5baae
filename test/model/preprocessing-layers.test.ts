/** Layers that prepare inputs, where tfjs has none or another of that name: by the formulas of Keras in f64. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { fit } from "../../src/index.ts";
import { Network } from "../../src/model/index.ts";
import { fromLayersModel, toLayersModel } from "../../src/tfjs/index.ts";
import { messageOf } from "../message-of.ts";
import { firstDifferent } from "../support/bounds.ts";
import { describeJudged } from "../support/graph-tests.ts";
import { artifactsOf, conv, dense, networkOf, part } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";
import { besideInput } from "../support/parallel.ts";
import { predictions } from "../support/tfjs.ts";

const IMAGE = [2, 3, 5];
const five = [0.5, -2, 3, 0.01, 1];

describeJudged(
  "Rescaling channel by channel, then Normalization by moments of its weights, of the last axis",
  besideInput(
    IMAGE,
    [
      part("Rescaling", { name: "scaled", scale: five, offset: [1, 0, -1, 2, 3] }),
      conv("Normalization", { name: "norm", axis: -1 }, { mean: [5], variance: [5] }),
    ],
    30,
  ),
);
describeJudged(
  "Normalization by moments of the first and last axis, and by given ones of no axis",
  besideInput(
    IMAGE,
    [
      conv("Normalization", { name: "norm", axis: [1, -1] }, { mean: [2, 5], variance: [2, 5] }),
      part("Normalization", { name: "all", axis: null, mean: 0.5, variance: 4 }),
    ],
    30,
  ),
);
describeJudged(
  "Normalization of rows of 13 by moments that are given, one of no variance",
  besideInput(
    [13],
    [
      part("Normalization", {
        name: "norm",
        mean: noiseOf(13),
        variance: noiseOf(13).map((v, i) => (i === 3 ? 1 : v * v)),
      }),
    ],
    13,
  ),
);
describeJudged(
  "sequences padded, cropped and repeated by steps",
  besideInput(
    [7, 5],
    [
      part("ZeroPadding1D", { name: "padded", padding: [2, 1] }),
      dense("a", 5, 3, "tanh"),
      part("UpSampling1D", { name: "twice", size: 2 }),
      part("Cropping1D", { name: "cropped", cropping: [3, 4] }),
    ],
    (2 * 10 - 7) * 3,
  ),
);
describeJudged(
  "a transposed convolution of a sequence",
  besideInput(
    [3, 4],
    [
      conv(
        "Conv1DTranspose",
        { name: "t", filters: 3, kernel_size: 3, strides: 2, activation: "tanh" },
        { kernel: [3, 3, 4], bias: [3] },
      ),
    ],
    21,
  ),
);
describeJudged(
  "an image cut at its centre",
  besideInput([5, 4, 3], [dense("a", 3, 2, "tanh"), part("CenterCrop", { name: "cut", height: 2, width: 3 })], 12),
);

function noiseOf(n: number): number[] {
  return Array.from(noise32(n, 7, 2));
}

describe("Normalization", () => {
  test("a variance of zero counts as a deviation of 1e-7, and a mean is taken off before anything is scaled", () => {
    const network = networkOf([2], [part("Normalization", { name: "n", mean: [1, 1024], variance: [0, 2 ** -20] })]);
    const step = 2 ** -13;
    const [a, b] = network.predict(Float32Array.of(1 + 2 ** -20, 1024 + step));
    expect(a).toBe(Math.fround(2 ** -20 * Math.fround(1e7)));
    expect(b).toBe(step * 1024);
  });

  test("how much data its moments were taken of may be stored in whole numbers, other weights not", () => {
    const artifacts = artifactsOf([2], [conv("Normalization", { name: "n" }, { mean: [2], variance: [2] })]);
    const weightData = new Float32Array([1, 2, 4, 16, 0]).buffer;
    const withCount = (name: string) => ({
      ...artifacts,
      weightData,
      weightSpecs: [...artifacts.weightSpecs, { name, shape: [], dtype: "int32" }],
    });
    const network = Network.fromArtifacts(withCount("n/count"));
    expect([...network.predict(Float32Array.of(3, 6))]).toEqual([1, 1]);
    expect([...Network.fromArtifacts(network.toArtifacts()).predict(Float32Array.of(3, 6))]).toEqual([1, 1]);
    expect(messageOf(() => Network.fromArtifacts(withCount("m/count")))).toBe(
      "weight m/count: expected dtype float32, got int32",
    );
  });

  test("moments as numpy arrays of Keras 3, by themselves or in lists", () => {
    const numpy = (value: unknown) => ({ class_name: "__numpy__", config: { value, dtype: "float32" } });
    const of = (mean: unknown, variance: unknown) =>
      networkOf([2], [part("Normalization", { name: "n", mean, variance })]);
    for (const [mean, variance] of [
      [numpy([1, 2]), numpy([4, 16])],
      [[[1, 2]], [[4, 16]]],
    ]) {
      expect([...of(mean, variance).predict(Float32Array.of(3, 6))]).toEqual([1, 1]);
    }
    expect(messageOf(() => of([1, 2, 3], [1, 2, 3]))).toBe("n mean: expected one number, or 2, got 3");
    expect(messageOf(() => of([1, "a"], 1))).toBe("n mean: expected finite numbers, got others");
    expect(messageOf(() => of(1, undefined))).toBe("n: expected both mean and variance, or neither, got a mean alone");
    expect(messageOf(() => of(1, -1))).toBe("n/variance[0]: expected a variance >= 0, got -1");
  });

  test("an axis that is not there or named twice, and the inverse", () => {
    const of = (config: object) =>
      messageOf(() => networkOf([2, 3], [part("Normalization", { name: "n", ...config })]));
    for (const [axis, words] of [
      [3, "[3]"],
      [0, "[0]"],
      [[2, -1], "[2, -1]"],
    ] as const) {
      expect(of({ axis })).toBe(`n axis: expected different axes of 1 to 2, or from the end, got ${words}`);
    }
    expect(of({ invert: true })).toBe("n invert: expected false, got true");
  });
});

describe("Rescaling", () => {
  test("channel by channel answers alike in tfjs", async () => {
    const network = networkOf(IMAGE, [
      part("Rescaling", { name: "scaled", scale: five, offset: [1, 0, -1, 2, 3] }),
      part("Flatten", { name: "flat" }),
    ]);
    const rows = noise32(60, 3, 100);
    const theirs = predictions(await toLayersModel(network), rows, IMAGE);
    expect(firstDifferent(network.predict(rows), theirs)).toBe(-1);
    const again = await fromLayersModel(await toLayersModel(network));
    expect(firstDifferent(again.predict(rows), theirs)).toBe(-1);
  });

  test("as many numbers as channels, finite in single precision", () => {
    const of = (config: object) => messageOf(() => networkOf([2, 3], [part("Rescaling", { name: "r", ...config })]));
    expect(of({ scale: [1, 2] })).toBe("r scale: expected one number, or 3, one a channel, got 2");
    expect(of({ scale: 1, offset: [1, 2] })).toBe("r offset: expected one number, or 3, one a channel, got 2");
    expect(of({ scale: 1e39 })).toMatch(/^r \(Rescaling\): scale: expected /);
  });
});

describe("random changes of images", () => {
  test("hand on what they take, keep their configuration, and are refused in training by minibatches", async () => {
    const parts = [
      part("RandomFlip", { name: "flip", mode: "horizontal", seed: null }),
      part("RandomCrop", { name: "crop", height: 4, width: 4 }),
      part("Flatten", { name: "flat" }),
      dense("logits", 16, 2, "softmax"),
    ];
    const network = networkOf([4, 4, 1], parts);
    const plain = networkOf([4, 4, 1], parts.slice(2));
    const rows = noise32(32, 5);
    expect(firstDifferent(network.predict(rows), plain.predict(rows))).toBe(-1);
    expect(network.layers[0]?.config).toEqual({
      ...{ name: "flip", trainable: true, dtype: "float32", mode: "horizontal", seed: null },
    });
    const set = { rows, labels: [0, 1] };
    await expect(fit(network, set, { optimizer: "sgd", epochs: 1 })).rejects.toThrow(
      "flip in training: expected Dropout or a layer without noise, got RandomFlip",
    );
    expect(messageOf(() => networkOf([5, 4, 1], parts))).toBe(
      "crop (RandomCrop): expected images of its size, [4, 4, channels], got [5, 4, 1]",
    );
  });
});

test("a centre larger than the image, and a cut of everything", () => {
  const of = (shape: number[], className: string, config: object) =>
    messageOf(() => networkOf(shape, [part(className, { name: "it", ...config })]));
  expect(of([5, 4, 3], "CenterCrop", { height: 6, width: 2 })).toBe(
    "it (CenterCrop): expected images of at least 6 x 2, got 5 x 4",
  );
  expect(of([5, 3], "Cropping1D", { cropping: [2, 3] })).toBe(
    "it cropping: expected less than the sequence of 5, got what leaves 0",
  );
  expect(of([5, 3], "RepeatVector", { n: 2 })).toBe("it: expected an input of shape [features], got [5, 3]");
});
