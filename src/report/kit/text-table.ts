/** Tables of text: for a terminal, and the same rows for a page. */
import { html, type Markup, type Piece } from "./markup.ts";

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

/**
 * Rows with their heads as a table of a page.
 *
 * @param strong head of the column that is set off
 */
export function textTable([head = [], ...rows]: readonly (readonly Piece[])[], strong?: string): Markup {
  const cell = (piece: Piece, i: number) =>
    head[i] === strong ? html`<td><b>${piece}</b></td>` : html`<td>${piece}</td>`;
  return html`<div class="scroll"><table class="matrix">
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([name = "", ...cells]) =>
    html`<tr><th scope="row">${name}</th>${cells.map((piece, i) => cell(piece, i + 1))}</tr>
`,
)}</tbody>
</table></div>`;
}
