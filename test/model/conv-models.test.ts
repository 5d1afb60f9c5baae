/** Convolutional networks that others trained, in ../shared/data: their answers, gradients and blind spots. */
import { describe, expect, test } from "vitest";
import { lbfgsAttack, targetLabels } from "../../src/attacks/index.ts";
import { predictedClasses } from "../../src/model/index.ts";
import { loadMnist, loadNetwork } from "../../src/node/index.ts";
import { toLayersModel } from "../../src/tfjs/index.ts";
import { forward, gradients, type Step, toLogits } from "../oracle/network.ts";
import { firstBeyond, gBoth } from "../support/bounds.ts";
import { type Judged, judgeForward } from "../support/network-bounds.ts";
import { rowOf, stepsOf } from "../support/network-steps.ts";
import { logitNetwork } from "../support/networks.ts";
import { sharedData } from "../support/shared-data.ts";
import { modelFromFolder, predictions, slopes } from "../support/tfjs.ts";

const ROWS = 3;

/**
 * What sums of these lengths lose, forward and back, relative to the largest number of the result, if errors are passed on
 * as the numbers themselves are. The rigorous bound multiplies magnitudes from layer to layer and says nothing after eight
 * of them; what it does bound, each layer from its own input, is tested beside this.
 */
function lossOf(steps: readonly Step[]): number {
  const lengths = steps.map((step) => {
    if (step.kind === "dense") return step.inputs;
    return step.kind === "linear" ? step.most.output : 1;
  });
  return 2 * lengths.reduce((sum, k) => sum + gBoth(k + 2), 0);
}

function expectNear(actual: ArrayLike<number>, expected: Float64Array, relative: number): void {
  const largest = expected.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
  expect(
    firstBeyond(
      actual,
      expected,
      expected.map(() => relative * largest),
    ),
  ).toBe(-1);
}

for (const [name, softmax] of [
  ["lenet5", false],
  ["doodlenet", true],
] as const) {
  const { folder, isThere, note } = sharedData(name, "model.json");
  describe.skipIf(!isThere)(`${name}${note}`, () => {
    test("every layer is within the bound of f64 from what the layer before it gave", async () => {
      const network = await loadNetwork(folder);
      const { steps, until } = stepsOf(network);
      const rows = (await loadMnist("test")).rows.slice(0, ROWS * network.inputSize);
      let judgements = 0;
      network.layers.forEach(({ inputShape, outputShape }, layer) => {
        const width = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
        const [inputs, outputs] = [width(inputShape), width(outputShape)];
        const before = layer === 0 ? rows : network.activations(rows, layer - 1);
        const after = network.activations(rows, layer);
        const own = steps.slice(until[layer - 1] ?? 0, until[layer]);
        for (let r = 0; r < ROWS; r++, judgements++) {
          const { value, bound } = judgeForward(own, rowOf(before, r, inputs)).at(-1) as Judged;
          expect(firstBeyond(rowOf(after, r, outputs), value, bound)).toBe(-1);
        }
      });
      expect(judgements).toBe(ROWS * network.layers.length);
    });

    test("logits and gradients to the image, ours and those of tfjs on the cpu, are those of f64", async () => {
      const network = await loadNetwork(folder);
      const { inputShape, inputSize, classes } = network;
      const logitSteps = toLogits(stepsOf(network).steps, classes);
      const rows = (await loadMnist("test")).rows.slice(0, ROWS * inputSize);
      const labels = Array.from({ length: ROWS }, (_, r) => (5 * r + 3) % classes);
      const found = network.lossGradient(rows, labels);
      const plain = await toLayersModel(softmax ? logitNetwork(network) : network);
      const theirs = predictions(plain, rows, inputShape);
      const theirGradient = slopes(plain, rows, labels, inputShape).rows;
      const relative = lossOf(logitSteps);
      expect(relative).toBeLessThan(1e-3);
      labels.forEach((label, r) => {
        const row = rowOf(rows, r, inputSize);
        const logits = forward(logitSteps, row).at(-1) as Float64Array;
        const gradient = gradients(logitSteps, row, label).slopes[0] as Float64Array;
        expectNear(rowOf(found.logits, r, classes), logits, relative);
        expectNear(rowOf(theirs, r, classes), logits, relative);
        expectNear(rowOf(found.gradient, r, inputSize), gradient, relative);
        expectNear(rowOf(theirGradient, r, inputSize), gradient, relative);
      });
      expect(theirs).toHaveLength(ROWS * classes);
    });

    test("answers are those of the folder as tfjs reads it", async () => {
      const network = await loadNetwork(folder);
      const { steps } = stepsOf(network);
      const { inputShape, inputSize, classes } = network;
      const rows = (await loadMnist("test")).rows.slice(0, ROWS * inputSize);
      const theirs = predictions(await modelFromFolder(folder), rows, inputShape);
      const ours = network.predict(rows);
      for (let r = 0; r < ROWS; r++) {
        const value = forward(steps, rowOf(rows, r, inputSize)).at(-1) as Float64Array;
        expectNear(rowOf(theirs, r, classes), value, lossOf(steps));
        expectNear(rowOf(ours, r, classes), value, lossOf(steps));
      }
      expect(theirs).toHaveLength(ROWS * classes);
    });
  });
}

const lenet5 = sharedData("lenet5", "model.json");
describe.skipIf(!lenet5.isThere)(`lenet5 on MNIST${lenet5.note}`, () => {
  test("gets 111 of the 10,000 test images wrong: 98.89 % accuracy", async () => {
    const network = await loadNetwork(lenet5.folder);
    const { rows, labels } = await loadMnist("test");
    const answers = predictedClasses(network.predict(rows), network.classes);
    const wrong = Array.from(labels).filter((label, r) => answers[r] !== label);
    expect(wrong).toHaveLength(111);
  });

  test("has a blind spot near each of a few images", async () => {
    const network = await loadNetwork(lenet5.folder);
    const data = await loadMnist("test");
    const count = 8;
    const rows = data.rows.slice(0, count * 784);
    const truth = data.labels.slice(0, count);
    const labels = targetLabels("next", truth, { classes: 10 });
    const found = await lbfgsAttack(network, { rows, labels, truth });
    expect(Array.from(found.success)).toEqual(Array(count).fill(1));
    const scores = network.predict(found.rows);
    expect(Array.from(predictedClasses(scores, 10))).toEqual(Array.from(labels));
    expect(found.rows.every((v) => v >= 0 && v <= 1)).toBe(true);
    // Of 784 pixels in [0, 1], changed by less than a tenth each in the mean.
    expect(Math.max(...found.distortion)).toBeLessThan(0.15);
  });
});
