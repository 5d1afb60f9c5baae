/** Many examples in one picture: original, difference, adversarial side by side, several such groups in a row. */
import type { Raster } from "../../data/raster.ts";
import type { Pictures } from "./pictures.ts";
import { blankSheet, enlargement, paste } from "./sheet.ts";

const TILE = 56; // pixels that a small image is enlarged to, by a whole factor
const WIDTH = 980; // of the sheet, unless one group is wider
const GAP = 4; // between the images of a group
const GUTTER = 16; // between groups, and around all

/** The sheet of one or more examples, all of one size. */
export function contactSheet(examples: readonly Pictures[]): Raster {
  const { width: tileWidth, height: tileHeight } = (examples[0] as Pictures).original;
  const factor = enlargement(TILE, tileWidth, tileHeight);
  const width = tileWidth * factor;
  const height = tileHeight * factor;
  const group = 3 * width + 2 * GAP;
  const fitting = Math.max(1, Math.floor((WIDTH - GUTTER) / (group + GUTTER)));
  const columns = Math.min(fitting, examples.length);
  const rows = Math.ceil(examples.length / columns);
  const sheet = blankSheet(columns * (group + GUTTER) + GUTTER, rows * (height + GUTTER) + GUTTER);
  examples.forEach(({ original, difference, adversarial }, i) => {
    const left = GUTTER + (i % columns) * (group + GUTTER);
    const top = GUTTER + Math.floor(i / columns) * (height + GUTTER);
    [original, difference, adversarial].forEach((tile, k) => {
      paste(sheet, tile, left + k * (width + GAP), top, factor);
    });
  });
  return sheet;
}
