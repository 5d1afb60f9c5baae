/** An analysis of units and directions in a few lines, for a terminal, and in one sentence, for a page. */
import { aligned } from "../kit/columns.ts";
import { counted, duration, figure, whole } from "../kit/format.ts";
import { lineName, MEASURE_NAMES, MEASURES, type UnitsReport } from "./results.ts";

/** Chance explains what comes up at least once in so many deals. */
const LEVEL = 0.05;

export function pText(p: number): string {
  return p < 0.001 ? p.toExponential(0) : p.toFixed(p < 0.1 ? 3 : 2);
}

/** Four tests are made: the smallest p counts as many times [Bonferroni]. */
export function unitsVerdict({ tests, compared }: Pick<UnitsReport, "tests" | "compared">): string {
  const smallest = Math.min(...MEASURES.map((measure) => tests[measure].p));
  const both = `${counted(compared.units, "unit")} and ${counted(compared.directions, "random direction")}`;
  if (smallest * MEASURES.length > LEVEL) {
    return `Of ${both}, neither has images that are more alike than the other's.`;
  }
  const apart = MEASURES.filter((measure) => tests[measure].p * MEASURES.length <= LEVEL);
  const forUnits = apart.filter((measure) => tests[measure].difference > 0 === (measure !== "entropy"));
  if (forUnits.length === apart.length) return `Of ${both}, the units' images are more alike.`;
  if (forUnits.length === 0) return `Of ${both}, the directions' images are more alike.`;
  return `Of ${both}, the units' images are more alike by some measures, the directions' by others.`;
}

/** The tests as rows of text with their heads. */
export function testTable({ tests }: Pick<UnitsReport, "tests">): string[][] {
  return [
    ["", "units", "directions", "difference", "p"],
    ...MEASURES.map((measure) => {
      const { means, difference, p } = tests[measure];
      return [MEASURE_NAMES[measure], figure(means[0]), figure(means[1]), figure(difference), pText(p)];
    }),
  ];
}

/** Plain text, every line ended by a line feed. */
export function unitsText(report: UnitsReport): string {
  const { title, lines, data, silent, size, timing, digest, tests } = report;
  const rows = lines.map((line) => [
    lineName(line),
    figure(line.purity),
    figure(line.entropy),
    figure(line.pixels),
    figure(line.features),
    line.labels.join(" "),
  ]);
  const facts: string[][] = [
    ["images", whole(data.count)],
    ...(silent > 0 ? [["set aside", `${whole(silent)} of ${counted(size, "unit")}, silent for all images`]] : []),
    ["deals", `${whole(tests.purity.deals)} of the permutation test`],
    ["time", duration(timing.milliseconds)],
    ["digest", digest],
  ];
  const end = facts.map(([label = "", text = ""]) => `  ${label.padEnd(13)}${text}\n`).join("");
  const head = ["", "purity", "entropy", "pixels", "features", "labels"];
  return `${title}\n${unitsVerdict(report)}\n\n${aligned(testTable(report))}\n${aligned([head, ...rows])}\n${end}`;
}
