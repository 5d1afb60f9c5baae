/** The part of a network above a layer: the same weights, the same answers, gradients of its own that the oracle judges. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { GradientSum, Network } from "../../src/model/index.ts";
import { messageOf } from "../message-of.ts";
import { toLogits } from "../oracle/network.ts";
import { firstBeyond, firstDifferent } from "../support/bounds.ts";
import { CONV_NETWORKS } from "../support/conv-networks.ts";
import { judgeLoss, judgeParameters } from "../support/network-bounds.ts";
import { rowOf, stepsOf } from "../support/network-steps.ts";
import { SMALL_NETWORKS } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

const ROWS = 5;
let cuts = 0;

for (const { title, network: build } of [...SMALL_NETWORKS, ...CONV_NETWORKS]) {
  const names = build().layers.map(({ name }) => name);
  for (const [index, name] of names.slice(0, -1).entries()) {
    cuts++;
    describe(`${title}, from ${name}`, () => {
      const network = build();
      const upper = network.from(name);
      const rows = noise32(ROWS * network.inputSize, 7, 2);
      const labels = Array.from({ length: ROWS }, (_, r) => (3 * r + 1) % network.classes);
      const hidden = network.activations(rows, name);

      test("answers on a layer's outputs what the whole answers on the rows, to the bit", () => {
        expect(upper.inputSize).toBe(hidden.length / ROWS);
        expect(firstDifferent(upper.predict(hidden), network.predict(rows))).toBe(-1);
        expect(network.from(index)).toBe(upper);
      });

      // In a pass of training Dropout draws masks, which these gradients know nothing of.
      const draws = network.layers.some(({ training }) => training);
      test.skipIf(draws)("has the gradients of the whole: to the outputs and to the parameters above", () => {
        const sum = new GradientSum(network.workspace, network.parameters);
        const gradient = new Float32Array(hidden.length);
        const values = new Float32Array(hidden.length);
        const whole = network.addGradient(rows, labels, sum, { layers: [{ layer: name, values, gradient }] });
        expect(firstDifferent(values, hidden)).toBe(-1);
        const found = upper.lossGradient(hidden, labels);
        expect(firstDifferent(gradient, found.gradient)).toBe(-1);
        const above = upper.parameterGradient(hidden, labels);
        expect(above.errors).toBe(whole.errors);
        const all = network.parameterGradient(rows, labels).gradient;
        expect(firstDifferent(above.gradient, all.subarray(all.length - upper.parameterCount))).toBe(-1);
      });

      test("has gradients within the bound of f64", () => {
        const logitSteps = toLogits(stepsOf(upper).steps, upper.classes);
        const each = labels.map((_, r) => rowOf(hidden, r, upper.inputSize));
        const found = upper.lossGradient(hidden, labels);
        each.forEach((row, r) => {
          const { gradient } = judgeLoss(logitSteps, row, labels[r] as number);
          expect(firstBeyond(rowOf(found.gradient, r, upper.inputSize), gradient.value, gradient.bound)).toBe(-1);
        });
        if (upper.parameterCount === 0) return;
        const judged = judgeParameters(logitSteps, each, labels);
        expect(firstBeyond(upper.parameterGradient(hidden, labels).gradient, judged.value, judged.bound)).toBe(-1);
      });

      test("shares its weights with the whole, both ways", () => {
        const before = network.predict(rows);
        if (upper.parameterCount === 0) return;
        upper.setParameters(upper.getParameters().map((w) => w / 2));
        expect(firstDifferent(upper.predict(hidden), network.predict(rows))).toBe(-1);
        expect(firstDifferent(network.predict(rows), before)).not.toBe(-1);
        network.setParameters(network.getParameters().map((w) => w / 2));
        expect(firstDifferent(upper.predict(network.activations(rows, name)), network.predict(rows))).toBe(-1);
      });
    });
  }
}

test("the cuts were tried", () => {
  expect(cuts).toBeGreaterThan(10);
});

describe("refusals", () => {
  /** x -> a -> b, and a + b: nothing behind b goes through b alone. */
  const layers = [
    { class_name: "InputLayer", name: "x", config: { name: "x", batch_input_shape: [null, 3] }, inbound_nodes: [] },
    ...(["a", "b"] as const).map((name, i) => ({
      class_name: "Dense",
      name,
      config: { name, units: 3, use_bias: false },
      inbound_nodes: [[[i === 0 ? "x" : "a", 0, 0, {}]]],
    })),
    {
      class_name: "Add",
      name: "sum",
      config: { name: "sum" },
      inbound_nodes: [
        [
          ["a", 0, 0, {}],
          ["b", 0, 0, {}],
        ],
      ],
    },
  ];
  const network = Network.fromArtifacts({
    modelTopology: {
      class_name: "Functional",
      config: { name: "branches", layers, input_layers: [["x", 0, 0]], output_layers: [["sum", 0, 0]] },
    },
    weightSpecs: ["a", "b"].map((name) => ({ name: `${name}/kernel`, shape: [3, 3], dtype: "float32" })),
    weightData: noise32(18, 3).buffer as ArrayBuffer,
  });

  test("a layer that others go around, the last, one that is not there", () => {
    expect(messageOf(() => network.from("b"))).toBe(
      "layer: expected one that everything behind it goes through, got b, which sum goes around",
    );
    expect(messageOf(() => network.from("sum"))).toBe("layer: expected one below the last, got sum");
    expect(messageOf(() => network.from("c"))).toBe('layer: expected one of a, b, sum, got "c"');
    const rows = noise32(6, 4);
    expect(firstDifferent(network.from("a").predict(network.activations(rows, "a")), network.predict(rows))).toBe(-1);
  });
});
