/** An analysis of units and directions as files by name: numbers for programs, arrays for notebooks, a picture and a page for people. */
import { encodePng } from "../../data/png.ts";
import { recordJson } from "../../studies/record.ts";
import { type UnitsRecord, unitsArrays } from "../../studies/units/index.ts";
import { arrayFiles } from "../kit/files.ts";
import { unitsSheet } from "./figure.ts";
import { unitsPage } from "./page.ts";

/** The files of a report by path: `results.json`, `index.html`, `units.png`, `arrays/*.npy`. The same report, the same bytes. */
export async function unitsFiles(report: UnitsRecord): Promise<Map<string, Uint8Array | string>> {
  const files = new Map<string, Uint8Array | string>([
    ["results.json", recordJson(report)],
    ["index.html", unitsPage(report)],
  ]);
  if (report.lines.length > 0) files.set("units.png", encodePng(unitsSheet(report)));
  for (const [path, content] of arrayFiles(unitsArrays(report))) files.set(path, content);
  return files;
}
