/** What the tests of the commands share: a set of images to learn, a way to run a command line, the bytes of a folder. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { vi } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { run } from "../../src/cli/run.ts";
import { Random } from "../../src/numeric/random.ts";

/** Three classes of 4 x 4 images, told apart by which row is bright; IDX files named as MNIST's. */
export function writeSet(folder: string): string {
  mkdirSync(folder);
  for (const [prefix, count, seed] of [
    ["train", 60, 1],
    ["t10k", 30, 2],
  ] as const) {
    const random = new Random(seed);
    const pixels = Uint8Array.from({ length: count * 16 }, (_, i) => {
      const label = Math.floor(i / 16) % 3;
      const bright = Math.floor((i % 16) / 4) === label;
      return (bright ? 150 : 20) + 80 * random.uniform(i);
    });
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
    const images = Buffer.from([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 4, 0, 0, 0, 4]);
    writeFileSync(join(folder, `${prefix}-images-idx3-ubyte`), Buffer.concat([images, pixels]));
    writeFileSync(
      join(folder, `${prefix}-labels-idx1-ubyte`),
      Buffer.concat([Buffer.from([0, 0, 8, 1, 0, 0, 0, count]), labels]),
    );
  }
  return `idx:${folder}`;
}

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

/** SHA-256 of every file of a folder, by name. */
export function bytesOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const content = readFileSync(join(parentPath, name));
      return [name, createHash("sha256").update(content).digest("hex")];
    }),
  );
}
