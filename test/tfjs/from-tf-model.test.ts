/** Any tf model as an attack's target: beside the Network of the same model, by differences, and without leaks. */
import * as layers from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lbfgsAttack } from "../../src/attacks/index.ts";
import {
  fromLayersModel,
  fromTfModel,
  registerGradientKernels,
  unregisterGradientKernels,
} from "../../src/tfjs/index.ts";
import { messageOf, rejectionOf } from "../message-of.ts";
import { crossEntropy } from "../oracle/softmax.ts";
import { nsfwGraphModel } from "../support/graph-model.ts";
import { expectWithin, judgeTarget, probabilitySlack } from "../support/judged-target.ts";
import { noise32 } from "../support/noise.ts";
import { on, tf } from "../support/tfjs-wasm.ts";

beforeAll(() => registerGradientKernels());
afterAll(() => unregisterGradientKernels());

const { conv2d, depthwiseConv2d, maxPooling2d, averagePooling2d, batchNormalization, flatten, dense, activation } =
  layers.layers;

/** Noise for weights; `first` and `last` scale the kernels of the first layer and the dense one. */
function setNoise(model: layers.LayersModel, [first, last]: readonly [number, number]): void {
  const values = model.getWeights().map((weight, i) => {
    const scale = i === 0 ? first : weight.rank === 2 ? last : 1;
    const noise = noise32(weight.size, i + 1).map((v) => (weight.rank === 1 ? 1 + v / 4 : scale * v));
    return tf.tensor(noise, weight.shape);
  });
  model.setWeights(values);
}

/**
 * 6x6x2 images in 4 classes. No tanh saturates and no logit is large: so the worst that rounding can do is little of the
 * gradient.
 */
function small(...end: layers.LayersModel["layers"]): layers.Sequential {
  const model = layers.sequential({
    name: "small",
    layers: [
      conv2d({ filters: 5, kernelSize: 3, padding: "same", activation: "tanh", inputShape: [6, 6, 2], name: "a" }),
      batchNormalization({ name: "norm" }),
      depthwiseConv2d({ kernelSize: 3, activation: "relu", name: "b" }),
      maxPooling2d({ poolSize: 2, strides: 1, name: "largest" }),
      averagePooling2d({ poolSize: 3, strides: 1, padding: "valid", name: "mean" }),
      flatten({ name: "flat" }),
      ...end,
    ],
  });
  setNoise(model, [1 / 4, 1 / 16]);
  return model;
}

const SIZE = 72;
const rows = (n: number) => noise32(n * SIZE, 3).map((v) => (v + 1) / 2);
const LABELS = [0, 1, 2, 3, 3, 1];

/** Models whose softmax stands in each of the places where tfjs lets it stand. */
const ENDS: Record<string, () => layers.LayersModel> = {
  logits: () => small(dense({ units: 4, name: "end" })),
  "a Dense with softmax": () => small(dense({ units: 4, activation: "softmax", name: "end" })),
  "an Activation softmax": () =>
    small(dense({ units: 4, name: "c" }), activation({ activation: "softmax", name: "end" })),
  "a Softmax layer": () => small(dense({ units: 4, name: "c" }), layers.layers.softmax({ name: "end" })),
};

/** The model with its logits, in double precision: whatever it ends in, its weights are the same. */
const judged = await judgeTarget(ENDS.logits?.() as layers.LayersModel, "end", rows(6), LABELS);

for (const [title, build] of Object.entries(ENDS)) {
  describe(`a model that ends in ${title}`, () => {
    test("answers, and gives losses, logits and gradients, within the bound of f64, as the Network of it does", async () => {
      const model = build();
      const [target, network] = [fromTfModel(model), await fromLayersModel(model)];
      expect([target.inputSize, target.classes, target.inputShape]).toEqual([SIZE, 4, [6, 6, 2]]);
      const images = rows(6);
      const answer = title === "logits" ? judged.logits : judged.probabilities;
      for (const each of [target, network]) {
        expectWithin(await each.predict(images), answer);
        const { logits, loss, gradient } = await each.lossGradient(images, LABELS);
        expectWithin(logits, judged.logits);
        expectWithin(loss, judged.loss);
        expectWithin(gradient, judged.gradient);
        // The softmax is where it was.
        expectWithin(await each.predict(images), answer);
      }
      model.dispose();
    });
  });
}

describe("a target", () => {
  const model = ENDS["a Dense with softmax"]?.() as layers.LayersModel;
  const target = fromTfModel(model);
  const images = rows(5);
  const labels = LABELS.slice(0, 5);

  test("gives each row the same alone, in a batch, and in batches that divide it", async () => {
    const whole = await target.lossGradient(images, labels);
    const parts = await fromTfModel(model, { batch: 2 }).lossGradient(images, labels);
    expectWithin(whole.gradient, judged.gradient);
    expectWithin(parts.gradient, judged.gradient);
    expectWithin(await fromTfModel(model, { batch: 1 }).predict(images), judged.probabilities);
    expectWithin(await target.predict(images), judged.probabilities);
    for (let r = 0; r < 5; r++) {
      const row = images.subarray(r * SIZE, (r + 1) * SIZE);
      const alone = await target.lossGradient(row, [labels[r] as number]);
      expectWithin(alone.gradient, judged.gradient, r * SIZE);
    }
  });

  test("fills the record it is given", async () => {
    const first = await target.lossGradient(images, labels);
    const into = { loss: new Float32Array(5), gradient: new Float32Array(5 * SIZE), logits: new Float32Array(20) };
    expect(await target.lossGradient(images, labels, into)).toBe(into);
    expect(into).toEqual(first);
  });

  test("refuses a record of other sizes, rows and labels that are none", async () => {
    const into = { loss: new Float32Array(5), gradient: new Float32Array(5), logits: new Float32Array(20) };
    expect(await rejectionOf(target.lossGradient(images, labels, into))).toBe(
      "into.gradient: expected 360 values, got 5",
    );
    expect(await rejectionOf(target.predict(images.subarray(1)))).toBe(
      "rows: expected rows of 72 values, got 359 values",
    );
    expect(await rejectionOf(target.lossGradient(images, [0, 1, 2, 3, 4]))).toBe(
      "labels[4]: expected a label in [0, 3], got 4",
    );
    expect(await rejectionOf(target.predict(images.map(() => Number.NaN)))).toBe(
      "answer of row 0: expected finite numbers, got NaN",
    );
  });

  test("of a fixed batch fills up the last one", async () => {
    const fixed = layers.sequential({ layers: [dense({ units: 3, batchInputShape: [4, 5], name: "fixed" })] });
    const free = fromTfModel((x) => fixed.apply(x) as tf.Tensor, { inputShape: [5], batch: 4 });
    const [five, truth] = [noise32(5 * 5, 1), [0, 1, 2, 0, 1]];
    const padded = fromTfModel(fixed);
    expect([padded.inputSize, padded.classes]).toEqual([5, 3]);
    const exact = await judgeTarget(fixed, "fixed", five, truth);
    for (const each of [padded, free]) {
      const { loss, gradient } = await each.lossGradient(five, truth);
      expectWithin(gradient, exact.gradient);
      expectWithin(loss, exact.loss);
      expectWithin(await each.predict(five), exact.logits);
    }
  });

  test("leaks no tensor over a thousand calls, and says what is missing where a kernel is", async () => {
    const few = images.subarray(0, 2 * SIZE);
    await target.lossGradient(few, [0, 1]);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 500; i++) {
      await target.lossGradient(few, [i % 4, 2]);
      await target.predict(few);
    }
    expect(tf.memory().numTensors).toBe(before);
    unregisterGradientKernels();
    expect(await rejectionOf(target.lossGradient(few, [0, 1]))).toBe(
      "fromTfModel: expected the gradient kernels (call registerGradientKernels() first), " +
        "got Kernel 'DepthwiseConv2dNativeBackpropInput' not registered for backend 'wasm'",
    );
    registerGradientKernels();
  });

  test("is attacked with what the attack of the Network finds, within a thousandth of the distortion", async () => {
    // One layer: the least change is unique, so that rounding cannot lead the two searches to different ones.
    const linear = layers.sequential({
      layers: [flatten({ inputShape: [6, 6, 2] }), dense({ units: 4, activation: "softmax" })],
    });
    setNoise(linear, [1, 1]);
    const [target, network] = [fromTfModel(linear), await fromLayersModel(linear)];
    const answers = await target.predict(images);
    const goals = Array.from({ length: 5 }, (_, r) => {
      const scores = answers.subarray(4 * r, 4 * r + 4);
      return (scores.indexOf(Math.max(...scores)) + 1) % 4;
    });
    const [theirs, ours] = [
      await lbfgsAttack(target, { rows: images, labels: goals, effort: "exhaustive" }),
      await lbfgsAttack(network, { rows: images, labels: goals, effort: "exhaustive" }),
    ];
    expect([...ours.success]).toEqual([1, 1, 1, 1, 1]);
    expect(theirs.success).toEqual(ours.success);
    ours.distortion.forEach((d, r) => {
      expect(Math.abs((theirs.distortion[r] as number) - d)).toBeLessThan(d / 1000);
    });
  });

  test("runs on the cpu backend too", async () => {
    const cpu = await on("cpu", () => target.lossGradient(images, labels));
    expectWithin(cpu.gradient, judged.gradient);
  });
});

describe("a function", () => {
  const weights = tf.tensor2d(noise32(12, 1), [3, 4]);
  const linear = (x: tf.Tensor) => tf.matMul(tf.reshape(x, [-1, 3]), weights) as tf.Tensor;

  test("of logits, and of probabilities: the same loss where f32 holds them", async () => {
    const logits = fromTfModel(linear, { inputShape: [3, 1] });
    const probabilities = fromTfModel((x) => tf.softmax(linear(x) as tf.Tensor2D), {
      inputShape: [3, 1],
      output: "probabilities",
    });
    const images = noise32(6, 2);
    const [a, b] = [await logits.lossGradient(images, [3, 0]), await probabilities.lossGradient(images, [3, 0])];
    const model = layers.sequential({ layers: [dense({ units: 4, useBias: false, inputShape: [3], name: "end" })] });
    model.setWeights([weights]);
    const truth = [3, 0];
    for (const [found, exact] of [
      [a, await judgeTarget(model, "end", images, truth)],
      [b, await judgeTarget(model, "end", images, truth, probabilitySlack)],
    ] as const) {
      expectWithin(found.loss, exact.loss);
      expectWithin(found.gradient, exact.gradient);
    }
    const scores = Array.from(a.logits.subarray(0, 4));
    expect(Math.abs(crossEntropy(scores, 3) - (a.loss[0] as number))).toBeLessThan(1e-6);
  });

  test("of probabilities that underflow: refused for the label, of no account for the others", async () => {
    const steep = fromTfModel((x) => tf.softmax(tf.mul(linear(x), 200) as tf.Tensor2D), {
      inputShape: [3],
      output: "probabilities",
    });
    const images = Float32Array.of(1, 1, 1);
    const answer = await steep.predict(images);
    const best = answer.indexOf(Math.max(...answer));
    expect(answer[(best + 1) % 4]).toBe(0);
    expect((await steep.lossGradient(images, [best])).loss[0]).toBeLessThan(1e-6);
    expect(await rejectionOf(steep.lossGradient(images, [(best + 1) % 4]))).toBe(
      "loss of row 0: expected a label whose probability f32 holds (or a model that gives logits), got one below 1e-38",
    );
  });

  test("that is not finite somewhere: refused by the row", async () => {
    const spoilt = fromTfModel((x) => tf.log(tf.sub(linear(x), 0)), { inputShape: [3] });
    expect(await rejectionOf(spoilt.lossGradient(new Float32Array([1, 1, 1, 0, 0, 0]), [0, 0]))).toMatch(
      /^loss of row \d: expected finite numbers, got (NaN|Infinity)$/,
    );
  });

  test("of which a later batch is not finite: nothing of that is left in the caller's record", async () => {
    for (const [what, map] of [
      ["loss", (z: tf.Tensor) => tf.log(tf.sub(4, z))],
      ["loss", (z: tf.Tensor) => tf.mul(z, tf.tensor1d([0, -1e38, -1e38]))],
      ["gradient", (z: tf.Tensor) => tf.sqrt(tf.sub(100, z))],
    ] as const) {
      // Rows of a number each, handed on as three logits.
      const target = fromTfModel((x) => map(tf.matMul(x as tf.Tensor2D, tf.ones([1, 3]))), {
        inputShape: [1],
        batch: 1,
      });
      const into = { loss: new Float32Array(2), gradient: new Float32Array(2), logits: new Float32Array(6) };
      const message = await rejectionOf(target.lossGradient(Float32Array.of(3, 100), [0, 0], into));
      expect(message).toMatch(new RegExp(`^${what} of row 1: expected finite numbers, got `));
      for (const values of [into.loss, into.gradient, into.logits]) expect(values.every(Number.isFinite)).toBe(true);
    }
  });
});

describe("refusals", () => {
  const wide = layers.sequential({
    layers: [conv2d({ filters: 2, kernelSize: 1, inputShape: [null, null, 1] } as never)],
  });

  for (const [title, make, message] of [
    [
      "nothing",
      () => fromTfModel(undefined as never),
      "model: expected a tf.LayersModel, a tf.GraphModel or a function of a tensor, got undefined",
    ],
    [
      "no model",
      () => fromTfModel({} as never),
      "model: expected a tf.LayersModel, a tf.GraphModel or a function of a tensor, got Object",
    ],
    [
      "a function without a shape",
      () => fromTfModel((x) => x),
      "fromTfModel: expected the option inputShape, which the model leaves open, got [] from the model",
    ],
    [
      "a model without a shape",
      () => fromTfModel(wide),
      "fromTfModel: expected the option inputShape, which the model leaves open, got [?, ?, 1] from the model",
    ],
    [
      "another shape",
      () => fromTfModel(wide, { inputShape: [4, 4, 3] }),
      "inputShape: expected [, , 1], as the model says, got [4, 4, 3]",
    ],
    [
      "an answer that is no vector",
      () => fromTfModel(wide, { inputShape: [4, 4, 1] }),
      "model: expected an answer of shape [1, classes], got [1, 4, 4, 2]",
    ],
    [
      "an unknown option",
      () => fromTfModel((x) => x, { shape: [1] } as never),
      'fromTfModel: expected options among inputShape, output, batch, got "shape"',
    ],
  ] as const) {
    // biome-ignore format: a table
    test(title, () => expect(messageOf(make)).toBe(message));
  }

  test("two inputs", () => {
    const [a, b] = [layers.input({ shape: [3] }), layers.input({ shape: [3] })];
    const sum = layers.layers.add().apply([a, b]) as layers.SymbolicTensor;
    expect(messageOf(() => fromTfModel(layers.model({ inputs: [a, b], outputs: sum })))).toBe(
      "model: expected one input, got 2",
    );
  });
});

const graph = await nsfwGraphModel();

describe.skipIf(!graph)("a GraphModel, mobilenet_v2_mid of nsfwjs", () => {
  const images = noise32(2 * 224 * 224 * 3, 5).map((v) => (v + 1) / 2);

  test("is differentiated from its logits, by differences along its gradient, without leaks", async () => {
    const target = fromTfModel(graph as NonNullable<typeof graph>);
    expect([target.inputSize, target.classes]).toEqual([224 * 224 * 3, 5]);
    const before = tf.memory().numTensors;
    const image = images.subarray(0, target.inputSize);
    const { loss, gradient, logits } = await target.lossGradient(image, [1]);
    const answer = await target.predict(image);
    // The softmax of the logits is the answer.
    const total = logits.reduce((sum, z) => sum + Math.exp(z), 0);
    answer.forEach((p, k) => {
      expect(Math.abs(p - Math.exp(logits[k] as number) / total)).toBeLessThan(1e-5);
    });
    expect(Math.abs((loss[0] as number) + Math.log(answer[1] as number))).toBeLessThan(1e-4);
    // Along its own direction the loss changes by the gradient's length, and less by what bends on the way.
    const length = Math.sqrt(gradient.reduce((sum, v) => sum + v * v, 0));
    const at = async (step: number) =>
      (
        await target.lossGradient(
          image.map((v, i) => v + (step * (gradient[i] as number)) / length),
          [1],
        )
      ).loss[0] as number;
    const difference = ((await at(1 / 16)) - (await at(-1 / 16))) * 8;
    expect(Math.abs(difference / length - 1)).toBeLessThan(0.05);
    expect(tf.memory().numTensors).toBe(before);
  });
});
