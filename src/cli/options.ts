/** What the flags of several commands share: parsers that refuse in one line, and the flags that mean the same everywhere. */
import { type Command, Option } from "commander";
import {
  describe,
  ERROR_CODES,
  type ErrorCode,
  outOfRange,
  requireInteger,
  requireNumber,
  wrongType,
} from "../check.ts";

/** The user called the command wrongly: exit code 2, where every other error is 1. */
export class UsageError extends Error {
  override name = "UsageError";
  readonly code: ErrorCode = ERROR_CODES.USAGE;
}

/** Words a refusal as the library does, as an error of usage; `before` makes a flag of the option that the message begins with. */
export function usage<T>(check: () => T, before = ""): T {
  try {
    return check();
  } catch (error) {
    throw new UsageError(`${before}${(error as Error).message}`, { cause: error });
  }
}

type Parser<T> = (text: string) => T;

/** Parses a whole number in [low, high], written in decimal digits only. */
export function wholeNumber(flag: string, low: number, high?: number): Parser<number> {
  return (text) =>
    usage(() => {
      if (!/^[+-]?\d+$/.test(text)) return wrongType(flag, "a whole number", text);
      if (!Number.isSafeInteger(Number(text))) return outOfRange(flag, "a whole number below 2^53", text);
      return requireInteger(flag, Number(text), low, high);
    });
}

/** Parses a finite number in [low, high]. */
export function decimal(flag: string, low: number, high?: number): Parser<number> {
  const pattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  return (text) => usage(() => requireNumber(flag, pattern.test(text) ? Number(text) : text, low, high));
}

/** Parses finite numbers in [low, high], separated by commas. */
export function decimals(flag: string, low: number, high?: number): Parser<number[]> {
  const parse = decimal(flag, low, high);
  return (text) => text.split(",").map((part) => parse(part.trim()));
}

/** Refuses a list of numbers that has one twice. */
export function eachOnce(flag: string, parse: Parser<number[]>): Parser<number[]> {
  return (text) => {
    const numbers = parse(text);
    const twice = numbers.find((number, i) => numbers.indexOf(number) !== i);
    if (twice !== undefined) throw new UsageError(`${flag}: expected each number once, got ${twice} twice`);
    return numbers;
  };
}

/** Parses names separated by commas; `what` they are, in the plural. */
export function names(flag: string, what: string): Parser<string[]> {
  return (text) => {
    const found = text.split(",").map((name) => name.trim());
    if (found.includes("")) {
      throw new UsageError(`${flag}: expected ${what} separated by commas, got ${JSON.stringify(text)}`);
    }
    return found;
  };
}

/** Parses one of some words. */
export function oneOf<T extends string>(flag: string, words: readonly T[]): Parser<T> {
  return (text) =>
    usage(() => words.find((word) => word === text) ?? outOfRange(flag, words.join(", "), describe(text)));
}

/** Parses the path of a folder to be made. */
export function outputPath(flag: string): Parser<string> {
  return (text) => usage(() => (text.trim() === "" ? outOfRange(flag, "the path of a folder", describe(text)) : text));
}

/** --queue, --store and --shard: on which machines the jobs run. */
function queueOptions(): Option[] {
  return [
    new Option(
      "--queue <address>",
      "send the jobs to the workers of a queue (blindspot worker): redis://host:port/database, or rediss:// over TLS; no result " +
        "depends on it (password: in the address, or BLINDSPOT_QUEUE_PASSWORD)",
    ),
    new Option(
      "--store <place>",
      "--queue: where models, data and results travel: a folder that all machines see, or http(s)://... (default: the queue's Redis)",
    ),
    new Option("--shard <number>", "--queue: items of a job of the queue at most (default: by their size)").argParser(
      wholeNumber("--shard", 1, 4096),
    ),
  ];
}

/** Gives a command its flags, in this order. */
export function addOptions(command: Command, options: readonly Option[]): Command {
  for (const option of options) command.addOption(option);
  return command;
}

/** --seed: every random number of a run follows from it. */
export function seedOption(of = "seed of everything random; the same seed gives the same bits"): Option {
  return new Option("--seed <number>", of).argParser(wholeNumber("--seed", 0)).default(0);
}

/** --workers: threads. `otherwise` says when a command that is not told takes fewer than one a core. */
export function workersOption(otherwise?: string, optimizer?: string): Option {
  const note = `default: one a core${otherwise ? `, or ${otherwise}` : ""}`;
  const text = `worker threads; no result depends on their number (${note})`;
  return new Option("--workers <number>", optimizer ? `${optimizer}: ${text}` : text).argParser(
    wholeNumber("--workers", 1, 1024),
  );
}

/** --checkpoint: how much a training that is killed may lose. */
export function checkpointOption(): Option {
  return new Option("--checkpoint <seconds>", "seconds between the states that a training saves, to be resumed from")
    .argParser(decimal("--checkpoint", 0))
    .default(60);
}

/**
 * The flags of every command that runs a study: --queue and what belongs to it, --out, --overwrite, --json and --quiet: where the
 * jobs and the results go, and what is said of them. A default folder that depends on other flags is described here, and filled in
 * by the command.
 */
export function outputOptions(folder: string | { described: string }): Option[] {
  const out = (note: string) =>
    new Option("--out <folder>", `folder of the results; it must not exist yet${note}`).argParser(outputPath("--out"));
  return [
    ...queueOptions(),
    // Commander shows a default only if there is one.
    typeof folder === "string" ? out("").default(folder) : out(` (default: ${folder.described})`),
    new Option("--overwrite", "replace the folder, if Blindspot wrote it"),
    new Option("--json", "print the results as JSON, and nothing else"),
    new Option("--quiet", "show no progress"),
  ];
}
