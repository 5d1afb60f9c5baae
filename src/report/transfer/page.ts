/** The page of a transfer. */
import { imageSize } from "../../data/dataset.ts";
import { complement } from "../../numeric/rate.ts";
import type { TransferRecord } from "../../studies/transfer/record.ts";
import { into } from "../attack/verdict.ts";
import { type Comparison, comparisonTable } from "../kit/comparison.ts";
import type { Drawing } from "../kit/drawing.ts";
import { figure, whole } from "../kit/format.ts";
import { heatLegend } from "../kit/heat-map.ts";
import { html, type Markup } from "../kit/markup.ts";
import { DISTORTION_MEANING } from "../kit/meaning.ts";
import { figureCards, page, plotFigure } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { type Line, sideBySideFigure } from "../kit/side-by-side.ts";
import { type CellRate, keptAt8Bits, ownColumn, STILL_CORRECT, transferVerdict } from "./text.ts";

/** What is drawn for a page; nothing where there is nothing to draw. */
export interface TransferDrawings {
  heatMap: Drawing;
  distortions?: Drawing | undefined;
  lines: readonly Line[];
}

/** A table of one of the rates, with the sets for which there is one. */
function ratesOf(report: TransferRecord, kind: CellRate): Comparison {
  const { models } = report;
  const rows = report.rows.flatMap(({ name, kind: of, source, cells, distortion }) => {
    const row = {
      name,
      ...ownColumn(report, source),
      cells: [
        ...cells.map((cell) => {
          const rate = cell[kind];
          return rate && { value: rate.rate, interval: rate };
        }),
        kind === "error" && distortion ? { value: distortion.pooled } : undefined,
      ],
    };
    if (kind !== "error" || of !== "noise") return [row];
    const right = cells.map(({ error }) => complement(error)).map((rate) => ({ value: rate.rate, interval: rate }));
    return [row, { name: `${name}: ${STILL_CORRECT}`, cells: [...right, undefined] }];
  });
  const columns = models.map(({ name }) => ({ name, kind: "rate" as const }));
  return {
    corner: "made for \\ fed to",
    columns: kind === "error" ? [...columns, { name: "distortion", kind: "figure" }] : columns,
    rows: rows.filter(({ cells }) => cells.slice(0, columns.length).some((cell) => cell !== undefined)),
  };
}

function cleanRow({ rows }: TransferRecord): Comparison["rows"][number] {
  const cells = rows[0]?.cells ?? [];
  return { name: "no change", cells: cells.map(({ clean }) => clean && { value: clean.rate, interval: clean }) };
}

function cards({ sources, models, rows, timing }: TransferRecord): Markup {
  const sum = (pick: (source: TransferRecord["sources"][number]) => number) =>
    sources.reduce((total, source) => total + pick(source), 0);
  const attacked = sum(({ attacked: n }) => n);
  return figureCards([
    ["images", whole(rows[0]?.count ?? 0)],
    ["models", whole(models.length)],
    ["fooled, of those attacked", html`${whole(sum(({ found }) => found))} <small>of ${whole(attacked)}</small>`],
    ["evaluations each", figure(attacked === 0 ? 0 : sum(({ evaluations }) => evaluations) / attacked)],
    ["images a second", figure(timing.imagesPerSecond)],
  ]);
}

function errors(report: TransferRecord, drawing: Drawing): Markup {
  const table = ratesOf(report, "error");
  return html`<section>
<h2>Who is fooled by whose images</h2>
<p>Each row is a set of images, each column a model that they are fed to: the share of them that it answers wrongly. Outlined
is the model that the images were made for.</p>
${heatLegend()}
${plotFigure(drawing, "Heat map of error rates")}
${comparisonTable({ ...table, rows: [cleanRow(report), ...table.rows] })}
<p class="note">Small: the 95 % interval of Wilson for ${whole(report.rows[0]?.count ?? 0)} images. Distortion: root mean
square over all pixels of the images that fool the model they were made for.</p>
<p class="note">Rounded to 8 bits a value, as pictures are, and still answered with the target: ${keptAt8Bits(report).join("; ")}.</p>
</section>`;
}

function carried(report: TransferRecord): Markup | undefined {
  const [over, target] = [ratesOf(report, "carried"), ratesOf(report, "target")];
  return html`<section>
<h2>What carries over</h2>
<p>An image counts here if it fools the model it was made for and if the model above classifies the original correctly: so no error
that was there before is counted. The share that the model above now reads as anything else.</p>
${over.rows.length > 0 ? comparisonTable(over) : html`<p>No image counts.</p>`}
</section>
${
  target.rows.length > 0
    ? html`<section>
<h2>Whether the target carries over</h2>
<p>Of the images that fool the model they were made for, the share that the model above answers with the very label that was
asked for.</p>
${comparisonTable(target)}
</section>`
    : undefined
}`;
}

function spread(drawing: Drawing | undefined): Markup | undefined {
  if (!drawing) return undefined;
  return html`<section>
<h2>How near the blind spots are</h2>
<p>Images by the smallest change found that fools the model they were made for, which is named above each; the dashed line is the
median. Further left is nearer.</p>
${plotFigure(drawing, "Histograms of distortions by model")}
</section>`;
}

function examples(lines: readonly Line[], shape: TransferRecord["shape"]): Markup | undefined {
  if (lines.length === 0) return undefined;
  return html`<section>
<h2>The same images, side by side</h2>
<p>As they are, changed for each model, and under noise.</p>
${sideBySideFigure(lines, shape)}
</section>`;
}

function explanation({ shape, rows }: TransferRecord): Markup {
  const n = imageSize(shape);
  return html`<section class="prose">
<h2>How to read it</h2>
<p>Distortion is the root mean square change of a pixel: √(Σ (x′ − x)² / n), over the n = ${whole(n)} values of an image, with 0
for black and 1 for white; of a set, over all images too, so that it compares with the standard deviation of noise. Noise is
Gaussian and not clipped. Amplified images are x + f (x′ − x) with one factor f for all images of the set, not clipped.</p>
<p>An interval says how far a rate of ${whole(rows[0]?.count ?? 0)} images can be trusted: over all images of the kind, the
rate is within 95 of 100 such intervals. It says nothing of what another training of the same model would give.</p>
</section>`;
}

/** The whole page. Every text of the report is escaped. */
export function transferPage(report: TransferRecord, { heatMap, distortions, lines }: TransferDrawings): string {
  const { title, version, sources } = report;
  return page({
    title,
    heading: transferVerdict(report),
    asides: [
      `Images are changed until they fool their own model${into(report.options.target)}. ${DISTORTION_MEANING}`,
      ...sources
        .filter(({ misclassified, alreadyTarget }) => misclassified + alreadyTarget > 0)
        .map(
          ({ model, misclassified, alreadyTarget }) =>
            `${model}: ${whole(misclassified)} misclassified before any change` +
            `${alreadyTarget > 0 ? ` and ${whole(alreadyTarget)} classified as the target` : ""}: fed as they are.`,
        ),
    ],
    missing: report.missing,
    sections: [
      cards(report),
      errors(report, heatMap),
      carried(report),
      spread(distortions),
      examples(lines, report.shape),
      explanation(report),
      provenance({ ...report, milliseconds: report.timing.milliseconds }),
    ],
    version,
  });
}
