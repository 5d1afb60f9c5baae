/** Many examples in one picture: original, difference, adversarial side by side, several such groups in a row. */
import type { Raster } from "../data/raster.ts";
import type { Pictures } from "./pictures.ts";

const TILE = 56; // pixels that a small image is enlarged to, by a whole factor
const WIDTH = 980; // of the sheet, unless one group is wider
const GAP = 4; // between the images of a group
const GUTTER = 16; // between groups, and around all
const PAPER = [242, 240, 236] as const;

/** Puts `tile`, enlarged by a whole factor, at (left, top). */
function paste(sheet: Raster, tile: Raster, left: number, top: number, factor: number): void {
  for (let y = 0; y < tile.height * factor; y++) {
    for (let x = 0; x < tile.width * factor; x++) {
      const from = tile.channels * (Math.floor(y / factor) * tile.width + Math.floor(x / factor));
      const to = 3 * ((top + y) * sheet.width + left + x);
      for (let k = 0; k < 3; k++) sheet.data[to + k] = tile.data[from + (tile.channels === 3 ? k : 0)] as number;
    }
  }
}

/** The sheet of one or more examples, all of one size. */
export function contactSheet(examples: readonly Pictures[]): Raster {
  const { width: tileWidth, height: tileHeight } = (examples[0] as Pictures).original;
  const factor = Math.max(1, Math.floor(TILE / Math.max(tileWidth, tileHeight)));
  const width = tileWidth * factor;
  const height = tileHeight * factor;
  const group = 3 * width + 2 * GAP;
  const fitting = Math.max(1, Math.floor((WIDTH - GUTTER) / (group + GUTTER)));
  const columns = Math.min(fitting, examples.length);
  const rows = Math.ceil(examples.length / columns);
  const sheet: Raster = {
    width: columns * (group + GUTTER) + GUTTER,
    height: rows * (height + GUTTER) + GUTTER,
    channels: 3,
    data: new Uint8Array(0),
  };
  sheet.data = Uint8Array.from({ length: 3 * sheet.width * sheet.height }, (_, i) => PAPER[i % 3] as number);
  examples.forEach(({ original, difference, adversarial }, i) => {
    const left = GUTTER + (i % columns) * (group + GUTTER);
    const top = GUTTER + Math.floor(i / columns) * (height + GUTTER);
    [original, difference, adversarial].forEach((tile, k) => {
      paste(sheet, tile, left + k * (width + GAP), top, factor);
    });
  });
  return sheet;
}
