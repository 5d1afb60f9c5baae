/** AlexNet at full size: every layer against f64 at sampled places, its gradient, its memory; torchvision's weights in their places. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "../../src/index.ts";
import { readSafetensors, type Safetensors } from "../../src/data/index.ts";
import { alexNet, alexNetFromTorchvision, type Network } from "../../src/model/index.ts";
import { Random } from "../../src/numeric/random.ts";
import { f32, type Written, writeSafetensors } from "../data/safetensors-bytes.ts";
import { sampled } from "../oracle/sampled.ts";
import { firstDifferent } from "../support/bounds.ts";
import { inner, moved } from "../support/central.ts";
import { rowOf } from "../support/network-steps.ts";

const SAMPLES = 200;
const MIB = 2 ** 20;

/** Every WebAssembly memory that is made here. */
const memories: WebAssembly.Memory[] = [];
const Plain = WebAssembly.Memory;
WebAssembly.Memory = class extends Plain {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor);
    memories.push(this);
  }
};
afterAll(() => {
  WebAssembly.Memory = Plain;
});

/** Pixels in [0, 1). */
function images(network: Network, count: number): Float32Array {
  const rows = new Float32Array(count * network.inputSize);
  new Random(9).fill(rows, 0.5);
  return rows.map((v) => v + 0.5);
}

/** Each layer from the input that it had in the network: no error is inherited, so the bound is that of one layer. */
function expectLayers(network: Network, row: Float32Array): void {
  const parameters = network.getParameters();
  let [at, x] = [0, row];
  let judged = 0;
  for (const [index, layer] of network.layers.entries()) {
    const weights = layer.parameters.map(({ size }) => {
      at += size;
      return parameters.subarray(at - size, at);
    });
    const isLast = index === network.layers.length - 1;
    const y = isLast ? network.lossGradient(row, [0]).logits : network.activations(row, index);
    const random = new Random(index);
    for (let s = 0; s < SAMPLES; s++) {
      const place = random.integer(s, y.length);
      const { value, bound } = sampled(layer, x, weights, place);
      expect(Math.abs((y[place] as number) - value), `${layer.name}[${place}]`).toBeLessThanOrEqual(bound);
      judged++;
    }
    x = y;
  }
  expect(judged).toBe(SAMPLES * network.layers.length);
}

for (const [grouped, parameters] of [
  [false, 62_378_344],
  [true, 60_965_224],
] as const) {
  describe(`alexNet, ${grouped ? "in two groups" : "whole"}`, () => {
    let network: Network;
    let memory: WebAssembly.Memory;
    let row: Float32Array;

    beforeAll(() => {
      network = alexNet({ grouped, seed: 3 });
      memory = memories.at(-1) as WebAssembly.Memory;
      row = images(network, 1);
    }, 300_000);

    test("has the shapes of Table 5 of the paper and as many parameters as they make", () => {
      expect(network.parameterCount).toBe(parameters);
      const shapes = network.parameters
        .filter(({ name }) => name.endsWith("kernel"))
        .map(({ shape }) => shape.join("x"));
      expect(shapes).toEqual([
        "11x11x3x96",
        `5x5x${grouped ? 48 : 96}x256`,
        "3x3x256x384",
        `3x3x${grouped ? 192 : 384}x384`,
        `3x3x${grouped ? 192 : 384}x256`,
        "9216x4096",
        "4096x4096",
        "4096x1000",
      ]);
      const images = network.layers.filter(({ outputShape }) => outputShape.length === 3);
      expect(images.map(({ outputShape }) => outputShape.join("x"))).toEqual([
        "55x55x96",
        "55x55x96",
        "27x27x96",
        "27x27x256",
        "27x27x256",
        "13x13x256",
        "13x13x384",
        "13x13x384",
        "13x13x256",
        "6x6x256",
      ]);
    });

    test(`every layer is within its bound of f64 at ${SAMPLES} places`, () => {
      expectLayers(network, row);
    });

    test("a small step against the gradient lowers the loss as the gradient says, by half to twice", () => {
      const label = 7;
      const { gradient, loss } = network.lossGradient(row, [label]);
      const square = inner(gradient, gradient);
      for (const fall of [2 ** -5, 2 ** -6]) {
        const step = fall / square;
        const there = network.lossGradient(Float32Array.from(moved(row, gradient, -step)), [label]);
        const fell = (loss[0] as number) - (there.loss[0] as number);
        expect(fell).toBeGreaterThan(fall / 2);
        expect(fell).toBeLessThan(2 * fall);
      }
      expect(square).toBeGreaterThan(0);
    });

    test("gives a row the same bits alone and in a batch, across batches, and takes at most 800 MiB", () => {
      const rows = images(network, 6);
      const labels = [1, 2, 3, 4, 5, 6];
      const together = network.lossGradient(rows, labels);
      for (const r of [0, 3, 5]) {
        const alone = network.lossGradient(rowOf(rows, r, network.inputSize), [labels[r] as number]);
        expect(firstDifferent(alone.gradient, rowOf(together.gradient, r, network.inputSize))).toBe(-1);
        expect(firstDifferent(alone.logits, rowOf(together.logits, r, 1000))).toBe(-1);
      }
      expect(memory.buffer.byteLength / MIB).toBeGreaterThan(700); // the weights, and both their packed forms
      expect(memory.buffer.byteLength / MIB).toBeLessThanOrEqual(800);
    });
  });
}

describe("alexNetFromTorchvision", () => {
  const shapes: Readonly<Record<string, readonly number[]>> = {
    "features.0.weight": [64, 3, 11, 11],
    "features.0.bias": [64],
    "features.3.weight": [192, 64, 5, 5],
    "features.3.bias": [192],
    "features.6.weight": [384, 192, 3, 3],
    "features.6.bias": [384],
    "features.8.weight": [256, 384, 3, 3],
    "features.8.bias": [256],
    "features.10.weight": [256, 256, 3, 3],
    "features.10.bias": [256],
    "classifier.1.weight": [4096, 9216],
    "classifier.1.bias": [4096],
    "classifier.4.weight": [4096, 4096],
    "classifier.4.bias": [4096],
    "classifier.6.weight": [1000, 4096],
    "classifier.6.bias": [1000],
  };
  const size = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);
  let source: Safetensors;
  let network: Network;

  beforeAll(() => {
    const tensors = Object.entries(shapes).map(([name, shape], stream): [string, Written] => {
      const values = new Float32Array(size(shape));
      new Random(4, stream).fill(values, Math.sqrt((6 * (shape[0] as number)) / values.length));
      return [name, f32(shape, values)];
    });
    source = readSafetensors("alexnet", writeSafetensors(Object.fromEntries(tensors)));
    network = alexNetFromTorchvision(source);
  }, 300_000);

  test("has torchvision's 61,100,840 parameters and its shapes", () => {
    expect(network.parameterCount).toBe(61_100_840);
    expect(network.inputShape).toEqual([224, 224, 3]);
    const pools = network.layers.filter(({ className }) => className === "MaxPooling2D");
    expect(pools.map(({ outputShape }) => outputShape.join("x"))).toEqual(["27x27x64", "13x13x192", "6x6x256"]);
    expect(network.classes).toBe(1000);
  });

  test("every weight is where its layer looks for it: OIHW, and what torch flattened by channel", () => {
    const weights = network.getParameters();
    const random = new Random(5);
    let [at, looked] = [0, 0];
    for (const { name, shape, size: count } of network.parameters) {
      const [layer, kind] = name.split("/") as [string, string];
      const { data: from } = source.read(`${layer}.${kind === "kernel" ? "weight" : "bias"}`);
      for (let s = 0; s < 500; s++, looked++) {
        const index = random.integer(looked, count);
        const outputs = shape.at(-1) as number;
        const [o, rest] = [index % outputs, Math.floor(index / outputs)];
        let expected = from[o] as number;
        if (shape.length === 4) {
          const [kh, kw, inputs] = shape as [number, number, number, number];
          const [i, x, y] = [rest % inputs, Math.floor(rest / inputs) % kw, Math.floor(rest / (inputs * kw))];
          expected = from[((o * inputs + i) * kh + y) * kw + x] as number;
        } else if (layer === "classifier.1" && kind === "kernel") {
          // Ours is row, column, channel of 6x6x256; torch's is channel, row, column.
          const [channel, pixel] = [rest % 256, Math.floor(rest / 256)];
          expected = from[o * 9216 + channel * 36 + pixel] as number;
        } else if (shape.length === 2) expected = from[o * (shape[0] as number) + rest] as number;
        expect(Object.is(weights[at + index], expected), `${name}[${index}]`).toBe(true);
      }
      at += count;
    }
    expect(looked).toBe(16 * 500);
  });

  test("runs: finite logits and a gradient that is not zero", () => {
    const { logits, gradient } = network.lossGradient(images(network, 1), [3]);
    expect(logits.every(Number.isFinite)).toBe(true);
    expect(gradient.some((v) => v !== 0)).toBe(true);
  });
});
