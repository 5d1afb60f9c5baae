/** What a report of units and directions shows beside the study's record, and how it words it. */
import type { Measure, UnitsLine, UnitsRecord } from "../../studies/units/index.ts";

/** What a measure is called, and which way is more alike. */
export const MEASURE_NAMES: Readonly<Record<Measure, string>> = {
  purity: "share of the most frequent label",
  entropy: "entropy of the labels, bits (less is more alike)",
  pixels: "mean cosine of two images, pixels",
  features: "mean cosine of two images, features",
};

/** A run, whole. */
export interface UnitsReport extends UnitsRecord {
  title: string;
  command: string; // that makes this report again
  version: string; // of Blindspot
  model: UnitsRecord["model"] & { classNames?: readonly string[] };
  timing: { milliseconds: number };
}

/** What a line is called. */
export function lineName({ kind, column, name }: UnitsLine): string {
  return name ?? (kind === "unit" ? `unit ${column}` : `direction ${column + 1}`);
}
