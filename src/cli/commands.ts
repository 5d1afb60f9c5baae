/** The commands, in the order in which --help lists them. */
import type { Command } from "commander";
import { attackCommand } from "./attack.ts";
import { trainCommand } from "./train.ts";

export const commands: readonly Command[] = [attackCommand, trainCommand];
