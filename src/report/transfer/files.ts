/** A transfer as files by name: numbers for programs, arrays for notebooks, pictures and a page for people. */
import { distortions } from "../../analysis/index.ts";
import { imageSize } from "../../data/dataset.ts";
import { encodePng } from "../../data/png.ts";
import { recordJson } from "../../studies/record.ts";
import { type TransferRecord, transferArrays } from "../../studies/transfer/record.ts";
import { standaloneSvg } from "../kit/drawing.ts";
import { arrayFiles } from "../kit/files.ts";
import { figure } from "../kit/format.ts";
import { heatMap } from "../kit/heat-map.ts";
import { distortionMultiples, type NamedDistortions } from "../kit/histogram.ts";
import { type Line, sideBySide } from "../kit/side-by-side.ts";
import { transferPage } from "./page.ts";
import { ownColumn } from "./text.ts";

/** Images side by side, as many as a telephone shows. */
const SHOWN = 10;

/** The images that are shown: the first that fool every source; or, if there are none, the first that fool any. */
function shownImages({ rows }: TransferRecord): number[] {
  const made = rows.filter(({ kind }) => kind === "adversarial");
  const all = Array.from(rows[0]?.truth ?? [], (_, i) => i);
  const fools = (i: number) => made.filter(({ found }) => found?.[i] !== 0).length;
  const everywhere = all.filter((i) => fools(i) === made.length);
  return (everywhere.length > 0 ? everywhere : all.filter((i) => fools(i) > 0)).slice(0, SHOWN);
}

function lines(report: TransferRecord): Line[] {
  const { rows, shape } = report;
  const shown = shownImages(report);
  const [first] = rows;
  if (!first || shown.length === 0) return [];
  const size = imageSize(shape);
  const pick = (images: Float32Array) => shown.map((i) => images.subarray(i * size, (i + 1) * size));
  return [
    { name: "no change", images: pick(first.originals) },
    ...rows.map(({ name, images, distortion }) => ({
      name,
      note: distortion && `distortion ${figure(distortion.pooled)}`,
      images: pick(images),
    })),
  ];
}

/** The distortions of the images that fool the model they were made for, a list for each set that has any. */
function foundDistortions({ rows, shape }: TransferRecord): NamedDistortions[] {
  return rows
    .filter(({ kind }) => kind === "adversarial")
    .map(({ name, images, originals, found }) => ({
      name,
      distortions: [...distortions(originals, images, imageSize(shape))].filter((_, i) => found?.[i] !== 0),
    }))
    .filter(({ distortions: list }) => list.length > 0);
}

/**
 * The files of a report by path: `results.json`, `index.html`, `heat-map.svg`, `arrays/*.npy`; with at least one image
 * that fools its model also `distortions.svg` and `examples.png`. The same report, the same bytes.
 */
export async function transferFiles(report: TransferRecord): Promise<Map<string, Uint8Array | string>> {
  const { rows, models, shape } = report;
  const found = foundDistortions(report);
  const map = heatMap(
    models.map(({ name }) => name),
    rows.map((row) => ({
      name: row.name,
      rates: row.cells.map(({ error }) => error.rate),
      ...ownColumn(report, row.source),
    })),
  );
  const multiples = found.length > 0 ? distortionMultiples(found) : undefined;
  const drawn = lines(report);
  const files = new Map<string, Uint8Array | string>([
    ["results.json", recordJson(report)],
    ["index.html", transferPage(report, { heatMap: map, distortions: multiples, lines: drawn })],
    ["heat-map.svg", standaloneSvg(map.wide)],
  ]);
  if (multiples) files.set("distortions.svg", standaloneSvg(multiples.wide));
  if (drawn.length > 0) files.set("examples.png", encodePng(sideBySide(drawn, shape)));
  for (const [path, content] of arrayFiles(transferArrays(report))) files.set(path, content);
  return files;
}
