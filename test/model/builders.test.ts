import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { fullyConnected, softmaxRegression } from "../../src/model/index.ts";
import { messageOf } from "../message-of.ts";
import { firstDifferent } from "../support/bounds.ts";
import { KNOWN_ACTIVATIONS } from "../support/known.ts";

describe("fullyConnected", () => {
  const sizes = [20, 30, 12, 5];

  test("is a chain of Dense layers, sigmoid inside, softmax at the end", () => {
    const network = fullyConnected(sizes);
    expect(network.name).toBe("fc30-12-5");
    expect([network.inputSize, network.classes]).toEqual([20, 5]);
    expect(network.layers.map(({ name, config }) => [name, config.units, config.activation])).toEqual([
      ["fc1", 30, "sigmoid"],
      ["fc2", 12, "sigmoid"],
      ["fc3", 5, "softmax"],
    ]);
    expect(network.parameters.map(({ name, shape }) => [name, ...shape])).toEqual([
      ["fc1/kernel", 20, 30],
      ["fc1/bias", 30],
      ["fc2/kernel", 30, 12],
      ["fc2/bias", 12],
      ["fc3/kernel", 12, 5],
      ["fc3/bias", 5],
    ]);
    expect(fullyConnected(sizes, { useBias: false, activation: "relu", name: "n" }).layers[1]?.config).toMatchObject({
      activation: "relu",
      use_bias: false,
    });
  });

  test("the same seed gives the same bits, another seed others", () => {
    const weights = (seed?: number) => fullyConnected(sizes, seed === undefined ? {} : { seed }).getParameters();
    expect(firstDifferent(weights(5), weights(5))).toBe(-1);
    expect(firstDifferent(weights(), weights(0))).toBe(-1);
    expect(firstDifferent(weights(5), weights(6))).toBe(0);
  });

  test("kernels fill Glorot's limits and are different from layer to layer, biases are zero", () => {
    const network = fullyConnected(sizes, { seed: 3 });
    const weights = network.getParameters();
    let at = 0;
    const firsts = new Set<number>();
    for (const { shape, size } of network.parameters) {
      const values = weights.subarray(at, at + size);
      at += size;
      if (shape.length === 1) {
        expect(values.every((w) => Object.is(w, 0))).toBe(true);
        continue;
      }
      const limit = Math.fround(Math.sqrt(6 / ((shape[0] as number) + (shape[1] as number))));
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(limit);
      // Of 60 uniform values or more, none up here is a chance of 1 in 10,000 for a seed that is fixed.
      expect(Math.max(...values)).toBeGreaterThan(0.7 * limit);
      expect(Math.min(...values)).toBeLessThan(-0.7 * limit);
      firsts.add((values[0] as number) / limit);
    }
    expect(firsts.size).toBe(3);
  });

  test("refuses sizes, activations and seeds that are none", () => {
    expect(messageOf(() => fullyConnected({} as number[]))).toBe(
      "sizes: expected an array of whole numbers, got Object",
    );
    expect(messageOf(() => fullyConnected([784]))).toBe("sizes: expected inputs and classes at least, got [784]");
    expect(messageOf(() => fullyConnected([784, 0, 10]))).toBe("sizes: expected a whole number >= 1, got 0");
    expect(messageOf(() => fullyConnected([784, 1.5]))).toBe("sizes: expected a whole number >= 1, got 1.5");
    expect(messageOf(() => fullyConnected([4, 4, 2], { seed: -1 }))).toBe("seed: expected a whole number >= 0, got -1");
    expect(messageOf(() => fullyConnected([4, 4, 2], { activation: "maxout" as "relu" }))).toBe(
      `fc1 activation: expected ${KNOWN_ACTIVATIONS}, got "maxout"`,
    );
  });
});

describe("softmaxRegression", () => {
  test("is linear, starts at zero, and has a bias only if asked", () => {
    const network = softmaxRegression(7, 3);
    expect(network.parameters.map(({ name }) => name)).toEqual(["fc1/kernel"]);
    expect(network.getParameters().every((w) => Object.is(w, 0))).toBe(true);
    expect(softmaxRegression(7, 3, { useBias: true }).parameterCount).toBe(24);
    // Nothing is known: every class alike, and the loss is ln 3 to f32.
    const { loss, logits } = network.lossGradient(new Float32Array(7).fill(0.5), [1]);
    expect([...logits]).toEqual([0, 0, 0]);
    expect(Math.abs((loss[0] as number) - Math.log(3))).toBeLessThanOrEqual(2 ** -23);
  });
});
