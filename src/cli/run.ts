/**
 * From arguments to an exit code: 0 done, 1 a one-line error, 2 wrong usage, 3 a comparison that differs, 4 a report without some of its images,
 * 130 Ctrl-C. A command throws what went wrong; nothing else in src/cli ends the process or prints an error.
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { Command, CommanderError } from "commander";
import { describe, printable } from "../check.ts";
import { Interrupted, watchInterrupts } from "./interrupt.ts";
import { UsageError } from "./options.ts";

const EXAMPLES = `
Examples:
  $ blindspot attack --model fc100-100-10 --data mnist:test --count 100 --out report
  $ blindspot attack --help

An error is one line; DEBUG=blindspot shows where it comes from.`;

/** The version in the package.json, two folders above both src/cli and dist/cli. */
export function packageVersion(): string {
  const json: { version: string } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return json.version;
}

/** What was compared is not the same: exit code 3. Without a message, the command has said it already. */
export class DiffersError extends Error {
  override name = "DiffersError";
}

/** The report is written, and some images are missing in it: exit code 4. */
export class IncompleteError extends Error {
  override name = "IncompleteError";
}

/** Where text goes. */
export interface Streams {
  stdout: Pick<NodeJS.WriteStream, "write">;
  stderr: Pick<NodeJS.WriteStream, "write">;
}

/** Gives a command and those below it the settings of the program; commander does so only for those it makes itself. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const below of command.commands) inherit(below, command);
  return command;
}

/** An error of commander in one line, a value that is not among the choices of its flag as the library words such a thing. */
function worded(text: string): string {
  const choices =
    /^error: option '(?:-\w, )?(--[\w-]+).*?' argument '(.*)' is invalid\. Allowed choices are (.*)\.\n$/s.exec(text);
  if (choices) return `${choices[1]}: expected ${choices[3]}, got ${describe(choices[2])}\n`;
  return text.replace(/^error: /, "").replace("\n(Did", " (did");
}

/** The program with these commands; it throws where commander would end the process. */
function program(commands: readonly Command[], { stdout, stderr }: Streams): Command {
  const root = new Command("blindspot")
    .description("Find the smallest change to an input that makes a neural network answer something else.")
    .version(packageVersion(), "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", EXAMPLES)
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(printable(`blindspot: ${worded(text)}`)),
    })
    .exitOverride();
  for (const command of commands) root.addCommand(inherit(command, root));
  return root;
}

function wantsDebug(): boolean {
  return (process.env.DEBUG ?? "").split(/[\s,]+/).some((name) => name === "blindspot" || name === "*");
}

/** The exit code of an error, which it prints unless commander has. */
function report(error: unknown, { stderr }: Streams): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof DiffersError && error.message === "") return 3;
  const message = error instanceof Error ? error.message || error.name : String(error);
  stderr.write(printable(`blindspot: ${message.replace(/\s*\n\s*/g, " ")}\n`));
  if (wantsDebug() && error instanceof Error) stderr.write(printable(`${error.stack}\n`));
  if (error instanceof DiffersError) return 3;
  if (error instanceof IncompleteError) return 4;
  return error instanceof UsageError ? 2 : 1;
}

/** Runs the command that `args` name (without node and script) and returns the exit code. */
export async function run(
  args: readonly string[],
  commands: readonly Command[],
  streams: Streams = process,
): Promise<number> {
  const stopWatching = watchInterrupts();
  try {
    await program(commands, streams).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    return report(error, streams);
  } finally {
    stopWatching();
  }
}
