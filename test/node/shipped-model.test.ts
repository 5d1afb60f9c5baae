/** What the paper's tables refuse to begin with: weights and data that are not those they are said to be. */
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import {
  loadNetwork,
  loadSeedStudy,
  loadShipped,
  requireMnist,
  requireShippedData,
  shippedModels,
  trainedModelFiles,
} from "../../src/node/index.ts";
import { noteMarkdown } from "../../src/report/index.ts";
import { PAPER_DEFAULTS, REFERENCE, seedStudy } from "../../src/studies/paper/index.ts";
import { messageOf, rejectionOf } from "../message-of.ts";
import { temporaryFolder } from "../temporary.ts";

const MODELS = fileURLToPath(new URL("../../models", import.meta.url));

/** A folder of models with one in it. */
function copied(name: string): string {
  const models = temporaryFolder();
  mkdirSync(join(models, name));
  for (const file of readdirSync(join(MODELS, name))) {
    copyFileSync(join(MODELS, name, file), join(models, name, file));
  }
  return models;
}

test("a shipped model loads with the digest of its note, and is refused with another or without a note", async () => {
  const models = copied("fc10-1");
  expect((await loadShipped("fc10-1", models)).parameterCount).toBe(7840);
  const note = join(models, "fc10-1", "training.json");
  const text = readFileSync(note, "utf8");
  const stated = JSON.parse(text).weights["group1-shard1of1.bin"];
  writeFileSync(note, text.replace(stated, stated.replace(/^./, "z")));
  expect(await rejectionOf(loadShipped("fc10-1", models))).toMatch(
    /group1-shard1of1.bin: expected weights with the digest of their note, z.*: the folder is of another version/,
  );
  writeFileSync(note, text.replace(/"digest": "../, '"digest": "zz'));
  expect(await rejectionOf(loadShipped("fc10-1", models))).toMatch(
    /fc10-1: expected weights with the digest of their note, zz.*: the folder is of another version/,
  );
  writeFileSync(note, "{");
  expect(await rejectionOf(loadShipped("fc10-1", models))).toMatch(/training.json: expected JSON, got/);
  writeFileSync(note, "{}");
  expect(await rejectionOf(loadShipped("fc10-1", models))).toMatch(/training.json: digest: expected/);
  rmSync(note);
  expect(await rejectionOf(loadShipped("fc10-1", models))).toMatch(
    /training.json: expected a note on how the model was made, got no such file/,
  );
});

test("weights with a bit flipped are refused however the shipped model is named", async () => {
  const models = copied("fc10-1");
  const shard = join(models, "fc10-1", "group1-shard1of1.bin");
  const bytes = readFileSync(shard);
  bytes[100] = (bytes[100] as number) ^ 1;
  writeFileSync(shard, bytes);
  expect(await rejectionOf(loadShipped("fc10-1", models))).toMatch(
    /^.*group1-shard1of1.bin: expected weights with the digest/,
  );
  // Elsewhere than among the shipped models, the folder is a user's own.
  expect((await loadNetwork(join(models, "fc10-1"))).parameterCount).toBe(7840);
});

vi.mock("../../src/node/shipped-model.ts", { spy: true });

test("every command's way to a shipped model, by name or by path, compares its weights with its note", async () => {
  const read = vi.mocked(loadShipped);
  for (const name of ["fc10-1", "models/fc10-1", join(MODELS, "fc10-1"), join(MODELS, "fc10-1", "model.json")]) {
    read.mockClear();
    await loadNetwork(name);
    expect(read.mock.calls.map(([called]) => called)).toEqual(["fc10-1"]);
  }
});

test("the note of each shipped model states the SHA-256 of its files, as sha256sum prints it, and its README the same", async () => {
  const names = await shippedModels();
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) {
    const folder = join(MODELS, name);
    const note = JSON.parse(readFileSync(join(folder, "training.json"), "utf8"));
    const shards = readdirSync(folder).filter((file) => file.endsWith(".bin"));
    const digests = shards.map((file) => [
      file,
      createHash("sha256")
        .update(readFileSync(join(folder, file)))
        .digest("hex"),
    ]);
    expect(Object.entries(note.weights), name).toEqual(digests);
    expect(readFileSync(join(folder, "README.md"), "utf8"), name).toBe(noteMarkdown(note));
    const network = await loadShipped(name);
    const made = trainedModelFiles({ network, note, curve: [] });
    expect(made.get("training.json"), name).toBe(readFileSync(join(folder, "training.json"), "utf8"));
  }
});

test("data are refused that call themselves MNIST and are not, and other sets for models that were trained on MNIST", () => {
  expect(messageOf(() => requireMnist("00"))).toMatch(
    /^mnist: expected the images of MNIST, SHA-256 88c92f.*, got 00: a file was changed/,
  );
  expect(messageOf(() => requireShippedData("idx:mine", "00", undefined))).toMatch(
    /^--data idx:mine: expected MNIST, .* or --retrain/,
  );
  requireShippedData("idx:mine", "00", "my/models");
});

test("the numbers of other seeds stand beside a run of their own options alone", async () => {
  const file = join(temporaryFolder(), "seeds.json");
  expect(await loadSeedStudy(PAPER_DEFAULTS, file)).toBeUndefined();
  const study = seedStudy("npx", PAPER_DEFAULTS, [{ digest: "a", tables: REFERENCE }]);
  writeFileSync(file, JSON.stringify(study));
  expect(await loadSeedStudy(PAPER_DEFAULTS, file)).toEqual(study);
  expect(await loadSeedStudy({ ...PAPER_DEFAULTS, seed: 1 }, file)).toBeUndefined();
  writeFileSync(file, "no");
  expect(await rejectionOf(loadSeedStudy(PAPER_DEFAULTS, file))).toMatch(/seeds.json: expected JSON/);
});
