/** Models of tfjs that do not run here are refused by the name and class of what stands in the way. */
import * as layers from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { LAYERS } from "../../src/model/layers/index.ts";
import { fromLayersModel } from "../../src/tfjs/index.ts";
import { rejectionOf } from "../message-of.ts";
import "../support/tfjs.ts";

const { dense, flatten, add, concatenate, conv3d } = layers.layers;
const KNOWN = `a layer that runs here (${["InputLayer", ...Object.keys(LAYERS)].join(", ")})`;

const apply = (layer: { apply(x: unknown): unknown }, x: unknown) => layer.apply(x) as layers.SymbolicTensor;

function refusal(model: layers.LayersModel): Promise<string> {
  return rejectionOf(fromLayersModel(model));
}

describe("layers", () => {
  test("Conv3D, and a Sequential inside a Sequential", async () => {
    const images = layers.sequential({
      layers: [conv3d({ filters: 2, kernelSize: 3, inputShape: [8, 8, 8, 1], name: "conv3d_1" }), flatten()],
    });
    expect(await refusal(images)).toBe(`conv3d_1: expected ${KNOWN}, got Conv3D`);
    const inner = layers.sequential({ name: "inner", layers: [dense({ units: 2, inputShape: [3] })] });
    const outer = layers.sequential({ layers: [inner] });
    expect(await refusal(outer)).toBe(`inner: expected ${KNOWN}, got Sequential`);
  });

  test("an activation without a kernel, an output that is no vector", async () => {
    const elu = layers.sequential({ layers: [dense({ units: 2, inputShape: [3], activation: "elu", name: "a" })] });
    expect(await refusal(elu)).toBe('a activation: expected one of linear, relu, sigmoid, tanh, softmax, got "elu"');
    const matrix = layers.sequential({ name: "matrix", layers: [dense({ units: 2, inputShape: [4, 3] })] });
    expect(await refusal(matrix)).toBe("network matrix: expected a vector of class scores as output, got shape [4, 2]");
  });
});

describe("functional models", () => {
  const input = (name: string) => layers.input({ shape: [3], name });
  const named = (name: string) => dense({ units: 3, name });

  test("a branch, by the layer from which it branches", async () => {
    const x = input("x");
    const a = apply(named("a"), x);
    const sum = apply(add({ name: "sum" }), [apply(named("b"), a), apply(named("c"), a)]);
    const model = layers.model({ inputs: x, outputs: sum });
    expect(await refusal(model)).toBe("a: expected one layer that takes its output, got 2 (b, c)");
  });

  test("a layer that takes one output twice", async () => {
    const x = input("x");
    const a = apply(named("a"), x);
    const model = layers.model({ inputs: x, outputs: apply(concatenate({ name: "both" }), [a, a]) });
    expect(await refusal(model)).toBe("both (Concatenate): expected one input, got 2");
  });

  test("two inputs", async () => {
    const [x, y] = [input("x"), input("y")];
    const model = layers.model({ inputs: [x, y], outputs: apply(add({ name: "sum" }), [x, y]), name: "pair" });
    expect(await refusal(model)).toBe("model pair: expected one input, got 2 (x, y)");
  });

  test("a layer called twice", async () => {
    const x = input("x");
    const shared = named("shared");
    const model = layers.model({ inputs: x, outputs: apply(shared, apply(shared, x)) });
    expect(await refusal(model)).toBe("shared (Dense): expected a layer called once, got 2 calls");
  });

  test("a layer that does not run here, at the end of a chain", async () => {
    const x = input("x");
    const model = layers.model({ inputs: x, outputs: apply(layers.layers.softmax({ name: "end" }), x) });
    expect(await refusal(model)).toBe(`end: expected ${KNOWN}, got Softmax`);
  });
});

test("what is no model", async () => {
  const none = undefined as unknown as layers.LayersModel;
  expect(await refusal(none)).toBe("model: expected a tf.LayersModel, got undefined");
  expect(await refusal({} as layers.LayersModel)).toBe("model: expected a tf.LayersModel, got Object");
});
