/** What the commands share about the place of their results: its lock, and what of the user's lies there. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OutputFolder } from "../../src/node/output-folder.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot, writeSet } from "./blindspot.ts";

let shared: string;
let set: string;
let model: string;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "blindspot-place-"));
  shared = folder;
  set = writeSet(join(folder, "set"));
  model = join(folder, "model");
  const train = ["train", "--model", "fc8-3", "--data", set, "--iterations", "20", "--out", model, "--quiet"];
  expect(await blindspot(...train)).toMatchObject({ code: 0 });
});

afterAll(() => rmSync(shared, { recursive: true, force: true }));

const COMMANDS: Readonly<Record<string, () => string[]>> = {
  attack: () => ["attack", "--target", "next", "--model", model, "--data", `${set}:test`, "--count", "3"],
  transfer: () => ["transfer", "--from", model, "--to", model, "--data", `${set}:test`, "--count", "3"],
  units: () => ["units", "--model", model, "--data", `${set}:test`, "--top", "2", "--iterations", "0"],
  certify: () => ["certify", "--model", model, "--data", `${set}:test`, "--count", "3"],
  pockets: () => {
    const few = ["--directions", "20", "--samples", "10"];
    return ["pockets", "--model", model, "--data", `${set}:test`, "--count", "2", ...few];
  },
  stability: () => ["stability", "--model", model],
  train: () => ["train", "--model", "fc8-3", "--data", set, "--iterations", "3"],
  paper: () => ["paper", "--data", set, "--retrain", "--iterations", "1", "--count", "1"],
  "paper --experiment training": () => ["paper", "--experiment", "training", "--data", set, "--runs", "0"],
  "paper --experiment training-search": () => [
    "paper",
    "--experiment",
    "training-search",
    "--data",
    set,
    "--runs",
    "0",
  ],
};

for (const [name, args] of Object.entries(COMMANDS)) {
  test(`${name} refuses a place where another run is at it, and leaves nothing`, async () => {
    const folder = temporaryFolder();
    const out = join(folder, "out");
    const other = await OutputFolder.create(out);
    const before = readdirSync(folder).sort();
    const { code, err } = await blindspot(...args(), "--out", out, "--quiet");
    expect(err).toMatch(`blindspot: ${out}: expected one run at a time, got a second one: process ${process.pid} on`);
    expect(code).toBe(1);
    expect(readdirSync(folder).sort()).toEqual(before);
    other.discard();
  });
}

test("--overwrite replaces what Blindspot wrote, and refuses what the user has added, by name", async () => {
  const folder = temporaryFolder();
  const out = join(folder, "out");
  const attack = [...(COMMANDS.attack as () => string[])(), "--out", out, "--quiet"];
  mkdirSync(`${out}.replaced-4194304`); // no process has such a number
  writeFileSync(`${out}.replaced-4194304/thesis.tex`, "dear");
  expect(await blindspot(...attack)).toMatchObject({ code: 0 });
  expect(await blindspot(...attack)).toMatchObject({
    code: 1,
    err: `blindspot: ${out}: expected a path that is free, got an existing folder (--overwrite replaces one that Blindspot wrote)\n`,
  });
  expect(await blindspot(...attack, "--overwrite")).toMatchObject({ code: 0 });
  writeFileSync(join(out, "notes.md"), "dear");
  expect(await blindspot(...attack, "--overwrite")).toMatchObject({
    code: 1,
    err: `blindspot: ${out}: expected nothing but what Blindspot wrote, to overwrite it, got notes.md, added or changed since\n`,
  });
  expect(readFileSync(join(out, "notes.md"), "utf8")).toBe("dear");
  expect(readFileSync(`${out}.replaced-4194304/thesis.tex`, "utf8")).toBe("dear");
  expect(readdirSync(folder).sort()).toEqual(["out", "out.replaced-4194304"]);
});
