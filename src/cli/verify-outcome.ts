/** What `blindspot verify` says in the end: the same, or what differs and by how much. */
import type { RecordDifference } from "../studies/verify/compare.ts";
import { BITS } from "../version.ts";
import { log, print, printJson } from "./output.ts";
import { DiffersError } from "./run.ts";

/** Differences that are printed. */
const SHOWN = 20;

export interface Verified {
  /** What was compared: "every number of report/results.json". */
  what: string;
  differences: readonly RecordDifference[];
}

/** Prints the outcome. Throws, for exit code 3, where something differs. */
export function tellOutcome({ json }: { json?: boolean }, { what, differences }: Verified): void {
  const isSame = differences.length === 0;
  if (json) printJson(`${JSON.stringify({ verified: what, isSame, differences }, null, 1)}\n`);
  else if (isSame) print(`${what}: the same\n`);
  if (isSame) return;
  for (const difference of differences.slice(0, SHOWN)) log(`verify: ${said(difference)}\n`);
  if (differences.length > SHOWN) log(`verify: and ${differences.length - SHOWN} more\n`);
  throw new DiffersError(`${what}: expected the same, got ${differences.length} that differ`);
}

/** Says that another version or other kernels made a record, which takes nothing from the comparison. */
export function tellMakers({ json }: { json?: boolean }, madeBy: readonly RecordDifference[]): void {
  if (json) return;
  for (const { path, stated, found } of madeBy) {
    const what = path === "wasm" ? "kernels" : path;
    log(
      `verify: made by ${what} ${stated ?? "unknown"}, here ${found ?? "unknown"}; both of bits generation ${BITS}\n`,
    );
  }
}

function said({ path, stated, found }: RecordDifference): string {
  const by = typeof stated === "number" && typeof found === "number" ? ` (by ${found - stated})` : "";
  return `${path}: stated ${worded(stated)}, found ${worded(found)}${by}`;
}

function worded(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
