/** `blindspot transfer` from flags to a folder: on the shipped models, and on small ones for what it refuses. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readNpy } from "../../src/data/index.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot, writeSet } from "./blindspot.ts";

interface Cell {
  model: string;
  error: { rate: number; hits: number; count: number; low: number; high: number };
  carried?: Cell["error"];
}

test("the shipped models: a matrix in a folder, the same digest twice", async () => {
  const folder = temporaryFolder();
  const flags = ["transfer", "--from", "fc100-100-10,fc10-1e-4", "--count", "12", "--amplify", "0.1", "--noise", "0.3"];
  const first = await blindspot(...flags, "--out", join(folder, "a"), "--quiet");
  expect(first).toMatchObject({ code: 0, err: "" });
  expect(first.out).toMatch(/made for \\ fed to {4}fc100-100-10 {2}fc10-1e-4 {2}images {2}distortion\n/);
  const json = JSON.parse(readFileSync(join(folder, "a", "results.json"), "utf8"));
  const second = await blindspot(...flags, "--out", join(folder, "b"), "--json");
  expect(JSON.parse(second.out).digest).toBe(json.digest);
  expect(JSON.parse(second.out).rows).toEqual(json.rows);

  expect(json.models.map(({ name }: { name: string }) => name)).toEqual(["fc100-100-10", "fc10-1e-4"]);
  expect(json.rows.map((row: { name: string; kind: string }) => [row.name, row.kind])).toEqual([
    ["fc100-100-10", "adversarial"],
    ["fc100-100-10 at 0.1", "amplified"],
    ["fc10-1e-4", "adversarial"],
    ["fc10-1e-4 at 0.1", "amplified"],
    ["noise 0.3", "noise"],
  ]);
  const cells = json.rows.flatMap((row: { cells: Cell[] }) => row.cells) as Cell[];
  expect(cells).toHaveLength(10);
  for (const { error } of cells) {
    expect(error.rate).toBe(error.hits / 12);
    expect(error.low).toBeLessThanOrEqual(error.rate);
    expect(error.high).toBeGreaterThanOrEqual(error.rate);
  }
  // Each set fools the model that it was made for, on every image that was attacked.
  expect(json.rows[0].cells[0].carried.rate).toBe(1);
  expect(json.rows[2].cells[1].carried.rate).toBe(1);
  expect(json.rows[1].distortion.pooled).toBeCloseTo(0.1, 6);

  const labels = readNpy("f", readFileSync(join(folder, "a", "arrays", "label.npy"))).data;
  const answers = readNpy("f", readFileSync(join(folder, "a", "arrays", "01-fc100-100-10", "answers.npy"))).data;
  const wrong = Array.from(labels).filter((label, i) => answers[12 + i] !== label).length;
  expect(wrong).toBe(json.rows[0].cells[1].error.hits);
  for (const name of ["index.html", "heat-map.svg", "distortions.svg", "examples.png"]) {
    expect(existsSync(join(folder, "a", name)), name).toBe(true);
  }
});

test("takes folders called alike by the names that were given, and a model that is in both lists once", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "set"));
  const models = ["x/net", "y/net"].map((name) => join(folder, name));
  for (const [i, out] of models.entries()) {
    const made = await blindspot(
      "train",
      "--model",
      "fc6-3",
      "--data",
      data,
      "--iterations",
      "30",
      "--seed",
      `${i}`,
      "--out",
      out,
      "--quiet",
    );
    expect(made).toMatchObject({ code: 0 });
  }
  const flags = [
    "transfer",
    "--from",
    models[0] as string,
    "--to",
    models.join(","),
    "--data",
    `${data}:test`,
    "--count",
    "6",
  ];
  const ran = await blindspot(...flags, "--json", "--out", join(folder, "out"));
  expect(ran).toMatchObject({ code: 0, err: "" });
  const json = JSON.parse(ran.out);
  expect(json.models.map(({ name }: { name: string }) => name)).toEqual(models);
  expect(json.command).toContain(`--from ${models[0]} --to ${models[1]} --data`);
  // The second of two parts of the images gets the targets and the noise that it gets in the whole.
  const part = ["--first", "2", "--count", "4", "--noise", "0.2"];
  await blindspot(...flags, "--noise", "0.2", "--out", join(folder, "whole"));
  await blindspot(...flags, ...part, "--out", join(folder, "part"));
  const array = (name: string, file: string) => readNpy("f", readFileSync(join(folder, name, "arrays", file))).data;
  const sets = readdirSync(join(folder, "whole", "arrays")).filter((name) => /^\d/.test(name));
  expect(sets).toHaveLength(2);
  for (const set of sets) {
    const file = join(set, "images.npy");
    expect(array("part", file)).toEqual(array("whole", file).subarray(2 * 16));
  }
});

test("refuses in one line and writes nothing", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "set"));
  const train = (name: string, ...flags: string[]) =>
    blindspot("train", "--data", data, "--out", join(folder, name), "--quiet", ...flags);
  await train("small", "--model", "fc4-3", "--iterations", "20");
  await train("more", "--model", "fc4-5", "--iterations", "2");
  const out = join(folder, "out");
  const small = join(folder, "small");
  const before = readdirSync(folder).sort();
  const usual = ["--from", small, "--to", small, "--data", `${data}:test`, "--count", "6", "--quiet", "--out", out];
  let refused = 0;
  for (const [args, code, message] of [
    [["--from", "nowhere"], 1, /^blindspot: model: expected .* got "nowhere"\n$/],
    [["--to", "fc10-1e-4"], 1, /^blindspot: model fc10-1e-4: expected 16 inputs, as small has, got 784\n$/],
    [["--to", join(folder, "more")], 1, /^blindspot: model more: expected 3 classes, as small has, got 5\n$/],
    [["--from", `${small},`], 2, /--from: expected models separated by commas/],
    [["--noise", "0.1,x"], 2, /--noise: expected a number, got "x"/],
    [["--noise", "0.1,0.10"], 2, /--noise: expected each number once, got 0.1 twice/],
    [["--amplify", "-1"], 2, /--amplify: expected a finite number >= 0, got -1/],
    [["--target", "3"], 1, /--target: expected a whole number in \[0, 2\], got 3/],
    [["--count", "31"], 1, /expected images within the 30/],
    [
      ["--target", "0", "--count", "1"],
      1,
      /--from small: expected at least one image that fools it, to feed to the others, got none of 0 attacked \(0 misclassified, 1 the target already\)/,
    ],
  ] as const) {
    const result = await blindspot("transfer", ...usual, ...args);
    expect([result.code, result.err], args.join(" ")).toEqual([code, expect.stringMatching(message)]);
    expect(readdirSync(folder).sort()).toEqual(before);
    refused++;
  }
  expect(refused).toBe(10);
});

test("--help names every flag with its default", async () => {
  const help = await blindspot("transfer", "--help");
  expect(help.code).toBe(0);
  for (const flag of [
    "--from",
    "--to",
    "--data",
    "--count",
    "--target",
    "--amplify",
    "--noise",
    "--effort",
    "--seed",
    "--out",
  ]) {
    expect(help.out).toContain(flag);
  }
  expect(help.out).toContain("(default: fc100-100-10)");
  expect((await blindspot("--help")).out).toMatch(/attack[\s\S]*transfer[\s\S]*train/);
});
