/** Studies of a model of one sigmoid: two classes, whose answers are read off its scores. */
import { expect, test } from "vitest";
import "../../src/index.ts";
import type { Dataset } from "../../src/data/index.ts";
import { predictedClasses } from "../../src/model/index.ts";
import { attackStudy } from "../../src/studies/attack/study.ts";
import { transferStudy } from "../../src/studies/transfer/study.ts";
import { dense, networkOf } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

const network = networkOf([9], [dense("a", 9, 6, "tanh"), dense("b", 6, 1, "sigmoid")], 2);
const rows = noise32(8 * 9, 3, 0.5).map((v) => v + 0.5);
// A bias between the scores of the images, so that both classes occur.
const before = [...network.scores(rows).filter((_, i) => i % 2 === 1)].sort((a, b) => a - b);
const weights = network.getParameters();
weights[weights.length - 1] = (weights.at(-1) as number) - ((before[3] as number) + (before[4] as number)) / 2;
network.setParameters(weights);
const labels = Uint8Array.from(predictedClasses(network.scores(rows), 2));
const dataset: Dataset = { rows, labels, count: 8, shape: [3, 3, 1], classes: 2 };
const [model, data] = [
  { network, name: "one" },
  { dataset, name: "noise" },
];

test("both labels occur, and predict gives one number a row", () => {
  expect(new Set(labels)).toEqual(new Set([0, 1]));
  expect(network.predict(rows)).toHaveLength(8);
});

for (const options of [
  { target: "next" },
  { target: "runner-up" },
  { norm: "linf" },
  { norm: "linf", levels: 256 },
] as const) {
  test(`attack, ${JSON.stringify(options)}: every answer changes to the other class, at the probability that predict gives`, async () => {
    const record = await attackStudy(model, data, options);
    expect(record.model.classes).toBe(2);
    expect(record.summary.found).toBeGreaterThan(5);
    for (const {
      label,
      outcome,
      prediction,
      adversarialPrediction,
      adversarial,
      adversarialConfidence,
    } of record.examples) {
      expect(prediction).toBe(label);
      if (outcome !== "found") continue;
      expect(adversarialPrediction).toBe(1 - label);
      const p = network.predict(adversarial)[0] as number;
      // Both within a few roundings of the same number.
      expect(Math.abs((adversarialPrediction === 1 ? p : 1 - p) - adversarialConfidence)).toBeLessThan(2 ** -20);
    }
  });
}

test("transfer: what was found fools the model itself, row for row", async () => {
  const { rows: fed } = await transferStudy({ from: [model] }, data, { target: "next" });
  const own = fed[0]?.cells[0];
  expect(own?.clean?.hits).toBe(0);
  expect(own?.carried?.rate).toBe(1);
  expect(own?.carriedToTarget?.rate).toBe(1);
});
