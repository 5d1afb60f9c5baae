/** Trainings and experiments asked from code: the notes and records that the commands write. */
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fit, fullyConnected, paperStudy, trainingSearchStudy, trainingStudy, trainStudy } from "../../../src/index.ts";
import { loadData, saveNetwork } from "../../../src/node/index.ts";
import { noteMarkdown } from "../../../src/report/index.ts";
import { digestRecord, type StudyProgress, type StudySplits } from "../../../src/studies/index.ts";
import { PAPER_RECIPES } from "../../../src/studies/paper/index.ts";
import { COST } from "../../../src/studies/paper/jobs.ts";
import { type TrainStudyOptions, trainCommand } from "../../../src/studies/train/options.ts";
import { trainingPlan } from "../../../src/studies/train/plan.ts";
import { RECIPES, type Recipe, recipeOf } from "../../../src/train/index.ts";
import { blindspot, writeSet } from "../../cli/blindspot.ts";

let folder: string;
let data: StudySplits;
const json = (...path: string[]) => JSON.parse(readFileSync(join(folder, ...path), "utf8"));

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "blindspot-study-")));
  const name = writeSet(join(folder, "set"));
  data = { name, train: await loadData(`${name}:train`), test: await loadData(`${name}:test`) };
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WAYS: readonly [name: string, options: TrainStudyOptions, flags: readonly string[]][] = [
  [
    "full batches",
    { decay: [1e-3], spectral: 0.01, iterations: 20, seed: 3 },
    ["--decay", "1e-3", "--spectral", "0.01", "--iterations", "20", "--seed", "3"],
  ],
  [
    "minibatches",
    { optimizer: "adam", epochs: 3, batch: 7, strategy: "adversarial-layers", radius: [0.4, 0.1], weight: 0.5 },
    [
      ...["--optimizer", "adam", "--epochs", "3", "--batch", "7", "--strategy", "adversarial-layers"],
      ...["--radius", "0.4,0.1", "--weight", "0.5"],
    ],
  ],
];

for (const [name, options, flags] of WAYS) {
  test(`trainStudy by ${name} leaves the note that the command writes, whose own command writes it again`, async () => {
    const { network, note, curve } = await trainStudy(recipeOf("fc8-3", RECIPES), data, options);
    const train = ["train", "--model", "fc8-3", "--data", data.name, ...flags, "--quiet"];
    expect(await blindspot(...train, "--out", join(folder, name))).toMatchObject({ code: 0, err: "" });
    const { weights, ...written } = json(name, "training.json");
    expect(JSON.parse(JSON.stringify(note))).toEqual(written);
    expect(Object.keys(weights)).toEqual(["group1-shard1of1.bin"]);
    expect(curve.length).toBe(options.epochs ?? 0);
    expect(network.parameterCount).toBe(16 * 8 + 8 + 8 * 3 + 3);
    const [, , ...again] = note.command.split(" "); // no argument has a space in it
    expect(await blindspot(...again, "--out", join(folder, `${name} again`))).toMatchObject({ code: 0 });
    expect(json(`${name} again`, "training.json").digest).toBe(note.digest);
  });
}

test("trainStudy stops by its signal with the signal's reason", async () => {
  const stop = new AbortController();
  const training = trainStudy(
    recipeOf("fc8-3", RECIPES),
    data,
    { iterations: 5000 },
    {
      signal: stop.signal,
      onProgress: ({ done }) => done >= 3 && stop.abort(new Error("enough")),
    },
  );
  await expect(training).rejects.toThrow("enough");
});

test("a plan takes the options in the place of the recipe's settings", () => {
  const recipe = recipeOf("mnist-convnet", RECIPES);
  expect(trainingPlan(recipe, { epochs: 2, decay: [0.5] }, 784)).toMatchObject({
    way: "minibatches",
    recipe: { decay: [0.5, 0.5, 0.5, 0.5], minibatch: { epochs: 2, batch: 64 }, strategy: { name: "plain" } },
  });
  expect(trainingPlan(recipe, { optimizer: "lbfgs", iterations: 9 }, 784)).toMatchObject({
    way: "full batches",
    recipe: { iterations: 9 },
    spectral: 0,
  });
});

test("settings of a sparse autoencoder take the place of its recipe's, and only of such a recipe's", () => {
  const sparsity = { decay: 0.003, beta: 0.3, target: 0.1 };
  const ae = recipeOf("ae400-10", PAPER_RECIPES);
  expect(trainingPlan(ae, { sparsity }, 784)).toEqual({
    way: "full batches",
    recipe: { ...ae, ...sparsity },
    spectral: 0,
  });
  expect(trainCommand("ae400-10", "mnist", { sparsity })).toBe(
    "npx blindspot train --model ae400-10 --data mnist --sparsity 0.003/0.3/0.1 --seed 0",
  );
  for (const name of ["mnist-convnet", "quocnet-small"]) {
    expect(() => trainingPlan(recipeOf(name, RECIPES), { sparsity }, 784)).toThrow(
      `sparsity: expected none for ${name}, got some`,
    );
  }
  expect(() => trainingPlan(ae, { sparsity: { ...sparsity, target: 1 } }, 784)).toThrow("sparsity.target: expected");
});

test("fewer iterations than a phase has shorten it too; more go to the run on all rows", () => {
  const recipe = { ...recipeOf("fc8-3", RECIPES), phases: [{ rows: 9, iterations: 20 }], iterations: 40, memory: 6 };
  const planned = (iterations: number) => trainingPlan(recipe, { iterations }, 784).recipe;
  expect(planned(5)).toEqual({ ...recipe, phases: [{ rows: 9, iterations: 5 }], iterations: 5 });
  expect(planned(30)).toEqual({ ...recipe, iterations: 30 });
  expect(planned(90)).toEqual({ ...recipe, iterations: 90 });
  for (const own of [recipe, { ...recipe, iterations: 10 }]) expect(trainingPlan(own, {}, 784).recipe).toEqual(own);
});

test("a recipe in phases: the progress says which, the note how many iterations on which images", async () => {
  const phases = [{ rows: 9, iterations: 4 }];
  const recipe = { ...recipeOf("fc8-3", RECIPES), phases, iterations: 3, memory: 6 };
  const seen: StudyProgress[] = [];
  const { network, note } = await trainStudy(recipe, data, {}, { onProgress: (now) => void seen.push(now) });
  expect(note).toMatchObject({ phases, memory: 6, iterations: 3, status: "max-iterations" });
  expect(noteMarkdown(note)).toContain("| L-BFGS before that | 4 iterations at most on the first 9 images |");
  expect(noteMarkdown(note)).toMatch(
    /\| L-BFGS \| 3 iterations, \d+ evaluations, max-iterations; 6 pairs of history \|/,
  );
  const count = data.train.count;
  const place = (i: number) => (i <= 4 ? "phase 1 of 2 on 9 images" : `phase 2 of 2 on ${count} images`);
  expect(seen.map(({ done, total }) => [done, total])).toEqual(Array.from({ length: 8 }, (_, i) => [i, 7]));
  expect(seen.slice(1).map(({ note: text }) => text?.replace(/, loss.*/, ""))).toEqual(
    Array.from({ length: 7 }, (_, i) => place(i + 1)),
  );
  const alone = fullyConnected([16, 8, 3], { seed: 0 });
  await fit(alone, data.train, { phases, iterations: 3, memory: 6 });
  expect(alone.getParameters()).toEqual(network.getParameters());
});

test("what a training in phases costs adds up over its iterations", () => {
  const recipe: Recipe = { ...recipeOf("fc8-3", []), phases: [{ rows: 10, iterations: 4 }], iterations: 3 };
  const job = { kind: "model", recipe, seed: 0 } as const;
  const steps = [
    ...[1, 2, 3, 4].map((i) => COST.trained(job, 40, 0, i)),
    ...[1, 2, 3].map((i) => COST.trained(job, 40, 1, i)),
  ];
  const unit = steps[0] as number; // an iteration on 10 images; one on 40 is four times that
  // A cost is some ten roundings of 2^-53 from that.
  for (const [i, whole] of [1, 2, 3, 4, 8, 12, 16].entries()) {
    expect(Math.abs((steps[i] as number) / unit - whole)).toBeLessThanOrEqual(16 * whole * 2 ** -53);
  }
  expect(steps.at(-1)).toBe(COST.model(job, 40));
  expect(COST.model(job, 4) / COST.model(job, 8)).toBe(0.5); // a set that is smaller than the phase
});

test("the experiments on training have the records that the command writes, and a digest of them", async () => {
  const rival = join(folder, "rival");
  const network = fullyConnected([16, 8, 3], { seed: 1 });
  await saveNetwork(network, rival);
  const paper = ["paper", "--data", data.name, "--arms", "decay", "--seeds", "1", "--epochs", "1", "--quiet"];
  const asked = { arms: ["decay"], seeds: 1, epochs: 1 };

  const experiment = [...paper, "--experiment", "training", "--rival", rival, "--count", "6"];
  expect(await blindspot(...experiment, "--out", join(folder, "training"))).toMatchObject({ code: 0 });
  const model = { network, name: "rival", given: rival };
  const training = await trainingStudy(model, data, { ...asked, count: 6 });
  const search = [...paper, "--experiment", "training-search"];
  expect(await blindspot(...search, "--out", join(folder, "search"))).toMatchObject({ code: 0 });
  const searched = await trainingSearchStudy({ name: data.name, dataset: data.train }, asked);

  for (const [record, name] of [
    [training, "training"],
    [searched, "search"],
  ] as const) {
    const written = json(name, "results.json");
    expect(written.recordDigest).toBe(record.recordDigest);
    expect(await digestRecord(written)).toBe(record.recordDigest);
    expect(written.command).toContain(` --data ${data.name} --arms decay --seeds 1 --epochs 1`);
  }
  expect(training).toMatchObject({ kind: "training", rival: { name: "rival" }, runs: [{ arm: "decay", seed: 0 }] });
  expect(searched).toMatchObject({ kind: "training-search", wanted: searched.finished });
});

test("the studies refuse numbers that make no sense, before any work", async () => {
  const model = { network: fullyConnected([16, 3], { seed: 1 }), name: "m" };
  await expect(trainingStudy(model, data, { seeds: 0 })).rejects.toThrow(/^seeds: expected a whole number >= 1, got 0/);
  await expect(trainingSearchStudy({ name: "d", dataset: data.train }, { arms: ["control"] })).rejects.toThrow(
    /^arms: expected some with settings to choose \(decay, .*\), got control/,
  );
  await expect(paperStudy(data, { seeds: 1 })).rejects.toThrow("seeds: expected a whole number in [2, 100], got 1");
});
