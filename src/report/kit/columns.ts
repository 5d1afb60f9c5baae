/** Tables for a terminal. */

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
