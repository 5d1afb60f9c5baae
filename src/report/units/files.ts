/** An analysis of units and directions as files by name: numbers for programs, arrays for notebooks, a picture and a page for people. */
import { encodePng } from "../../data/png.ts";
import { unitsArrays } from "../../studies/units/index.ts";
import { arrayFiles } from "../kit/files.ts";
import { unitsSheet } from "./figure.ts";
import { unitsPage } from "./page.ts";
import type { UnitsReport } from "./results.ts";

/** The numbers of a run, with every digit; images and rankings of all units are in the arrays. */
export function unitsJson({ found, coherence, pictures, lines, ...report }: UnitsReport): string {
  const json = {
    generator: "blindspot", // by which an output folder is known as one
    kind: "units",
    ...report,
    lines: lines.map(({ maximiser, ...line }) => {
      if (!maximiser) return line;
      const { image, ...numbers } = maximiser;
      return { ...line, maximiser: numbers };
    }),
  };
  return `${JSON.stringify(json, null, 1)}\n`;
}

/** The files of a report by path: `results.json`, `index.html`, `units.png`, `arrays/*.npy`. The same report, the same bytes. */
export async function unitsFiles(report: UnitsReport): Promise<Map<string, Uint8Array | string>> {
  const files = new Map<string, Uint8Array | string>([
    ["results.json", unitsJson(report)],
    ["index.html", unitsPage(report)],
  ]);
  if (report.lines.length > 0) files.set("units.png", encodePng(unitsSheet(report)));
  for (const [path, content] of arrayFiles(unitsArrays(report))) files.set(path, content);
  return files;
}
