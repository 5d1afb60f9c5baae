/** SqueezeNet v1.0 on photographs, both in ../shared/data: a graph of 26 convolutions that others trained, judged by tfjs on the cpu. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Dataset } from "../../src/data/index.ts";
import type { Network } from "../../src/model/index.ts";
import { loadImages, loadNetwork } from "../../src/node/index.ts";
import { firstBeyond, gBoth } from "../support/bounds.ts";
import { compare, distance, expectExplained } from "../support/decisions.ts";
import { sharedData } from "../support/shared-data.ts";
import { modelFromFolder, tf } from "../support/tfjs.ts";

const { folder, isThere, note } = sharedData("squeezenet", "model.json");
const photographs = join(dirname(folder), "images");

interface Labels {
  images: { file: string; squeezenetTop5: number[] }[];
}

/** The positions of the five largest values, largest first. */
function topFive(values: Float32Array): number[] {
  return Array.from(values.keys())
    .sort((a, b) => (values[b] as number) - (values[a] as number))
    .slice(0, 5);
}

describe.skipIf(!isThere)(`squeezenet${note}`, () => {
  let network: Network;
  let data: Dataset;
  let toLogits: layers.LayersModel;
  beforeAll(async () => {
    network = await loadNetwork(folder);
    data = await loadImages(photographs);
    const model = await modelFromFolder(folder);
    toLogits = layers.model({
      inputs: model.inputs,
      outputs: model.getLayer("logits").output as layers.SymbolicTensor,
    });
  });

  /**
   * What the sums of all convolutions lose, ours and theirs, relative to the largest number of the result, if errors are
   * passed on as the numbers themselves are.
   */
  const relative = () => {
    const sums = network.parameters.filter(({ shape }) => shape.length === 4);
    expect(sums).toHaveLength(26);
    return 2 * sums.reduce((sum, { shape: [h = 0, w = 0, c = 0] }) => sum + gBoth(h * w * c + 2), 0);
  };
  const image = (i: number) => data.rows.subarray(i * network.inputSize, (i + 1) * network.inputSize);
  const tensor = (i: number) => tf.tensor(image(i), [1, 227, 227, 3]);

  function expectNear(actual: Float32Array, expected: Float32Array, loss: number): void {
    const largest = expected.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
    const bound = Float64Array.from(expected, () => loss * largest);
    expect(firstBeyond(actual, expected, bound)).toBe(-1);
  }

  test("the five likeliest classes of every photograph are those on record, in their order", () => {
    const { images } = JSON.parse(readFileSync(join(photographs, "labels.json"), "utf8")) as Labels;
    const recorded = new Map(images.map(({ file, squeezenetTop5 }) => [file, squeezenetTop5]));
    const scores = network.predict(data.rows);
    const files = [...recorded.keys()].sort();
    expect(data.count).toBe(13);
    expect(files).toHaveLength(13);
    files.forEach((file, i) => {
      expect(topFive(scores.subarray(1000 * i, 1000 * (i + 1))), file).toEqual(recorded.get(file));
    });
  });

  // tfjs takes seconds a photograph on the cpu; test/slow has the gradients of all thirteen beside it.
  test("the logits of three photographs, and their five largest, are those of tfjs on the cpu", () => {
    for (const i of [0, 6, 12]) {
      const theirs = tf.tidy(() => (toLogits.predict(tensor(i)) as tf.Tensor).dataSync() as Float32Array);
      const ours = network.activations(image(i), "logits");
      expectNear(ours, theirs, relative());
      expect(topFive(ours)).toEqual(topFive(theirs));
    }
  }, 600_000);

  test("the gradient to a photograph is that of tfjs on the cpu, but for what decisions within rounding reach", async () => {
    const compared = compare(network, await modelFromFolder(folder), image(2), 9);
    expectExplained(compared);
    const { ours, theirs, open, isReached, backwardLoss } = compared;
    expect(open.map(({ layer }) => layer)).toEqual(["pool1", "pool1", "fire3_conv1x1_2", "fire3_conv1x1_2"]);
    expect(isReached).toContain(false);
    // Not rounding: without the decisions of tfjs, its gradient is missed.
    expect(distance(ours.gradient, theirs.exact)).toBeGreaterThan(2 * backwardLoss);
  }, 600_000);
});
