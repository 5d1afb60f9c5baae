/** The networks of the paper, as tables: layers, shapes, numbers of weights. AlexNet at full size runs in test/slow. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import {
  alexNetFromTorchvision,
  autoencoderClassifier,
  mnistConvnet,
  type Network,
  QUOCNET_FULL,
  quocNet,
  quocNetSize,
} from "../../src/model/index.ts";
import { messageOf } from "../message-of.ts";
import { firstDifferent } from "../support/bounds.ts";
import { rowOf } from "../support/network-steps.ts";
import { noise32 } from "../support/noise.ts";

/** Name, class and output of every layer. */
function table(network: Network): string[] {
  return network.layers.map(({ name, className, outputShape }) => `${name} ${className} ${outputShape.join("x")}`);
}

/** Kernels fill [-limit, limit), each from a stream of its own; the rest is zero. */
function expectDrawn(network: Network, limits: Readonly<Record<string, number>>): void {
  const weights = network.getParameters();
  const firsts = new Set<number>();
  let at = 0;
  for (const { name, size } of network.parameters) {
    const values = weights.subarray(at, at + size);
    at += size;
    const limit = limits[name] ?? 0;
    const largest = values.reduce((top, w) => Math.max(top, Math.abs(w)), 0);
    expect(largest, name).toBeLessThanOrEqual(Math.fround(limit));
    // Of 200 uniform values or more, none in the upper tenth is a chance of 1 in 10^9.
    if (limit > 0) expect(largest, name).toBeGreaterThan(0.9 * limit);
    if (limit > 0) firsts.add((values[0] as number) / limit);
  }
  expect(firsts.size).toBe(Object.keys(limits).length);
}

describe("autoencoderClassifier", () => {
  test("is AE400-10: 400 sigmoid units and a softmax", () => {
    const network = autoencoderClassifier();
    expect(network.name).toBe("ae400-10");
    expect(network.layers.map(({ name, config }) => [name, config.units, config.activation])).toEqual([
      ["encoder", 400, "sigmoid"],
      ["classifier", 10, "softmax"],
    ]);
    expect(network.parameterCount).toBe(784 * 400 + 400 + 400 * 10 + 10);
    expectDrawn(network, { "encoder/kernel": Math.sqrt(6 / 1184), "classifier/kernel": Math.sqrt(6 / 410) });
    expect(autoencoderClassifier({ inputs: 9, units: 4, classes: 3 }).parameterCount).toBe(55);
  });
});

describe("mnistConvnet", () => {
  const network = mnistConvnet();

  test("is two convolutions, each pooled, and two dense layers", () => {
    expect(table(network)).toEqual([
      "conv1 Conv2D 24x24x32",
      "pool1 MaxPooling2D 12x12x32",
      "conv2 Conv2D 8x8x64",
      "pool2 MaxPooling2D 4x4x64",
      "flatten Flatten 1024",
      "fc1 Dense 128",
      "fc2 Dense 10",
    ]);
    expect(network.parameterCount).toBe(184_586);
    expectDrawn(network, {
      "conv1/kernel": Math.sqrt(6 / 25),
      "conv2/kernel": Math.sqrt(6 / 800),
      "fc1/kernel": Math.sqrt(6 / 1024),
      "fc2/kernel": Math.sqrt(6 / 138),
    });
  });

  test("gives a row the same bits alone and in a batch", () => {
    expectBatch(network, 5);
  });
});

describe("quocNet", () => {
  const network = quocNet({ seed: 1 });

  test("is three stages of local filters, L2 pooling and contrast normalisation, scaled down", () => {
    expect(table(network)).toEqual([
      "filter1 LocallyConnected2D 27x27x8",
      "pool1 L2Pooling2D 25x25x8",
      "contrast1 LocalContrastNormalization 25x25x8",
      "filter2 LocallyConnected2D 20x20x8",
      "pool2 L2Pooling2D 18x18x8",
      "contrast2 LocalContrastNormalization 18x18x8",
      "filter3 LocallyConnected2D 13x13x8",
      "pool3 L2Pooling2D 11x11x8",
      "contrast3 LocalContrastNormalization 11x11x8",
      "features Flatten 968",
      "classifier Dense 2",
    ]);
    expectDrawn(network, {
      "filter1/kernel": Math.sqrt(3 / 108),
      "filter2/kernel": Math.sqrt(3 / 288),
      "filter3/kernel": Math.sqrt(3 / 288),
      "classifier/kernel": Math.sqrt(6 / 970),
    });
  });

  test("is as large as quocNetSize says", () => {
    expect(quocNetSize()).toEqual({
      parameters: network.parameterCount,
      weightBytes: 4 * network.parameterCount,
      rowBytes:
        8 * (network.layers.reduce((sum, { outputShape }) => sum + outputShape.reduce((n, m) => n * m), 0) + 3072 + 2),
    });
  });

  test("gives a row the same bits alone and in a batch", () => {
    expectBatch(network, 3);
  });

  test("at full size has a billion weights, and is refused with the memory that it would take", () => {
    // 183^2 positions of 18x18x3, 162^2 and 141^2 of 18x18x8, with 8 filters each; 137x137x8 features.
    const parameters = (183 ** 2 * 972 + (162 ** 2 + 141 ** 2) * 2592) * 8 + 137 * 137 * 8 * 2 + 2;
    expect(quocNetSize(QUOCNET_FULL).parameters).toBe(parameters);
    expect(parameters).toBeGreaterThan(1e9);
    expect(messageOf(() => quocNet(QUOCNET_FULL))).toBe(
      `quocNet: expected a network that 4 GiB of WebAssembly memory can hold, got ${parameters} weights of 4.54 GiB and 0.02 GiB for one row`,
    );
  });

  test("refuses sizes that are none, and images that its stages use up", () => {
    expect(messageOf(() => quocNet({ field: 0 }))).toBe("field: expected a whole number >= 1, got 0");
    expect(messageOf(() => quocNet({ image: 20 }))).toBe("pool3: expected an input of at least 3 rows, got 1");
    expect(messageOf(() => quocNet({ window: 2 }))).toBe("contrast1 window_size: expected an odd number, got 2");
  });
});

/** A source of tensors of given shapes, zero. */
function zeros(shapes: Readonly<Record<string, readonly number[]>>) {
  return {
    names: Object.keys(shapes),
    read: (name: string) => ({ shape: shapes[name] as readonly number[], data: new Float32Array(1) }),
  };
}

test("alexNetFromTorchvision refuses tensors that are missing, misshapen, or none of its own", () => {
  const names = [0, 3, 6, 8, 10].map((i) => `features.${i}`).concat([1, 4, 6].map((i) => `classifier.${i}`));
  const all = Object.fromEntries(
    names.flatMap((name) => [`${name}.weight`, `${name}.bias`]).map((name) => [name, [5, 7]]),
  );
  const refusal = (shapes: Readonly<Record<string, readonly number[]>>) =>
    messageOf(() => alexNetFromTorchvision(zeros(shapes)));
  expect(refusal({})).toBe("torchvision alexnet: expected a tensor classifier.6.weight, got none of that name");
  expect(refusal({ "classifier.6.weight": [5, 4096] })).toBe(
    "torchvision alexnet: expected a tensor features.0.weight, got none of that name",
  );
  expect(refusal({ ...all, "features.1.weight": [3] })).toBe(
    "torchvision alexnet: expected only tensors of the network, got features.1.weight",
  );
  expect(refusal(all)).toBe("torchvision alexnet: features.0.weight: expected shape [64, 3, 11, 11], got [5, 7]");
});

function expectBatch(network: Network, rows: number): void {
  const { inputSize, classes } = network;
  const x = noise32(rows * inputSize, 5).map(Math.abs);
  const labels = Array.from({ length: rows }, (_, r) => r % classes);
  const together = network.lossGradient(x, labels);
  labels.forEach((label, r) => {
    const alone = network.lossGradient(rowOf(x, r, inputSize), [label]);
    expect(firstDifferent(alone.gradient, rowOf(together.gradient, r, inputSize))).toBe(-1);
    expect(firstDifferent(alone.logits, rowOf(together.logits, r, classes))).toBe(-1);
    expect(alone.gradient.some((v) => v !== 0)).toBe(true);
  });
}
