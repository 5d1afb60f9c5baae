/** What the studies refuse when they are asked from code, in one sentence that names the subject. */
import { describe, expect, test } from "vitest";
import {
  attackStudy,
  paperStudy,
  RECIPES,
  sparsitySearchStudy,
  stabilityStudy,
  trainingSearchStudy,
  trainingStudy,
  trainStudy,
  transferStudy,
  unitsStudy,
  unitsSurvey,
} from "../../src/index.ts";
import { fullyConnected, predictedClasses } from "../../src/model/index.ts";
import { noise32 } from "../support/noise.ts";

const network = fullyConnected([16, 8, 6, 3], { seed: 1 });
const rows = noise32(12 * 16, 3).map(Math.abs) as Float32Array;
const labels = predictedClasses(network.predict(rows), 3);
const data = { dataset: { rows, labels, count: 12, shape: [4, 4, 1] as const, classes: 3 }, name: "squares" };
const one = { network, name: "one" };

describe("transferStudy refuses", () => {
  const refused = (from: (typeof one)[], options: object = {}, to: (typeof one)[] = [], set = data) =>
    expect(transferStudy({ from, to }, set, options)).rejects;

  test("no model, one twice, and models that do not go together", async () => {
    await refused(undefined as never).toThrow("from: expected the models to attack, got undefined");
    await refused([]).toThrow("models: expected at least one, got none");
    await refused([], {}, [one]).toThrow("from: expected at least one model to attack, got none");
    await refused([one], {}, [one]).toThrow('model names: expected each once, got "one" twice');
    const narrow = { network: fullyConnected([4, 3], { seed: 1 }), name: "narrow" };
    await refused([one], {}, [narrow]).toThrow("model narrow: expected 16 inputs, as one has, got 4");
  });

  test("a number twice or below zero, and a label that no model answers", async () => {
    await refused([one], { noise: [0.1, 0.1] }).toThrow("noise: expected each number once, got 0.1 twice");
    await refused([one], { amplify: [-1] }).toThrow("amplify[0]: expected a finite number >= 0, got -1");
    await refused([one], { target: "3" }).toThrow("--target: expected a whole number in [0, 2], got 3");
  });

  test("a model that no image fools", async () => {
    const wrong = { ...data, dataset: { ...data.dataset, labels: labels.map((label) => (label + 1) % 3) } };
    await refused([one], {}, [], wrong).toThrow(
      "--from one: expected at least one image that fools it, to feed to the others, " +
        "got none of 0 attacked (12 misclassified, 0 the target already)",
    );
  });
});

test("stabilityStudy has bounds alone without data, and refuses a rule that is none", async () => {
  const { data: none, images, attacked, options, bound } = await stabilityStudy(one, undefined, { seed: 4 });
  expect([none, images, attacked, options]).toEqual([undefined, [], 0, { seed: 4 }]);
  expect(bound).toBeGreaterThan(0);
  const rule = "nearest" as "next";
  await expect(stabilityStudy(one, data, { target: rule })).rejects.toThrow(
    /^target rule: expected one of next, .*"nearest"/,
  );
});

test("the studies of units refuse more images a row than there are, and labels and layers that are not there", async () => {
  const top = "top: expected at most the 12 images of squares, got 13";
  await expect(unitsStudy(one, data, { top: 13 })).rejects.toThrow(top);
  await expect(unitsSurvey([one], data, { top: 13 })).rejects.toThrow(top);
  await expect(unitsStudy(one, data, { between: [[0, 7]] })).rejects.toThrow(
    "between: expected labels that images have, got 7, which none of them has",
  );
  await expect(unitsStudy(one, data, { layer: "none" })).rejects.toThrow('got "none"');
  await expect(unitsSurvey([], data)).rejects.toThrow("models: expected at least one, got none");
});

test("an aborted signal stops each with its reason", async () => {
  const reason = new Error("enough");
  const run = { signal: AbortSignal.abort(reason) };
  await expect(transferStudy({ from: [one] }, data, {}, run)).rejects.toBe(reason);
  await expect(stabilityStudy(one, undefined, {}, run)).rejects.toBe(reason);
  await expect(unitsStudy(one, data, {}, run)).rejects.toBe(reason);
  await expect(unitsSurvey([one], data, {}, run)).rejects.toBe(reason);
});

describe("every study refuses, before any work,", () => {
  type Given = never;
  const onData = {
    attack: (set: object) => attackStudy(one, set as Given),
    transfer: (set: object) => transferStudy({ from: [one] }, set as Given),
    stability: (set: object) => stabilityStudy(one, set as Given),
    units: (set: object) => unitsStudy(one, set as Given),
    survey: (set: object) => unitsSurvey([one], set as Given),
    search: (set: object) => trainingSearchStudy(set as Given),
    sparsity: (set: object) => sparsitySearchStudy(set as Given),
  };
  const onSplits = {
    train: (splits: object) => trainStudy(RECIPES[0] as Given, splits as Given),
    training: (splits: object) => trainingStudy(one, splits as Given),
    paper: (splits: object) => paperStudy(splits as Given),
  };
  const broken = [
    [{ shape: undefined }, "shape: expected [height, width, channels], got undefined"],
    [{ shape: [4, 0, 1] }, "shape[1]: expected a whole number >= 1, got 0"],
    [{ shape: [3, 3, 1] }, "rows: expected rows of 9 values, got 192 values"],
    [{ count: 5 }, "rows: expected 5 rows, as its count says, got 12"],
    [{ labels: [1] }, "labels: expected 12 labels, one a row, got 1"],
  ] as const;

  test("images that are not what they say of themselves", async () => {
    for (const [part, message] of broken) {
      const dataset = { ...data.dataset, ...part };
      for (const study of Object.values(onData)) {
        await expect(study({ dataset, name: "d" })).rejects.toThrow(`data.dataset.${message}`);
      }
      for (const study of Object.values(onSplits)) {
        const splits = { name: "d", train: data.dataset, test: dataset };
        await expect(study(splits)).rejects.toThrow(`data.test.${message}`);
      }
    }
  });

  test("data and models without their names, which the record has", async () => {
    for (const study of Object.values(onData)) {
      await expect(study({ dataset: data.dataset, nam: "d" })).rejects.toThrow(
        "data.name: expected a text, got undefined",
      );
    }
    for (const study of Object.values(onSplits)) {
      await expect(study({ train: data.dataset, test: data.dataset })).rejects.toThrow("data.name: expected a text");
    }
    const nameless = { network, nam: "one" } as Given;
    const splits = { name: "d", train: data.dataset, test: data.dataset };
    await expect(attackStudy(nameless, data)).rejects.toThrow("model.name: expected a text, got undefined");
    await expect(transferStudy({ from: [nameless] }, data)).rejects.toThrow("model.name: expected a text");
    await expect(stabilityStudy(nameless, data)).rejects.toThrow("model.name: expected a text");
    await expect(unitsStudy(nameless, data)).rejects.toThrow("model.name: expected a text");
    await expect(unitsSurvey([nameless], data)).rejects.toThrow("model.name: expected a text");
    await expect(trainingStudy(nameless, splits)).rejects.toThrow("rival.name: expected a text");
    await expect(attackStudy(network as Given, data)).rejects.toThrow("model: expected { network, name }, got Network");
  });
});
