/** A stability analysis as files by name: numbers for programs, arrays for notebooks, a picture and a page for people. */
import { standaloneSvg } from "../kit/drawing.ts";
import { arrayFiles } from "../kit/files.ts";
import { stabilityDrawing } from "./drawing.ts";
import { stabilityPage } from "./page.ts";
import { type StabilityReport, stabilityArrays } from "./results.ts";
import { shownLayers } from "./text.ts";

/** The numbers of a run, with every digit; those of single images and layers together are in the arrays. */
export function stabilityJson({ own, whole, ...report }: StabilityReport): string {
  return `${JSON.stringify({ generator: "blindspot", kind: "stability", ...report }, null, 1)}\n`;
}

/** The files of a report by path: `results.json`, `index.html`, `bounds.svg`, `arrays/*.npy`. The same report, the same bytes. */
export async function stabilityFiles(report: StabilityReport): Promise<Map<string, Uint8Array | string>> {
  const drawing = stabilityDrawing(shownLayers(report.layers));
  const files = new Map<string, Uint8Array | string>([
    ["results.json", stabilityJson(report)],
    ["index.html", stabilityPage(report, drawing)],
  ]);
  if (drawing) files.set("bounds.svg", standaloneSvg(drawing.wide));
  for (const [path, content] of arrayFiles(stabilityArrays(report))) files.set(path, content);
  return files;
}
