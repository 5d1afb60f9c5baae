/** The reference results of the original code: data that lies beside the repository, not in it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sharedData } from "../support/shared-data.ts";

export const original = sharedData("optimizer", "oracle.json");

export interface ReferenceRun {
  f: number;
  projg: number;
  nit: number;
  nfev: number;
  task: string;
  skipped_updates: number;
  rounding_spread: { nfev: [number, number]; f: [number, number]; projg: [number, number] };
  f_worst_rounding: number;
  rounding_sensitive: boolean;
}

export interface Trace {
  f: number[];
  projg: number[];
  nfev: (number | null)[];
  nfree: (number | null)[];
  step: (number | null)[];
  theta: (number | null)[];
  reproducible_prefix: number;
}

export interface Reference {
  name: string;
  n: number;
  m: number;
  x0?: number[];
  lower?: (number | null)[];
  upper?: (number | null)[];
  f0: number;
  projg0: number;
  self_check: { g0_first: number[]; g0_norm2: number; fc: number; gc_norm2: number; gc_first: number[] };
  runs: { default: ReferenceRun; tight: ReferenceRun };
  trace: Trace;
  /** For the driver problems: their own m, factr = 0, pgtol = 1e-10. */
  driver_like_trace?: { m: number; f: number[]; projg: number[]; nfev: number[] };
  other_m: Record<string, { f: number; projg: number; nit: number; nfev: number; task: string }>;
  f_best: number;
}

export interface DriverTable {
  n: number;
  m: number;
  factr: number;
  pgtol: number;
  run: { rows: { iter: number; nfg?: number; f: number; projg: number }[]; final: { evaluations?: number } };
}

const read = (name: string) => JSON.parse(readFileSync(join(original.folder, name), "utf8"));

export const references: Reference[] = original.isThere ? read("oracle.json").problems : [];
export const drivers: Record<string, DriverTable> = original.isThere ? read("driver_tables.json").drivers : {};
