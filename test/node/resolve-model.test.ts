import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import { loadNetwork, readArtifacts } from "../../src/node/index.ts";
import { resolveModel, SHIPPED, shippedModels } from "../../src/node/resolve-model.ts";
import { rejectionOf } from "../message-of.ts";
import { temporaryFolder } from "../temporary.ts";

/** A folder of models as the package ships it; `half` has no model.json. */
function makeShipped(): string {
  const models = temporaryFolder();
  for (const name of ["fc10-1e-4", "fc5-3", "half"]) mkdirSync(join(models, name));
  for (const name of ["fc5-3", "fc10-1e-4"]) writeFileSync(join(models, name, "model.json"), "{}");
  return models;
}

test("resolveModel takes a folder, its model.json, and a relative path", async () => {
  const folder = join(makeShipped(), "fc10-1e-4");
  expect(await resolveModel(folder)).toBe(folder);
  expect(await resolveModel(`${folder}/`)).toBe(folder);
  expect(await resolveModel(join(folder, "model.json"))).toBe(folder);
  expect(await resolveModel(relative(process.cwd(), folder))).toBe(folder);
});

test("a file of any name that ends in .json, beside its shards, is a model", async () => {
  const folder = temporaryFolder();
  const shipped = join(SHIPPED, "fc10-1");
  copyFileSync(join(shipped, "model.json"), join(folder, "mine.json"));
  copyFileSync(join(shipped, "group1-shard1of1.bin"), join(folder, "group1-shard1of1.bin"));
  const file = join(folder, "mine.json");
  expect(await resolveModel(relative(process.cwd(), file))).toBe(file);
  const rows = new Float32Array(784).fill(0.5);
  const [mine, theirs] = [await loadNetwork(file), await loadNetwork("fc10-1")];
  expect([...mine.predict(rows)]).toEqual([...theirs.predict(rows)]);
  writeFileSync(file, "{}");
  expect(await rejectionOf(loadNetwork(file))).toBe(`${file}: expected modelTopology, got none`);
});

test("readArtifacts refuses a GraphModel, which has no artifacts of layers", async () => {
  const folder = temporaryFolder();
  for (const json of [{ format: "graph-model", modelTopology: {} }, { modelTopology: { node: [] } }]) {
    writeFileSync(join(folder, "model.json"), JSON.stringify({ ...json, weightsManifest: [] }));
    expect(await rejectionOf(readArtifacts(folder))).toBe(
      `${join(folder, "model.json")}: format: expected a LayersModel (loadNetwork reads GraphModels), got a GraphModel`,
    );
  }
});

test("resolveModel takes the name of a shipped model, with models/ before it or without", async () => {
  const models = makeShipped();
  for (const name of ["fc5-3", "models/fc5-3", "models/fc5-3/"]) {
    expect(await resolveModel(name, models)).toBe(join(models, "fc5-3"));
  }
});

test("resolveModel refuses what is neither and lists what ships", async () => {
  const models = makeShipped();
  for (const name of ["lenet", "half", "", "..", "models/../fc10-1e-4", "a b"]) {
    expect(await rejectionOf(resolveModel(name, models))).toBe(
      `model: expected a folder with a model.json, the file of a model or one of fc10-1e-4, fc5-3, got ${JSON.stringify(name)}`,
    );
  }
});

test("resolveModel with nothing shipped asks for a folder only", async () => {
  const none = join(temporaryFolder(), "none");
  expect(await shippedModels(none)).toEqual([]);
  expect(await rejectionOf(resolveModel("lenet", none))).toBe(
    'model: expected a folder with a model.json, the file of a model, got "lenet"',
  );
});
