/** Networks to and from live LayersModels: the same weights, and what tfjs itself answers and differentiates. */
import "@tensorflow/tfjs-backend-wasm";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as layers from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { loadNetwork, saveNetwork } from "../../src/node/index.ts";
import { fromLayersModel, toLayersModel } from "../../src/tfjs/index.ts";
import { toLogits } from "../oracle/network.ts";
import { firstBeyond, firstDifferent } from "../support/bounds.ts";
import { CONV_NETWORKS } from "../support/conv-networks.ts";
import { judgeForward, judgeLoss, judgeParameters } from "../support/network-bounds.ts";
import { rowOf, stepsOf } from "../support/network-steps.ts";
import { logitNetwork, SMALL_NETWORKS } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";
import { modelFromFolder, predictions, slopes, tf, unshiftedSlack } from "../support/tfjs.ts";
import { temporaryFolder } from "../temporary.ts";

const ROWS = 6;

for (const { title, network: build, softmax, tfjsFails } of [...SMALL_NETWORKS, ...CONV_NETWORKS]) {
  if (tfjsFails === "everything") continue;
  describe(title, () => {
    const network = build();
    const { inputSize, inputShape, classes } = network;
    const { steps } = stepsOf(network);
    const logitSteps = toLogits(steps, classes);
    const rows = noise32(ROWS * inputSize, 12, 2);
    const labels = Array.from({ length: ROWS }, (_, r) => (2 * r) % classes);
    const each = labels.map((_, r) => rowOf(rows, r, inputSize));

    test("to a LayersModel and back it has the same layers, bits and answers", async () => {
      const model = await toLayersModel(network);
      const again = await fromLayersModel(model);
      expect(again.name).toBe(network.name);
      expect(again.inputShape).toEqual(inputShape);
      const outline = (n: typeof network) => n.layers.map(({ className, config }) => [className, config]);
      expect(outline(again)).toEqual(outline(network));
      expect(firstDifferent(again.getParameters(), network.getParameters())).toBe(-1);
      expect(firstDifferent(again.predict(rows), network.predict(rows))).toBe(-1);
      model.dispose();
    });

    test("tfjs on the cpu backend predicts within the bound that holds for the network", async () => {
      const model = await toLayersModel(network);
      const answers = predictions(model, rows, inputShape);
      each.forEach((row, r) => {
        const { value, bound } = judgeForward(steps, row).at(-1) as { value: Float64Array; bound: Float64Array };
        expect(firstBeyond(rowOf(answers, r, classes), value, bound)).toBe(-1);
      });
      expect(answers).toHaveLength(ROWS * classes);
      model.dispose();
    });

    test.skipIf(tfjsFails)(
      "tfjs differentiates to the rows and to the weights within the bound that holds for the network",
      async () => {
        const model = await toLayersModel(softmax ? logitNetwork(network) : network);
        const found = slopes(model, rows, labels, inputShape);
        let slack = 0;
        each.forEach((row, r) => {
          slack = Math.max(slack, unshiftedSlack(judgeForward(logitSteps, row).at(-1)?.value as Float64Array));
          const { value, bound } = judgeLoss(logitSteps, row, labels[r] as number, slack).gradient;
          expect(firstBeyond(rowOf(found.rows, r, inputSize), value, bound)).toBe(-1);
        });
        const judged = judgeParameters(logitSteps, each, labels, slack);
        expect(firstBeyond(found.weights, judged.value, judged.bound)).toBe(-1);
        expect(slack).toBeGreaterThan(0);
        model.dispose();
      },
    );

    test("saved to a folder it is loaded with the same bits, and by tfjs, which predicts what it does of the live one", async () => {
      const folder = join(temporaryFolder(), "model");
      await saveNetwork(network, folder);
      const loaded = await loadNetwork(folder);
      expect(firstDifferent(loaded.getParameters(), network.getParameters())).toBe(-1);
      expect(firstDifferent(loaded.predict(rows), network.predict(rows))).toBe(-1);
      const [live, read] = [await toLayersModel(network), await modelFromFolder(folder)];
      const answers = predictions(read, rows, inputShape);
      expect(firstDifferent(answers, predictions(live, rows, inputShape))).toBe(-1);
      expect(firstDifferent((await fromLayersModel(read)).getParameters(), network.getParameters())).toBe(-1);
      live.dispose();
      read.dispose();
    });
  });
}

/** A model with all the layers that run here, as a user of tfjs writes it. */
function written(): layers.Sequential {
  return layers.sequential({
    name: "written",
    layers: [
      layers.layers.inputLayer({ inputShape: [2, 6], name: "in" }),
      layers.layers.reshape({ targetShape: [3, 4], name: "grid" }),
      layers.layers.dense({ units: 5, activation: "tanh", biasInitializer: "glorotNormal" as "zeros", name: "a" }),
      layers.layers.dropout({ rate: 0.25, name: "drop" }),
      layers.layers.flatten({ name: "flat" }),
      layers.layers.dense({ units: 7, useBias: false, name: "b" }),
      layers.layers.activation({ activation: "relu", name: "bend" }),
      layers.layers.dense({ units: 4, activation: "softmax", name: "c" }),
    ],
  });
}

describe("models written in tfjs", () => {
  const rows = noise32(ROWS * 12, 13, 2);

  test("a Sequential with every layer that runs here predicts as tfjs does, within the bound", async () => {
    const model = written();
    const network = await fromLayersModel(model);
    expect(network.layers.map(({ name }) => name)).toEqual(["grid", "a", "drop", "flat", "b", "bend", "c"]);
    expectAgreement(network, predictions(model, rows, [2, 6]));
  });

  test("one that was compiled and trained comes without its optimizer, with the weights it has now", async () => {
    const model = written();
    const untrained = await fromLayersModel(model);
    model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
    const y = tf.oneHot(tf.tensor1d([0, 1, 2, 3, 0, 1], "int32"), 4);
    await model.fit(tf.tensor(rows, [ROWS, 2, 6]), y, { epochs: 2 });
    const trained = await fromLayersModel(model);
    expect(trained.parameterCount).toBe(untrained.parameterCount);
    expect(firstDifferent(trained.getParameters(), untrained.getParameters())).not.toBe(-1);
    expectAgreement(trained, predictions(model, rows, [2, 6]));
  });

  test("the same name in two models of one program, whose variables tfjs numbers, is no obstacle", async () => {
    const [, second] = [written(), written()];
    expectAgreement(await fromLayersModel(second), predictions(second, rows, [2, 6]));
  });

  test("an open extent of a Reshape is filled in", async () => {
    const model = layers.sequential({
      layers: [
        layers.layers.reshape({ targetShape: [-1, 12], inputShape: [2, 6], name: "grid" }),
        layers.layers.dense({ units: 3, name: "a" }),
        layers.layers.reshape({ targetShape: [3], name: "out" }),
      ],
    });
    const network = await fromLayersModel(model);
    expect(network.layers[0]?.outputShape).toEqual([1, 12]);
    expectAgreement(network, predictions(model, rows, [2, 6]));
    const again = await toLayersModel(network);
    expect(firstDifferent(predictions(again, rows, [2, 6]), predictions(model, rows, [2, 6]))).toBe(-1);
  });

  test("a functional model that is a plain chain is the Sequential of the same layers", async () => {
    const sequential = written();
    const [first, ...rest] = sequential.layers.slice(1) as [
      layers.LayersModel["layers"][number],
      ...typeof sequential.layers,
    ];
    const input = layers.input({ shape: [2, 6], name: "in" });
    const output = rest.reduce(
      (x, layer) => layer.apply(x) as layers.SymbolicTensor,
      first.apply(input) as layers.SymbolicTensor,
    );
    const functional = layers.model({ inputs: input, outputs: output, name: "chain" });
    const [network, expected] = [await fromLayersModel(functional), await fromLayersModel(sequential)];
    expect(network.name).toBe("chain");
    expect(network.layers.map(({ config }) => config)).toEqual(expected.layers.map(({ config }) => config));
    expect(firstDifferent(network.predict(rows), expected.predict(rows))).toBe(-1);
  });

  test("weights that tfjs hands over in several buffers are joined", async () => {
    const model = written();
    const expected = await fromLayersModel(model);
    const save = model.save.bind(model);
    model.save = async (handler, config) => {
      if (typeof handler === "string" || !handler.save) throw new Error("expected a handler with save");
      const inner = handler.save;
      return save(
        {
          save: (artifacts) => {
            const whole = artifacts.weightData as ArrayBuffer;
            return inner({ ...artifacts, weightData: [whole.slice(0, 6), whole.slice(6, 7), whole.slice(7)] });
          },
        },
        config,
      );
    };
    const network = await fromLayersModel(model);
    expect(firstDifferent(network.getParameters(), expected.getParameters())).toBe(-1);
  });

  test("a model on the wasm backend is read as it is, and written there", async () => {
    const package_ = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
    setWasmPaths(join(dirname(package_), "dist") + sep);
    try {
      expect(await tf.setBackend("wasm")).toBe(true);
      const model = written();
      const network = await fromLayersModel(model);
      expectAgreement(network, predictions(model, rows, [2, 6]));
      const again = await toLayersModel(network);
      expect(tf.getBackend()).toBe("wasm");
      expect(firstDifferent((await fromLayersModel(again)).getParameters(), network.getParameters())).toBe(-1);
    } finally {
      await tf.setBackend("cpu");
    }
  });

  function expectAgreement(network: Awaited<ReturnType<typeof fromLayersModel>>, answers: Float32Array): void {
    const { steps } = stepsOf(network);
    for (let r = 0; r < ROWS; r++) {
      const judged = judgeForward(steps, rowOf(rows, r, network.inputSize)).at(-1);
      const { value, bound } = judged as { value: Float64Array; bound: Float64Array };
      expect(firstBeyond(rowOf(answers, r, network.classes), value, bound)).toBe(-1);
      const ours = network.predict(rowOf(rows, r, network.inputSize));
      expect(firstBeyond(ours, value, bound)).toBe(-1);
    }
    expect(answers).toHaveLength(ROWS * network.classes);
  }
});
