/** Runs the command of a record again, as a process of its own, into a folder that is removed afterwards. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { failed, outOfRange } from "../check.ts";
import { log } from "./output.ts";

const HERE = import.meta.url;
/** The built command: beside this module in its bundle; Node runs no TypeScript, so from src/ too it is the built one. */
const MAIN = fileURLToPath(new URL(HERE.endsWith(".ts") ? "../../dist/bundle/main.js" : "./main.js", HERE));

/** The words of a command as `commandText` quotes them, without `npx blindspot`. */
export function wordsOf(subject: string, command: string): string[] {
  const words = Array.from(command.matchAll(/(?:'[^']*'|\\.|[^\s'\\])+/g), ([word]) =>
    word.replace(/'([^']*)'|\\(.)/g, (_, quoted, escaped) => quoted ?? escaped),
  );
  const [npx, name, ...rest] = words;
  if (npx !== "npx" || name !== "blindspot") {
    outOfRange(`${subject}: command`, "npx blindspot and a command of it", JSON.stringify(command));
  }
  return rest;
}

/** The words with a flag set to a value, in the place of the one that is there. */
export function withFlag(words: readonly string[], flag: string, value: string): string[] {
  const at = words.indexOf(flag);
  return at < 0 ? [...words, flag, value] : [...words.slice(0, at + 1), value, ...words.slice(at + 2)];
}

/** The words without a flag, and without the value behind it. */
export function withoutFlag(words: readonly string[], flag: string): string[] {
  const at = words.indexOf(flag);
  if (at < 0) return [...words];
  const isAlone = words[at + 1] === undefined || words[at + 1]?.startsWith("--") === true;
  return [...words.slice(0, at), ...words.slice(at + (isAlone ? 1 : 2))];
}

/** The value of a flag. */
export function flagOf(words: readonly string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words[at + 1];
}

/** Runs `blindspot` with these words and an --out of its own, calls `read` with that folder, and removes it. */
export async function rerun<T>(
  words: readonly string[],
  read: (folder: string) => Promise<T>,
  { quiet, signal }: { quiet: boolean; signal: AbortSignal },
): Promise<T> {
  if (!existsSync(MAIN)) failed(MAIN, "the built command", "no such file");
  const place = await mkdtemp(join(tmpdir(), "blindspot-verify-"));
  const out = join(place, "again");
  try {
    await runProcess([MAIN, ...words, "--out", out, ...(quiet ? ["--quiet"] : [])], signal);
    return await read(out);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** Ends when the process has; what it says of its progress goes on to standard error. */
async function runProcess(args: readonly string[], signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [...args], { stdio: ["ignore", "ignore", "pipe"], signal });
  let last = "";
  child.stderr.on("data", (chunk: Buffer) => {
    const text = chunk.toString();
    last = text.trim().split("\n").at(-1) || last;
    if (!text.startsWith("blindspot: ")) log(text);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", (error) => (signal.aborted ? resolve(null) : reject(error)));
    child.on("close", resolve);
  });
  signal.throwIfAborted();
  // An audit that fails its checks has been made all the same.
  if (code === 0 || code === 3) return;
  failed("the report's command, run again", "exit code 0", last.replace(/^blindspot: /, "") || `exit code ${code}`);
}
