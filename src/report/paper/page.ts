/** The page of a run of the paper's tables: each beside the paper's, drawn, with the choices behind it. */
import type { ImageShape } from "../../data/dataset.ts";
import { choices, type PaperRecord, type TransferResult } from "../../studies/paper/index.ts";
import { into } from "../attack/verdict.ts";
import { type Comparison, comparisonTable } from "../kit/comparison.ts";
import type { Drawing } from "../kit/drawing.ts";
import { atMost, duration, figure, percent, whole } from "../kit/format.ts";
import { heatLegend } from "../kit/heat-map.ts";
import { html, type Markup } from "../kit/markup.ts";
import { DISTORTION_MEANING } from "../kit/meaning.ts";
import { figureCards, page, plotFigure } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { type Line, sideBySideFigure } from "../kit/side-by-side.ts";
import { type PaperTable, paperTables } from "./cells.ts";
import { seedCount } from "./seed-count.ts";
import { ownSets, paperFindings, paperVerdict, seedFindings, strongNoiseFinding } from "./verdict.ts";

/** What is drawn for the page; by the heading of its table. */
export interface PaperDrawings {
  heatMaps: ReadonlyMap<string, Drawing>;
  /** Histograms of distortions: tables 1 and 3. */
  distortions: ReadonlyMap<number, Drawing>;
  lines: readonly Line[];
  shape: ImageShape;
}

function cards({ comparison, tables, timing, options }: PaperRecord): Markup {
  const { transfer, errors, distortions, claims } = comparison;
  const own = ownSets(tables);
  return figureCards([
    ["images attacked a model", whole(options.count)],
    ...(own.of > 0 ? [["sets at 100 % on their model", html`${own.whole} <small>of ${own.of}</small>`] as const] : []),
    ...(errors
      ? [["errors: largest difference", html`${atMost(100 * errors.largest, 2)} <small>points</small>`] as const]
      : []),
    ...(distortions
      ? [["distortions: largest", html`${atMost(100 * distortions.largest, 1)} <small>%</small>`] as const]
      : []),
    ...(transfer
      ? [["table 2: mean difference", html`${(100 * transfer.mean).toFixed(1)} <small>points</small>`] as const]
      : []),
    [
      "comparisons as in the paper",
      html`${claims.filter(({ holds }) => holds).length} <small>of ${claims.length}</small>`,
    ],
    ["time", duration(timing.milliseconds)],
  ]);
}

function section(record: PaperRecord, table: PaperTable, drawings: PaperDrawings): Markup {
  const map = drawings.heatMaps.get(table.heading);
  const spread = drawings.distortions.get(table.number);
  const isFirst = table.part !== "amplified";
  return html`<section>
<h2>${table.heading}</h2>
${map ? html`${heatLegend()}${plotFigure(map, `Heat map of ${table.heading}`)}` : undefined}
${comparisonTable(table)}
<p class="note">${legend(record)}</p>
${isFirst ? more("What was chosen where the paper does not say", html`<ul class="choices">${choices(table.number, record.options).map((choice) => html`<li>${choice}</li>`)}</ul>`) : undefined}
${spread ? more("How the distortions are spread", plotFigure(spread, "Histograms of distortions by model")) : undefined}
${readings(record, table)}
</section>`;
}

/** What few readers look for, behind a line that opens it. */
function more(summary: string, content: Markup): Markup {
  return html`<details class="more"><summary>${summary}</summary>${content}</details>`;
}

function legend({ seeds }: PaperRecord): string {
  const over = seeds
    ? ` Seeds: the smallest and the largest of ${seeds.digests.length} trainings from different initial weights, on the same images with the same targets.`
    : "";
  return `Under each rate the 95 % interval of Wilson for the images it was measured on, which says nothing of another training.${over}`;
}

/** The same numbers under the readings that were not chosen. */
function readings({ tables, options }: PaperRecord, { number, part }: PaperTable): Markup | undefined {
  if (number === 1 || number === 3) {
    const rows = number === 1 ? tables.table1 : tables.table3;
    if (!rows) return undefined;
    const table: Comparison = {
      corner: "average distortion",
      columns: ["pooled", "mean", "pooled, images classified correctly", "mean, images classified correctly"].map(
        (name) => ({
          name,
          kind: "figure",
        }),
      ),
      rows: rows.map(({ title, attack: { distortions } }) => ({
        name: title,
        cells: [distortions.pooled, distortions.mean, distortions.pooledRight, distortions.meanRight].map((value) => ({
          value,
        })),
      })),
    };
    return more(
      "Other readings",
      html`${comparisonTable(table)}
<p class="note">Not found: ${rows.map(({ title, attack }) => `${title} ${attack.notFound}`).join(", ")}. Misread before any change:
${rows.map(({ title, attack }) => `${title} ${attack.misread}`).join(", ")}, of ${whole(options.count)} each.</p>`,
    );
  }
  const result = number === 2 ? tables.table2 : tables.table4?.[part ?? "minimum"];
  if (!result) return undefined;
  return more(
    "Other readings, and what carries over",
    html`${comparisonTable(otherReadings(result))}
<p class="note">As they are: the error rates on the images before any change, which the rates above include. Carried over: of the
images that fool their own model and that the model above classified correctly, the share that it no longer does; to the target: the share that it takes for the very label that was asked for.</p>`,
  );
}

function otherReadings({ rows, clean, variants, images }: TransferResult): Comparison {
  const models = Object.keys(clean);
  const titles = new Map(rows.map(({ source, title }) => [source, title]));
  const cells = (rates: Readonly<Record<string, number | null>>) =>
    models.map((model) => {
      const value = rates[model];
      return value === null || value === undefined ? undefined : { value };
    });
  const own = (source: string) => (models.includes(source) ? { own: models.indexOf(source) } : {});
  return {
    corner: `${whole(images)} images`,
    columns: models.map((model) => ({ name: titles.get(model) ?? model, kind: "rate" })),
    rows: [
      { name: "as they are", cells: cells(clean) },
      ...variants.flatMap(({ reading, rows: others }) =>
        others.map(({ source, title, errors }) => ({
          name: `${title}: ${reading}`,
          cells: cells(errors),
          ...own(source),
        })),
      ),
      ...rows.flatMap(({ source, title, carried }) =>
        carried ? [{ name: `${title}: carried over`, cells: cells(carried), ...own(source) }] : [],
      ),
      ...rows.flatMap(({ source, title, carriedToTarget }) =>
        carriedToTarget ? [{ name: `${title}: to the target`, cells: cells(carriedToTarget), ...own(source) }] : [],
      ),
    ],
  };
}

function claims({ comparison, tables, seeds }: PaperRecord): Markup {
  const spread = seeds && seedCount(seeds);
  return html`<section class="prose">
<h2>What the paper claims, asked of these numbers</h2>
${paperFindings(comparison, tables).map((sentence) => html`<p>${sentence}</p>`)}
<table>${comparison.claims.map(
    ({ claim, holds, because }) =>
      html`<tr><th scope="row">${holds ? "holds" : "fails"}</th><td>${claim} (${because})</td></tr>`,
  )}</table>
${
  spread
    ? html`<p>Over ${seeds.digests.length} training seeds, ${spread.inside} of ${spread.of} of the paper’s numbers lie between the
smallest and the largest of ours. Outside: ${spread.outside
        .map(({ id, paper, min, max }) => {
          const write = id.endsWith("/distortion") ? figure : percent;
          return `${id} (paper ${write(paper)}, ours ${write(min)} to ${write(max)})`;
        })
        .join("; ")}.</p>${seedFindings(seeds).map((sentence) => html`<p>${sentence}</p>`)}`
    : undefined
}
</section>`;
}

function figureSeven({ tables }: PaperRecord, { lines, shape }: PaperDrawings): Markup | undefined {
  if (lines.length === 0) return undefined;
  return html`<section>
<h2>The same images, side by side</h2>
<p>As in the paper’s figure 7: as they are, changed for the linear classifier and for the 200-200-10 network, and under Gaussian
noise. ${strongNoiseFinding(tables)}</p>
${sideBySideFigure(lines, shape)}
</section>`;
}

/** The whole page. Every text of the report is escaped. */
export function paperPage(record: PaperRecord, drawings: PaperDrawings): string {
  const { version, comparison } = record;
  return page({
    title: record.title,
    heading: paperVerdict(comparison),
    asides: [`${DISTORTION_MEANING} Images are changed until they fool their own model${into(record.options.target)}.`],
    sections: [
      cards(record),
      ...paperTables(record).map((table) => section(record, table, drawings)),
      figureSeven(record, drawings),
      claims(record),
      provenance({ ...record, digestOf: "tables", milliseconds: record.timing.milliseconds }),
    ],
    version,
  });
}
