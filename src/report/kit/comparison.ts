/** Tables of measured numbers, each with its interval and, where there is one, the number that a paper has for it. */
import type { Interval, SeedInterval } from "../../analysis/index.ts";
import { figure, percentTo, whole } from "./format.ts";
import { html, Markup } from "./markup.ts";

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
}

type Write = (value: number) => string;

/** Per cent without the sign: for the ends of an interval. */
const points = (value: number, decimals: number): string =>
  value === 1 || value === 0 ? String(100 * value) : (100 * value).toFixed(decimals);

function cell(measured: Measured | undefined, { kind, decimals = 1 }: ComparisonColumn, isOwn: boolean): Markup {
  if (!measured) return html`<td class="empty">–</td>`;
  const { value, interval, seeds, paper } = measured;
  const number: Write = kind === "count" ? whole : figure;
  const write: Write = kind === "rate" ? (share) => percentTo(share, decimals) : number;
  const end: Write = kind === "rate" ? (share) => points(share, decimals) : number;
  const between = interval && html`<small>${end(interval.low)}–${end(interval.high)}</small>`;
  const [least, most] = seeds ? [end(seeds.min), end(seeds.max)] : [];
  const spread = seeds && html`<small>${least === most ? "seeds alike" : `seeds ${least}–${most}`}</small>`;
  const theirs = paper === undefined ? undefined : html`<small class="paper">paper ${write(paper)}</small>`;
  return html`<td${isOwn ? new Markup(' class="own"') : undefined}><b>${write(value)}</b>${between}${spread}${theirs}</td>`;
}

/** The table, which scrolls by itself where the screen is narrow. */
export function comparisonTable({ corner, columns, rows }: Comparison): Markup {
  return html`<div class="scroll"><table class="matrix">
<thead><tr><th scope="col">${corner}</th>${columns.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ({ name, cells, own }) =>
    html`<tr><th scope="row">${name}</th>${columns.map((column, i) => cell(cells[i], column, own === i))}</tr>
`,
)}</tbody>
</table></div>`;
}
