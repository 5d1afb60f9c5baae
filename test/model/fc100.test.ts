/** The network on a real model: MNIST, 784-100-100-10, trained elsewhere. */
import { describe, expect, test } from "vitest";
import { predictedClasses } from "../../src/model/index.ts";
import { loadMnist, loadNetwork } from "../../src/node/index.ts";
import { toLayersModel } from "../../src/tfjs/index.ts";
import { toLogits } from "../oracle/network.ts";
import { firstBeyond } from "../support/bounds.ts";
import { judgeForward, judgeLoss } from "../support/network-bounds.ts";
import { rowOf, stepsOf } from "../support/network-steps.ts";
import { logitNetwork } from "../support/networks.ts";
import { fc100 } from "../support/reference.ts";
import { modelFromFolder, predictions } from "../support/tfjs.ts";

const ROWS = 20;

describe.skipIf(!fc100.isThere)(`fc100${fc100.note}`, () => {
  test("gets 224 of the 10,000 test images of MNIST wrong: 2.24 %", async () => {
    const network = await loadNetwork(fc100.folder);
    const { rows, labels, count } = await loadMnist("test");
    const answers = predictedClasses(network.predict(rows), network.classes);
    const wrong = Array.from(labels).filter((label, r) => answers[r] !== label);
    expect([wrong.length, count]).toEqual([224, 10000]);
  });

  test("logits of images, ours and those of tfjs on the cpu backend, are within the bound of f64; so are our gradients", async () => {
    const network = await loadNetwork(fc100.folder);
    const logitSteps = toLogits(stepsOf(network).steps, 10);
    const data = await loadMnist("test");
    const rows = data.rows.slice(0, ROWS * 784);
    const labels = Array.from(data.labels.slice(0, ROWS), (label) => (label + 1) % 10);
    const found = network.lossGradient(rows, labels);
    const theirs = predictions(await toLayersModel(logitNetwork(network)), rows, [784]);
    labels.forEach((label, r) => {
      const { logits, gradient } = judgeLoss(logitSteps, rowOf(rows, r, 784), label);
      expect(firstBeyond(rowOf(found.logits, r, 10), logits.value, logits.bound)).toBe(-1);
      expect(firstBeyond(rowOf(theirs, r, 10), logits.value, logits.bound)).toBe(-1);
      expect(firstBeyond(rowOf(found.gradient, r, 784), gradient.value, gradient.bound)).toBe(-1);
    });
    expect(theirs).toHaveLength(ROWS * 10);
  });

  test("probabilities are those of the folder as tfjs reads it, within the bound of f64", async () => {
    const { steps } = stepsOf(await loadNetwork(fc100.folder));
    const rows = (await loadMnist("test")).rows.slice(0, ROWS * 784);
    const theirs = predictions(await modelFromFolder(fc100.folder), rows, [784]);
    const ours = (await loadNetwork(fc100.folder)).predict(rows);
    for (let r = 0; r < ROWS; r++) {
      const judged = judgeForward(steps, rowOf(rows, r, 784)).at(-1);
      const { value, bound } = judged as { value: Float64Array; bound: Float64Array };
      expect(firstBeyond(rowOf(theirs, r, 10), value, bound)).toBe(-1);
      expect(firstBeyond(rowOf(ours, r, 10), value, bound)).toBe(-1);
    }
    expect(theirs).toHaveLength(ROWS * 10);
  });
});
