/** How the settings of the experiment on adversarial training were chosen, as files. */
import { recordJson } from "../../studies/record.ts";
import type { TrainingSearchRecord } from "../../studies/training/record.ts";
import type { CandidateResult } from "../../studies/training/search.ts";
import { comparisonTable } from "../kit/comparison.ts";
import { percentTo, whole } from "../kit/format.ts";
import { html, type Markup } from "../kit/markup.ts";
import { figureCards, page } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { missingRuns } from "./files.ts";

function mark({ isBest, isUsed }: CandidateResult): string {
  return [isBest && "best", isUsed && "used"].filter(Boolean).join(", ");
}

export function searchText({ results, finished, wanted }: TrainingSearchRecord): string {
  const lines = results.map((result) => {
    const { arm, settings, loss, error } = result;
    const found = `${loss.mean.toFixed(4)}, ${percentTo(error.mean, 2)}`;
    return `${arm.padEnd(15)} ${found}  ${settings}${mark(result) && ` (${mark(result)})`}`;
  });
  return [...lines, `${finished} of ${wanted} runs; cross-entropy and errors of the validation images`].join("\n");
}

function tables(results: readonly CandidateResult[]): Markup[] {
  const arms = [...new Set(results.map(({ arm }) => arm))];
  return arms.map((arm) => {
    const rows = results.filter((result) => result.arm === arm);
    return html`<section>
<h2>${arm}</h2>
${comparisonTable({
  corner: "settings",
  own: "the best",
  columns: [
    { name: "cross-entropy", kind: "figure" },
    { name: "error", kind: "rate", decimals: 2 },
  ],
  rows: rows.map((result) => ({
    name: mark(result) ? `${result.settings} (${mark(result)})` : result.settings,
    cells: [result.loss, result.error].map((seeds) => ({ value: seeds.mean, ...(seeds.count > 1 && { seeds }) })),
    ...(result.isBest && { own: 0 }),
  })),
})}
</section>`;
  });
}

function searchPage(record: TrainingSearchRecord): string {
  const { results, data, epochs, seeds, wanted, finished } = record;
  return page({
    title: record.title,
    heading: `${whole(results.length)} settings on ${whole(data.validation)} validation images`,
    asides: missingRuns(finished, wanted),
    sections: [
      figureCards([
        ["runs", whole(finished)],
        ["training images", whole(data.train)],
        ["validation images", whole(data.validation)],
        ["epochs", whole(epochs)],
      ]),
      html`<p class="note">The best of an arm has the least mean cross-entropy; the experiment uses what is marked so. No test
image has part in this.</p>`,
      ...tables(results),
      provenance({
        ...record,
        options: {},
        milliseconds: record.timing.milliseconds,
        others: [["seeds", whole(seeds)]],
      }),
    ],
    version: record.version,
  });
}

/** All files, by name. */
export function searchFiles(record: TrainingSearchRecord): Map<string, string> {
  return new Map([
    ["results.json", recordJson(record)],
    ["index.html", searchPage(record)],
  ]);
}
