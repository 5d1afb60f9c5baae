/**
 * Drawings as SVG, without a browser: scales and ticks by d3-scale, elements by templates of our own. Text is
 * `currentColor`, shapes have colours that show on light and dark. The same numbers give the same bytes: coordinates
 * have two decimals, and widths of text are estimated, never measured with a font of the machine.
 */
import { html, type Markup, type Piece } from "./markup.ts";

/** The one colour of data. */
export const ACCENT = "#d9822b";

/** What is set against them. */
export const BLUE = "#5b9bd5";

/** A drawing as an SVG element, at the width of a screen and at that of a telephone, for a page that sets `color`. */
export interface Drawing {
  wide: string;
  narrow: string;
}

/** Pixels of all text. */
export const FONT_SIZE = 11.5;

/** From the middle of a line of text to its baseline. */
const MIDDLE = 4;

/** From the edge of a plot to the labels of its axis. */
export const PADDING = 7;

/** The rectangle that the data are drawn in. */
export interface Plot {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** A place on an axis, and what stands there. */
export interface Tick {
  at: number;
  label: string;
}

/** A coordinate as it is written. */
export function at(value: number): number {
  return Math.round(100 * value) / 100;
}

/** The width of a text, estimated from a font of the usual width. */
export function textWidth(text: string): number {
  return 0.58 * FONT_SIZE * text.length;
}

/** A text that is cut where it is wider than so many pixels. */
export function fitted(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  return `${text.slice(0, Math.max(1, Math.floor(width / textWidth(" ")) - 1))}…`;
}

/** The whole drawing. */
export function svg(width: number, height: number, pieces: Piece): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" fill="currentColor" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="${FONT_SIZE}">${pieces}</svg>`
    .text;
}

/** A line of text, its middle at `y`; turned about its anchor by `angle` degrees. */
export function text(x: number, y: number, words: string, anchor: "start" | "middle" | "end", angle = 0): Markup {
  const turn = angle === 0 ? undefined : html` transform="rotate(${angle} ${at(x)} ${at(y)})"`;
  return html`<text x="${at(x)}" y="${at(y + MIDDLE)}" text-anchor="${anchor}"${turn}>${words}</text>`;
}

/** A straight line. */
export function rule(x1: number, y1: number, x2: number, y2: number, look: { opacity?: number; dash?: string } = {}) {
  const { opacity = 1, dash } = look;
  const dashed = dash === undefined ? undefined : html` stroke-width="1.25" stroke-dasharray="${dash}"`;
  return html`<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="currentColor" stroke-opacity="${opacity}"${dashed}/>`;
}

/** The lines of a grid are this faint. */
const GRID = { opacity: 0.12 };

/** An axis below the plot: its labels, its title, and a grid if it is asked for. */
export function bottomAxis(plot: Plot, ticks: readonly Tick[], title?: string, isGrid = false): Markup[] {
  const { left, right, top, bottom } = plot;
  const y = bottom + PADDING + FONT_SIZE / 2;
  return [
    ...(isGrid ? ticks.map((tick) => rule(tick.at, top, tick.at, bottom, GRID)) : []),
    ...ticks.map((tick) => text(tick.at, y, tick.label, "middle")),
    ...(title === undefined ? [] : [text((left + right) / 2, y + 1.9 * FONT_SIZE, title, "middle")]),
  ];
}

/** Room that labels and title below a plot take. */
export function bottomRoom(title?: string): number {
  return PADDING + FONT_SIZE * (title === undefined ? 1.2 : 3.1);
}

/** An axis at the left of the plot with a line of the grid for each tick, its title turned. */
export function leftAxis({ left, right, top, bottom }: Plot, ticks: readonly Tick[], title?: string): Markup[] {
  return [
    ...ticks.map((tick) => rule(left, tick.at, right, tick.at, GRID)),
    ...ticks.map((tick) => text(left - PADDING, tick.at, tick.label, "end")),
    ...(title === undefined ? [] : [text(FONT_SIZE / 2 + 1, (top + bottom) / 2, title, "middle", -90)]),
  ];
}

/** Room that labels and title at the left of a plot take. */
export function leftRoom(labels: readonly string[], title?: string): number {
  return Math.max(0, ...labels.map(textWidth)) + 2 * PADDING + (title === undefined ? 0 : 1.2 * FONT_SIZE);
}

/** The same as a file of its own, which brings its colours, dark where the reader's screen is. */
export function standaloneSvg(drawing: string): string {
  const style =
    "svg{color:#3c4149;background:#fff}@media(prefers-color-scheme:dark){svg{color:#c9ccd1;background:#16181c}}";
  return `${drawing.replace(/^<svg[^>]*>/, (tag) => `${tag}<style>${style}</style>`)}\n`;
}
