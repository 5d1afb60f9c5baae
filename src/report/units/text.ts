/** An analysis of units and directions in a few lines, for a terminal, and in one sentence, for a page. */
import { holm } from "../../numeric/holm.ts";
import { MEASURES, moreAlike, type UnitsRecord } from "../../studies/units/index.ts";
import { counted, duration, figure, whole } from "../kit/format.ts";
import { aligned, labelled } from "../kit/text-table.ts";
import { lineName, MEASURE_NAMES } from "./names.ts";

export function pText(p: number): string {
  return p < 0.001 ? p.toExponential(0) : p.toFixed(p < 0.1 ? 3 : 2);
}

/** Four tests are made, for which their p-values are adjusted [Holm]. */
export function unitsVerdict({ tests, compared }: Pick<UnitsRecord, "tests" | "compared">): string {
  const both = `${counted(compared.units, "unit")} and ${counted(compared.directions, "random direction")}`;
  const adjusted = holm(MEASURES.map((measure) => tests[measure].p));
  const ways = new Set(
    MEASURES.map((measure, i) => {
      return moreAlike(measure, { difference: tests[measure].difference, adjusted: adjusted[i] as number });
    }),
  );
  ways.delete(undefined);
  if (ways.size === 0) return `${both} are not told apart by what their images have in common.`;
  if (ways.size === 2)
    return `Of ${both}, the units' images are more alike by some measures, the directions' by others.`;
  return `Of ${both}, the ${[...ways][0]}' images are more alike.`;
}

/** The tests as rows of text with their heads. */
export function testTable({ tests }: Pick<UnitsRecord, "tests">): string[][] {
  return [
    ["", "units", "directions", "difference", "p"],
    ...MEASURES.map((measure) => {
      const { means, difference, p } = tests[measure];
      return [MEASURE_NAMES[measure], figure(means[0]), figure(means[1]), figure(difference), pText(p)];
    }),
  ];
}

/** Plain text, every line ended by a line feed. */
export function unitsText(report: UnitsRecord): string {
  const { title, lines, data, silent, size, timing, digest, tests } = report;
  const rows = lines.map((line) => [
    lineName(line),
    figure(line.purity),
    figure(line.entropy),
    figure(line.pixels),
    figure(line.features),
    line.labels.join(" "),
  ]);
  const facts: (readonly [label: string, text: string])[] = [
    ["images", whole(data.count)],
    ...(silent > 0
      ? [["left out", `${whole(silent)} of ${counted(size, "unit")}, silent for all images`] as const]
      : []),
    ["deals", `${whole(tests.purity.deals)} of the permutation test`],
    ["time", duration(timing.milliseconds)],
    ["digest", digest],
  ];
  const head = ["", "purity", "entropy", "pixels", "features", "labels"];
  return `${title}\n${unitsVerdict(report)}\n\n${aligned(testTable(report))}\n${aligned([head, ...rows])}\n${labelled(facts)}`;
}
