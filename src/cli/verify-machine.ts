/** `blindspot verify --machine`: the golden digests of the package, computed on this machine. */
import { fileURLToPath } from "node:url";
import { compareMachine, type MachineComparison } from "../goldens/index.ts";
import { readText } from "../node/read-file.ts";
import { parseJson } from "../schema.ts";
import { BITS } from "../version.ts";
import { interruptSignal } from "./interrupt.ts";
import { log, print, printJson } from "./output.ts";
import { progressBars } from "./progress.ts";
import { DiffersError } from "./run.ts";

/** As far above src/cli as above dist/bundle. */
const GOLDENS = fileURLToPath(new URL("../../goldens.json", import.meta.url));

/** Names of differing digests that are printed. */
const SHOWN = 20;

export interface MachineFlags {
  full?: boolean;
  json?: boolean;
  quiet?: boolean;
}

export async function verifyMachine(flags: MachineFlags): Promise<void> {
  const goldens = parseJson(GOLDENS, await readText(GOLDENS, "the golden digests of the package"));
  const bars = progressBars(flags.json === true || flags.quiet === true);
  let compared: MachineComparison;
  try {
    compared = await compareMachine(goldens, {
      full: flags.full === true,
      signal: interruptSignal(),
      onProgress: (done, total) => bars.tell({ label: "goldens", done, total, unit: "digests" }),
    });
  } finally {
    bars.stop();
  }
  const { count, differing, unknown, missing } = compared;
  if (flags.json) printJson(`${JSON.stringify({ bits: BITS, ...compared }, null, 1)}\n`);
  else
    print(
      `${count - differing.length - unknown.length} of ${count} digests are those on record, bits generation ${BITS}\n`,
    );
  const wrong = [
    ...differing.map((name) => `${name}: another digest than on record`),
    ...unknown.map((name) => `${name}: no digest on record`),
    ...missing.map((name) => `${name}: on record, but not computed by this version`),
  ];
  for (const line of wrong.slice(0, SHOWN)) log(`verify: ${line}\n`);
  if (wrong.length > SHOWN) log(`verify: and ${wrong.length - SHOWN} more\n`);
  if (wrong.length > 0) throw new DiffersError();
}
