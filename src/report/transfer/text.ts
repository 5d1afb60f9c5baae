/** A transfer in a few lines, for a terminal, and in one sentence, for a page. */
import { type Rate, type TransferCell, wilsonInterval } from "../../analysis/index.ts";
import { complement } from "../../numeric/rate.ts";
import type { TransferRecord } from "../../studies/transfer/record.ts";
import { counted, duration, figure, percent, whole } from "../kit/format.ts";
import { aligned, labelled } from "../kit/text-table.ts";

/** The rates of a table: what is shown of a cell. */
export type CellRate = "error" | "carried" | "target";

/** What the line below the error of noisy images is called. */
export const STILL_CORRECT = "still correct";

/** The part of a run that its rates are in. */
type Counted = Pick<TransferRecord, "models" | "rows">;

/** The position of the model that images were made for, if they were made for one. */
export function ownColumn({ models }: Pick<Counted, "models">, source: string | undefined): { own?: number } {
  return source === undefined ? {} : { own: models.findIndex(({ name }) => name === source) };
}

/** The hits of a rate, and of how many, pooled over cells. */
function pooled(rates: readonly (Rate | undefined)[]): { hits: number; count: number } {
  return rates.reduce<{ hits: number; count: number }>(
    (sum, rate) => ({ hits: sum.hits + (rate?.hits ?? 0), count: sum.count + (rate?.count ?? 0) }),
    { hits: 0, count: 0 },
  );
}

/** The result in a sentence: how much of what fools one model fools another. */
export function transferVerdict({ rows }: Pick<Counted, "rows">): string {
  const cells = rows.flatMap((row): TransferCell[] =>
    row.kind === "adversarial" ? row.cells.filter(({ model }) => model !== row.source) : [],
  );
  if (cells.length === 0) return "There is no other model that the images could fool.";
  const { hits, count } = pooled(cells.map((cell) => cell.carried));
  if (count === 0) return "No image fools the model it was made for while another model reads the original.";
  const others = cells.length === 1 ? "the other model" : "another model";
  return `${percent(hits / count)} of the images that fool one model also fool ${others}.`;
}

function table(report: TransferRecord, kind: CellRate): string {
  const { models } = report;
  const rows = report.rows.filter(({ cells }) => cells.some((cell) => cell[kind] !== undefined));
  if (rows.length === 0) return "";
  const cellText = (rate: Rate | undefined) => (rate ? percent(rate.rate) : "–");
  const clean = rows[0]?.cells.map((cell) => cellText(cell.clean)) ?? [];
  return aligned([
    ["made for \\ fed to", ...models.map(({ name }) => name), ...(kind === "error" ? ["images", "distortion"] : [])],
    ...(kind === "error" ? [["no change", ...clean, whole(rows[0]?.count ?? 0), "0"]] : []),
    ...rows.flatMap((row) => [
      [
        row.name,
        ...row.cells.map((cell) => cellText(cell[kind])),
        ...(kind === "error" ? [whole(row.count), figure(row.distortion?.pooled ?? null)] : []),
      ],
      ...(kind === "error" && row.kind === "noise"
        ? [[STILL_CORRECT, ...row.cells.map(({ error }) => cellText(complement(error))), "", ""]]
        : []),
    ]),
  ]);
}

/** Plain text, every line ended by a line feed. */
export function transferText(report: TransferRecord): string {
  const { title, rows, sources, timing, digest } = report;
  const widest = Math.max(...rows.map(({ count }) => count));
  const aside = sources.filter(({ misclassified, alreadyTarget }) => misclassified + alreadyTarget > 0);
  const lines: (readonly [label: string, text: string])[] = [
    ...sources.map(
      ({ model, found, attacked }) => ["attack", `${model}: ${whole(found)} of ${whole(attacked)} attacked`] as const,
    ),
    ...keptAt8Bits(report).map((text) => ["8 bits", text] as const),
    ...aside.map(
      ({ model, misclassified, alreadyTarget }) =>
        [
          "not attacked",
          `${model}: ${counted(misclassified, "image")} misclassified before any change` +
            `${alreadyTarget > 0 ? `, ${whole(alreadyTarget)} classified as the target` : ""}`,
        ] as const,
    ),
    ["time", duration(timing.milliseconds)],
    ["digest", digest],
  ];
  const parts = [
    `${title}\n${transferVerdict(report)}\n`,
    `Error, of the model that the images are fed to:\n${table(report, "error")}`,
    `Carried over (of the images that fool their own model and whose original the other model classifies correctly):\n${table(report, "carried")}`,
    `Answered with the very target that was asked for:\n${table(report, "target")}`,
    `95 % intervals, for ${whole(widest)} images at most ${(100 * worstHalf(widest)).toFixed(1)} points to either side, are in results.json.\n`,
    labelled(lines),
  ];
  return parts.filter((part) => !part.endsWith(":\n")).join("\n");
}

/** What each set made for a model comes to as 8-bit pictures. */
export function keptAt8Bits({ rows }: Pick<Counted, "rows">): string[] {
  return rows.flatMap(({ name, found, keptAt8Bits: kept }) => {
    if (kept === undefined || found === undefined) return [];
    const all = Array.from(found).filter((one) => one === 1).length;
    return [`${name}: ${whole(kept)} of ${whole(all)} still fool their model as 8-bit pictures`];
  });
}

/** Half the width of the widest interval, that of a rate of one half. */
function worstHalf(count: number): number {
  const { low, high } = wilsonInterval(count >> 1, count);
  return (high - low) / 2;
}
