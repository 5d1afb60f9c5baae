/** The commands, in the order in which --help lists them. */
import type { Command } from "commander";
import { attackCommand } from "./attack.ts";
import { trainCommand } from "./train.ts";

export function commands(): Command[] {
  return [attackCommand(), trainCommand()];
}
