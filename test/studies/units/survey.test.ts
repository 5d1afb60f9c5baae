/** The table of units against directions over layers and models. */
import { describe, expect, test } from "vitest";
import { permutationTest } from "../../../src/analysis/index.ts";
import type { Dataset } from "../../../src/data/index.ts";
import "../../../src/index.ts";
import { holm } from "../../../src/numeric/holm.ts";
import { surveyVerdict } from "../../../src/report/units/survey.ts";
import {
  type AdjustedTest,
  hiddenLayers,
  MEASURES,
  moreAlike,
  type SurveyRow,
  unitsStudy,
  unitsSurvey,
} from "../../../src/studies/units/index.ts";
import { conv, dense, networkOf, part } from "../../support/networks.ts";
import { noise32 } from "../../support/noise.ts";

const dataset: Dataset = {
  rows: noise32(120 * 36, 3).map(Math.abs),
  labels: Int32Array.from({ length: 120 }, (_, i) => i % 3),
  count: 120,
  shape: [6, 6, 1],
  classes: 3,
};
const images = { dataset, name: "noise" };

const flat = () =>
  networkOf([6, 6, 1], [part("Flatten", { name: "flat" }), dense("a", 36, 9, "tanh"), dense("b", 9, 3, "softmax")]);
const maps = () =>
  networkOf(
    [6, 6, 1],
    [
      conv("Conv2D", { name: "c", filters: 2, kernel_size: [3, 3], activation: "relu" }, { kernel: [3, 3, 1, 2] }),
      part("MaxPooling2D", { name: "pool", pool_size: [2, 2] }),
      part("Flatten", { name: "flat" }),
      part("Dropout", { name: "drop", rate: 0.5 }),
      dense("a", 8, 5, "tanh"),
      dense("b", 5, 3, "softmax"),
    ],
  );
const options = { top: 5, directions: 12, seed: 4 };

describe("unitsSurvey", () => {
  test("has a row for each hidden layer of each model, none for what only hands on its input", async () => {
    expect(hiddenLayers(maps())).toEqual(["c", "pool", "a"]);
    const targets = [
      { name: "one", network: flat() },
      { name: "two", network: maps() },
    ];
    const { rows, tests, digest } = await unitsSurvey(targets, images, options);
    expect(rows.map(({ model, layer }) => `${model} ${layer}`)).toEqual(["one a", "two c", "two pool", "two a"]);
    expect(tests).toBe(16);
    expect(rows.map(({ compared }) => compared.directions)).toEqual([12, 12, 12, 12]);
    expect((await unitsSurvey(targets, images, options)).digest).toBe(digest);
  });

  test("its tests are those of the single study, its p-values adjusted over all of the table", async () => {
    const targets = [
      { name: "one", network: flat() },
      { name: "two", network: maps() },
    ];
    const { rows } = await unitsSurvey(targets, images, options);
    const single = await unitsStudy({ name: "two", network: maps() }, images, {
      ...options,
      layer: "a",
      show: 0,
      iterations: 0,
    });
    const plain = (test: AdjustedTest) => {
      const { adjusted, ...rest } = test;
      return rest;
    };
    for (const measure of MEASURES) {
      expect(plain((rows[3] as SurveyRow).tests[measure])).toEqual(single.tests[measure]);
      const { units, random } = single.groups;
      expect(single.tests[measure]).toEqual(permutationTest(units[measure], random[measure], { seed: 4 }));
    }
    const all = rows.flatMap(({ tests }) => MEASURES.map((measure) => tests[measure]));
    expect(all.map(({ adjusted }) => adjusted)).toEqual([...holm(all.map(({ p }) => p))]);
  });

  test("refuses a model without hidden layers, and stops where it is told to", async () => {
    const linear = { name: "linear", network: networkOf([36], [dense("a", 36, 3, "softmax")]) };
    await expect(unitsSurvey([linear], images, options)).rejects.toThrow(
      "linear: expected a model with hidden layers, got none",
    );
    const reason = new Error("enough");
    const controller = new AbortController();
    const { signal } = controller;
    const stopped = unitsSurvey([{ name: "one", network: flat() }], images, options, { signal });
    controller.abort(reason);
    await expect(stopped).rejects.toBe(reason);
  });
});

describe("what is said of a test", () => {
  test("nothing where the adjusted p is above 0.05, and of entropy that less is more alike", () => {
    expect(moreAlike("purity", { difference: 0.1, adjusted: 0.051 })).toBeUndefined();
    expect(moreAlike("purity", { difference: 0.1, adjusted: 0.05 })).toBe("units");
    expect(moreAlike("purity", { difference: -0.1, adjusted: 0.01 })).toBe("directions");
    expect(moreAlike("entropy", { difference: 0.1, adjusted: 0.01 })).toBe("directions");
  });

  test("the verdict counts layers by what came out, and says so of those that are not told apart", () => {
    const row = (ways: readonly number[]): SurveyRow => ({
      ...{ model: "m", layer: "a", featureLayer: "b", compared: { units: 9, directions: 9 }, silent: 0 },
      tests: Object.fromEntries(
        MEASURES.map((measure, i) => {
          const way = ways[i] ?? 0;
          const difference = measure === "entropy" ? -way : way;
          return [measure, { difference, means: [0, 0], p: 0.5, deals: 9, adjusted: way === 0 ? 1 : 0.01 }] as const;
        }),
      ) as unknown as SurveyRow["tests"],
    });
    const models = [{ name: "m", digest: "" }];
    expect(surveyVerdict({ rows: [row([]), row([]), row([1, 1])], models })).toBe(
      "Of 3 layers of 1 model, units and random directions are not told apart in 2, the units' images are more alike in 1.",
    );
    expect(surveyVerdict({ rows: [row([-1]), row([1, 0, -1])], models })).toBe(
      "Of 2 layers of 1 model, the directions' images are more alike in 1, each are by some measure in 1.",
    );
  });
});
