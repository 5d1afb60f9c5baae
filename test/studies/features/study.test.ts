/** The study "features": filters where the network has them, errors as a classifier of one's own has them, the same record on any executor. */
import { expect, test } from "vitest";
import { featuresStudy, fit, fitQuocNet, softmaxRegression } from "../../../src/index.ts";
import { predictedClasses } from "../../../src/model/index.ts";
import { featuresFiles, featuresText } from "../../../src/report/index.ts";
import type { QuocNetRecipe } from "../../../src/train/index.ts";
import { noise32 } from "../../support/noise.ts";

const recipe: QuocNetRecipe = {
  name: "tiny",
  quocnet: { image: 8, channels: 1, stages: 1, field: 4, stride: 2, maps: 3, pool: 2, window: 3 },
  classes: 3,
  lambda: 0.1,
  epsilon: 1e-2,
  stages: [{ rows: 60, iterations: 10 }],
  classifier: { decay: 1e-3, iterations: 10 },
};
const images = (count: number, seed: number) => {
  const rows = noise32(count * 64, seed).map(Math.abs) as Float32Array;
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  for (const [i, label] of labels.entries()) rows.fill(0.9, i * 64 + label * 20, i * 64 + label * 20 + 9);
  return { rows, labels, count, shape: [8, 8, 1] as const, classes: 3 };
};
const data = { train: images(72, 3), test: images(30, 4), name: "bars" };

test("the record has the network's own filters and what linear classifiers get wrong on each kind of features", async () => {
  const { network } = await fitQuocNet(data.train, recipe, { seed: 5 });
  const record = await featuresStudy({ network, name: "bars" }, recipe, data, { count: 72, iterations: 12, seed: 5 });
  const { filters, learnt, random, classifiers, detectors, tests } = record;
  expect(filters).toEqual({ layer: "filter1", count: 27, side: 4, positions: 9 });
  // Filter m of position p: weight t stands at (p taps + t) maps + m.
  const weights = network.getParameters();
  for (const [p, m, t] of [
    [0, 0, 0],
    [2, 1, 7],
    [8, 2, 15],
  ] as const) {
    expect(learnt[(p * 3 + m) * 16 + t]).toBe(weights[(p * 16 + t) * 3 + m]);
  }
  expect(random).not.toEqual(learnt);
  expect(classifiers.map(({ kind, size }) => [kind, size])).toEqual([
    ["pixels", 64],
    ["random", 12],
    ["learnt", 12],
  ]);
  expect(detectors.map(({ label, base, errors }) => [label, base, errors.length])).toEqual(
    [0, 1, 2].map((label) => [label, 1 / 3, 3]),
  );
  const { decay, test: rate } = classifiers[2] as (typeof classifiers)[0];
  const own = softmaxRegression(12, 3, { useBias: true });
  await fit(
    own,
    { rows: network.activations(data.train.rows, "features"), labels: data.train.labels },
    { decay, iterations: 12 },
  );
  const answers = predictedClasses(own.predict(network.activations(data.test.rows, "features")), 3);
  expect(rate.hits).toBe(answers.filter((answer, i) => answer !== data.test.labels[i]).length);
  expect(tests.orientation.means).toHaveLength(2);
  const files = await featuresFiles(record);
  expect([...files.keys()]).toEqual(
    expect.arrayContaining(["results.json", "index.html", "filters.png", "filters-before.png"]),
  );
  for (const said of [files.get("index.html") as string, featuresText(record)]) expect(said).toContain(record.digest);
  expect(record.command).toBe(
    "npx blindspot features --model bars --data bars --recipe tiny --count 72 --iterations 12 --seed 5",
  );
});

test("refuses a network that has no such filters", async () => {
  const network = softmaxRegression(64, 3);
  await expect(featuresStudy({ network, name: "flat" }, recipe, data, { count: 72 })).rejects.toThrow(
    /expected a QuocNet, whose first filters are the layer filter1, got Dense/,
  );
});
