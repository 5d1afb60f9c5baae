/** The arms of the training experiment and the search of their settings. */
import { expect, test } from "vitest";
import type { TrainingRun } from "../../../src/studies/train/minibatch-run.ts";
import {
  fitted,
  settingsText,
  TRAINING_ARMS,
  TRAINING_EPOCHS,
  trainingArm,
} from "../../../src/studies/training/arms.ts";
import { searchResults, validationSplit } from "../../../src/studies/training/search.ts";
import { RECIPES, type Recipe, recipeOf } from "../../../src/train/index.ts";
import { messageOf } from "../../message-of.ts";

const sizes = { count: 60_000, classes: 10, epochs: TRAINING_EPOCHS };

test("every arm that was searched uses one of its candidates, which all differ", () => {
  for (const { name, recipe, candidates } of TRAINING_ARMS) {
    const texts = candidates.map(settingsText);
    expect(new Set(texts).size, name).toBe(texts.length);
    if (candidates.length > 0) expect(texts, name).toContain(settingsText(recipe));
    for (const candidate of [recipe, ...candidates]) {
      expect(fitted(candidate, sizes).minibatch.epochs, name).toBe(TRAINING_EPOCHS);
    }
  }
  expect(TRAINING_ARMS.filter(({ candidates }) => candidates.length === 0).map(({ name }) => name)).toEqual([
    "first",
    "second",
    "control",
  ]);
});

test("the model that ships is the arm of all layers", () => {
  const { name, ...shipped } = recipeOf("fc100-100-10-adversarial", RECIPES) as Recipe;
  const { name: own, ...all } = fitted(trainingArm("all").recipe, sizes);
  expect([name, own]).toEqual(["fc100-100-10-adversarial", "fc100-100-10-adversarial"]);
  expect(all).toEqual(shipped);
});

test("the control has the places of all layers, of which the hidden ones do not move", () => {
  const places = (name: string) => {
    const { strategy } = trainingArm(name).recipe;
    return strategy?.name === "adversarial-layers" ? strategy.places : undefined;
  };
  expect(places("control")).toEqual([
    { layer: "input", radius: 0.8 },
    { layer: "fc1", radius: 0 },
    { layer: "fc2", radius: 0 },
  ]);
  expect(places("first")).toEqual([{ layer: "fc1", radius: 0.1 }]);
  expect(places("second")).toEqual([{ layer: "fc2", radius: 0.1 }]);
});

test("fitted shrinks pools with the data, and takes its classes and epochs", () => {
  const pools = trainingArm("pools").candidates[0] as Recipe;
  const poolOf = ({ strategy }: Recipe) => strategy && "pool" in strategy && strategy.pool;
  expect(poolOf(fitted(pools, sizes))).toBe(12_000);
  const small = fitted(pools, { count: 60, classes: 3, epochs: 2 });
  expect(poolOf(small)).toBe(12);
  expect(small.units).toEqual([100, 100, 3]);
  expect(small.minibatch.epochs).toBe(2);
  expect(poolOf(fitted(pools, { ...sizes, count: 3 }))).toBe(1);
  expect(messageOf(() => trainingArm("none"))).toMatch(/^arm: expected decay, dropout, .*, got "none"$/);
});

test("the search judges by the last sixth of the images; the best has the least loss, diverged runs have no say", () => {
  const rows = Float32Array.from({ length: 24 }, (_, i) => i);
  const split = validationSplit({
    rows,
    labels: Uint8Array.from({ length: 12 }),
    count: 12,
    classes: 2,
    shape: [1, 2, 1],
  });
  expect([split.train.count, split.test.count]).toEqual([10, 2]);
  expect([...split.test.rows]).toEqual([20, 21, 22, 23]);

  const arm = trainingArm("decay");
  const losses = new Map(arm.candidates.map((candidate, i) => [candidate, i === 5 ? [0.1, 0.1] : [0.2 + i, 0.4 + i]]));
  const runs = (candidate: Recipe) =>
    (losses.get(candidate) as number[]).map(
      (testLoss) =>
        ({ status: testLoss === 0.1 ? "diverged" : "finished", testLoss, testError: testLoss / 10 }) as TrainingRun,
    );
  const results = searchResults([arm], runs);
  expect(results).toHaveLength(arm.candidates.length - 1);
  expect(results.map(({ isBest }) => isBest)).toEqual([true, false, false, false, false, false, false]);
  expect(results[0]?.loss).toMatchObject({ count: 2, mean: 0.30000000000000004, min: 0.2, max: 0.4 });
  expect(results.filter(({ isUsed }) => isUsed).map(({ settings }) => settings)).toEqual([settingsText(arm.recipe)]);
});
