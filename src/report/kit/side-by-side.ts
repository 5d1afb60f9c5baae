/**
 * The same images as they are, as they were changed for each of several models, and under noise: the paper's figure 7.
 * A line of pictures for each, the images above one another.
 */
import type { ImageShape } from "../../data/dataset.ts";
import { imageRaster, type Raster } from "../../data/raster.ts";
import { counted } from "./format.ts";
import { html, type Markup } from "./markup.ts";
import { dataUri } from "./pictures.ts";
import { blankSheet, enlargement, paste } from "./sheet.ts";

/** One line: what was done to the images, and the images. */
export interface Line {
  name: string;
  /** What to know of it, such as its distortion. */
  note?: string | undefined;
  /** f32[h w c] each, shown as in [0, 1]; as many in every line. */
  images: readonly Float32Array[];
}

const TILE = 84; // pixels that a small image is enlarged to, by a whole factor
const GAP = 6; // between images, and around all

function drawLines(lines: readonly Line[], shape: ImageShape, factor: number, gap: number, around: number): Raster {
  const [height, width] = shape;
  const columns = (lines[0] as Line).images.length;
  const [stepX, stepY] = [width * factor + gap, height * factor + gap];
  const sheet = blankSheet(columns * stepX - gap + 2 * around, lines.length * stepY - gap + 2 * around);
  lines.forEach(({ images }, y) => {
    images.forEach((image, x) => {
      paste(sheet, imageRaster(image, shape), around + x * stepX, around + y * stepY, factor);
    });
  });
  return sheet;
}

/** All lines in one picture, without their names; at least one line of at least one image. */
export function sideBySide(lines: readonly Line[], shape: ImageShape): Raster {
  const factor = enlargement(TILE, shape[1], shape[0]);
  return drawLines(lines, shape, factor, GAP, GAP);
}

/** The lines for a page, each with its name. */
export function sideBySideFigure(lines: readonly Line[], shape: ImageShape): Markup {
  return html`<figure class="lines">
${lines.map((line) => {
  const strip = drawLines([line], shape, 1, 1, 0);
  const note = line.note === undefined ? undefined : html` <small>${line.note}</small>`;
  const what = `${counted(line.images.length, "image")}: ${line.name}`;
  return html`<div><p>${line.name}${note}</p>
<img src="${dataUri(strip)}" alt="${what}" width="${strip.width}" height="${strip.height}"></div>`;
})}
</figure>`;
}
