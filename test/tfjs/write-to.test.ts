/** Weights back into the user's model: trained as a network, they answer the same in tfjs. */
import * as layers from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { fromLayersModel, writeTo } from "../../src/tfjs/index.ts";
import { fit } from "../../src/train/index.ts";
import { messageOf } from "../message-of.ts";
import { firstDifferent } from "../support/bounds.ts";
import { noise32 } from "../support/noise.ts";
import { tf } from "../support/tfjs-wasm.ts";

const { conv2d, batchNormalization, flatten, dense } = layers.layers;

function model(units = 3, name = "end"): layers.Sequential {
  return layers.sequential({
    name: "mine",
    layers: [
      conv2d({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [5, 5, 1], name: "a" }),
      batchNormalization({ name: "norm" }),
      flatten({ name: "flat" }),
      dense({ units, activation: "softmax", name }),
    ],
  });
}

const rows = noise32(30 * 25, 1);
const labels = Array.from({ length: 30 }, (_, r) => r % 3);

function predictions(of: layers.LayersModel): Float32Array {
  return tf.tidy(() => (of.predict(tf.tensor(rows, [30, 5, 5, 1])) as tf.Tensor).dataSync() as Float32Array);
}

test("a network that was trained puts its weights into the model it came from, and into its twin", async () => {
  const [mine, twin] = [model(), model()]; // whose variables tfjs numbers
  const network = await fromLayersModel(mine);
  const before = predictions(mine);
  await fit(network, { rows, labels }, { iterations: 5 });
  const tensors = tf.memory().numTensors;
  writeTo(network, mine);
  writeTo(network, twin);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(firstDifferent((await fromLayersModel(mine)).getParameters(), network.getParameters())).toBe(-1);
  const after = predictions(mine);
  expect(firstDifferent(after, before)).not.toBe(-1);
  expect(firstDifferent(predictions(twin), after)).toBe(-1);
  network.predict(rows).forEach((p, i) => {
    expect(Math.abs(p - (after[i] as number))).toBeLessThan(1e-5);
  });
});

test("what is not trained comes too", async () => {
  const [from, to] = [model(), model()];
  const norm = from.getLayer("norm");
  norm.setWeights(norm.getWeights().map((w, i) => tf.fill(w.shape, i + 1)));
  writeTo(await fromLayersModel(from), to);
  expect(to.getLayer("norm").getWeights().map((w) => w.dataSync()[0])).toEqual([1, 2, 3, 4]); // biome-ignore format: one line
});

test("a model compiled and trained in tfjs goes on from there", async () => {
  const mine = model();
  const network = await fromLayersModel(mine);
  await fit(network, { rows, labels }, { iterations: 5 });
  const optimizer = tf.train.sgd(0);
  mine.compile({ optimizer, loss: "sparseCategoricalCrossentropy" });
  writeTo(network, mine);
  const answers = predictions(mine);
  const loss = mine.evaluate(tf.tensor(rows, [30, 5, 5, 1]), tf.tensor1d(labels)) as tf.Scalar;
  const expected = labels.reduce((sum, label, r) => sum - Math.log(answers[3 * r + label] as number), 0) / 30;
  expect(Math.abs((loss.dataSync()[0] as number) - expected)).toBeLessThan(1e-5);
});

test("of a network that ends within the model, the layers behind stay as they are", async () => {
  const mine = model();
  const inner = await fromLayersModel(mine, { output: "flat" });
  inner.setParameters(inner.getParameters().fill(2));
  const end = mine.getLayer("end").getWeights()[0]?.dataSync() as Float32Array;
  writeTo(inner, mine);
  expect(firstDifferent(mine.getLayer("end").getWeights()[0]?.dataSync() as Float32Array, end)).toBe(-1);
  expect(mine.getLayer("a").getWeights()[0]?.dataSync()[0]).toBe(2);
});

test("a model of other names, other shapes, or none: refused, and nothing is written", async () => {
  const network = await fromLayersModel(model());
  const [named, shaped] = [model(3, "other"), model(4)];
  const first = (of: layers.LayersModel) => of.getLayer("a").getWeights()[0]?.dataSync() as Float32Array;
  const before = first(shaped);
  expect(messageOf(() => writeTo(network, named))).toBe(
    "model mine: expected a weight end/kernel, got none of that name",
  );
  expect(messageOf(() => writeTo(network, shaped))).toBe(
    "weight end/kernel: expected shape [36, 3], as in the network, got [36, 4]",
  );
  expect(firstDifferent(first(shaped), before)).toBe(-1);
  expect(messageOf(() => writeTo(network, {} as layers.LayersModel))).toBe(
    "model: expected a tf.LayersModel, got Object",
  );
  expect(messageOf(() => writeTo(shaped as never, shaped))).toBe("network: expected a Network, got Sequential");
});
