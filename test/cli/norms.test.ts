/** `blindspot attack` in a norm: the questions that its flags ask, what its record says, and what it refuses. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodePng } from "../../src/data/index.ts";
import { loadNetwork } from "../../src/node/index.ts";
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

describe("wrong usage is named", () => {
  for (const [args, message] of [
    [["--by", "3"], "--by: expected --output beside it, got none"],
    [["--output", "3"], "--output: expected --by, --above or --below beside it, got none"],
    [["--direction", "up", "--not", "3"], "--direction: expected --by beside it, got none"],
    [["--output", "1", "--above", "0.5", "--below", "0.1"], "--below: expected one question, got --above beside it"],
    [["--not", "3", "--target", "next"], "--target: expected no other question beside it"],
    [
      ["--norm", "linf", "--solver", "lbfgsb"],
      "--solver: expected a --target and no --norm, --levels or question beside it",
    ],
    [
      ["--norm", "linf", "--margin", "0.1"],
      "--margin: expected a --target and no --norm, --levels or question beside it",
    ],
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
