/** The built command, each of its subcommands stopped by a signal in its middle, and told that its output goes nowhere. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../temporary.ts";
import { start as startCommand } from "./built.ts";

function start(args: readonly string[], stdio?: ("ignore" | "pipe" | number)[]) {
  return startCommand(args, undefined, undefined, stdio);
}

/** Longer than any test waits. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  attack: ["attack", "--target", "next", "--effort", "exhaustive", "--count", "5000"],
  transfer: ["transfer", "--effort", "exhaustive", "--count", "5000"],
  "units, on threads": ["units", "--directions", "20000"],
  "units, while it makes images": [
    "units",
    "--model",
    "mnist-convnet",
    "--layer",
    "fc1",
    "--count",
    "20",
    "--show",
    "100",
    "--iterations",
    "100000",
    "--workers",
    "1",
  ],
  "units --survey": ["units", "--survey", "--directions", "20000"],
  stability: ["stability", "--data", "mnist:test", "--count", "5000"],
  "stability, bounds alone": ["stability", "--model", "initial:alexnet"],
  "train by full batches": ["train", "--model", "fc100-100-10", "--iterations", "100000"],
  "train by minibatches": ["train", "--model", "fc100-100-10", "--optimizer", "sgd", "--epochs", "1000"],
  paper: ["paper", "--retrain"],
  "paper --experiment training": ["paper", "--experiment", "training"],
};

/** What a stopped run may not leave; the journal of what is finished it may. */
function unfinished(folder: string): string[] {
  return readdirSync(folder).filter((left) => /\.lock|\.partial-/.test(left) || left === "out");
}

describe.skipIf(process.platform === "win32")("a signal", () => {
  for (const [name, args] of Object.entries(COMMANDS)) {
    test(`ends ${name} with 130 on Ctrl-C: no lock, no partial folder, no error is left`, async () => {
      const folder = temporaryFolder();
      const { child, end } = start([...args, "--out", join(folder, "out"), "--quiet"]);
      while (!existsSync(join(folder, "out.lock"))) await sleep(10);
      await sleep(1500);
      expect(child.exitCode).toBe(null);
      child.kill("SIGINT");
      const { code, out, err } = await end;
      expect([code, out, err]).toEqual([130, "", ""]);
      expect(unfinished(folder)).toEqual([]);
    });
  }

  for (const [signal, expected] of [
    ["SIGHUP", 129],
    ["SIGTERM", 143],
  ] as const) {
    test(`${signal} ends with ${expected}, and keeps what is finished`, async () => {
      const folder = temporaryFolder();
      const { child, end } = start([...(COMMANDS.attack as string[]), "--out", join(folder, "out"), "--quiet"]);
      const journal = join(folder, "out.journal");
      // The head and a result: before, there is nothing to keep, and the journal goes.
      while (!existsSync(journal) || readFileSync(journal, "latin1").split("bjrd").length < 4) await sleep(10);
      child.kill(signal);
      expect(await end).toEqual({ code: expected, out: "", err: "" });
      expect(readdirSync(folder)).toEqual(["out.journal"]);
    });
  }
});

describe.skipIf(process.platform === "win32")("output that goes nowhere", () => {
  const short = ["attack", "--target", "next", "--count", "3", "--workers", "1"];
  /** Tells its progress after some seconds. */
  const long = ["units", "--survey", "--directions", "6000"];

  test.skipIf(!existsSync("/dev/full"))(
    "a full standard output ends with 1 in one line, the report in place",
    async () => {
      const folder = temporaryFolder();
      const full = openSync("/dev/full", "w");
      const { end } = start([...short, "--out", join(folder, "out")], ["ignore", full, "pipe"]);
      const { code, err } = await end;
      closeSync(full);
      expect(code).toBe(1);
      expect(err).toMatch(
        /blindspot: standard output: expected to be written, got no space left on the device \(ENOSPC\)\n$/,
      );
      expect(err).not.toContain(" at ");
      expect(readdirSync(folder)).toEqual(["out"]);
    },
  );

  test("a standard output that its reader has closed is no error", async () => {
    const { child, end } = start([...short, "--json", "--out", join(temporaryFolder(), "out")]);
    child.stdout?.destroy();
    expect(await end).toMatchObject({ code: 0, err: "" });
  });

  test("a standard error that its reader has closed ends with 1, locks released", async () => {
    const folder = temporaryFolder();
    const { child, end } = start([...long, "--out", join(folder, "out")]);
    child.stderr?.destroy();
    expect(await end).toMatchObject({ code: 1, out: "" });
    expect(unfinished(folder)).toEqual([]);
  });

  test.skipIf(!existsSync("/dev/full"))("a full standard error ends with 1 too", async () => {
    const folder = temporaryFolder();
    const full = openSync("/dev/full", "w");
    const { end } = start([...long, "--out", join(folder, "out")], ["ignore", "pipe", full]);
    expect(await end).toMatchObject({ code: 1, out: "" });
    closeSync(full);
    expect(unfinished(folder)).toEqual([]);
  });
});
