/** Topologies that nest, share and chain without end: linear time, limits on depth and on calls, worded. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { Network } from "../../src/model/index.ts";
import { messageOf } from "../message-of.ts";
import { artifactsOf, part } from "../support/networks.ts";

const relu = { class_name: "Activation", config: { name: "act", activation: "relu", batch_input_shape: [null, 2] } };
const load = (modelTopology: object) =>
  Network.fromArtifacts({ modelTopology, weightSpecs: [], weightData: new ArrayBuffer(0) });
const answer = (network: Network) => [...network.predict(Float32Array.of(-1, 3))];

function nested(depth: number): object {
  let model: object = { class_name: "Sequential", config: { name: "s0", layers: [relu] } };
  for (let i = 1; i < depth; i++) model = { class_name: "Sequential", config: { name: `s${i}`, layers: [model] } };
  return model;
}

/** Each model calls the one below it twice: 2^levels calls of one layer. */
function doubling(levels: number): object {
  let model: object = { class_name: "Sequential", name: "m0", config: { name: "m0", layers: [relu] } };
  for (let i = 1; i <= levels; i++) {
    const [within, input] = [`m${i - 1}`, `in${i}`];
    const start = { name: input, batch_input_shape: [null, 2] };
    const layers = [
      { class_name: "InputLayer", name: input, config: start, inbound_nodes: [] },
      { ...model, inbound_nodes: [[[input, 0, 0, {}]], [[within, 1, 0, {}]]] },
    ];
    const config = { name: `m${i}`, layers, input_layers: [[input, 0, 0]], output_layers: [[within, 2, 0]] };
    model = { class_name: "Functional", name: `m${i}`, config };
  }
  return model;
}

describe("models within models", () => {
  test("64 deep are no obstacle, and are loaded in a moment", () => {
    const start = performance.now();
    expect(answer(load(nested(64)))).toEqual([0, 3]);
    expect(performance.now() - start).toBeLessThan(5000); // 2^64 steps would not end
  });

  test("deeper ones are refused", () => {
    const refusal = "expected models within models, 64 deep at most, got deeper ones";
    expect(messageOf(() => load(nested(65)))).toBe(`model s0: ${refusal}`);
    expect(messageOf(() => load(nested(5000)))).toBe(`model s4935: ${refusal}`);
  });

  test("a JSON so deep that a recursion would take the whole stack is refused all the same", () => {
    const depth = 100_000;
    const open = '{"class_name":"Sequential","config":{"name":"x","layers":[';
    const topology = JSON.parse(`${open.repeat(depth)}${JSON.stringify(relu)}${"]}}".repeat(depth)}`);
    expect(messageOf(() => load(topology))).toBe(
      "model x: expected models within models, 64 deep at most, got deeper ones",
    );
  });
});

describe("calls", () => {
  test("of a layer in a model that is called twice, level by level, are made as often as the model says", () => {
    const network = load(doubling(10));
    expect([network.calls.length, network.layers.length]).toEqual([1024, 1]);
    expect(answer(network)).toEqual([0, 3]);
  });

  test("without end are refused before they are all made", () => {
    for (const levels of [15, 30, 60]) {
      expect(messageOf(() => load(doubling(levels)))).toBe(
        `model m${levels}: expected at most 20000 calls of layers, got more`,
      );
    }
  });

  test("in a chain of a Sequential model have the same limit", () => {
    const chain = Array.from({ length: 20_001 }, (_, i) => part("Flatten", { name: `f${i}` }));
    expect(messageOf(() => Network.fromArtifacts(artifactsOf([3], chain)))).toBe(
      "model small: expected at most 20000 calls of layers, got 20001",
    );
  });

  test("with more inputs in all than any model has are refused", () => {
    const wide = Array.from({ length: 1001 }, () => ["in", 0, 0, {}]);
    const config = { name: "in", batch_input_shape: [null, 2] };
    const layers = [
      { class_name: "InputLayer", name: "in", config, inbound_nodes: [] },
      ...Array.from({ length: 101 }, (_, i) => {
        const name = `a${i}`;
        const inbound_nodes = [[...wide, ...(i > 0 ? [[`a${i - 1}`, 0, 0, {}]] : [])]];
        return { class_name: "Add", name, config: { name }, inbound_nodes };
      }),
    ];
    const model = { name: "m", layers, input_layers: [["in", 0, 0]], output_layers: [["a100", 0, 0]] };
    expect(messageOf(() => load({ class_name: "Functional", config: model }))).toBe(
      "model m: expected at most 100000 inputs of layers in all, got more",
    );
  });

  test("of a model that hands on its input, each on the one before, are followed once and without the stack", () => {
    const start = { class_name: "InputLayer", name: "in", config: { name: "in", batch_input_shape: [null, 2] } };
    const within = { name: "x", batch_input_shape: [null, 2] };
    const inner = {
      name: "pass",
      layers: [{ class_name: "InputLayer", name: "x", config: within, inbound_nodes: [] }],
      input_layers: [["x", 0, 0]],
      output_layers: [["x", 0, 0]],
    };
    const count = 15_000;
    const calls = Array.from({ length: count }, (_, i) => [[i === 0 ? "in" : "pass", i, 0, {}]]);
    const readers = Array.from({ length: 300 }, (_, i) => ["pass", count - i, 0, {}]);
    const layers = [
      { ...start, inbound_nodes: [] },
      { class_name: "Functional", name: "pass", config: inner, inbound_nodes: calls },
      { class_name: "Maximum", name: "end", config: { name: "end" }, inbound_nodes: [readers] },
    ];
    const model = { name: "m", layers, input_layers: [["in", 0, 0]], output_layers: [["end", 0, 0]] };
    expect(answer(load({ class_name: "Functional", config: model }))).toEqual([-1, 3]);
  });
});
