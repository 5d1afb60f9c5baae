/** The built command as a process of its own, for tests that stop it. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export const MAIN = fileURLToPath(new URL("../../dist/bundle/main.js", import.meta.url));

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/**
 * Starts the command, or `command` with `before` in front of the arguments; it does not outlive the test. `text` is what it has
 * printed so far.
 */
export function start(
  args: readonly string[],
  command = process.execPath,
  before: readonly string[] = [MAIN],
  stdio: ("ignore" | "pipe" | number)[] = ["ignore", "pipe", "pipe"],
): { child: ChildProcess; end: Promise<Ended>; text: Omit<Ended, "code"> } {
  const child = spawn(command, [...before, ...args], { stdio });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const text = { out: "", err: "" };
  child.stdout?.on("data", (chunk) => {
    text.out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    text.err += chunk;
  });
  const end = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, ...text }));
  });
  return { child, end, text };
}

/** Waits until something is true. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Waits until a file is there and has so many bytes. */
export function untilBytes(file: string, bytes: number): Promise<void> {
  return until(() => existsSync(file) && statSync(file).size >= bytes);
}

/** The results.json of a folder. */
export function resultsOf(out: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
}
