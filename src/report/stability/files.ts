/** A stability analysis as files by name: numbers for programs, arrays for notebooks, a picture and a page for people. */
import { recordJson } from "../../studies/record.ts";
import { type StabilityRecord, stabilityArrays } from "../../studies/stability/record.ts";
import { standaloneSvg } from "../kit/drawing.ts";
import { arrayFiles } from "../kit/files.ts";
import { stabilityDrawing } from "./drawing.ts";
import { stabilityPage } from "./page.ts";
import { shownLayers } from "./text.ts";

/** The files of a report by path: `results.json`, `index.html`, `bounds.svg`, `arrays/*.npy`. The same report, the same bytes. */
export async function stabilityFiles(report: StabilityRecord): Promise<Map<string, Uint8Array | string>> {
  const drawing = stabilityDrawing(shownLayers(report.layers));
  const files = new Map<string, Uint8Array | string>([
    ["results.json", recordJson(report)],
    ["index.html", stabilityPage(report, drawing)],
  ]);
  if (drawing) files.set("bounds.svg", standaloneSvg(drawing.wide));
  for (const [path, content] of arrayFiles(stabilityArrays(report))) files.set(path, content);
  return files;
}
