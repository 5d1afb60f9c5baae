/** `blindspot audit`, from flags to a folder and an exit code. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { junitFaults } from "../support/junit.ts";
import { parseSarif } from "../support/sarif.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot } from "./blindspot.ts";
import { resultsOf, start, untilBytes } from "./built.ts";

const SOME = ["--count", "6", "--draws", "3"];

async function audit(...args: string[]) {
  const out = join(temporaryFolder(), "audit");
  const ended = await blindspot("audit", "--quiet", ...SOME, "--out", out, ...args);
  return { ...ended, folder: out, text: (name: string) => readFileSync(join(out, name), "utf8") };
}

test("a gate: 0 where enough images resist, 3 where not, and the folder is written either way; verify has it again", async () => {
  const gate = ["--norm", "linf", "--epsilon", "0.04", "--certify", "epsilon", "--fail-under"];
  const holds = await audit(...gate, "0.1");
  expect([holds.code, holds.err]).toEqual([0, ""]);
  expect(holds.out).toContain("All 2 checks hold.");
  const fails = await audit(...gate, "1", "--evidence");
  expect(fails.code).toBe(3);
  expect(fails.err).toBe(
    "blindspot: audit: expected all 2 checks to hold, got 1 that fail: L-infinity: at least 100 % resist 0.04\n",
  );
  expect(fails.out).toContain("One check of 2 failed.");
  expect(existsSync(join(fails.folder, "evidence.html"))).toBe(true);
  for (const { text } of [holds, fails]) expect(junitFaults(text("junit.xml"))).toEqual([]);
  expect(parseSarif(holds.text("audit.sarif")).runs[0]?.results).toEqual([]);
  expect(parseSarif(fails.text("audit.sarif")).runs[0]?.results).toHaveLength(1);
  // An audit that fails is one that can be had again.
  expect(await blindspot("verify", fails.folder, "--quiet")).toMatchObject({ code: 0, err: "" });
});

test("beside a baseline: the same model holds, a more fragile one fails, another one is refused", async () => {
  const few = ["--norm", "linf", "--certify", "none"];
  const before = await audit(...few, "--count", "16", "--model", "fc100-100-10-adversarial", "--name", "mine");
  expect([before.code, before.err]).toEqual([0, ""]);
  const compared = [...few, "--count", "16", "--model", "fc100-100-10", "--baseline", before.folder];
  const worse = await audit(...compared, "--name", "mine");
  expect(worse.code).toBe(3);
  expect(worse.err).toContain("L-infinity: smallest change found: no worse than the baseline");
  expect(JSON.parse(worse.text("results.json")).command).toContain(` --name mine `);
  // Images of it can be had again one by one, without the baseline, which is of all of them.
  const sample = await blindspot("verify", worse.folder, "--sample", "2", "--quiet");
  expect(sample).toMatchObject({ code: 0, err: "" });
  expect(sample.out).toContain("2 of 16 images");
  const allowed = await audit(...compared, "--name", "mine", "--allow", "0.95");
  expect([allowed.code, allowed.err]).toEqual([0, ""]);
  const other = await audit(...compared);
  expect([other.code, other.out]).toEqual([1, ""]);
  expect(other.err).toBe(
    `blindspot: ${before.folder}: expected a baseline of the model fc100-100-10, got one of mine; if it is the same model by another name, say so by --name\n`,
  );
  expect(existsSync(other.folder)).toBe(false);
  const lost = await audit(...few, "--baseline", join(before.folder, "none.json"));
  expect([lost.code, lost.err]).toEqual([
    1,
    expect.stringMatching(/none\.json: expected the audit\.json of an earlier audit, got /),
  ]);
});

test("kill -9, then again: it goes on from its journal to the bytes of a run that nothing stopped", async () => {
  const asked = ["audit", "--count", "12", "--norm", "linf", "--draws", "2", "--workers", "1"];
  const whole = join(temporaryFolder(), "whole");
  expect(await start([...asked, "--quiet", "--out", whole]).end).toMatchObject({ code: 0, err: "" });
  const out = join(temporaryFolder(), "audit");
  const { child, end } = start([...asked, "--out", out]);
  await untilBytes(`${out}.journal`, 12_000);
  child.kill("SIGKILL");
  await end;
  const again = await start([...asked, "--out", out]).end;
  expect(again.code).toBe(0);
  expect(again.err).toMatch(/audit: goes on from .*\.journal: \d+ results are known\n/);
  expect(resultsOf(out).digest).toBe(resultsOf(whole).digest);
});

test("wrong usage is 2, named by the flag, before anything is read", async () => {
  for (const [args, message] of [
    [["--norm", "l2,l3"], '--norm: expected l2, linf, l1, l0, got "l3"'],
    [["--norm", "l2,l2"], "--norm: expected each once, got l2 twice"],
    [["--epsilon", "0.1"], "--epsilon: expected 2 budgets, one for each of l2, linf, got 1"],
    [["--fail-under", "0.9"], "--fail-under: expected --epsilon beside it, within which that share resists, got none"],
    [["--fail-under", "90"], "--fail-under: expected a number in [0, 1], got 90"],
    [["--certify", "epsilon"], '--certify: expected --epsilon beside "epsilon", got none'],
    [["--proved"], "--proved: expected --fail-under beside it, got none"],
    [["--allow", "0.1"], "--allow: expected --baseline beside it, got none"],
  ] as const) {
    const { code, err, folder } = await audit("--model", "nowhere", ...args);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync(folder)).toBe(false);
  }
});

test("a baseline that is no JSON, or of a later schema, is an error in a line", async () => {
  const folder = temporaryFolder();
  for (const [content, message] of [
    ["{", /audit\.json: expected JSON, got /],
    [
      '{"generator":"blindspot","kind":"audit-baseline","schema":9}',
      /audit\.json: expected schema 1, the latest that this version reads, got schema 9, of a later version\n$/,
    ],
  ] as const) {
    const place = join(folder, `b${readdirSync(folder).length}`);
    mkdirSync(place);
    writeFileSync(join(place, "audit.json"), content);
    const { code, err } = await audit("--baseline", join(place, "audit.json"));
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
  }
});
