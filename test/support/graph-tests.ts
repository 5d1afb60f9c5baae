/** What must hold of every network that is a graph: outputs of all layers and all gradients, by f64 and by TensorFlow.js. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import type { Network } from "../../src/model/index.ts";
import { loadNetwork, saveNetwork } from "../../src/node/index.ts";
import { fromLayersModel, toLayersModel } from "../../src/tfjs/index.ts";
import { crossEntropy } from "../oracle/softmax.ts";
import { constant } from "../oracle/tape.ts";
import { temporaryFolder } from "../temporary.ts";
import { firstBeyond, firstDifferent, g, U64 } from "./bounds.ts";
import { evaluate, judge, judgeGraph, leavesOf } from "./graph-judge.ts";
import type { SmallGraph } from "./graphs.ts";
import type { Judged } from "./network-bounds.ts";
import { rowOf } from "./network-steps.ts";
import { noise32, noise64 } from "./noise.ts";
import { predictions, slopes, tf, unshiftedSlack } from "./tfjs.ts";

const ROWS = 4;

/** The model with weights that are the same in every run; variances stay positive. */
function withNoise(model: LayersModel): LayersModel {
  const values = model.weights.map(({ originalName, shape }, i) => {
    const size = shape.reduce<number>((product, n) => product * (n as number), 1);
    const noise = noise32(size, 100 + i, 0.8);
    return tf.tensor(
      originalName.endsWith("variance") ? noise.map((v) => 0.5 + Math.abs(v)) : noise,
      shape as number[],
    );
  });
  model.setWeights(values);
  return model;
}

/** Rows, labels and what f64 says of a network whose logits are the output of its layer `logits`. */
function casesOf(network: Network) {
  const { inputSize, classes } = network;
  const artifacts = network.toArtifacts();
  const rows = noise32(ROWS * inputSize, 41, 2);
  const labels = Array.from({ length: ROWS }, (_, r) => (2 * r + 1) % classes);
  const each = labels.map((_, r) => rowOf(rows, r, inputSize));
  const output = "logits:0";
  const judged = judgeGraph(artifacts, output, each, labels);
  /** Without what is saved but not trained, which comes last. */
  const trained = (all: Float64Array) => all.subarray(0, network.parameterCount);
  return { artifacts, rows, labels, each, output, judged, trained };
}

/** Describes a network that tfjs has no layers for: f64 alone judges. Its logits are the output of its layer `logits`. */
export function describeJudged(title: string, network: Network): void {
  describe(title, () => testsByOracle(network, casesOf(network)));
}

/** Describes a model whose logits are the output of its layer `logits`. */
export function describeGraph({ title, build, lacksGradient = false }: SmallGraph): void {
  describe(title, async () => {
    const model = withNoise(build());
    const network = await fromLayersModel(model);
    const { inputShape, classes } = network;
    const cases = casesOf(network);
    const { artifacts, rows, labels, each, output, judged, trained } = cases;
    testsByOracle(network, cases);

    test("tfjs on the cpu backend predicts within the same bound, and the same of the model written back", async () => {
      const answers = predictions(model, rows, inputShape);
      judged.logits.forEach(({ value, bound }, r) => {
        expect(firstBeyond(rowOf(answers, r, classes), value, bound)).toBe(-1);
      });
      const again = await toLayersModel(network);
      expect(again.getClassName()).toBe("Functional");
      expect(firstDifferent(predictions(again, rows, inputShape), answers)).toBe(-1);
    });

    test.skipIf(lacksGradient)("tfjs differentiates to rows and weights within the bound of f64", () => {
      const slack = Math.max(...judged.logits.map(({ value }) => unshiftedSlack(value)));
      const { gradients, weights } = judgeGraph(artifacts, output, each, labels, slack);
      const sum = new Float64Array(network.parameterCount);
      // Row by row: its gradient of a resized image reads other images' rows for all but the first of a batch.
      each.forEach((row, r) => {
        const theirs = slopes(model, row, [labels[r] as number], inputShape);
        const { value, bound } = gradients[r] as Judged;
        expect(firstBeyond(theirs.rows, value, bound)).toBe(-1);
        inOurOrder(model, network, theirs.weights).forEach((v, i) => {
          sum[i] = (sum[i] as number) + v;
        });
      });
      expect(firstBeyond(sum, trained(weights.value), trained(weights.bound))).toBe(-1);
    });
  });
}

/** What f64 judges, and what holds of the bits of rows and of a saved network. */
function testsByOracle(network: Network, cases: ReturnType<typeof casesOf>): void {
  const { inputSize, classes } = network;
  const { artifacts, rows, labels, each, output, judged, trained } = cases;
  const calls = artifacts.modelTopology as { config: { layers: { name: string; inbound_nodes: unknown[] }[] } };

  test("the output of every layer is within the bound of f64, of a shared one that of its last call", () => {
    for (const { name, inbound_nodes } of calls.config.layers.slice(1)) {
      const found = network.activations(rows, name);
      const width = found.length / ROWS;
      each.forEach((_, r) => {
        const numbers = judged.values[r]?.get(`${name}:${inbound_nodes.length - 1}`)?.values ?? [];
        const { value, bound } = judge(numbers);
        expect(firstBeyond(rowOf(found, r, width), value, bound), name).toBe(-1);
      });
    }
    expect(calls.config.layers).toHaveLength(network.layers.length + 1);
  });

  test("gradients to rows and parameters are within the bound of f64", () => {
    const ours = network.lossGradient(rows, labels);
    const parameters = network.parameterGradient(rows, labels);
    judged.gradients.forEach(({ value, bound }, r) => {
      expect(firstBeyond(rowOf(ours.gradient, r, inputSize), value, bound)).toBe(-1);
    });
    expect(firstBeyond(parameters.gradient, trained(judged.weights.value), trained(judged.weights.bound))).toBe(-1);

    expect(judged.gradients).toHaveLength(ROWS);
  });

  test("the oracle's gradients are the slopes of central differences along random directions", () => {
    const leaves = leavesOf(artifacts);
    const direction = noise64(inputSize, 51);
    each.forEach((row, r) => {
      const at = (t: number) => {
        const moved = Array.from(row, (v, i) => constant(v + t * (direction[i] as number)));
        const z = evaluate(artifacts, leaves, moved).get(output)?.values ?? [];
        return crossEntropy(
          z.map(({ value }) => value),
          labels[r] as number,
        );
      };
      const predicted = direction.reduce((sum, v, i) => sum + v * (judged.gradients[r]?.value[i] as number), 0);
      expectSlope(at, predicted);
    });
    const toWeights = new Float64Array(judged.weights.value.length);
    toWeights.set(noise64(network.parameterCount, 52));
    const along = (t: number) => {
      let i = 0;
      const moved = leaves.map(({ name, tensor }) => ({
        name,
        tensor: {
          ...tensor,
          values: tensor.values.map(({ value }) => constant(value + t * (toWeights[i++] as number))),
        },
      }));
      return each.reduce((sum, row, r) => {
        const z = evaluate(artifacts, moved, Array.from(row, constant)).get(output)?.values ?? [];
        return (
          sum +
          crossEntropy(
            z.map(({ value }) => value),
            labels[r] as number,
          )
        );
      }, 0);
    };
    expectSlope(
      along,
      toWeights.reduce((sum, v, i) => sum + v * (judged.weights.value[i] as number), 0),
    );
  });

  test("a row has the same bits alone and in a batch, and after a round trip, through a folder where tfjs has the layers", async () => {
    const many = noise32(131 * inputSize, 61, 2);
    const given = Array.from({ length: 131 }, (_, r) => r % classes);
    const together = network.lossGradient(many, given);
    const loaded = await savedAndLoaded(network);
    for (const r of [0, 1, 64, 127, 128, 130]) {
      for (const n of [network, loaded]) {
        const alone = n.lossGradient(rowOf(many, r, inputSize), [given[r] as number]);
        expect(firstDifferent(alone.gradient, rowOf(together.gradient, r, inputSize))).toBe(-1);
        expect(firstDifferent(alone.logits, rowOf(together.logits, r, classes))).toBe(-1);
      }
    }
    expect(loaded.toArtifacts().modelTopology).toEqual(artifacts.modelTopology);
  });
}

/** The network through a folder. */
async function savedAndLoaded(network: Network): Promise<Network> {
  const folder = `${temporaryFolder()}/model`;
  await saveNetwork(network, folder);
  return loadNetwork(folder);
}

/** Weights in the order of the model's layers, in that of the network's. */
function inOurOrder(model: LayersModel, network: Network, weights: Float32Array): Float32Array {
  let at = 0;
  const byName = new Map<string, Float32Array>();
  for (const { originalName, shape } of model.trainableWeights) {
    const size = shape.reduce<number>((product, n) => product * (n as number), 1);
    byName.set(originalName, weights.subarray(at, at + size));
    at += size;
  }
  return Float32Array.from(network.parameters.flatMap(({ name }) => [...(byName.get(name) as Float32Array)]));
}

/** As halving h quarters the error of a central difference, two of them bound it; rounding adds its share over h. */
function expectSlope(f: (t: number) => number, slope: number): void {
  const h = 2 ** -16;
  const difference = (step: number) => (f(step) - f(-step)) / (2 * step);
  const [coarse, fine] = [difference(2 * h), difference(h)];
  const rounding = (g(1000, U64) * (Math.abs(f(0)) + 1)) / h;
  expect(Math.abs(fine - slope)).toBeLessThanOrEqual(Math.abs(coarse - fine) + rounding);
}
