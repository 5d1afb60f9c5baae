/** The tables in a terminal: each number, under it its interval and the paper's number in brackets. */
import type { PaperRecord } from "../../studies/paper/index.ts";
import type { ComparisonColumn, Measured } from "../kit/comparison.ts";
import { duration, figure, whole } from "../kit/format.ts";
import { type PaperTable, paperTables } from "./cells.ts";
import { seedCount } from "./seed-count.ts";
import { paperFindings, paperVerdict, seedFindings } from "./verdict.ts";

const GAP = "  ";

const rate = (share: number, decimals: number): string =>
  share === 1 || share === 0 ? String(100 * share) : (100 * share).toFixed(decimals);

/** Upper line: the number and the paper's. Lower: the interval of the sample. */
function lines(measured: Measured | undefined, kind: ComparisonColumn["kind"], decimals = 1): [string, string] {
  if (!measured) return ["", ""];
  const { value, paper, interval } = measured;
  const write = (x: number) => ({ rate: rate(x, decimals), count: whole(x), figure: figure(x) })[kind];
  const beside = paper === undefined ? "" : ` (${kind === "rate" ? String(Number((100 * paper).toFixed(2))) : paper})`;
  return [`${write(value)}${beside}`, interval ? `${write(interval.low)}–${write(interval.high)}` : ""];
}

function table({ heading, corner, columns, rows }: PaperTable): string {
  const written = rows.map(({ name, cells }) => ({
    name,
    cells: columns.map(({ kind, decimals }, i) => lines(cells[i], kind, decimals)),
  }));
  const first = Math.max(corner.length, ...written.map(({ name }) => name.length));
  const widths = columns.map(({ name }, i) =>
    Math.max(name.length, ...written.flatMap(({ cells }) => (cells[i] as [string, string]).map((text) => text.length))),
  );
  const line = (name: string, cells: readonly string[]) =>
    `  ${[name.padEnd(first), ...cells.map((cell, i) => cell.padEnd(widths[i] as number))].join(GAP)}`.trimEnd();
  return [
    heading,
    line(
      corner,
      columns.map(({ name }) => name),
    ),
    ...written.flatMap(({ name, cells }) => [
      line(
        name,
        cells.map(([upper]) => upper),
      ),
      line(
        "",
        cells.map(([, lower]) => lower),
      ),
    ]),
  ].join("\n");
}

/** Plain text, every line ended by a line feed. */
export function paperText(record: PaperRecord): string {
  const { comparison, tables, digest, timing, seeds } = record;
  const spread = seeds && seedCount(seeds);
  return `${[
    paperVerdict(comparison),
    "Rates in per cent with their 95 % intervals (Wilson); in brackets the paper's.",
    ...paperTables(record).map(table),
    [
      ...paperFindings(comparison, tables).map((sentence) => `  ${sentence}`),
      ...comparison.claims.map(({ claim, holds, because }) => `  ${holds ? "holds" : "FAILS"}  ${claim} (${because})`),
      ...(spread
        ? [
            `  Over ${seeds.digests.length} training seeds ${spread.inside} of ${spread.of} of the paper's numbers lie in the range.`,
            ...seedFindings(seeds).map((sentence) => `  ${sentence}`),
          ]
        : []),
      `  time    ${duration(timing.milliseconds)}`,
      `  digest  ${digest}`,
    ].join("\n"),
  ].join("\n\n")}\n`;
}
