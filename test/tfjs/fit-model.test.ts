/** Adversarial training by tfjs of models whose layers do not run here, on its wasm backend. */
import * as layers from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { fullyConnected } from "../../src/model/index.ts";
import { adversarialFit, fromTfModel, type ModelFitResult, registerGradientKernels } from "../../src/tfjs/index.ts";
import { rejectionOf } from "../message-of.ts";
import { blobs } from "../support/blobs.ts";
import { firstDifferent } from "../support/bounds.ts";
import { tf } from "../support/tfjs-wasm.ts";

registerGradientKernels();

/** y = a x + b x^2: a layer that is known to nobody but this file. */
class Bend extends layers.layers.Layer {
  static className = "Bend";
  private a: ReturnType<layers.layers.Layer["addWeight"]> | undefined;

  override build(): void {
    this.a = this.addWeight("a", [2], "float32", layers.initializers.constant({ value: 0.5 }));
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
      const [a, b] = tf.unstack(this.a?.read() as tf.Tensor);
      return tf.add(tf.mul(x, a as tf.Tensor), tf.mul(tf.square(x), b as tf.Tensor));
    });
  }

  override computeOutputShape(shape: layers.Shape): layers.Shape {
    return shape;
  }
}
tf.serialization.registerClass(Bend);

const SIDE = 6;
const data = blobs(48, SIDE * SIDE, 3);
const held = blobs(30, SIDE * SIDE, 3, 1);

/** A convolutional model with it; its weights are the same each time. */
function build(): layers.LayersModel {
  const glorot = (seed: number) => layers.initializers.glorotUniform({ seed });
  const model = layers.sequential({
    layers: [
      layers.layers.conv2d({
        ...{ filters: 4, kernelSize: 3, inputShape: [SIDE, SIDE, 1], kernelInitializer: glorot(1) },
      }),
      layers.layers.batchNormalization({ momentum: 0.5 }),
      new Bend({}),
      layers.layers.maxPooling2d({ poolSize: 2 }),
      layers.layers.flatten(),
      layers.layers.dense({ units: 3, activation: "softmax", kernelInitializer: glorot(2) }),
    ],
  });
  return model;
}

const weightsOf = (model: layers.LayersModel) => model.getWeights().map((weight) => weight.dataSync().slice());
const OPTIONS = { epochs: 4, batch: 16, rate: 0.01, places: [{ layer: "input", radius: 0.3 }] } as const;

for (const [title, options] of [
  ["Adam, steps along the gradient", { steps: 2, decay: 1e-3 }],
  ["SGD, signs, examples alone after a warm-up", { optimizer: "sgd", attack: "sign", clean: 0, warmUp: 1 }],
  ["L-BFGS examples", { attack: "lbfgs", epochs: 2, schedule: "cosine", rate: 0.03 }],
] as const) {
  test(`${title}: learns, leaves no tensor, and resumed after any epoch it has the same weights`, async () => {
    const places = [{ layer: "input", radius: title.startsWith("SGD") ? 0.05 : 0.3 }];
    const all = { ...OPTIONS, ...options, places, validation: held };
    // Searches take their time: of few rows, as many steps.
    const some = title.startsWith("L-BFGS")
      ? { rows: data.rows.subarray(0, 12 * SIDE * SIDE), labels: data.labels.slice(0, 12) }
      : data;
    const batch = some.labels.length / 3;
    const [whole, parts] = [build(), build()];
    const before = tf.memory().numTensors;
    const states: ModelFitResult["state"][] = [];
    const result = await adversarialFit(whole, some, {
      ...all,
      batch,
      onEpoch: (_, snapshot) => {
        states.push(snapshot() as ModelFitResult["state"]);
      },
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(result).toMatchObject({ status: "finished", epochs: all.epochs, steps: 3 * all.epochs });
    const { records } = result;
    expect(records.at(-1)?.loss).toBeLessThan(records[0]?.loss as number);
    expect(records.at(-1)?.madeLoss).toBeGreaterThan(0);
    expect(records.at(-1)?.validationLoss).toBeLessThan(records[0]?.validationLoss as number);
    expect(states).toHaveLength(all.epochs);
    for (const state of states.slice(0, 2)) {
      const rest = await adversarialFit(parts, some, { ...all, batch, resume: structuredClone(state) });
      expect(rest.records).toEqual(records);
      for (const [i, values] of weightsOf(parts).entries()) {
        expect(firstDifferent(values, weightsOf(whole)[i] as ArrayLike<number>)).toBe(-1);
      }
    }
    expect(tf.memory().numTensors).toBe(before);
    whole.dispose();
    parts.dispose();
  });
}

test("stopped in an epoch, it goes on from the epoch's beginning to the same weights", async () => {
  const [whole, parts] = [build(), build()];
  const expected = await adversarialFit(whole, data, OPTIONS);
  const before = tf.memory().numTensors;
  let looked = 0;
  const signal = Object.defineProperty(new AbortController().signal, "aborted", { get: () => looked++ >= 5 });
  const stopped = (await adversarialFit(parts, data, { ...OPTIONS, signal })) as ModelFitResult;
  expect([stopped.status, stopped.epochs, stopped.state.epoch]).toEqual(["running", 1, 1]);
  const rest = await adversarialFit(parts, data, { ...OPTIONS, resume: stopped.state });
  expect(rest.records).toEqual(expected.records);
  for (const [i, values] of weightsOf(parts).entries()) {
    expect(firstDifferent(values, weightsOf(whole)[i] as ArrayLike<number>)).toBe(-1);
  }
  expect(tf.memory().numTensors).toBe(before);
  whole.dispose();
  parts.dispose();
});

test("examples make the model harder to fool than training without them", async () => {
  const errors = async (weight: number) => {
    const model = build();
    const places = [{ layer: "input", radius: 0.8, weight }];
    await adversarialFit(model, data, { ...OPTIONS, epochs: 12, places, clean: weight > 0 ? 0 : 1 });
    const target = fromTfModel(model);
    const { gradient } = await target.lossGradient(data.rows, data.labels);
    const moved = data.rows.map((x, i) => x + 0.15 * Math.sign(gradient[i] as number));
    const { loss } = await target.lossGradient(moved, data.labels);
    model.dispose();
    return loss.reduce((sum, one) => sum + one, 0);
  };
  expect(await errors(1)).toBeLessThan(await errors(0));
});

test("a model that diverges has the weights of the epoch before, one that fails those of the start", async () => {
  const model = build();
  const before = weightsOf(model);
  const tensors = tf.memory().numTensors;
  const result = await adversarialFit(model, data, { ...OPTIONS, optimizer: "sgd", rate: 1e30 });
  expect(result).toMatchObject({ status: "diverged", epochs: 0 });
  for (const [i, values] of weightsOf(model).entries())
    expect(firstDifferent(values, before[i] as Float32Array)).toBe(-1);
  expect(
    await rejectionOf(
      adversarialFit(model, data, {
        ...OPTIONS,
        onEpoch: () => {
          throw new Error("no room");
        },
      }),
    ),
  ).toBe("no room");
  for (const [i, values] of weightsOf(model).entries())
    expect(firstDifferent(values, before[i] as Float32Array)).toBe(-1);
  expect(tf.memory().numTensors).toBe(tensors);
  model.dispose();
});

test("what only networks have is refused, and changes nothing", async () => {
  const model = build();
  const tensors = tf.memory().numTensors;
  const refusal = (options: object) => rejectionOf(adversarialFit(model, data, { ...OPTIONS, ...options }));
  expect(await refusal({ pool: 10 })).toMatch(/^adversarialFit by tfjs: expected options among .* got "pool"/);
  expect(await refusal({ places: ["input", "conv2d"] })).toMatch(
    /^places: expected the input alone, of a model that tfjs trains, got several$/,
  );
  expect(await refusal({ attack: "noise" })).toMatch(
    /^attack: expected gradient, sign, lbfgs, of a model that tfjs trains/,
  );
  expect(await refusal({ attack: "sign", places: ["input"] })).toMatch(/^places\[0\]\.radius: expected/);
  expect(await refusal({ decay: [1, 2, 3] })).toBe("decay: expected 1 number or 2, one a kernel, got 3");
  expect(tf.memory().numTensors).toBe(tensors);
  model.dispose();
});

test("layers that run here are trained here, those that draw noise by tfjs", async () => {
  const plain = await adversarialFit(fullyConnected([36, 3]), data, { epochs: 1, batch: 16, places: ["input"] });
  expect(plain.state).not.toHaveProperty("kind");
  const model = layers.sequential({
    layers: [
      layers.layers.gaussianNoise({ stddev: 0.1, inputShape: [36] }),
      layers.layers.dense({ units: 3, activation: "softmax" }),
    ],
  });
  const noisy = await adversarialFit(model, data, { epochs: 6, batch: 16, rate: 0.05, places: ["input"] });
  expect(noisy.state).toMatchObject({ kind: "tfjs", epoch: 6 });
  expect(noisy.records.at(-1)?.error).toBeLessThan(noisy.records[0]?.error as number);

  model.dispose();
});
