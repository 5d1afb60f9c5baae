/** The commands, in the order in which --help lists them. */
import type { Command } from "commander";
import { attackCommand } from "./attack.ts";
import { auditCommand } from "./audit.ts";
import { benchAttacksCommand } from "./bench-attacks.ts";
import { certifyCommand } from "./certify.ts";
import { featuresCommand } from "./features.ts";
import { paperCommand } from "./paper.ts";
import { pocketsCommand } from "./pockets.ts";
import { robustCommand } from "./robust.ts";
import { stabilityCommand } from "./stability.ts";
import { trainCommand } from "./train.ts";
import { transferCommand } from "./transfer.ts";
import { unitsCommand } from "./units.ts";
import { verifyCommand } from "./verify.ts";
import { workerCommand } from "./worker.ts";

export function commands(): Command[] {
  return [
    attackCommand(),
    auditCommand(),
    robustCommand(),
    certifyCommand(),
    benchAttacksCommand(),
    transferCommand(),
    pocketsCommand(),
    stabilityCommand(),
    unitsCommand(),
    featuresCommand(),
    trainCommand(),
    paperCommand(),
    verifyCommand(),
    workerCommand(),
  ];
}
