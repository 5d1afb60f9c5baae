/** The built command, stopped in its middle: Ctrl-C, kill -9, a full disk; and started again. */
import { existsSync, readdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import { Journal } from "../../src/jobs/journal.ts";
import { temporaryFolder } from "../temporary.ts";
import { MAIN, resultsOf, start, untilBytes } from "./built.ts";

const COUNT = 160;
/** Bytes of a journal of some ten images. */
const ENOUGH = 30_000;
const ATTACK = [
  "attack",
  "--target",
  "next",
  "--model",
  "fc100-100-10",
  "--effort",
  "exhaustive",
  "--count",
  `${COUNT}`,
];

const blindspot = (...args: string[]) => start(args).end;

let reference: unknown;

/** The digest of a run that nothing stopped. */
async function whole(): Promise<unknown> {
  if (reference) return reference;
  const out = join(temporaryFolder(), "whole");
  expect(await blindspot(...ATTACK, "--workers", "1", "--out", out, "--quiet")).toMatchObject({ code: 0, err: "" });
  reference = resultsOf(out).digest;
  return reference;
}

test("kill -9 on two threads, then in process: what was finished is not done again, the digest is the same", async () => {
  const folder = temporaryFolder();
  const out = join(folder, "report");
  const journal = `${out}.journal`;
  const { child, end } = start([...ATTACK, "--workers", "2", "--out", out]);
  await untilBytes(journal, ENOUGH);
  child.kill("SIGKILL");
  await end;
  expect(existsSync(`${journal}.lock`)).toBe(true);

  const changed = await blindspot(...ATTACK, "--target", "random", "--out", out);
  expect(changed).toMatchObject({
    code: 1,
    err: `blindspot: ${journal}: target: expected next, as the run that was stopped (or delete the file to start over), got random\n`,
  });

  const again = await blindspot(...ATTACK, "--workers", "1", "--out", out);
  expect(again.code).toBe(0);
  expectGoesOn(again.err);
  expect(resultsOf(out).digest).toBe(await whole());
  expect(readdirSync(folder)).toEqual(["report"]);
});

test("kill -9 in process, a journal cut in its last record, then threads: the cut is mended and said", async () => {
  const out = join(temporaryFolder(), "report");
  const { child, end } = start([...ATTACK, "--workers", "1", "--out", out]);
  await untilBytes(`${out}.journal`, ENOUGH);
  child.kill("SIGKILL");
  await end;
  truncateSync(`${out}.journal`, statSync(`${out}.journal`).size - 100);
  const again = await blindspot(...ATTACK, "--workers", "2", "--out", out);
  expect(again.code).toBe(0);
  expect(again.err).toContain(`attack: ${out}.journal ended in a cut record, which is dropped\n`);
  expectGoesOn(again.err);
  expect(resultsOf(out).digest).toBe(await whole());
});

/** Some images are known, not all. */
function expectGoesOn(err: string): void {
  const known = Number(/goes on from \S+: (\d+) of 160 images are known/.exec(err)?.[1]);
  expect(known).toBeGreaterThan(0);
  expect(known).toBeLessThan(COUNT);
}

test("Ctrl-C keeps what is finished, says so, and a second run meanwhile is refused", async () => {
  const out = join(temporaryFolder(), "report");
  const { child, end } = start([...ATTACK, "--workers", "2", "--out", out, "--count", "2000"]);
  await untilBytes(`${out}.journal`, ENOUGH);
  await expect(Journal.open(`${out}.journal`, {})).rejects.toThrow(
    `${out}.journal: expected one run at a time, got a second one: process ${child.pid} on`,
  );
  child.kill("SIGINT");
  const stopped = await end;
  expect(stopped.code).toBe(130);
  const kept = Number(
    /attack: (\d+) of 2000 images are kept in \S+; the same command goes on from there\n$/.exec(stopped.err)?.[1],
  );
  const journal = await Journal.open(`${out}.journal`, await descriptionOf(`${out}.journal`));
  expect(journal.resumed).toBe(kept);
  await journal.close();
  expect(existsSync(`${out}.journal.lock`)).toBe(false);
});

/** The run that a journal says it belongs to: its first record, whose JSON begins behind the head and its length. */
async function descriptionOf(path: string): Promise<Record<string, string | number>> {
  const bytes = readFileSync(path);
  const at = bytes.indexOf("{");
  return JSON.parse(bytes.subarray(at, at + bytes.readUInt32LE(at - 4)).toString());
}

test.skipIf(process.platform === "win32")(
  "a disk that takes no more is one line, and the run goes on when it does",
  async () => {
    const out = join(temporaryFolder(), "report");
    const args = [...ATTACK, "--workers", "2", "--out", out];
    // No file may grow beyond 400 blocks of 512 bytes (or of 1024, by the shell).
    const limited = await start(args, "sh", ["-c", 'ulimit -f 400; exec "$0" "$@"', process.execPath, MAIN]).end;
    expect(limited.code).toBe(1);
    expect(limited.err).toContain(
      `blindspot: ${out}.journal: expected a journal that can be written, got a file that may not grow further (EFBIG)\n`,
    );
    const again = await blindspot(...args);
    expect(again.code).toBe(0);
    expect(again.err).toMatch(/goes on from \S+: \d\d+ of 160 images are known/);
    expect(again.err).not.toContain("cut record");
    expect(resultsOf(out).digest).toBe(await whole());
  },
);

test("an attack that fails before its first image leaves nothing behind", async () => {
  const folder = temporaryFolder();
  const refused = await blindspot("attack", "--workers", "0", "--out", join(folder, "report"));
  expect(refused).toMatchObject({
    code: 2,
    err: "blindspot: --workers: expected a whole number in [1, 1024], got 0\n",
  });
  expect(readdirSync(folder)).toEqual([]);
});
