/** A table of units against directions over layers and models: as files, in a few lines for a terminal, and in one sentence. */
import { recordJson } from "../../studies/record.ts";
import {
  LEVEL,
  MEASURES,
  moreAlike,
  type SurveyRecord,
  type SurveyRow,
  surveyArrays,
} from "../../studies/units/index.ts";
import { arrayFiles } from "../kit/files.ts";
import { counted, duration, figure, whole } from "../kit/format.ts";
import { html, type Markup } from "../kit/markup.ts";
import { figureCards, page } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { aligned, labelled, textTable } from "../kit/text-table.ts";
import { MEASURE_NAMES } from "./names.ts";
import { pText } from "./text.ts";

/** How often each answer came out, over the rows. */
function tally(rows: readonly SurveyRow[]) {
  const ways = rows.map(({ tests }) => {
    const found = new Set(MEASURES.map((measure) => moreAlike(measure, tests[measure])));
    found.delete(undefined);
    return found.size === 2 ? "both" : ([...found][0] ?? "neither");
  });
  const count = (way: (typeof ways)[number]) => ways.filter((one) => one === way).length;
  return { units: count("units"), directions: count("directions"), both: count("both"), neither: count("neither") };
}

export function surveyVerdict({ rows, models }: Pick<SurveyRecord, "rows" | "models">): string {
  const { units, directions, both, neither } = tally(rows);
  const parts = [
    ...(neither > 0 ? [`units and random directions are not told apart in ${whole(neither)}`] : []),
    ...(units > 0 ? [`the units' images are more alike in ${whole(units)}`] : []),
    ...(directions > 0 ? [`the directions' images are more alike in ${whole(directions)}`] : []),
    ...(both > 0 ? [`each are by some measure in ${whole(both)}`] : []),
  ];
  return `Of ${counted(rows.length, "layer")} of ${counted(models.length, "model")}, ${parts.join(", ")}.`;
}

/** Plain text, every line ended by a line feed. */
export function surveyText(report: SurveyRecord): string {
  const { title, rows, tests, data, timing, digest } = report;
  const head = ["", "units", ...MEASURES];
  const lines = rows.map(({ model, layer, compared, tests: own }) => [
    `${model} ${layer}`,
    whole(compared.units),
    ...MEASURES.map((measure) => {
      const more = moreAlike(measure, own[measure]);
      return more === undefined ? "not told apart" : `${more} ${pText(own[measure].adjusted)}`;
    }),
  ]);
  const facts: [label: string, text: string][] = [
    ["images", whole(data.count)],
    ["tests", `${whole(tests)}, the p-values adjusted for as many (Holm)`],
    ["time", duration(timing.milliseconds)],
    ["digest", digest],
  ];
  return `${title}\n${surveyVerdict(report)}\n\n${aligned([head, ...lines])}\n${labelled(facts)}`;
}

function table({ rows }: SurveyRecord): Markup {
  return textTable([
    ["model and layer", "units", ...MEASURES],
    ...rows.map(({ model, layer, compared, tests }) => [
      `${model} ${layer}`,
      whole(compared.units),
      ...MEASURES.map((measure) => {
        const { means, p, adjusted } = tests[measure];
        return html`<b>${moreAlike(measure, tests[measure]) ?? "not told apart"}</b><small>${figure(means[0])} and ${figure(means[1])}</small><small>p ${pText(p)}, adjusted ${pText(adjusted)}</small>`;
      }),
    ]),
  ]);
}

/** The whole page. Every text of the report is escaped. */
function surveyPage(report: SurveyRecord): string {
  const { title, version, options, rows, tests, timing } = report;
  const { units, directions, both, neither } = tally(rows);
  return page({
    title,
    heading: surveyVerdict(report),
    sections: [
      figureCards([
        ["layers", whole(rows.length)],
        ["not told apart", whole(neither)],
        ["units more alike", whole(units)],
        ["directions more alike", whole(directions)],
        ["each, by some measure", whole(both)],
        ["tests", whole(tests)],
        ["time", duration(timing.milliseconds)],
      ]),
      html`<section>
<h2>Units against random directions</h2>
<p>Whose images are more alike, by four measures; below, the mean over the units and over the directions.</p>
${table(report)}
</section>`,
      html`<section class="prose">
<h2>How to read it</h2>
<p>For every unit of a layer, and for ${whole(Number(options.directions))} random directions in its space, the
${whole(Number(options.top))} images with the largest values are compared by ${MEASURES.map(
        (measure, i) => html`${i > 0 ? "; " : ""}${measure}: ${MEASURE_NAMES[measure]}`,
      )}. p says how often dealing the rows out anew makes a difference of means as large. It is adjusted for the
${whole(tests)} tests of this table by Holm's procedure: the probability of one or more of the differences named here being chance is at most
${LEVEL}, if rows are as good as independent. They are not quite: units share images, the positions of a map most of all, and then p is
smaller than it should be. Where the adjusted p is larger than ${LEVEL}, units and directions are not told apart; that does not say that they
are alike.</p>
</section>`,
      provenance({ ...report, milliseconds: timing.milliseconds }),
    ],
    version,
  });
}

/** The files of a report by path: `results.json`, `index.html`, `arrays/*.npy`. The same report, the same bytes. */
export async function surveyFiles(report: SurveyRecord): Promise<Map<string, Uint8Array | string>> {
  const files = new Map<string, Uint8Array | string>([
    ["results.json", recordJson(report)],
    ["index.html", surveyPage(report)],
  ]);
  for (const [path, content] of arrayFiles(surveyArrays(report.rows))) files.set(path, content);
  return files;
}
