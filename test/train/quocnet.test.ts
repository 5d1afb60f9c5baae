/** A QuocNet trains stage by stage: objectives fall, filters become what they were not, a stop changes no bit. */
import { expect, test } from "vitest";
import { quocNet, trainRecipe } from "../../src/index.ts";
import { filtersOf, fitQuocNet, type QuocNetRecipe } from "../../src/train/quocnet-recipe.ts";
import { noise32 } from "../support/noise.ts";

const RECIPE: QuocNetRecipe = {
  name: "tiny",
  quocnet: {
    image: 12,
    channels: 1,
    normalize: true,
    stages: 2,
    field: [3, 3],
    maps: [2, 3],
    pool: 2,
    window: 3,
    stride: [2, 1],
  },
  classes: 2,
  lambda: 0.1,
  epsilon: 1e-2,
  stages: [
    { rows: 30, iterations: 6 },
    { rows: 1000, iterations: 5 },
  ],
  classifier: { decay: 1e-3, iterations: 8 },
};
const rows = noise32(40 * 144, 2).map(Math.abs) as Float32Array;
const labels = Int32Array.from({ length: 40 }, (_, i) => Number((rows[i * 144] as number) > 0.5));

test("each stage lowers its objective, trains its own filters and leaves those below; the classifier comes last", async () => {
  const values = new Map<number, number[]>();
  const { network, runs, done } = await fitQuocNet({ rows, labels }, RECIPE, {
    seed: 3,
    onIteration: ({ stage, value, stages, rows: some }) => {
      expect(stages).toBe(3);
      expect(some).toBe([30, 40, 40][stage]);
      values.set(stage, [...(values.get(stage) ?? []), value]);
    },
  });
  expect(done).toBe(true);
  expect(runs).toHaveLength(3);
  for (const [, falling] of values) {
    expect(falling.length).toBeGreaterThan(3);
    falling.slice(1).forEach((value, i) => {
      expect(value).toBeLessThan(falling[i] as number);
    });
  }
  const before = quocNet({ ...RECIPE.quocnet, classes: 2, seed: 3 }).getParameters();
  const after = network.getParameters();
  for (const stage of [0, 1]) {
    const { start, end } = filtersOf(network, stage);
    expect(end).toBeGreaterThan(start);
    expect(after.subarray(start, end)).not.toEqual(before.subarray(start, end));
  }
  expect(network.predict(rows).every(Number.isFinite)).toBe(true);
});

test("stopped after every few evaluations and resumed, in any stage, it ends with the same bits", async () => {
  const whole = await trainRecipe(RECIPE, { rows, labels }, 144, 3);
  let resume: Parameters<typeof trainRecipe>[4] = {};
  let [stops, stagesSeen] = [0, new Set<number>()];
  for (;;) {
    const controller = new AbortController();
    let seen = 0;
    const part = await trainRecipe(RECIPE, { rows, labels }, 144, 3, {
      ...resume,
      signal: controller.signal,
      onIteration: ({ stage }) => {
        stagesSeen.add(stage);
        if (++seen === 4) controller.abort();
      },
    });
    if (part.status !== "running") {
      expect(part.network.getParameters()).toEqual(whole.network.getParameters());
      break;
    }
    resume = { resume: part.state };
    stops++;
  }
  expect(stops).toBeGreaterThan(2);
  expect([...stagesSeen]).toEqual([0, 1, 2]);
});

test("refuses stages that are not as many as the network's, and images of another size", async () => {
  const few = { ...RECIPE, stages: RECIPE.stages.slice(1) };
  await expect(fitQuocNet({ rows, labels }, few)).rejects.toThrow(
    "stages: expected 2, one a stage of the network, got 1",
  );
  await expect(fitQuocNet({ rows: rows.subarray(1), labels }, RECIPE)).rejects.toThrow(/^rows: expected /);
  expect(() => quocNet({ image: 20, field: [3, 3] })).toThrow("field: expected one number, or 3, one a stage, got 2");
});
