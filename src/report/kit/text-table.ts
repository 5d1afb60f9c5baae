/** Tables of text: for a terminal, and the same rows for a page. */
import { alignedAtPoint, areNumbers } from "./decimals.ts";
import { html, type Markup, type Piece } from "./markup.ts";
import { scrolling } from "./scrolling.ts";

/** Columns of text, the first to the left and the others to the right. */
export function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, i) =>
    lines.reduce((most, line) => Math.max(most, (line[i] ?? "").length), 0),
  );
  return lines
    .map((line) => {
      const cells = line.map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)));
      return `  ${cells.join("  ").trimEnd()}\n`;
    })
    .join("");
}

/** Width of the labels before facts, the longest with a gap. */
const LABEL_WIDTH = 13;

/** Lines of a label and what there is to say of it. */
export function labelled(lines: readonly (readonly [label: string, text: string])[]): string {
  return lines.map(([label, text]) => `  ${label.padEnd(LABEL_WIDTH)}${text}\n`).join("");
}

/** The columns but the first, those of numbers with their decimal points in a line. */
function columnsOf(
  head: readonly Piece[],
  rows: readonly (readonly Piece[])[],
): { cells: readonly Piece[]; isNumber: boolean }[] {
  return head.slice(1).map((_, i) => {
    const cells = rows.map((row) => row[i + 1] ?? "");
    const texts = cells.filter((cell): cell is string => typeof cell === "string");
    const isNumber = texts.length === cells.length && areNumbers(texts);
    return { cells: isNumber ? alignedAtPoint(texts) : cells, isNumber };
  });
}

/**
 * Rows with their heads as a table of a page. A column of numbers stands to the right, decimal point under decimal point.
 *
 * @param strong head of the column that is set off
 */
export function textTable([head = [], ...rows]: readonly (readonly Piece[])[], strong?: string): Markup {
  const columns = columnsOf(head, rows);
  const kind = (i: number) => (columns[i]?.isNumber ? html` class="number"` : undefined);
  const cell = (row: number, i: number) => {
    const piece = columns[i]?.cells[row];
    return html`<td${kind(i)}>${head[i + 1] === strong ? html`<b>${piece}</b>` : piece}</td>`;
  };
  const table = html`<table class="matrix">
<thead><tr>${[undefined, ...columns].map((_, i) => (head[i] === "" ? html`<td></td>` : html`<th scope="col"${kind(i - 1)}>${head[i]}</th>`))}</tr></thead>
<tbody>
${rows.map(
  ([name = ""], row) =>
    html`<tr><th scope="row">${name}</th>${columns.map((_, i) => cell(row, i))}</tr>
`,
)}</tbody>
</table>`;
  return scrolling(table);
}

/** Rows that are shown; the others open. */
const OPEN = 24;

/** A long table: its first rows, and the others behind a line that opens them. */
export function folded(head: readonly Piece[], rows: readonly (readonly Piece[])[]): Markup {
  const first = textTable([head, ...rows.slice(0, OPEN)]);
  if (rows.length <= OPEN) return first;
  const rest = rows.slice(OPEN);
  return html`${first}<details class="more"><summary>${rest.length} more</summary>${textTable([head, ...rest])}</details>`;
}
