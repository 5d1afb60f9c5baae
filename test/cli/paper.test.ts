/**
 * The paper's tables from nothing on a set of 5 x 5 images: the same numbers on any number of workers, and whatever is killed on
 * the way. What is killed runs in a process of its own, from dist/.
 */
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadData, Run } from "../../src/node/index.ts";
import { Random } from "../../src/numeric/random.ts";
import { inProcess } from "../../src/studies/in-process.ts";
import { PaperWorkers } from "../../src/studies/paper/executor.ts";
import {
  modelsOf,
  PAPER_DEFAULTS,
  type PaperStudyOptions,
  paperStudy,
  runPaper,
  TABLE_1_MODELS,
} from "../../src/studies/paper/index.ts";
import { paperDigest } from "../../src/studies/paper/record.ts";
import { digestRecord, recordJson } from "../../src/studies/record.ts";
import { blindspot } from "./blindspot.ts";

const SIDE = 5;
const COUNT = 12;
const ITERATIONS = 8;
const MAIN = fileURLToPath(new URL("../../dist/bundle/main.js", import.meta.url));

/** Ten classes: which row or which column of a 5 x 5 image is bright. IDX files named as MNIST's. */
function writeSet(folder: string): string {
  mkdirSync(folder);
  for (const [prefix, count, seed] of [
    ["train", 120, 1],
    ["t10k", 40, 2],
  ] as const) {
    const random = new Random(seed);
    const pixels = Uint8Array.from({ length: count * SIDE * SIDE }, (_, i) => {
      const label = Math.floor(i / (SIDE * SIDE)) % 10;
      const [row, column] = [Math.floor((i % (SIDE * SIDE)) / SIDE), i % SIDE];
      const isBright = label < SIDE ? row === label : column === label - SIDE;
      return (isBright ? 150 : 10) + 90 * random.uniform(i);
    });
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
    const header = Buffer.from([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, SIDE, 0, 0, 0, SIDE]);
    writeFileSync(join(folder, `${prefix}-images-idx3-ubyte`), Buffer.concat([header, pixels]));
    const labelHeader = Buffer.from([0, 0, 8, 1, 0, 0, 0, count]);
    writeFileSync(join(folder, `${prefix}-labels-idx1-ubyte`), Buffer.concat([labelHeader, labels]));
  }
  return `idx:${folder}`;
}

let folder: string;
let set: string;
let reference: string;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "blindspot-paper-")));
  set = writeSet(join(folder, "set"));
  reference = await digestOn(1);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function loadSet() {
  return { name: set, train: await loadData(`${set}:train`), test: await loadData(`${set}:test`) };
}

/** The digest of all tables on so many workers. */
async function digestOn(workers: number, options: PaperStudyOptions = {}): Promise<string> {
  const data = await loadSet();
  const path = join(folder, `on-${workers}.journal`);
  const run = await Run.open({ journal: path, checkpoints: `${path}s`, description: {} }, { workers });
  try {
    const asked = { count: COUNT, iterations: ITERATIONS, ...options };
    const { record } = await paperStudy(data, asked, { executor: run });
    expect(await digestRecord(JSON.parse(recordJson(record)))).toBe(record.recordDigest);
    return record.digest;
  } finally {
    await run.finish();
  }
}

const flags = (out: string) => [
  ...["paper", "--data", set, "--retrain", "--iterations", String(ITERATIONS), "--count", String(COUNT)],
  ...["--workers", "2", "--checkpoint", "0", "--out", out],
];

for (const workers of [2, 3]) {
  test(`the tables have the same digest on ${workers} workers as on one`, async () => {
    expect(await digestOn(workers)).toBe(reference);
  });
}

test("killed again and again, in trainings and in attacks, the same command goes on to the same digest", async () => {
  const out = join(folder, "killed");
  const journal = `${out}.journal`;
  const bytes = () => (existsSync(journal) ? readFileSync(journal, "latin1") : "");
  const attacked = () => bytes().split('"stop":').length - 1;
  const checkpoints = () => (existsSync(`${out}.checkpoints`) ? readdirSync(`${out}.checkpoints`).length : 0);
  let reached = 0;
  // Twice in the middle of trainings, as soon as there is a checkpoint and more is finished than before; then in the attacks.
  for (const phase of ["training", "training", "attack", "attack"]) {
    const child = spawn(process.execPath, [MAIN, ...flags(out), "--quiet"], { stdio: "ignore" });
    const ended = new Promise<boolean>((resolve) => child.on("exit", () => resolve(false)));
    const [size, images] = [bytes().length, attacked()];
    const isDue = () => (phase === "training" ? checkpoints() > 0 && bytes().length > size : attacked() > images + 5);
    while (!isDue()) if (!(await Promise.race([ended, sleep(2, true)]))) break;
    expect(child.exitCode, phase).toBe(null); // it was still at it
    child.kill("SIGKILL");
    await ended;
    expect(bytes().length).toBeGreaterThan(reached); // what was finished is not lost
    reached = bytes().length;
  }

  const other = await blindspot(...flags(out), "--seed", "1");
  expect(other).toMatchObject({ code: 1 });
  expect(other.err).toMatch(/killed.journal: seed: expected 0, as the run that was stopped .*, got 1/);

  const done = await blindspot(...flags(out));
  expect(done).toMatchObject({ code: 0 });
  expect(done.err).toMatch(/paper: goes on from .*killed.journal: \d+ results are known/);
  const results = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
  expect(results.digest).toBe(reference);
  // Neither journal nor lock nor checkpoint nor partial folder is left.
  expect(readdirSync(folder).filter((name) => name.startsWith("killed"))).toEqual(["killed"]);
});

describe("the command", () => {
  test("writes tables, pictures and the models that it trained, and the same files on one worker", async () => {
    const out = join(folder, "whole");
    const { code, out: text } = await blindspot(...flags(out), "--workers", "1");
    expect(code).toBe(0);
    expect(text).toContain(reference);
    const results = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
    expect(results).toMatchObject({ generator: "blindspot", kind: "paper", digest: reference });
    expect(results.tables.table1.map(({ model }: { model: string }) => model)).toEqual([...TABLE_1_MODELS]);
    for (const { trainError, testError, distortion } of results.tables.table1) {
      for (const rate of [trainError, testError, distortion]) expect(rate >= 0 && rate <= 1).toBe(true);
    }
    for (const { source, errors, distortion } of results.tables.table2.rows) {
      expect(Object.keys(errors)).toEqual([...TABLE_1_MODELS]);
      expect(typeof source === "string" && distortion >= 0).toBe(true);
    }
    expect(results.command).toBe(`npx blindspot paper --count 12 --data ${set} --retrain --iterations 8`);
    const page = readFileSync(join(out, "index.html"), "utf8");
    for (const text of ["Table 1", "Table 2", "Table 3", "Table 4, lower half", "paper 87.1 %", "seed 0", reference]) {
      expect(page, text).toContain(text);
    }
    for (const name of ["table-2.svg", "table-4-amplified.svg", "distortions-train.svg", "arrays/train/indices.npy"]) {
      expect(existsSync(join(out, name)), name).toBe(true);
    }
    expect(readdirSync(join(out, "models")).sort()).toEqual(modelsOf(PAPER_DEFAULTS.tables).sort());

    // A model that the run trained is, file by file, what `train` makes.
    const [model] = ["fc100-100-10-p2"];
    const alone = join(folder, "alone");
    await blindspot(
      "train",
      "--model",
      model as string,
      "--data",
      set,
      "--iterations",
      String(ITERATIONS),
      "--out",
      alone,
    );
    for (const name of readdirSync(alone).filter((name) => name !== ".blindspot.json")) {
      expect(
        readFileSync(join(out, "models", model as string, name)).equals(readFileSync(join(alone, name))),
        name,
      ).toBe(true);
    }
  });

  test("shows the range over training seeds, that of each seed digested", async () => {
    const out = join(folder, "seeds");
    const args = [...flags(out), "--tables", "3", "--seeds", "2"];
    expect(await blindspot(...args)).toMatchObject({ code: 0 });
    const seeds = JSON.parse(readFileSync(join(out, "seeds.json"), "utf8"));
    const data = await loadSet();
    const executor = new PaperWorkers({ executor: inProcess(), data, iterations: ITERATIONS });
    const { tables } = await runPaper({ tables: [3], count: COUNT, trainSeed: 1 }, data, executor);
    expect(seeds.digests).toEqual([await digestOn(2, { tables: [3] }), await paperDigest(tables)]);
    expect(new Set(seeds.digests).size).toBe(2);
    expect(Object.values(seeds.cells).every((values) => (values as number[]).length === 2)).toBe(true);
    expect(readFileSync(join(out, "index.html"), "utf8")).toContain("training seeds");
  });

  test("takes every target rule and reading, and says them in its page", async () => {
    const out = join(folder, "readings");
    mkdirSync(`${out}.checkpoints`);
    writeFileSync(join(`${out}.checkpoints`, "notes"), "dear"); // the user's
    for (const [args, words] of [
      [["--target", "all", "--noise", "clipped"], "every wrong label"],
      [["--target", "3", "--amplification", "per-image", "--distortion", "mean"], "none of which is a 3"],
      [["--target", "least-likely"], "finds least likely"],
    ] as const) {
      expect(await blindspot(...flags(out), "--tables", "3,4", "--overwrite", ...args)).toMatchObject({ code: 0 });
      expect(readFileSync(join(out, "index.html"), "utf8")).toContain(words);
    }
    expect(readdirSync(`${out}.checkpoints`)).toEqual(["notes"]);
  });

  const refusals: readonly [title: string, args: readonly string[], code: number, message: RegExp][] = [
    ["a table that the paper has not", ["--tables", "1,5"], 2, /--tables: expected a whole number in \[1, 4\], got 5/],
    ["a rule that does not exist", ["--target", "nearest"], 2, /--target: expected next, random, .* got "nearest"/],
    [
      "more images than there are",
      ["--count", "121"],
      1,
      /count: expected a whole number in \[1, 40\], got 121|count: .*120/,
    ],
    [
      "a set that the shipped models do not know",
      [],
      1,
      /--data idx:.*: expected MNIST, .* or --retrain, got another set/,
    ],
  ];
  for (const [title, args, code, message] of refusals) {
    test(`refuses ${title} in one line, and leaves nothing but a journal`, async () => {
      const out = join(folder, "refused");
      const own = title.includes("shipped") ? flags(out).filter((flag) => flag !== "--retrain") : flags(out);
      const result = await blindspot(...own, ...args);
      expect(result.code).toBe(code);
      expect(result.err).toMatch(message);
      expect(existsSync(out)).toBe(false);
    });
  }
});
