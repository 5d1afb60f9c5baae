/** A report as files by name: numbers for programs, arrays for notebooks, pictures and a page for people. */
import { imageSize } from "../../data/dataset.ts";
import { encodePng } from "../../data/png.ts";
import { NORM_WORDS } from "../../studies/attack/question.ts";
import { type AttackRecord, attackArrays, isSetAside } from "../../studies/attack/record.ts";
import { recordJson } from "../../studies/record.ts";
import { contactSheet } from "../kit/contact-sheet.ts";
import { type Drawing, standaloneSvg } from "../kit/drawing.ts";
import { arrayFiles } from "../kit/files.ts";
import { histogram, NARROW, WIDE } from "../kit/histogram.ts";
import { magnification, pictures } from "../kit/pictures.ts";
import { attackPage } from "./page.ts";
import { lengthOf, shownExamples } from "./shown.ts";

/** Examples on the contact sheet. */
const SHEET = 60;

/** How far the images were changed: in the norm that was asked for, or by their distortion. */
function histograms({ examples, summary, minimal }: AttackRecord): Drawing | undefined {
  const lengths = examples.filter(({ outcome }) => outcome === "found").map(lengthOf);
  const median = minimal ? minimal.medianDistance : summary.medianDistortion;
  if (median === null || lengths.length === 0) return undefined;
  const title = minimal && { title: `${NORM_WORDS[minimal.norm]} distance` };
  return {
    wide: histogram(lengths, median, { ...WIDE, ...title }),
    narrow: histogram(lengths, median, { ...NARROW, ...title }),
  };
}

/**
 * The files of a report by path: `results.json`, `index.html`, `arrays/*.npy`; with at least one image also
 * `examples.png` and `images/*.png`, with at least one success `histogram.svg`. The same report, the same bytes.
 */
export async function attackFiles(report: AttackRecord): Promise<Map<string, Uint8Array | string>> {
  const { examples, model } = report;
  const files = new Map<string, Uint8Array | string>([["results.json", recordJson(report)]]);
  const drawn = histograms(report);
  files.set("index.html", attackPage(report, drawn));
  if (drawn) files.set("histogram.svg", standaloneSvg(drawn.wide));
  for (const [path, content] of arrayFiles(attackArrays(examples, model.inputShape))) files.set(path, content);
  const shown = shownExamples(examples);
  const factor = magnification(shown);
  const drawings = shown.map((example) => pictures(example, model.inputShape, factor));
  shown.forEach((example, i) => {
    for (const [kind, raster] of Object.entries(drawings[i] ?? {})) {
      files.set(`images/${String(example.index).padStart(5, "0")}-${kind}.png`, encodePng(raster));
    }
  });
  const attacked = drawings.filter((_, i) => shown[i] && !isSetAside(shown[i].outcome));
  if (attacked.length > 0 && imageSize(model.inputShape) > 0) {
    files.set("examples.png", encodePng(contactSheet(attacked.slice(0, SHEET))));
  }
  return files;
}
