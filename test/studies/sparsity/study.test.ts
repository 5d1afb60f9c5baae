/** The search for AE400-10's sparsity: what is judged on which images, that nothing changes what it finds, and what is refused. */
import { expect, test } from "vitest";
import { predictedClasses, sparsitySearchStudy } from "../../../src/index.ts";
import { sparsityFiles, sparsityText } from "../../../src/report/index.ts";
import { SPARSITY_GRID, trialRecipe } from "../../../src/studies/sparsity/settings.ts";
import { trainRecipe } from "../../../src/train/index.ts";
import { noise32 } from "../../support/noise.ts";

const COUNT = 60;
const KEPT = 50;
const rows = Float32Array.from(noise32(COUNT * 9, 4), Math.abs);
const labels = Uint8Array.from({ length: COUNT }, (_, i) => Number((rows[9 * i] as number) > 0.5));
const dataset = { rows, labels, count: COUNT, shape: [3, 3, 1] as const, classes: 2 };
const data = { dataset, name: "few" };
const settings = [
  { decay: 3e-3, beta: 3, target: 0.1 },
  { decay: 1e-3, beta: 0.3, target: 0.2 },
];

test("each setting is trained as its recipe says, and judged on the images that it has not seen", async () => {
  const record = await sparsitySearchStudy(data, { settings, count: 20, iterations: 3 });
  expect(record.data).toMatchObject({ train: KEPT, validation: COUNT - KEPT });
  for (const [i, setting] of settings.entries()) {
    const recipe = trialRecipe(setting, { count: 20, iterations: 3, classes: 2 });
    const seen = { rows: rows.subarray(0, 9 * KEPT), labels: labels.subarray(0, KEPT) };
    const { network, value } = await trainRecipe(recipe, seen, 9, 0);
    const wrong = predictedClasses(network.predict(rows), 2).map((answer, k) => Number(answer !== labels[k]));
    const share = (start: number, end: number) =>
      wrong.subarray(start, end).reduce((sum, one) => sum + one, 0) / (end - start);
    expect(record.trials[i]).toMatchObject({
      ...setting,
      loss: value,
      trainError: share(0, KEPT),
      validationError: share(KEPT, COUNT),
    });
  }
  const least = Math.min(...record.trials.map(({ validationError }) => validationError));
  expect(record.trials.filter(({ isBest }) => isBest).map(({ validationError }) => validationError)).toEqual([least]);
  const page = sparsityFiles(record).get("index.html");
  for (const said of [page, sparsityText(record)]) expect(said).toContain(record.digest);
  expect(record.command).toBe(
    "npx blindspot paper --experiment sparsity-search --data few --settings 0.003/3/0.1,0.001/0.3/0.2 --count 20 --iterations 3",
  );
});

test("the grid holds UFLDL's own setting, and settings that cannot be trained with are refused before any work", async () => {
  expect(SPARSITY_GRID).toHaveLength(18);
  expect(SPARSITY_GRID).toContainEqual({ decay: 3e-3, beta: 3, target: 0.1 });
  const asked = (setting: object) => sparsitySearchStudy(data, { settings: [{ ...settings[0], ...setting } as never] });
  await expect(asked({ target: 1 })).rejects.toThrow(/^settings\[0\]\.target: expected/);
  await expect(asked({ decay: -1 })).rejects.toThrow(/^settings\[0\]\.decay: expected/);
  await expect(sparsitySearchStudy(data, { count: 0 })).rejects.toThrow(/^count: expected/);
});
