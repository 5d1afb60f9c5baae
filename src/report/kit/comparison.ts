/** Tables of measured numbers, each with its interval and, where there is one, the number that a paper has for it. */
import type { Interval, SeedInterval } from "../../analysis/index.ts";
import { alignedAtPoint } from "./decimals.ts";
import { figure, percentTo, whole } from "./format.ts";
import { coloured, legend, type Meaning } from "./legend.ts";
import { html, type Markup } from "./markup.ts";
import { scrolling } from "./scrolling.ts";

/** One measured number. */
export interface Measured {
  value: number;
  /** Of the sample: for a rate, Wilson's. */
  interval?: Interval;
  /** Over training seeds; the smallest and the largest are shown. */
  seeds?: SeedInterval;
  /** What the paper has. */
  paper?: number;
}

export interface ComparisonColumn {
  name: string;
  /** How its numbers are written: rates in per cent, whole numbers, or as figures. */
  kind: "rate" | "count" | "figure";
  /** Of rates in per cent; default 1. */
  decimals?: 1 | 2;
}

export interface ComparisonRow {
  name: string;
  /** One a column; undefined where there is nothing to say. */
  cells: readonly (Measured | undefined)[];
  /** The column to set off: that of the model that the images were made for. */
  own?: number;
}

export interface Comparison {
  /** What the rows are, above their names. */
  corner: string;
  columns: readonly ComparisonColumn[];
  rows: readonly ComparisonRow[];
  /** What the cells that are set off are; default the model that the images were made for. */
  own?: string;
}

type Write = (value: number) => string;

/** Per cent without the sign: for the ends of an interval. */
const points = (value: number, decimals: number): string =>
  value === 1 || value === 0 ? String(100 * value) : (100 * value).toFixed(decimals);

/** What a column's numbers are written with. */
function writerOf({ kind, decimals = 1 }: ComparisonColumn): Write {
  return kind === "rate" ? (share) => percentTo(share, decimals) : kind === "count" ? whole : figure;
}

function cell(measured: Measured | undefined, words: string, column: ComparisonColumn, isOwn: boolean): Markup {
  if (!measured) return html`<td class="empty number">–</td>`;
  const { interval, seeds, paper } = measured;
  const { kind, decimals = 1 } = column;
  const write = writerOf(column);
  const end: Write = kind === "rate" ? (share) => points(share, decimals) : write;
  const between = interval && html`<small>${end(interval.low)}–${end(interval.high)}</small>`;
  const [least, most] = seeds ? [end(seeds.min), end(seeds.max)] : [];
  const spread = seeds && html`<small>${least === most ? "seeds alike" : `seeds ${least}–${most}`}</small>`;
  const theirs = paper === undefined ? undefined : html`<small class="paper">paper ${write(paper)}</small>`;
  return html`<td class="${isOwn ? "own number" : "number"}"><b>${words}</b>${between}${spread}${theirs}</td>`;
}

/** What the colours of a table mean, where it has any. */
function meanings({ rows, own = "the model that the images were made for" }: Comparison): Markup | undefined {
  const found: Meaning[] = [];
  if (rows.some(({ own }) => own !== undefined)) found.push(coloured("var(--accent)", own));
  if (rows.some(({ cells }) => cells.some((one) => one?.paper !== undefined)))
    found.push(coloured("var(--blue)", "the paper's number"));
  return found.length > 0 ? legend(found) : undefined;
}

/** The table, which scrolls by itself where the screen is narrow, the decimal points of a column in a line. */
export function comparisonTable(comparison: Comparison): Markup {
  const { corner, columns, rows } = comparison;
  const words = columns.map((column, i) =>
    alignedAtPoint(rows.map(({ cells }) => (cells[i] ? writerOf(column)(cells[i].value) : ""))),
  );
  const table = html`<table class="matrix">
<thead><tr><th scope="col">${corner}</th>${columns.map(({ name }) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ({ name, cells, own }, row) =>
    html`<tr><th scope="row">${name}</th>${columns.map((column, i) => cell(cells[i], words[i]?.[row] ?? "", column, own === i))}</tr>
`,
)}</tbody>
</table>`;
  return html`${meanings(comparison)}${scrolling(table)}`;
}
