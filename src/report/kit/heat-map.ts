/** A transfer matrix as a picture: a square for each pair, the darker the more images fool the model. */
import { scaleBand } from "d3-scale";
import { ACCENT, at, type Drawing, FONT_SIZE, fitted, PADDING, svg, text, textWidth } from "./drawing.ts";
import { percent } from "./format.ts";
import { legend } from "./legend.ts";
import { html, type Markup } from "./markup.ts";

/** One set of images, and the error rate of each model on it. */
export interface HeatMapRow {
  name: string;
  /** In [0, 1], one a column. */
  rates: readonly number[];
  /** The column of the model that the images were made for, which is outlined. */
  own?: number;
}

interface Size {
  width: number;
  /** Width that the names of the rows take at most, and letters of one line of it. */
  names: number;
  letters: number;
  row: number;
  text: (rate: number) => string;
}

/** A name in lines of at most so many letters, where it has spaces to be broken at. */
function wrapped(name: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of name.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= letters) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Height of a line of a name. */
const LINE = 14;

/** Pixels of a name above a column at most. */
const COLUMN_NAME = 160;

/**
 * Above this share a square is so full that text on it is black in a dark page too; below it is the page's `--on-cells`, black or white.
 * Between 0.70 and 0.73 both have a contrast of 4.5 to 1 on the square of a dark page.
 */
const FULL = 0.71;
const BLACK = "#000";

/** How full a square is: the smallest rate is still seen. */
const opacityOf = (rate: number): number => 0.05 + 0.95 * rate;

/** The sine and cosine of the 45 degrees that long names of columns are turned by. */
const DIAGONAL = Math.SQRT1_2;

const WIDE_SIZE: Size = { width: 880, names: 240, letters: 26, row: 44, text: percent };
const NARROW_SIZE: Size = { width: 330, names: 140, letters: 15, row: 34, text: (rate) => (100 * rate).toFixed(0) };

function drawMap(columns: readonly string[], rows: readonly HeatMapRow[], size: Size): string {
  const names = rows.map(({ name }) => wrapped(name, size.letters).map((line) => fitted(line, size.names)));
  const heads = columns.map((name) => fitted(name, COLUMN_NAME));
  const lines = Math.max(1, ...names.map(({ length }) => length));
  const longest = Math.max(0, ...heads.map(textWidth));
  const left = Math.max(0, ...names.flat().map(textWidth)) + 2 * PADDING;
  const isTurned = longest + PADDING > (size.width - left) / Math.max(1, columns.length);
  // The last name, turned, begins in the middle of its column and may end to the right of it.
  const aside = (right: number) => DIAGONAL * longest - (right - left) / (2 * Math.max(1, columns.length));
  const right = size.width - PADDING - (isTurned ? Math.max(0, aside(size.width - PADDING)) : 0);
  const top = (isTurned ? DIAGONAL * (longest + FONT_SIZE) : FONT_SIZE) + 2 * PADDING;
  const height = Math.max(size.row, LINE * (lines + 1)) * rows.length;
  const x = scaleBand(columns.keys(), [left, right]).paddingInner(0.02);
  const y = scaleBand(rows.keys(), [top, top + height]).paddingInner(0.06);
  const [w, h] = [x.bandwidth(), y.bandwidth()];
  const cells = rows.flatMap(({ rates, own }, r) =>
    rates.map((rate, c): Markup => {
      const [from, upper] = [x(c) ?? 0, y(r) ?? 0];
      const outline = own === c ? html` stroke="currentColor" stroke-width="1.5"` : undefined;
      const words = text(from + w / 2, upper + h / 2, size.text(rate), "middle");
      return html`<rect x="${at(from)}" y="${at(upper)}" width="${at(w)}" height="${at(h)}" rx="4" fill="${ACCENT}" fill-opacity="${opacityOf(rate)}"${outline}/>${
        rate > FULL ? html`<g fill="${BLACK}">${words}</g>` : html`<g class="on-cell">${words}</g>`
      }`;
    }),
  );
  const above = heads.map((name, c) => {
    const middle = (x(c) ?? 0) + w / 2;
    return isTurned
      ? text(middle, top - PADDING - FONT_SIZE / 2, name, "start", -45)
      : text(middle, top - PADDING - FONT_SIZE / 2, name, "middle");
  });
  const beside = names.flatMap((words, r) =>
    words.map((line, i) => {
      const middle = (y(r) ?? 0) + h / 2 + (i - (words.length - 1) / 2) * LINE;
      return text(left - PADDING, middle, line, "end");
    }),
  );
  return svg(size.width, top + height + PADDING, [...above, ...beside, ...cells]);
}

/** What its squares mean. */
export function heatLegend(): Markup {
  const [least, most] = [0, 1].map(
    (rate) => `color-mix(in srgb, ${ACCENT} ${(100 * opacityOf(rate)).toFixed(0)}%, transparent)`,
  );
  return legend([
    { look: `background:linear-gradient(90deg,${least},${most});width:4rem`, words: "0 to 100 % answered wrongly" },
    { look: "box-shadow:inset 0 0 0 1.5px currentColor", words: "the model that the images were made for" },
  ]);
}

/** The heat map of error rates: `columns` are the models that the rows' images are fed to. */
export function heatMap(columns: readonly string[], rows: readonly HeatMapRow[]): Drawing {
  return { wide: drawMap(columns, rows, WIDE_SIZE), narrow: drawMap(columns, rows, NARROW_SIZE) };
}
