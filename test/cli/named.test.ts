/** `blindspot attack --attack`: attacks by name, what their record and page say, and what is refused. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../temporary.ts";
import { blindspot } from "./blindspot.ts";

const run = async (...args: string[]) => {
  const out = join(temporaryFolder(), "report");
  const { code, out: text, err } = await blindspot("attack", "--count", "6", "--quiet", "--out", out, ...args);
  expect([code, err]).toEqual([0, ""]);
  return {
    text,
    record: JSON.parse(readFileSync(join(out, "results.json"), "utf8")),
    page: readFileSync(join(out, "index.html"), "utf8"),
  };
};

for (const [flags, words, paper, options] of [
  [
    ["--attack", "pgd", "--norm", "linf", "--epsilon", "0.1", "--attack-options", "restarts=2,loss=margin"],
    "pgd in L-infinity within 0.1",
    "Madry et al.",
    { restarts: 2, loss: "margin", steps: 40 },
  ],
  [
    ["--attack", "square", "--epsilon", "0.1", "--evaluations", "150", "--seed", "5"],
    "square in L-infinity within 0.1",
    "Andriushchenko",
    { steps: 150 },
  ],
  [["--attack", "hopskipjump", "--norm", "l2", "--evaluations", "300"], "hopskipjump in L2", "Chen, Jordan", {}],
] as const) {
  test(`${flags.join(" ")}: record, page and headline say which attack with what, and the command makes the record again`, async () => {
    const { record, text, page } = await run(...flags, "--workers", "2");
    const { attack } = record.minimal;
    expect(attack.name).toBe(flags[1]);
    expect(attack.options).toMatchObject(options);
    expect(record.title).toBe(`fc100-100-10 on mnist:test, ${words}: any other answer`);
    for (const said of [text, page]) expect(said).toContain(`Attacked by ${words}.`);
    expect(page).toContain(paper);
    expect(text).toContain(`attack       ${attack.title}: `);
    expect(record.summary.found).toBeGreaterThan(0);
    for (const { outcome, distance, evaluations } of record.examples) {
      if (outcome === "found" && attack.epsilon !== null) expect(distance).toBeLessThanOrEqual(attack.epsilon);
      expect(evaluations).toBeLessThanOrEqual(attack.evaluations);
    }
    const again = await run(...record.command.split(" ").slice(3));
    expect(again.record).toEqual({ ...record, timing: again.record.timing });
  });
}

describe("wrong usage is named, with what fits", () => {
  for (const [args, code, message] of [
    [["--attack", "pdg"], 2, /^blindspot: --attack: expected one of fgsm, .*square.*, got "pdg"\n$/],
    [
      ["--attack", "pgd"],
      1,
      /^blindspot: epsilon: expected a number for pgd \(without it: .*hopskipjump.*\), got undefined\n$/,
    ],
    [["--epsilon", "1"], 2, /^blindspot: --epsilon: expected --attack beside it, got none\n$/],
    [["--attack", "pgd", "--levels", "256"], 2, /^blindspot: --levels: expected no --attack beside it\n$/],
    [
      ["--attack", "pgd", "--attack-options", "steps"],
      2,
      /^blindspot: --attack-options: expected name=value, got "steps"\n$/,
    ],
    [
      ["--attack", "square", "--epsilon", "1", "--norm", "l1"],
      1,
      /^blindspot: norm: expected linf or l2 for square, got "l1" \(attacks in it: .*pgd.*\)\n$/,
    ],
  ] as const) {
    test(args.join(" "), async () => {
      const out = join(temporaryFolder(), "report");
      const ended = await blindspot("attack", "--count", "2", "--quiet", "--out", out, ...args);
      expect(ended.code).toBe(code);
      expect(ended.err).toMatch(message);
    });
  }
});
