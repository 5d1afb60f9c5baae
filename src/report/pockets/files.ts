/** A study of pockets as files by name: numbers for programs, arrays for notebooks, pictures and a page for people. */
import { encodePng } from "../../data/png.ts";
import { type PocketsRecord, pocketsArrays } from "../../studies/pockets/record.ts";
import { recordJson } from "../../studies/record.ts";
import { standaloneSvg } from "../kit/drawing.ts";
import { arrayFiles } from "../kit/files.ts";
import { pathDrawing, planeRaster } from "./drawing.ts";
import { pocketsPage } from "./page.ts";

/** The files of a report by path: `results.json`, `index.html`, `path.svg`, `planes/*.png`, `arrays/*.npy`. The same report, the same bytes. */
export async function pocketsFiles(record: PocketsRecord): Promise<Map<string, Uint8Array | string>> {
  const { settings, images, plane, model } = record;
  const drawing = pathDrawing(record);
  const points = settings.plane.size * settings.plane.size;
  return new Map<string, Uint8Array | string>([
    ["results.json", recordJson(record)],
    ["index.html", pocketsPage(record, drawing)],
    ["path.svg", standaloneSvg(drawing.wide)],
    ...images.map(({ index, label }, i): [string, Uint8Array] => [
      `planes/${String(index).padStart(5, "0")}.png`,
      encodePng(planeRaster(plane.subarray(i * points, (i + 1) * points), label, settings.plane)),
    ]),
    ...arrayFiles(pocketsArrays(record, settings, model.inputShape)),
  ]);
}
