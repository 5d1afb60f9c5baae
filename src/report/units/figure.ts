/** The paper's figures 1 to 4: a row of images for each unit and direction, the one it responds to most first. */
import type { ImageShape } from "../../data/dataset.ts";
import { imageRaster, type Raster } from "../../data/raster.ts";
import type { UnitsLine, UnitsRecord } from "../../studies/units/index.ts";
import { figure } from "../kit/format.ts";
import { html, type Markup } from "../kit/markup.ts";
import { dataUri } from "../kit/pictures.ts";
import { blankSheet, enlargement, paste } from "../kit/sheet.ts";
import { lineName } from "./names.ts";

const TILE = 56; // pixels that a small image is enlarged to, by a whole factor
const GAP = 3; // between images
const ASIDE = 14; // before the maximiser, and around all
const ASIDE_SMALL = 5; // before the maximiser where images are drawn as they are

/** The images of a line. */
function imagesOf({ pictures, images }: UnitsLine): Float32Array[] {
  const size = pictures.length / images.length;
  return images.map((_, i) => pictures.subarray(i * size, (i + 1) * size));
}

function drawLine(
  sheet: Raster,
  line: UnitsLine,
  report: UnitsRecord,
  top: number,
  left: number,
  factor: number,
  gap: number,
  aside = ASIDE,
): void {
  const { shape } = report.data;
  const step = shape[1] * factor + gap;
  const images = imagesOf(line);
  images.forEach((image, i) => {
    paste(sheet, imageRaster(image, shape), left + i * step, top, factor);
  });
  if (line.maximiser) {
    paste(sheet, imageRaster(line.maximiser.image, shape), left + images.length * step + (aside - gap), top, factor);
  }
}

function widthOf(lines: readonly UnitsLine[], shape: ImageShape, factor: number, gap: number, aside = ASIDE): number {
  const columns = Math.max(...lines.map(({ images }) => images.length));
  const extra = lines.some(({ maximiser }) => maximiser) ? shape[1] * factor + aside : 0;
  return columns * (shape[1] * factor + gap) - gap + extra;
}

/** All lines in one picture. */
export function unitsSheet(report: UnitsRecord): Raster {
  const { lines, data } = report;
  const { shape } = data;
  const factor = enlargement(TILE, shape[1], shape[0]);
  const step = shape[0] * factor + GAP;
  // A wider gap where units end and directions begin.
  const breaks = lines.map((line, i) => (i > 0 && line.kind !== lines[i - 1]?.kind ? 1 : 0));
  const before = (i: number) => breaks.slice(0, i + 1).reduce<number>((sum, n) => sum + n, 0) * ASIDE;
  const height = lines.length * step - GAP + before(lines.length - 1) + 2 * ASIDE;
  const sheet = blankSheet(widthOf(lines, shape, factor, GAP) + 2 * ASIDE, height);
  lines.forEach((line, i) => {
    drawLine(sheet, line, report, ASIDE + i * step + before(i), ASIDE, factor, GAP);
  });
  return sheet;
}

/** The lines of one kind for a page, each with what its images have in common. */
export function unitsFigure(report: UnitsRecord, kind: UnitsLine["kind"]): Markup | undefined {
  const { data, model } = report;
  const lines = report.lines.filter((line) => line.kind === kind);
  if (lines.length === 0) return undefined;
  const name = (label: number): string => (label < 0 ? "–" : (model.classNames?.[label] ?? String(label)));
  return html`<figure class="lines">
${lines.map((line) => {
  const strip = blankSheet(widthOf(lines, data.shape, 1, 1, ASIDE_SMALL), data.shape[0]);
  drawLine(strip, line, report, 0, 0, 1, 1, ASIDE_SMALL);
  const said = [
    `purity ${figure(line.purity)}`,
    `entropy ${figure(line.entropy)} bits`,
    `pixels ${figure(line.pixels)}`,
    `features ${figure(line.features)}`,
    ...(line.maximiser
      ? [`value ${figure(line.values[0] ?? 0)}, of the made image ${figure(line.maximiser.value)}`]
      : []),
  ].join(" · ");
  const labels = line.labels.map(name);
  const isNamed = labels.some((label) => label.length > 3);
  const below = html` <small>${labels.join(isNamed ? ", " : " ")}</small>`;
  return html`<div><p>${lineName(line)} <small>${said}</small></p>
<img src="${dataUri(strip)}" alt="${lineName(line)}: images of ${labels.join(", ")}" width="${strip.width}" height="${strip.height}">
<p class="labels">${below}</p></div>`;
})}
</figure>`;
}
