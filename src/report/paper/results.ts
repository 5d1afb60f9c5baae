/** What a run of the paper's tables leaves: the tables, what they were made from, and the digest of their numbers. */
import { digestArrays, type NamedArrays } from "../../data/digest.ts";
import {
  compareWithPaper,
  type MeasuredTables,
  type PaperComparison,
  type PaperOptions,
  type SeedStudy,
  type SeedVerdict,
  type Study,
  seedVerdicts,
  tableCells,
} from "../../studies/paper/index.ts";

/** A model of a run. */
export interface ReportedModel {
  name: string;
  /** SHA-256 of its parameters. */
  digest: string;
  origin: "shipped" | "trained";
}

export interface PaperReport {
  command: string;
  version: string;
  data: { name: string; digest: string };
  options: PaperOptions;
  models: readonly ReportedModel[];
  tables: MeasuredTables;
  comparison: PaperComparison;
  seeds?: SeedStudy;
  /** In no digest. */
  milliseconds: number;
  /** SHA-256 of the tables' numbers. */
  digest: string;
  studies: readonly Study[];
}

/** Every number of the tables by its id, as arrays of one: what the digest covers. */
export function paperArrays(tables: MeasuredTables): NamedArrays {
  return Object.fromEntries(
    Array.from(tableCells(tables), ([id, value]) => [id, { data: Float64Array.of(value), shape: [] }]),
  );
}

/** SHA-256 of the tables' numbers. */
export function paperDigest(tables: MeasuredTables): Promise<string> {
  return digestArrays(paperArrays(tables));
}

/** Compares and digests what was measured. */
export async function paperReport(measured: Omit<PaperReport, "comparison" | "digest">): Promise<PaperReport> {
  const { tables } = measured;
  return { ...measured, comparison: compareWithPaper(tables), digest: await paperDigest(tables) };
}

/** How many of the paper's numbers lie among those of the seeds. */
export function seedCount(study: SeedStudy): { inside: number; of: number; outside: SeedVerdict[] } {
  const verdicts = seedVerdicts(study);
  const outside = verdicts.filter(({ inside }) => !inside);
  return { inside: verdicts.length - outside.length, of: verdicts.length, outside };
}

/** results.json: every digit; the images are in the arrays. */
export function paperJson(report: PaperReport): string {
  const { studies: _, digest, tables, command, version, ...rest } = report;
  return `${JSON.stringify({ generator: "blindspot", kind: "paper", command, version, digest, tables, ...rest }, null, 1)}\n`;
}
