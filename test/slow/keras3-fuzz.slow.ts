/** 5,000 models of Keras 3 with something wrong in them: each loads, or is refused in words; none takes long, or much memory. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { codeOf } from "../../src/check.ts";
import "../../src/index.ts";
import type { ModelArtifacts } from "../../src/model/index.ts";
import { Random } from "../../src/numeric/random.ts";
import { KERAS3_MODELS, modelJson, tryOut } from "../support/keras3-models.ts";
import { Draw, damageJson } from "../support/mutations.ts";

const COUNT = 5000;
const MEMORY = 200 * 2 ** 20;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test(`${COUNT} mutations are loaded, or refused in words, within 200 MiB and a second each`, async () => {
  for (const model of KERAS3_MODELS) await tryOut(modelJson(model), model.weightData);
  collect();
  const start = process.memoryUsage().rss;
  let [loaded, most, slowest] = [0, 0, 0];
  const wordless: string[] = [];
  for (let i = 0; i < COUNT; i++) {
    const model = KERAS3_MODELS[i % KERAS3_MODELS.length] as ModelArtifacts;
    const json = damageJson(modelJson(model), new Draw(new Random(i)));
    const began = process.cpuUsage();
    try {
      await tryOut(json, model.weightData);
      loaded++;
    } catch (error) {
      if (codeOf(error) === undefined) wordless.push(`${i}: ${(error as Error).stack}`);
    }
    slowest = Math.max(slowest, process.cpuUsage(began).user / 1e6);
    most = Math.max(most, process.memoryUsage().rss - start);
    if (i % 10 === 0) collect();
  }
  console.log(`${loaded} loaded, at most ${Math.round(most / 2 ** 20)} MiB, the slowest ${slowest.toFixed(3)} s`);
  expect(wordless).toEqual([]);
  expect(loaded).toBeGreaterThan(COUNT / 20);
  expect(loaded).toBeLessThan(COUNT / 2);
  expect(most).toBeLessThan(MEMORY);
  expect(slowest).toBeLessThan(1);
});
