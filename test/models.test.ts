/** The models that ship: what their notes say is measured again from the files alone, and the README's digest is run again. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { lbfgsAttack, targetLabels } from "../src/attacks/index.ts";
import { commands } from "../src/cli/commands.ts";
import { run } from "../src/cli/run.ts";
import { digestArrays } from "../src/data/digest.ts";
import { type Dataset, slice } from "../src/data/index.ts";
import { loadMnist, loadNetwork, shippedModels } from "../src/node/index.ts";
import { PAPER_RECIPES } from "../src/studies/paper/index.ts";
import { decaysOf, errorRate, isAutoencoder, partOf, RECIPES, recipeOf, unitsOf } from "../src/train/index.ts";
import { temporaryFolder } from "./temporary.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Largest errors that a shipped model may have, as shares: on what it was trained on, test. Near the paper's (docs/decisions). */
const LIMITS: Readonly<Record<string, readonly [train: number, test: number]>> = {
  "ae400-10": [0.012, 0.023],
  "fc10-1": [0.215, 0.203],
  "fc10-1e-2": [0.103, 0.097],
  "fc10-1e-4": [0.07, 0.077],
  "fc100-100-10": [0, 0.0194],
  "fc100-100-10-adversarial": [0.003, 0.0125],
  "fc100-100-10-p1": [0, 0.025],
  "fc100-100-10-p2": [0, 0.026],
  "fc123-456-10-p1": [0, 0.026],
  "fc200-200-10": [0, 0.0184],
  "mnist-certified": [0.025, 0.026],
  "mnist-convnet": [0.005, 0.01],
};

let training: Dataset;
let testing: Dataset;
beforeAll(async () => {
  training = await loadMnist("train");
  testing = await loadMnist("test");
});

test("every model that is claimed ships, and no other", async () => {
  expect(await shippedModels()).toEqual(Object.keys(LIMITS).sort());
});

for (const [name, [mostTraining, mostTest]] of Object.entries(LIMITS)) {
  test(`${name} has the errors and the digest of its note, and its recipe's settings`, async () => {
    const note = JSON.parse(readFileSync(join(root, "models", name, "training.json"), "utf8"));
    const network = await loadNetwork(name);
    expect(await digestArrays({ parameters: { data: network.getParameters() } })).toBe(note.digest);
    const recipe = recipeOf(name, [...PAPER_RECIPES, ...RECIPES]);
    const seen = slice(training, ...partOf(training.count, recipe));
    // The convolutional network would take half a minute for the training set.
    if (isAutoencoder(recipe) || !recipe.architecture) {
      expect(errorRate(network, seen.rows, seen.labels)).toBe(note.trainError);
    }
    expect(errorRate(network, testing.rows, testing.labels)).toBe(note.testError);
    expect(note.trainError).toBeLessThanOrEqual(mostTraining);
    expect(note.testError).toBeLessThanOrEqual(mostTest);
    const minibatch = isAutoencoder(recipe) ? undefined : recipe.minibatch;
    expect(note).toMatchObject({ ...(minibatch ?? { units: unitsOf(recipe) }), decay: decaysOf(recipe), seed: 0 });
    expect(readFileSync(join(root, "models", name, "README.md"), "utf8")).toContain(note.digest);
  });
}

test("every effort finds all of 20 images, and more effort never a larger distortion", async () => {
  const network = await loadNetwork("fc100-100-10");
  const truth = testing.labels.subarray(0, 20);
  const rows = testing.rows.subarray(0, 20 * network.inputSize);
  const labels = targetLabels("next", truth, { classes: 10 });
  const fast = await lbfgsAttack(network, { rows, labels });
  const thorough = await lbfgsAttack(network, { rows, labels, effort: "thorough" });
  // Success is of what was attacked: an image that is misread as its target needs no attack.
  for (const { stop, success } of [fast, thorough]) {
    expect(stop.filter((reason) => reason !== "already-target")).toEqual(
      stop.flatMap((_, i) => (success[i] ? ["found"] : [])),
    );
    expect(stop.filter((reason) => reason === "already-target").length).toBeLessThanOrEqual(1);
  }
  for (const [i, distortion] of thorough.distortion.entries()) {
    expect(distortion).toBeLessThanOrEqual(fast.distortion[i] as number);
  }
});

test("the main job gives the digest that the README states", async () => {
  const stated = /digest of the main job: `([0-9a-f]{64})`/.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1];
  const out = join(temporaryFolder(), "report");
  const streams = { stdout: { write: () => true }, stderr: { write: () => true } };
  expect(await run(["attack", "--target", "next", "--out", out, "--quiet"], commands(), streams)).toBe(0);
  expect(JSON.parse(readFileSync(join(out, "results.json"), "utf8")).digest).toBe(stated);
});

/** Digest of the paper's tables with 20 images each, on every machine. The README has that of 1,000. */
const SMALL_TABLES = "e825419ae65b4194c779aad6f8684fc59d1c22dd19863ce297f83a241db17512";

test("the paper's tables from the shipped weights have their digest, and every set fools its own model", async () => {
  const out = join(temporaryFolder(), "paper");
  const streams = { stdout: { write: () => true }, stderr: { write: () => true } };
  expect(await run(["paper", "--count", "20", "--out", out, "--quiet"], commands(), streams)).toBe(0);
  const { digest, tables } = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
  for (const { rows } of [tables.table2, tables.table4.minimum, tables.table4.amplified]) {
    for (const { source, errors } of rows) if (source in errors) expect(errors[source], source).toBe(1);
  }
  expect(digest).toBe(SMALL_TABLES);
});
