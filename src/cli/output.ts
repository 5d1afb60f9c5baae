/**
 * The one way from a command to standard output and standard error. Names from files (layers, classes, paths) may hold what
 * directs a terminal: here it is shown by its code, whatever the text is made of.
 */
import process from "node:process";
import { printable, printableJson } from "../check.ts";

/** What came out, for people. */
export function print(text: string): void {
  process.stdout.write(printable(text));
}

/** What came out, for programs: JSON of the same value, with more characters escaped. */
export function printJson(json: string): void {
  process.stdout.write(printableJson(json));
}

/** What happens meanwhile, on standard error. */
export function log(text: string): void {
  process.stderr.write(printable(text));
}
