/** A table that scrolls by itself where the screen is narrower than it: its edges are shaded while there is more, and a line says so. */
import { FONT_SIZE, textWidth } from "./drawing.ts";
import { html, type Markup } from "./markup.ts";

/** Pixels that a telephone, and a screen, have for a table. */
const FITS = { narrow: 330, wide: 1000 };

/** Of a cell: its text beside that of drawings, what stands beside it, and what the first of a row takes at least, where it is broken. */
const CELL = { font: 14 / FONT_SIZE, padding: 24, first: 104 };

/** The width that a table has when no line of it is broken, estimated from its texts; names of rows are broken. */
function widthOf({ text }: Markup): number {
  const widths: number[] = [];
  for (const [, row = ""] of text.matchAll(/<tr>(.*?)<\/tr>/gs)) {
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].forEach(([, cell = ""], i) => {
      const lines = cell.split(/<[^>]*>/).map((line) => CELL.font * textWidth(line.replace(/&[^;]*;/g, "x")));
      widths[i] = Math.max(widths[i] ?? 0, i === 0 ? CELL.first : CELL.padding + Math.max(...lines));
    });
  }
  return widths.reduce((sum, width) => sum + width, 0);
}

export function scrolling(table: Markup): Markup {
  const width = widthOf(table);
  if (width <= FITS.narrow) return html`<div class="scroll">${table}</div>`;
  const where = width > FITS.wide ? "" : " on-narrow";
  return html`<p class="scrolls${where}" aria-hidden="true">This table scrolls sideways →</p>
<div class="scroll" role="group" aria-label="Table, scrolls sideways" tabindex="0">${table}</div>`;
}
