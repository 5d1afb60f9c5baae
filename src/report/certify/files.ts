/** A run of certificates as files by name: numbers for programs, arrays for notebooks, a picture and a page for people. */
import { NORM_WORDS } from "../../studies/attack/question.ts";
import { type CertifyRecord, certifyArrays } from "../../studies/certify/record.ts";
import { recordJson } from "../../studies/record.ts";
import { standaloneSvg } from "../kit/drawing.ts";
import { arrayFiles } from "../kit/files.ts";
import { bracketDrawing } from "./drawing.ts";
import { certifyPage } from "./page.ts";
import { bracketed } from "./text.ts";

/** The files of a report by path: `results.json`, `index.html`, `brackets.svg`, `arrays/*.npy`. The same report, the same bytes. */
export async function certifyFiles(report: CertifyRecord): Promise<Map<string, Uint8Array | string>> {
  const both = bracketed(report.images);
  const drawing = both.length > 0 ? bracketDrawing(both, NORM_WORDS[report.norm]) : undefined;
  const files = new Map<string, Uint8Array | string>([
    ["results.json", recordJson(report)],
    ["index.html", certifyPage(report, drawing)],
  ]);
  if (drawing) files.set("brackets.svg", standaloneSvg(drawing.wide));
  for (const [path, content] of arrayFiles(certifyArrays(report))) files.set(path, content);
  return files;
}
