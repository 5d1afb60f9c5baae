/** Models of tfjs that do not run here are refused by the name and class of what stands in the way. */
import * as layers from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { type Network, quocNet } from "../../src/model/index.ts";
import { fromLayersModel, toLayersModel } from "../../src/tfjs/index.ts";
import { rejectionOf } from "../message-of.ts";
import { KNOWN_ACTIVATIONS, KNOWN_LAYERS } from "../support/known.ts";
import "../support/tfjs.ts";

const { dense, flatten, add, concatenate, masking } = layers.layers;
const MASKING = "Masking, which leaves out steps of a sequence, row by row";

const apply = (layer: { apply(x: unknown): unknown }, x: unknown) => layer.apply(x) as layers.SymbolicTensor;

function refusal(model: layers.LayersModel): Promise<string> {
  return rejectionOf(fromLayersModel(model));
}

describe("layers", () => {
  test("Masking, also inside a Sequential inside a Sequential", async () => {
    const again = layers.sequential({ layers: [masking({ inputShape: [2, 4], name: "again" }), flatten()] });
    expect(await refusal(again)).toBe(`again: expected ${KNOWN_LAYERS}, got ${MASKING}`);
    const outer = layers.sequential({ layers: [again, dense({ units: 2 })] });
    expect(await refusal(outer)).toBe(`again: expected ${KNOWN_LAYERS}, got ${MASKING}`);
  });

  test("an activation without a kernel, an output that is no vector", async () => {
    const activation = "logSoftmax" as "softmax";
    const model = layers.sequential({ layers: [dense({ units: 2, inputShape: [3], activation, name: "a" })] });
    expect(await refusal(model)).toBe(`a activation: expected ${KNOWN_ACTIVATIONS}, got "log_softmax"`);
    const matrix = layers.sequential({ name: "matrix", layers: [dense({ units: 2, inputShape: [4, 3] })] });
    expect(await refusal(matrix)).toBe("network matrix: expected a vector of class scores as output, got shape [4, 2]");
  });
});

describe("functional models", () => {
  const input = (name: string) => layers.input({ shape: [3], name });
  const named = (name: string) => dense({ units: 3, name });

  test("two outputs, unless one is named", async () => {
    const x = input("x");
    const [a, b] = [apply(named("a"), x), apply(named("b"), x)];
    const model = layers.model({ inputs: x, outputs: [a, b], name: "pair" });
    expect(await refusal(model)).toBe("model pair: expected one output, or the option output, got 2 (a, b)");
    expect((await fromLayersModel(model, { output: "b" })).layers.map(({ name }) => name)).toEqual(["b"]);
    expect(await rejectionOf(fromLayersModel(model, { output: "c" }))).toBe(
      'output: expected a layer of pair (x, a, b), got "c"',
    );
    expect(await rejectionOf(fromLayersModel(model, { output: "x" }))).toBe(
      "model pair: expected at least one layer, got none",
    );
  });

  test("an output by the name of a layer that is called twice", async () => {
    const x = input("x");
    const shared = named("shared");
    const model = layers.model({ inputs: x, outputs: apply(named("end"), apply(shared, apply(shared, x))) });
    expect(await rejectionOf(fromLayersModel(model, { output: "shared" }))).toBe(
      "output: expected a layer that is called once, got shared, called 2 times",
    );
  });

  test("a shared layer that meets two shapes", async () => {
    const x = layers.input({ shape: [4, 3], name: "x" });
    const shared = named("shared");
    const [flat, row] = [layers.layers.flatten({ name: "flat" }), layers.layers.reshape({ targetShape: [2, 6] })];
    const twice = apply(shared, apply(shared, x));
    const small = apply(dense({ units: 2, name: "small" }), apply(flat, twice));
    const other = apply(
      shared,
      apply(layers.layers.reshape({ targetShape: [2, 3] }), apply(dense({ units: 3 }), apply(row, x))),
    );
    const model = layers.model({
      inputs: x,
      outputs: apply(concatenate({ name: "both" }), [small, apply(flatten(), other)]),
    });
    expect(await refusal(model)).toBe("shared: expected inputs [4, 3] at every call, got [2, 3]");
  });

  test("two inputs", async () => {
    const [x, y] = [input("x"), input("y")];
    const model = layers.model({ inputs: [x, y], outputs: apply(add({ name: "sum" }), [x, y]), name: "pair" });
    expect(await refusal(model)).toBe("model pair: expected one input, got 2 (x, y)");
  });

  test("a layer that does not run here, at the end of a graph", async () => {
    const x = input("x");
    const model = layers.model({ inputs: x, outputs: apply(masking({ name: "end" }), x) });
    expect(await refusal(model)).toBe(`end: expected ${KNOWN_LAYERS}, got ${MASKING}`);
  });
});

describe("back to tfjs", () => {
  test("layers that it lacks, by name, and what is no network", async () => {
    const network = quocNet({ image: 8, stages: 1, field: 3, pool: 2 });
    expect(await rejectionOf(toLayersModel(network))).toBe(
      "filter1: expected a layer that tfjs has, or one registered with tf.serialization.registerClass, got LocallyConnected2D",
    );
    for (const none of [undefined, {}]) {
      expect(await rejectionOf(toLayersModel(none as Network))).toMatch(/^network: expected a Network, got /);
    }
  });
});

test("what is no model", async () => {
  const none = undefined as unknown as layers.LayersModel;
  expect(await refusal(none)).toBe("model: expected a tf.LayersModel, got undefined");
  expect(await refusal({} as layers.LayersModel)).toBe("model: expected a tf.LayersModel, got Object");
});
