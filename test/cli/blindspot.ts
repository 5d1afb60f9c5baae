/** A command line run in this process, with what it prints kept. */
import process from "node:process";
import { vi } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { run } from "../../src/cli/run.ts";

/** Runs a command line; what it printed, and its exit code. */
export async function blindspot(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const text = { out: "", err: "" };
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    text.out += chunk;
    return true;
  });
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    text.err += chunk;
    return true;
  });
  try {
    return { code: await run(args, commands()), ...text };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}
