/** tf models as targets, whatever they end in: scores are seen through the head, and answers are those of tfjs. */
import * as layers from "@tensorflow/tfjs-layers";
import { describe, expect, test, vi } from "vitest";
import { lbfgsAttack, minimalAttack } from "../../src/attacks/index.ts";
import { codeOf } from "../../src/check.ts";
import { predictedClasses } from "../../src/model/index.ts";
import * as ask from "../../src/tfjs/ask.ts";
import { fromLayersModel, fromTfModel } from "../../src/tfjs/index.ts";
import { rejectionOf } from "../message-of.ts";
import { expectWithin, judgeTarget } from "../support/judged-target.ts";
import { noise32 } from "../support/noise.ts";
import { tf } from "../support/tfjs.ts";

const { dense, activation, reshape, flatten, dropout, softmax, batchNormalization, conv2d } = layers.layers;
type Layer = layers.layers.Layer;

const HEADS = ["softmax", "sigmoid", "tanh", "softplus"] as const;
type HeadName = (typeof HEADS)[number];
const TAILS: Record<string, (units: number) => Layer[]> = {
  nothing: () => [],
  "a Reshape": (n) => [reshape({ targetShape: [n] })],
  "a Reshape to a row, then a Flatten": (n) => [reshape({ targetShape: [1, n] }), flatten()],
  "a Dropout": () => [dropout({ rate: 0.5 })],
  "a linear Activation": () => [activation({ activation: "linear" })],
};

const WIDTH = 5;
const rows = noise32(6 * WIDTH, 3);
const labels = [0, 1, 2, 0, 1, 2];

/** A layer of `units`, what stands behind it, and the same weights whatever that is. */
function model(units: number, ...tail: Layer[]): layers.Sequential {
  const built = layers.sequential({ layers: [dense({ units, inputShape: [WIDTH], name: "scores" }), ...tail] });
  built.layers[0]?.setWeights([
    tf.tensor(noise32(WIDTH * units, 7, 2), [WIDTH, units]),
    tf.tensor(noise32(units, 8), [units]),
  ]);
  return built;
}

/** The same as a function of tfjs's operations. */
const functions: Record<HeadName, (z: tf.Tensor) => tf.Tensor> = {
  softmax: (z) => tf.softmax(z as tf.Tensor2D),
  sigmoid: (z) => tf.sigmoid(z),
  tanh: (z) => tf.tanh(z),
  softplus: (z) => tf.softplus(z),
};

const judged = await judgeTarget(model(3), "scores", rows, labels);
const weigh = (scores: Float32Array): number[] => [(scores[0] as number) > 0 ? 1 : -1, 0.5, -0.25];

for (const head of HEADS) {
  for (const [title, tail] of Object.entries(TAILS)) {
    test(`a ${head}, behind it ${title}: scores, losses and gradients within the bound of f64, as of the Network`, async () => {
      const built = model(3, activation({ activation: head }), ...tail(3));
      const [target, network] = [fromTfModel(built), await fromLayersModel(built)];
      expect([target.head, target.classes]).toEqual([network.head, network.classes]);
      expect(target.head).toEqual({ kind: head, outputs: 3 });
      for (const each of [target, network]) {
        expectWithin(await each.scores(rows), judged.logits);
        const { loss, logits, gradient } = await each.lossGradient(rows, labels);
        expectWithin(loss, judged.loss);
        expectWithin(logits, judged.logits);
        expectWithin(gradient, judged.gradient);
      }
      const [answer, direct] = [await target.predict(rows), built.predict(tf.tensor(rows, [6, WIDTH])) as tf.Tensor];
      expect([...answer]).toEqual([...direct.dataSync()]);
      const [a, b] = [await target.scoreGradient(rows, weigh), network.scoreGradient(rows, weigh)];
      expectWithin(a.scores, judged.logits);
      // A sum of three products in either order, of weights below 5 in the sum.
      a.gradient.forEach((v, i) => {
        expect(Math.abs(v - (b.gradient[i] as number))).toBeLessThan(8 * 2 ** -24 * 5);
      });
      built.dispose();
    });
  }

  test(`a function that ends in ${head}: seen through as the model is, also where the last product has it fused`, async () => {
    const built = model(3);
    const target = fromTfModel((x) => functions[head](built.apply(x) as tf.Tensor), { inputShape: [WIDTH] });
    expect(target.head.kind).toBe(head);
    expectWithin((await target.lossGradient(rows, labels)).gradient, judged.gradient);
    if (head !== "sigmoid") return;
    const [w, b] = built.getWeights() as [tf.Tensor2D, tf.Tensor1D];
    const fused = fromTfModel((x) => tf.fused.matMul({ a: x as tf.Tensor2D, b: w, bias: b, activation: "sigmoid" }), {
      inputShape: [WIDTH],
    });
    expect(fused.head.kind).toBe("sigmoid");
    expectWithin(await fused.scores(rows), judged.logits);
    expectWithin((await fused.lossGradient(rows, labels)).gradient, judged.gradient);
  });
}

describe("cuts and more that rises", () => {
  type Kind = "elu" | "selu" | "cut";
  const ENDS: [title: string, end: () => Layer, kind: Kind, range?: [number, number]][] = [
    ["an ELU", () => activation({ activation: "elu" }), "elu"],
    ["a SELU", () => activation({ activation: "selu" }), "selu"],
    ["a ReLU", () => activation({ activation: "relu" }), "cut", [0, Number.POSITIVE_INFINITY]],
    ["a ReLU6", () => activation({ activation: "relu6" }), "cut", [0, 6]],
    ["a ReLU up to 0.5", () => layers.layers.reLU({ maxValue: 0.5 }), "cut", [0, 0.5]],
    ["a hard sigmoid", () => activation({ activation: "hardSigmoid" }), "cut", [0, 1]],
  ];
  for (const [title, end, kind, range] of ENDS) {
    for (const units of [3, 1]) {
      test(`${title} of ${units}: the head, the classes and, within rounding, the scores and gradients of the Network`, async () => {
        const built = model(
          units,
          end(),
          ...(TAILS["a Reshape to a row, then a Flatten"] as (n: number) => Layer[])(units),
        );
        const [target, network] = [fromTfModel(built), await fromLayersModel(built)];
        expect([target.head, target.classes]).toEqual([network.head, network.classes]);
        expect(target.head).toEqual({ kind, outputs: units, ...(range && { range }) });
        const weights = [1, -1, 0.5].slice(0, target.classes);
        const [a, b] = [await target.scoreGradient(rows, () => weights), network.scoreGradient(rows, () => weights)];
        // Sums of five products below 2 and three of slopes below 4, in either order.
        a.scores.forEach((v, i) => {
          expect(Math.abs(v - (b.scores[i] as number))).toBeLessThan(2 ** -24 * 8 * 12);
        });
        a.gradient.forEach((v, i) => {
          expect(Math.abs(v - (b.gradient[i] as number))).toBeLessThan(2 ** -24 * 8 * 12);
        });
        built.dispose();
      });
    }
  }

  test("a layer with a ReLU of its own, a fused one, a cut of a cut and an exponential are seen through", async () => {
    const built = model(3);
    const [w, b] = built.getWeights() as [tf.Tensor2D, tf.Tensor1D];
    const whole = layers.sequential({
      layers: [dense({ units: 3, inputShape: [WIDTH], activation: "relu", weights: [w, b] })],
    });
    const z = (x: tf.Tensor) => built.apply(x) as tf.Tensor;
    const fused = (x: tf.Tensor) => tf.fused.matMul({ a: x as tf.Tensor2D, b: w, bias: b, activation: "relu" });
    const ends: [ReturnType<typeof fromTfModel>, string, number[]?][] = [
      [fromTfModel(whole), "cut", [0, Number.POSITIVE_INFINITY]],
      [fromTfModel(fused, { inputShape: [WIDTH] }), "cut", [0, Number.POSITIVE_INFINITY]],
      [fromTfModel((x) => tf.clipByValue(tf.relu(z(x)), -1, 2), { inputShape: [WIDTH] }), "cut", [0, 2]],
      [fromTfModel((x) => tf.exp(z(x)), { inputShape: [WIDTH] }), "exponential"],
    ];
    for (const [target, kind, range] of ends) {
      expect(target.head).toEqual({ kind, outputs: 3, ...(range && { range }) });
      expectWithin(await target.scores(rows), judged.logits);
      expectWithin((await target.lossGradient(rows, labels)).gradient, judged.gradient);
    }
    const asked = { rows: rows.map((v) => (v + 1) / 2), criterion: { output: 0, above: 8 } };
    const [exponential, linear] = [ends[3]?.[0] as ReturnType<typeof fromTfModel>, fromTfModel(model(3))];
    const found = await minimalAttack(exponential, asked);
    const same = await minimalAttack(linear, { ...asked, criterion: { output: 0, above: Math.log(8) } });
    expect(found.stop).toEqual(same.stop);
    expect(found.stop).toContain("found");
    const outputs = await exponential.predict(found.rows);
    for (const [r, stop] of found.stop.entries()) if (stop === "found") expect(outputs[3 * r]).toBeGreaterThan(8);
  });

  test("softmaxes of groups are probabilities, and an attack finds where their model answers something else", async () => {
    const built = model(4, reshape({ targetShape: [2, 2] }), activation({ activation: "softmax" }), flatten());
    const [target, network] = [fromTfModel(built), await fromLayersModel(built)];
    expect(target.head).toEqual({ kind: "probabilities", outputs: 4 });
    expect(target.head).toEqual(network.head);
    const images = rows.map((v) => (v + 1) / 2);
    const answersOf = async (of: Float32Array) => predictedClasses(await target.predict(of), 4);
    const truth = await answersOf(images);
    const found = await minimalAttack(target, { rows: images, truth, lower: -4, upper: 4 });
    expect(found.stop).toEqual(new Array(6).fill("found"));
    (await answersOf(found.rows)).forEach((label, r) => {
      expect(label).not.toBe(truth[r]);
    });
  });
});

test("a Softmax layer, a model within a model, a softmax in the middle", async () => {
  const inner = layers.sequential({ layers: [model(3).layers[0] as Layer, softmax({})] });
  for (const built of [model(3, softmax({})), layers.sequential({ layers: [inner, reshape({ targetShape: [3] })] })]) {
    expectWithin((await fromTfModel(built).lossGradient(rows, labels)).gradient, judged.gradient);
  }
  const middle = model(3, activation({ activation: "softmax" }), dense({ units: 3, name: "end" }));
  expect(fromTfModel(middle).head.kind).toBe("linear");
});

describe("one sigmoid", () => {
  const truth = [0, 1, 1, 0, 1, 0];
  for (const [title, tail] of Object.entries(TAILS)) {
    test(`is two classes, behind it ${title}: as of the Network`, async () => {
      const built = model(1, activation({ activation: "sigmoid" }), ...tail(1));
      const [target, network] = [fromTfModel(built), await fromLayersModel(built)];
      expect([target.classes, network.classes]).toEqual([2, 2]);
      const exact = await judgeTarget(model(1), "scores", rows, [0, 0, 0, 0, 0, 0]);
      const scores = await target.scores(rows);
      expectWithin(
        scores.filter((_, i) => i % 2 === 1),
        exact.logits,
      );
      expect(scores.filter((_, i) => i % 2 === 0).every((s) => s === 0)).toBe(true);
      const [a, b] = [await target.lossGradient(rows, truth), network.lossGradient(rows, truth)];
      // Both within a few roundings of |z| < 8 times a weight < 2.
      a.gradient.forEach((v, i) => {
        expect(Math.abs(v - (b.gradient[i] as number))).toBeLessThan(2 ** -24 * 8 * 8 * 2);
      });
      a.loss.forEach((v, i) => {
        expect(Math.abs(v - (b.loss[i] as number))).toBeLessThan(2 ** -24 * 8 * 8);
      });
      expect(await target.predict(rows)).toHaveLength(6);
      const images = rows.map((v) => (v + 1) / 2);
      for (const label of [0, 1]) {
        const options = { rows: images, labels: new Array(6).fill(label) };
        const [theirs, ours] = [await lbfgsAttack(target, options), await lbfgsAttack(network, options)];
        expect(theirs.stop).toEqual(ours.stop);
      }
      built.dispose();
    });
  }
});

test("the weights of scoreGradient are asked for row by row, in batches and where scores cannot be read in the middle", async () => {
  const built = model(3, activation({ activation: "softmax" }));
  const whole = await fromTfModel(built).scoreGradient(rows, weigh);
  const seen: number[] = [];
  const parts = await fromTfModel(built, { batch: 4 }).scoreGradient(rows, (scores, row) => {
    seen.push(row);
    return weigh(scores);
  });
  expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
  expect(parts).toEqual(whole);
  const later = vi.spyOn(ask, "readsAtOnce").mockReturnValue(false);
  const again = await fromTfModel(built).scoreGradient(rows, weigh);
  expect(later).toHaveBeenCalled();
  later.mockRestore();
  expect(again).toEqual(whole);
  const fixed = layers.sequential({
    layers: [dense({ units: 3, batchInputShape: [4, WIDTH], weights: model(3).getWeights() })],
  });
  const padded = await fromTfModel(fixed).scoreGradient(rows, weigh);
  padded.scores.forEach((s, i) => {
    expect(Math.abs(s - (whole.scores[i] as number))).toBeLessThan(2 ** -18);
  });
});

test("what weigh throws comes out as it is, and nothing is leaked by it or by a thousand calls", async () => {
  const target = fromTfModel(model(3, activation({ activation: "sigmoid" })));
  await target.scoreGradient(rows, weigh);
  const before = tf.memory().numTensors;
  const mine = new Error("mine");
  const thrown = await target
    .scoreGradient(rows, () => {
      throw mine;
    })
    .catch((error: unknown) => error);
  expect(thrown).toBe(mine);
  expect(await rejectionOf(target.scoreGradient(rows, () => [1, 2]))).toBe(
    "weigh's weights of row 0: expected 3 values, got 2",
  );
  const atThrow = tf.memory().numTensors;
  for (let i = 0; i < 300; i++) {
    await target.scoreGradient(rows, weigh);
    await target.scores(rows);
    await target.predict(rows);
  }
  expect(tf.memory().numTensors).toBe(atThrow);
  // What tfjs kept for the way back of the passes that were broken off: the model's few tensors, not one a call.
  expect(atThrow - before).toBeLessThan(20);
});

describe("outputs that look like probabilities and are not seen through", () => {
  const bare = model(3);
  const z = (x: tf.Tensor) => bare.apply(x) as tf.Tensor;
  const own = {
    softmax: (x: tf.Tensor) => tf.div(tf.exp(z(x)), tf.sum(tf.exp(z(x)), 1, true)),
    sigmoid: (x: tf.Tensor) => tf.div(1, tf.add(1, tf.exp(tf.mul(z(x), -40)))),
  };

  test("a softmax of one's own is refused with what works, by every function that takes scores", async () => {
    const target = fromTfModel(own.softmax, { inputShape: [WIDTH] });
    const message =
      'outputs of row 0: expected scores, or the option output: "probabilities" (or "logits", if these are scores), ' +
      "got numbers from 0 to 1 that sum to 1";
    expect(await rejectionOf(target.lossGradient(rows, labels))).toBe(message);
    expect(await rejectionOf(target.scoreGradient(rows, weigh))).toBe(message);
    expect(await rejectionOf(target.scores(rows))).toBe(message);
    const images = rows.map((v) => (v + 1) / 2);
    expect(await rejectionOf(lbfgsAttack(target, { rows: images, labels: [0, 0, 1, 1, 2, 2] }))).toBe(message);
    const told = fromTfModel(own.softmax, { inputShape: [WIDTH], output: "probabilities" });
    expect(told.head).toEqual({ kind: "probabilities", outputs: 3 });
    const { loss } = await told.lossGradient(rows, labels);
    loss.forEach((v, r) => {
      expect(Math.abs(v - (judged.loss.value[r] as number))).toBeLessThan(1e-5);
    });
    expect((await fromTfModel(own.softmax, { inputShape: [WIDTH], output: "logits" }).scores(rows)).length).toBe(18);
  });

  test("softmaxes of one's own over groups of outputs are refused, as they sum to the groups", async () => {
    const pairs = (x: tf.Tensor) => tf.reshape(tf.concat([z(x), z(x)], 1), [-1, 2, 3]);
    const grouped = (x: tf.Tensor) => tf.reshape(tf.div(tf.exp(pairs(x)), tf.sum(tf.exp(pairs(x)), 2, true)), [-1, 6]);
    expect(await rejectionOf(fromTfModel(grouped, { inputShape: [WIDTH] }).scores(rows))).toMatch(
      /got numbers from 0 to 1 that sum to 2$/,
    );
  });

  test("sigmoids of one's own are refused where they saturate", async () => {
    const target = fromTfModel(own.sigmoid, { inputShape: [WIDTH] });
    expect(await rejectionOf(target.lossGradient(rows, labels))).toMatch(
      /^outputs of row \d: expected scores, or the option output: .*, got numbers at the ends of \[0, 1\]$/,
    );
  });

  test("one probability is two classes where the option says so", async () => {
    const single = model(1);
    const p = (x: tf.Tensor) => tf.div(1, tf.add(1, tf.exp(tf.neg(single.apply(x) as tf.Tensor))));
    const target = fromTfModel(p, { inputShape: [WIDTH], output: "probabilities" });
    expect(target.classes).toBe(2);
    const seen = fromTfModel(model(1, activation({ activation: "sigmoid" })));
    const [a, b] = [
      await target.lossGradient(rows, [0, 1, 0, 1, 0, 1]),
      await seen.lossGradient(rows, [0, 1, 0, 1, 0, 1]),
    ];
    a.loss.forEach((v, r) => {
      expect(Math.abs(v - (b.loss[r] as number))).toBeLessThan(1e-4);
    });
  });

  test("scores that are no probabilities are taken, however small", async () => {
    const tiny = fromTfModel((x) => tf.mul(z(x), 0.01), { inputShape: [WIDTH] });
    expect((await tiny.lossGradient(rows, labels)).loss).toHaveLength(6);
    const none = fromTfModel((x) => tf.mul(z(x), 0), { inputShape: [WIDTH] });
    expect((await none.lossGradient(rows, labels)).loss).toHaveLength(6);
  });
});

test("a model that joins tensors, whose kernels take lists of them", async () => {
  const built = model(3);
  const joined = (x: tf.Tensor) => {
    const z = built.apply(x) as tf.Tensor2D;
    return tf.slice(tf.concat([tf.addN([z, z]), tf.unstack(tf.stack([z, z]))[0] as tf.Tensor2D], 1), [0, 3], [-1, 3]);
  };
  const target = fromTfModel(joined, { inputShape: [WIDTH] });
  expectWithin(await target.scores(rows), judged.logits);
  expectWithin((await target.lossGradient(rows, labels)).gradient, judged.gradient);
});

describe("what tfjs cannot do by itself", () => {
  for (const [scale, center] of [
    [true, true],
    [false, true],
    [true, false],
    [false, false],
  ] as const) {
    test(`BatchNormalization, scale ${scale}, center ${center}: the gradients of the Network`, async () => {
      const built = layers.sequential({
        layers: [
          conv2d({ filters: 2, kernelSize: 1, inputShape: [2, 2, 1], name: "c" }),
          batchNormalization({ scale, center, name: "n" }),
          flatten({ name: "f" }),
          batchNormalization({ scale, center, name: "m" }),
          dense({ units: 3, activation: "softmax", name: "d" }),
        ],
      });
      built.setWeights(
        built.getWeights().map((w, i) =>
          tf.tensor(
            noise32(w.size, i + 1).map((v) => 1 + v / 4),
            w.shape,
          ),
        ),
      );
      const images = Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.9, 0.1, 0.8, 0.2);
      const [theirs, ours] = [
        await fromTfModel(built).lossGradient(images, [0, 2]),
        (await fromLayersModel(built)).lossGradient(images, [0, 2]),
      ];
      theirs.gradient.forEach((v, i) => {
        expect(Math.abs(v - (ours.gradient[i] as number))).toBeLessThan(64 * 2 ** -24);
      });
    });
  }

  test("labels of one output without a sigmoid are refused with what works", async () => {
    const [target, network] = [fromTfModel(model(1)), await fromLayersModel(model(1))];
    const message =
      "labels: expected a model of two classes or more (ask one output by a criterion, { output: 0, ... }), got one output";
    expect(await rejectionOf(target.lossGradient(rows, [0, 0, 0, 0, 0, 0]))).toBe(message);
    expect(() => network.lossGradient(rows, [0, 0, 0, 0, 0, 0])).toThrow(message);
    const { gradient } = await target.scoreGradient(rows, () => [1]);
    gradient.forEach((v, i) => {
      expect(v).toBe(network.scoreGradient(rows, () => [1]).gradient[i]);
    });
  });

  test("errors of tfjs come out worded, with tfjs's own as the cause", async () => {
    const cases: [() => unknown, RegExp][] = [
      [
        () => fromTfModel((x) => tf.matMul(x as tf.Tensor2D, tf.ones([4, 3])), { inputShape: [WIDTH] }),
        /^fromTfModel: expected a model that runs on the backend \w+, got Error in matMul/,
      ],
      [
        () => fromTfModel((x) => tf.oneHot(tf.cast(tf.argMax(x, 1), "int32"), 1) as tf.Tensor, { inputShape: [WIDTH] }),
        /^fromTfModel: expected a model that runs on the backend \w+, got Error in oneHot/,
      ],
      [
        () =>
          fromTfModel((x) => tf.ones([x.shape[0] as number, 3]), {
            inputShape: [WIDTH],
            output: "logits",
          }).lossGradient(rows, labels),
        /^fromTfModel: expected a model that runs and has a gradient on the backend \w+, got /,
      ],
      [
        () => fromLayersModel({ save: () => Promise.reject(new Error("no")) } as never),
        /^fromLayersModel: expected a model that tfjs saves, got no$/,
      ],
    ];
    for (const [make, message] of cases) {
      const error = await (async () => make())().catch((thrown: unknown) => thrown);
      expect((error as Error).message).toMatch(message);
      expect(codeOf(error)).toBe("ERR_BLINDSPOT_SYSTEM");
      expect((error as Error).cause).toBeInstanceOf(Error);
    }
  });
});
