/** Where slopes jump and where a model ends in a softmax: what tfjs does there, and what is split off. */
import * as layers from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { fromLayersModel } from "../../src/tfjs/index.ts";
import { firstDifferent } from "../support/bounds.ts";
import { call, fc } from "../support/graphs.ts";
import { noise32 } from "../support/noise.ts";
import { tf } from "../support/tfjs.ts";

const l = layers.layers;
const KINKS = Float32Array.of(-3, -2.5, -1, -0, 0, 0.5, 1, 2.5, 3, 5.9999995, 6, 6.0000005, 7);

/** Which elements a gradient passes; the loss has a slope to every output. */
const passed = (gradient: ArrayLike<number>) => Array.from(gradient, (v) => v !== 0);

/** The layer, and behind it one that changes nothing: at the end of a network a cut is left out of the scores. */
const then = (layer: Parameters<typeof call>[0], x: Parameters<typeof call>[1]) =>
  call(l.leakyReLU({ alpha: 1 }), call(layer, x));

describe("slopes at the kinks pass or stop as in tfjs", () => {
  const ends: [string, () => Parameters<typeof call>[0]][] = [
    ["relu", () => l.activation({ activation: "relu" })],
    ["relu6, which stops at 6", () => l.activation({ activation: "relu6" })],
    ["ReLU up to 6, which passes at 6", () => l.reLU({ maxValue: 6 })],
    ["hardSigmoid, which passes at both ends", () => l.activation({ activation: "hardSigmoid" })],
    ["LeakyReLU with slope 0", () => l.leakyReLU({ alpha: 0 })],
    ["PReLU with slopes 0", () => l.prelu({})],
  ];
  for (const [title, end] of ends) {
    test(title, async () => {
      const x = layers.input({ shape: [KINKS.length], name: "x" });
      const model = layers.model({ inputs: x, outputs: then(end(), x) });
      const network = await fromLayersModel(model);
      const ours = passed(network.lossGradient(KINKS, [0]).gradient);
      const total = (rows: tf.Tensor) => tf.sum(model.apply(rows) as tf.Tensor);
      expect(ours).toEqual(
        passed(
          tf
            .grad(total)(tf.tensor(KINKS, [1, KINKS.length]))
            .dataSync(),
        ),
      );
      expect(new Set(ours).size).toBe(2);
    });
  }

  test("relu6 and ReLU up to 6 answer the same and differ in the slope at 6 alone", async () => {
    const x = layers.input({ shape: [KINKS.length], name: "x" });
    const of = (layer: Parameters<typeof call>[0]) =>
      fromLayersModel(layers.model({ inputs: x, outputs: then(layer, x) }));
    const [short, whole] = [await of(l.activation({ activation: "relu6" })), await of(l.reLU({ maxValue: 6 }))];
    expect(firstDifferent(short.predict(KINKS), whole.predict(KINKS))).toBe(-1);
    const [a, b] = [short, whole].map((n) => passed(n.lossGradient(KINKS, [0]).gradient)) as [boolean[], boolean[]];
    expect(a.flatMap((pass, i) => (pass === b[i] ? [] : [KINKS[i]]))).toEqual([6]);
  });
});

describe("a softmax at the end of a graph", () => {
  for (const [title, end] of [
    ["a Softmax layer", () => l.softmax({ name: "prob", axis: 1 })],
    ["an Activation", () => l.activation({ name: "prob", activation: "softmax" })],
  ] as const) {
    test(`${title}: the logits are what enters it, also if something else takes them`, async () => {
      const x = layers.input({ shape: [6], name: "x" });
      const stem = call(fc("stem", 5, "tanh"), x);
      const logits = call(l.add({ name: "logits" }), [call(fc("a", 4), stem), call(fc("b", 4), stem)]);
      const doubled = call(l.add({ name: "doubled" }), [logits, logits]);
      const network = await fromLayersModel(layers.model({ inputs: x, outputs: [call(end(), logits), doubled] }), {
        output: "prob",
      });
      const rows = noise32(3 * 6, 1, 2);
      const found = network.lossGradient(rows, [0, 1, 2]);
      expect(firstDifferent(found.logits, network.activations(rows, "logits"))).toBe(-1);
      expect(firstDifferent(network.probabilities(rows), network.predict(rows))).toBe(-1);
      expect(network.layers.map(({ name }) => name)).not.toContain("doubled");
    });
  }
});
