/** What a report of units and directions calls its measures and lines. */
import type { Measure, UnitsLine } from "../../studies/units/index.ts";

/** What a measure is called, and which way is more alike. */
export const MEASURE_NAMES: Readonly<Record<Measure, string>> = {
  purity: "share of the most frequent label",
  entropy: "entropy of the labels, bits (less is more alike)",
  pixels: "mean cosine of two images, pixels",
  features: "mean cosine of two images, features",
};

/** What a line is called. */
export function lineName({ kind, column, name }: UnitsLine): string {
  return name ?? (kind === "unit" ? `unit ${column}` : `direction ${column + 1}`);
}
