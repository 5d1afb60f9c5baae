/** A transfer as files by name: numbers for programs, arrays for notebooks, pictures and a page for people. */
import type { TransferCell } from "../../analysis/index.ts";
import { imageSize } from "../../data/dataset.ts";
import { encodePng } from "../../data/png.ts";
import { standaloneSvg } from "../kit/drawing.ts";
import { arrayFiles } from "../kit/files.ts";
import { figure } from "../kit/format.ts";
import { heatMap } from "../kit/heat-map.ts";
import { distortionMultiples } from "../kit/histogram.ts";
import { type Line, sideBySide } from "../kit/side-by-side.ts";
import { transferPage } from "./page.ts";
import { foundDistortions, type TransferReport, transferArrays } from "./results.ts";

/** Images side by side, as many as a telephone shows. */
const SHOWN = 10;

/** A cell without the answers, which are in the arrays. */
function numbers({ answers, cleanAnswers, ...rates }: TransferCell): Omit<TransferCell, "answers" | "cleanAnswers"> {
  return rates;
}

/** The numbers of a run, with every digit; images and answers are in the arrays. */
export function transferJson(report: TransferReport): string {
  const { sets, matrix, ...rest } = report;
  const json = {
    generator: "blindspot", // by which an output folder is known as one
    kind: "transfer",
    ...rest,
    rows: matrix.rows.map(({ cells, ...row }, s) => {
      const source = sets[s]?.source;
      return {
        ...row,
        kind: sets[s]?.kind,
        ...(sets[s]?.keptAt8Bits !== undefined && { keptAt8Bits: sets[s].keptAt8Bits }),
        ...(source !== undefined && { source: matrix.models[source] }),
        cells: cells.map(numbers),
      };
    }),
  };
  return `${JSON.stringify(json, null, 1)}\n`;
}

/** The images that are shown: the first that fool every source; or, if there are none, the first that fool any. */
function shownImages({ sets }: TransferReport): number[] {
  const made = sets.filter(({ kind }) => kind === "adversarial");
  const all = Array.from(sets[0]?.truth ?? [], (_, i) => i);
  const fools = (i: number) => made.filter(({ found }) => found?.[i] !== 0).length;
  const everywhere = all.filter((i) => fools(i) === made.length);
  return (everywhere.length > 0 ? everywhere : all.filter((i) => fools(i) > 0)).slice(0, SHOWN);
}

function lines(report: TransferReport): Line[] {
  const { sets, shape, matrix } = report;
  const shown = shownImages(report);
  const [first] = sets;
  if (!first || shown.length === 0) return [];
  const size = imageSize(shape);
  const pick = (rows: Float32Array) => shown.map((i) => rows.subarray(i * size, (i + 1) * size));
  return [
    { name: "no change", images: pick(first.originals) },
    ...sets.map(({ name, rows }, s) => {
      const distortion = matrix.rows[s]?.distortion;
      return {
        name,
        note: distortion && `distortion ${figure(distortion.pooled)}`,
        images: pick(rows),
      };
    }),
  ];
}

/**
 * The files of a report by path: `results.json`, `index.html`, `heat-map.svg`, `arrays/*.npy`; with at least one image
 * that fools its model also `distortions.svg` and `examples.png`. The same report, the same bytes.
 */
export async function transferFiles(report: TransferReport): Promise<Map<string, Uint8Array | string>> {
  const { matrix, sets, shape } = report;
  const found = foundDistortions(report);
  const map = heatMap(
    matrix.models,
    matrix.rows.map(({ name, cells }, s) => {
      const source = sets[s]?.source;
      return {
        name,
        rates: cells.map(({ error }) => error.rate),
        ...(source !== undefined && { own: source }),
      };
    }),
  );
  const distortions = found.length > 0 ? distortionMultiples(found) : undefined;
  const drawn = lines(report);
  const files = new Map<string, Uint8Array | string>([
    ["results.json", transferJson(report)],
    ["index.html", transferPage(report, { heatMap: map, distortions, lines: drawn })],
    ["heat-map.svg", standaloneSvg(map.wide)],
  ]);
  if (distortions) files.set("distortions.svg", standaloneSvg(distortions.wide));
  if (drawn.length > 0) files.set("examples.png", encodePng(sideBySide(drawn, shape)));
  for (const [path, content] of arrayFiles(transferArrays(report))) files.set(path, content);
  return files;
}
