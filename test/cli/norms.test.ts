/** `blindspot attack` in a norm: the questions that its flags ask, what its record says, and what it refuses. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodePng, encodePng, readNpy } from "../../src/data/index.ts";
import { loadMnist, loadNetwork, saveNetwork } from "../../src/node/index.ts";
import { dense, networkOf } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot } from "./blindspot.ts";

const run = async (...args: string[]) => {
  const out = join(temporaryFolder(), "report");
  const { code, out: text, err } = await blindspot("attack", "--count", "6", "--quiet", "--out", out, ...args);
  expect([code, err]).toEqual([0, ""]);
  return {
    out,
    text,
    record: JSON.parse(readFileSync(join(out, "results.json"), "utf8")),
    page: readFileSync(join(out, "index.html"), "utf8"),
  };
};

/** An array of a report. */
function valuesOf(out: string, name: string): Float32Array {
  return readNpy(name, readFileSync(join(out, "arrays", `${name}.npy`))).data as Float32Array;
}

for (const [flags, asked] of [
  [["--target", "untargeted"], "any other answer"],
  [[], "any other answer"],
  [["--target", "next"], "the answer by the rule next"],
  [["--target", "5"], "the answer 5"],
  [["--not", "7"], "any answer but 7"],
  [["--output", "3", "--above", "0.75"], "output 3 above 0.75"],
  [["--output", "7", "--below", "0.5"], "output 7 below 0.5"],
  [["--output", "7", "--by", "0.25"], "output 7 moved by more than 0.25"],
  [["--output", "7", "--by", "0.25", "--direction", "down"], "output 7 moved down by more than 0.25"],
] as [string[], string][]) {
  test(`--norm linf ${flags.join(" ")}: the headline says what was asked, and the record's command makes the record again`, async () => {
    const { record, text, page } = await run("--norm", "linf", ...flags, "--workers", "2");
    const { norm, meanDistance } = record.minimal;
    expect([norm, record.minimal.asked]).toEqual(["linf", asked]);
    expect(record.title).toBe(`fc100-100-10 on mnist:test, L-infinity: ${asked}`);
    for (const said of [text, page]) expect(said).toContain(`Asked for: ${asked}.`);
    expect(text).toMatch(/at (a mean|an) L-infinity distance of 0\.\d+/);
    const found = record.examples.filter((e: { outcome: string }) => e.outcome === "found");
    expect(found.length).toBe(record.summary.found);
    expect(found.length).toBeGreaterThan(0);
    const mean = found.reduce((sum: number, e: { distance: number }) => sum + e.distance, 0) / found.length;
    expect(Math.abs(mean - meanDistance)).toBeLessThan(1e-12);
    const again = await run(...record.command.split(" ").slice(3));
    expect(again.record).toEqual({ ...record, timing: again.record.timing });
  });
}

test("where nothing is asked, it is any other answer in L2, and the headline says so", async () => {
  const { record, text } = await run();
  expect([record.minimal.norm, record.minimal.asked, record.summary.found]).toEqual(["l2", "any other answer", 6]);
  expect(text).toContain("Asked for: any other answer.");
  expect(record.command).toContain("--norm l2 --target untargeted");
  for (const { label, adversarialPrediction } of record.examples) expect(adversarialPrediction).not.toBe(label);
});

test("--levels 256: every picture that is written fools the model as such", async () => {
  const { out, record } = await run("--norm", "linf", "--levels", "256");
  expect(record.summary.found).toBe(6);
  expect(record.keptAt8Bits).toBe(6);
  const network = await loadNetwork("fc100-100-10");
  for (const { index, label } of record.examples) {
    const name = `images/${String(index).padStart(5, "0")}-adversarial.png`;
    const scores = [...network.scores(decodePng(name, readFileSync(join(out, name))).rows)];
    expect(scores.indexOf(Math.max(...scores))).not.toBe(label);
  }
});

test("--frozen, --integers and --groups: what they name stays, and the record's command makes the record again", async () => {
  // A picture whose features 0 and 1 are a group, 2 is a whole number, and whose other corner is frozen.
  const images = temporaryFolder();
  const data = Uint8Array.from({ length: 784 }, (_, i) => (i === 0 || i === 2 ? 255 : i < 28 ? 0 : 51 * (i % 5)));
  writeFileSync(join(images, "one.png"), encodePng({ width: 28, height: 28, channels: 1, data }));
  const flags = [
    "--data",
    `images:${images}`,
    "--count",
    "1",
    "--frozen",
    "400,500-783,600-610",
    "--integers",
    "2",
    "--groups",
    "0-1",
  ];
  const { record, out } = await run(...flags);
  expect([record.minimal.norm, record.summary.found]).toEqual(["l2", 1]);
  expect(record.command).toContain("--frozen 400,500-783 --integers 2 --groups 0-1");
  const values = valuesOf(out, "adversarial");
  const before = decodePng("one.png", readFileSync(join(images, "one.png"))).rows;
  for (let i = 0; i < 784; i++) {
    if (i === 400 || i >= 500) expect(values[i]).toBe(before[i]);
  }
  expect([values[0], values[1]].sort()).toEqual([0, 1]);
  expect([0, 1]).toContain(values[2]);
  const again = await run(...record.command.split(" ").slice(3));
  expect(again.record).toEqual({ ...record, timing: again.record.timing });
});

describe("a regression", () => {
  /** 784-8-1, linear at its end; saved anew for each test. */
  const saved = async () => {
    const folder = join(temporaryFolder(), "regression");
    const network = networkOf([784], [dense("a", 784, 8, "tanh"), dense("b", 8, 1, "linear")]);
    network.setParameters(noise32(784 * 8 + 8 + 8 + 1, 3, 0.1));
    await saveNetwork(network, folder);
    return folder;
  };

  for (const [flags, moved] of [
    [["--output", "0", "--by", "0.1"], (before: number, after: number) => Math.abs(after - before) > 0.1],
    [["--output", "0", "--by", "0.1", "--direction", "down"], (before: number, after: number) => after < before - 0.1],
    [["--output", "0", "--above", "0.2"], (_: number, after: number) => after > 0.2],
    [["--output", "0", "--below", "-0.2"], (_: number, after: number) => after < -0.2],
  ] as [string[], (before: number, after: number) => boolean][]) {
    test(`${flags.join(" ")}: every change is one that was asked for`, async () => {
      const folder = await saved();
      const { record, out, page } = await run("--model", folder, "--norm", "linf", ...flags);
      const network = await loadNetwork(folder);
      const changed = network.predict(valuesOf(out, "adversarial"));
      const { rows } = await loadMnist("test");
      const original = network.predict(rows.slice(0, 6 * 784));
      expect(record.summary.found).toBeGreaterThan(0);
      for (const [i, { outcome }] of record.examples.entries()) {
        if (outcome === "found") expect(moved(original[i] as number, changed[i] as number)).toBe(true);
      }
      expect(page).not.toContain("<span>target");
    });
  }

  test("has no labels to ask for", async () => {
    const { code, err } = await blindspot("attack", "--model", await saved(), "--out", join(temporaryFolder(), "r"));
    expect([code, err]).toEqual([
      1,
      "blindspot: criterion[0]: expected a question of output 0, which is no class, got { not }\n",
    ]);
  });
});

test("cards name a target where each image has its own, in the paper's attack, and not in a norm", async () => {
  expect((await run("--target", "next")).page).toContain("<span>target");
  for (const flags of [[], ["--norm", "linf", "--target", "next"], ["--not", "3"]]) {
    expect((await run(...flags)).page).not.toContain("<span>target");
  }
});

describe("wrong usage is named", () => {
  for (const [args, message] of [
    [["--by", "3"], "--by: expected --output beside it, got none"],
    [["--output", "3"], "--output: expected --by, --above or --below beside it, got none"],
    [["--direction", "up", "--not", "3"], "--direction: expected --by beside it, got none"],
    [["--output", "1", "--above", "0.5", "--below", "0.1"], "--below: expected one question, got --above beside it"],
    [["--not", "3", "--target", "next"], "--target: expected no other question beside it, got --not"],
    [
      ["--norm", "linf", "--solver", "lbfgsb"],
      "--solver: expected a --target and no question or flag of a norm beside it, got --norm",
    ],
    [
      ["--output", "3", "--above", "0.5", "--margin", "0.1"],
      "--margin: expected a --target and no question or flag of a norm beside it, got --above",
    ],
    [
      ["--frozen", "3", "--target", "next", "--margin", "0.1"],
      "--margin: expected a --target and no question or flag of a norm beside it, got --frozen",
    ],
    [["--margin", "0.1"], "--margin: expected a --target and no question or flag of a norm beside it, got no --target"],
    [["--frozen", "3-"], '--frozen: expected positions and ranges of them, such as 0,3-7, got "3-"'],
    [["--integers", "7-3"], '--integers: expected positions and ranges of them, such as 0,3-7, got "7-3"'],
    [["--groups", "1-3;x"], '--groups: expected positions and ranges of them, such as 0,3-7, got "x"'],
    [["--frozen", "0-99999999"], "--frozen: expected ranges of at most 16777216 features, got 0-99999999"],
    [["--levels", "1"], "--levels: expected a whole number in [2, 65536], got 1"],
  ] as [string[], string][]) {
    test(message, async () => {
      const { code, err } = await blindspot("attack", ...args);
      expect([code, err]).toEqual([2, `blindspot: ${message}\n`]);
    });
  }
  for (const [args, message] of [
    [["--not", "10"], "question.not: expected a whole number in [0, 9], got 10"],
    [["--output", "10", "--above", "0.5"], "question.output: expected a whole number in [0, 9], got 10"],
    [
      ["--output", "1", "--above", "1.5"],
      "question.above: expected a finite number in (0, 1), which output 1, a softmax output gives, got 1.5",
    ],
    [
      ["--norm", "linf", "--target", "all"],
      "--target: expected untargeted for the nearest of all labels in a norm, got all",
    ],
    [["--norm", "linf", "--target", "10"], "--target: expected a whole number in [0, 9], got 10"],
    [["--frozen", "784"], "frozen[0]: expected a whole number in [0, 783], got 784"],
    [["--frozen", "0-783"], "frozen: expected a feature that may change, got none of 784"],
    [["--groups", "0-2;2-4"], "groups[1]: expected features of no other group, got 2, which groups[0] has"],
    [["--groups", "0-2"], "row 0 in groups[0]: expected one feature that is 1 and others that are 0, got 0 and 3"],
    [["--integers", "208"], "rows[2560]: expected a whole number, got 0.9843137264251709"],
  ] as [string[], string][]) {
    test(message, async () => {
      const { code, err } = await blindspot(
        "attack",
        "--norm",
        "linf",
        "--out",
        join(temporaryFolder(), "r"),
        ...args.filter((a, i) => !(a === "--norm" || args[i - 1] === "--norm")),
      );
      expect([code, err]).toEqual([1, `blindspot: ${message}\n`]);
    });
  }
});
