/** The commands of the documentation: their words, and whether the command's own parser takes them. */
import type { Command } from "commander";
import { commands } from "../../src/cli/commands.ts";
import { commandsOf, type Shown } from "./pages.ts";

/** The words of a command line, quotes taken off; a placeholder such as <folder> is a word. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? (c as string));
}

/** What stands behind `blindspot`: the command's name and its flags, up to a pipe, a redirection or dots. A <name> is that of some model, a <norm> is some norm. */
export function argumentsOf({ command }: Shown): string[] {
  const words = wordsOf(command.replace("<name>", "fc100-100-10").replace("<norm>", "l2"));
  const end = words.findIndex((word) => /^(?:[|>]|&&|\.\.\.)$/.test(word));
  return words.slice(words.indexOf("blindspot") + 1, end < 0 ? undefined : end);
}

/** Every command line of ours that has flags or an argument, each once. */
export function shownCommands(): Shown[] {
  const seen = new Set<string>();
  return commandsOf(/(?:npx )?blindspot /).filter((shown) => {
    const key = argumentsOf(shown).join(" ");
    return !seen.has(key) && seen.add(key);
  });
}

/** Whether a line stands for others: it has a placeholder. */
export const hasPlaceholder = ({ command }: Shown): boolean => /<[\w ]+>/.test(command);

/** The folder that a line writes, as the command's own parser reads it. */
export function folderOf(args: readonly string[]): string {
  const [name, ...flags] = args;
  const command = commands().find((known) => known.name() === name) as Command;
  command.exitOverride().action(() => {});
  return String(command.parse(flags, { from: "user" }).opts().out);
}

/** Why the command's own parser refuses a line; undefined where it takes it. Nothing is run. */
export function refusal(args: readonly string[]): string | undefined {
  const [name, ...flags] = args;
  const command: Command | undefined = commands().find((known) => known.name() === name);
  if (name === "help" || name === "<command>") return undefined;
  if (!command) return `no command ${name}`;
  try {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
    command.action(() => {}).parse(flags, { from: "user" });
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code === "commander.helpDisplayed" ? undefined : (error as Error).message;
  }
}
