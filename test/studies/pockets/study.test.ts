/** The study "pockets": what its record says is what the model answers, on any executor, and what it refuses. */
import { expect, test } from "vitest";
import { pocketsStudy } from "../../../src/index.ts";
import { fullyConnected, predictedClasses } from "../../../src/model/index.ts";
import { pocketsFiles, pocketsText } from "../../../src/report/index.ts";
import { noise32 } from "../../support/noise.ts";

const networks = [1, 2].map((seed) => fullyConnected([16, 8, 3], { seed, activation: "tanh" }));
const [network, other] = networks as [(typeof networks)[0], (typeof networks)[0]];
const rows = noise32(5 * 16, 3).map(Math.abs) as Float32Array;
const labels = predictedClasses(network.predict(rows), 3);
labels[2] = ((labels[2] as number) + 1) % 3; // misread, and so not attacked
const data = { dataset: { rows, labels, count: 5, shape: [4, 4, 1] as const, classes: 3 }, name: "squares" };
const model = { network, name: "one", given: "folder/one" };
const asked = { directions: 300, factors: [1, 4], samples: 50, first: 5 };

test("the record says what the model answers, and the page and the text say the record", async () => {
  const record = await pocketsStudy(model, data, { ...asked, to: [{ network: other, name: "two" }] });
  const { images, attacked, adversarial, original, probabilities, directions, balls, elsewhere, settings } = record;
  expect(attacked).toBe(4);
  expect(images.length).toBeGreaterThan(2);
  expect(images.map(({ index }) => index)).not.toContain(7);
  const answers = predictedClasses(network.predict(adversarial), 3);
  images.forEach(({ label, answer, distance, enters, inBox }, i) => {
    expect(label).toBe(labels[(images[i]?.index as number) - 5]);
    expect(answer).toBe(answers[i]);
    expect(answer).not.toBe(label);
    const change = adversarial.subarray(16 * i, 16 * i + 16).map((v, k) => v - (original[16 * i + k] as number));
    expect(distance).toBeCloseTo(Math.sqrt(change.reduce((sum, v) => sum + v * v, 0)), 6);
    // The nearest step of the path behind x', which is at 1.
    expect(enters).toBeGreaterThan(1 - 1e-3);
    expect(enters).toBeLessThan(1 + 2 / 40);
    expect(inBox.length).toBe(2);
  });
  expect(probabilities.length).toBe(images.length * (settings.path.steps + 1) * 3);
  for (const [f, { inBox, images: some, factor }] of directions.entries()) {
    expect(factor).toBe(asked.factors[f]);
    expect(inBox.count).toBe(300 * images.length);
    expect(inBox.hits).toBe(images.reduce((sum, image) => sum + (image.inBox[f] as number), 0));
    expect(some).toBe(images.filter((image) => (image.inBox[f] as number) > 0).length);
  }
  expect(directions[1]?.inBox.hits).toBeGreaterThan(directions[0]?.inBox.hits as number);
  expect(balls.map(({ depth, radius }) => [depth, radius])).toEqual(
    [1, 1.5].flatMap((d) => [0.1, 0.25, 0.5, 1].map((r) => [d, r])),
  );
  const right = predictedClasses(other.predict(original), 3).filter((answer, i) => answer === images[i]?.label).length;
  expect(elsewhere.map(({ model: { name }, right }) => [name, right])).toEqual([["two", right]]);
  expect(record.command).toBe(
    "npx blindspot pockets --model folder/one --to two --data squares --directions 300 --factors 1,4 --samples 50 --effort fast --seed 0 --first 5 --count 5",
  );
  const page = (await pocketsFiles(record)).get("index.html") as string;
  for (const said of [page, pocketsText(record)]) {
    expect(said).toContain(`Of ${(300 * images.length).toLocaleString("en")} random directions of the same length`);
    expect(said).toContain(record.digest);
  }
  const alone = await pocketsStudy(
    model,
    { ...data, dataset: { ...data.dataset, rows: rows.subarray(48, 64), labels: labels.subarray(3, 4), count: 1 } },
    { ...asked, first: 8 },
  );
  const same = images.find(({ index }) => index === 8);
  expect(alone.images).toEqual([same]);
});

test("refuses images whose answers cannot be changed, factors given twice and none, and models that do not go together", async () => {
  const wrong = {
    ...data,
    dataset: {
      ...data.dataset,
      labels: labels.map((_, i) => ((predictedClasses(network.predict(rows), 3)[i] as number) + 1) % 3),
    },
  };
  await expect(pocketsStudy(model, wrong, asked)).rejects.toThrow(
    "data squares: expected an image whose answer can be changed, got none of 0",
  );
  await expect(pocketsStudy(model, data, { factors: [1, 1] })).rejects.toThrow(
    "factors: expected each number once, got 1 twice",
  );
  await expect(pocketsStudy(model, data, { factors: [] })).rejects.toThrow(
    "factors: expected at least one multiple of the distance, got none",
  );
  await expect(pocketsStudy(model, data, { directions: 0 })).rejects.toThrow(
    "directions: expected a whole number >= 1, got 0",
  );
  const narrow = { network: fullyConnected([4, 3], { seed: 1 }), name: "narrow" };
  await expect(pocketsStudy(model, data, { to: [narrow] })).rejects.toThrow(
    "model narrow: expected 16 inputs, as one has, got 4",
  );
});
