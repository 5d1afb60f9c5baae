/** The experiment on adversarial training as files: a table for programs and one for people, beside the paper's numbers. */
import type { SeedInterval } from "../../analysis/index.ts";
import { recordJson } from "../../studies/record.ts";
import { areToldApart } from "../../studies/training/findings.ts";
import type { TrainingRecord } from "../../studies/training/record.ts";
import { comparisonTable, type Measured } from "../kit/comparison.ts";
import { csv } from "../kit/files.ts";
import { figure, whole } from "../kit/format.ts";
import { html, type Markup } from "../kit/markup.ts";
import { figureCards, page } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { curveSvg, epochsCsv } from "./curve.ts";

/** Per cent, two decimals, with the range over seeds. */
function spread({ mean, min, max, count }: SeedInterval): string {
  const percent = (share: number) => (100 * share).toFixed(2);
  return count === 1 ? `${percent(mean)} %` : `${percent(mean)} % (${percent(min)}–${percent(max)})`;
}

/** Whole numbers over seeds. */
function counts({ min, max }: SeedInterval): string {
  return min === max ? whole(min) : `${whole(min)}–${whole(max)}`;
}

export function trainingText(record: TrainingRecord): string {
  const { results, seeds, findings, runs: made, wanted } = record;
  const lines = results.map(({ arm, testError, updates, distortion, transfer, paper }) => {
    const theirs = paper === undefined ? "" : `, paper ${(100 * paper).toFixed(1)} %`;
    const made = testError.count < seeds ? `${testError.count} of ${seeds}` : `${seeds}`;
    const runs = `, ${made} seed${seeds === 1 ? "" : "s"}`;
    const bought = `${counts(updates)} updates, distortion ${figure(distortion?.mean ?? null)}, transfer ${(100 * transfer.mean).toFixed(1)} %`;
    return `${arm.padEnd(15)} test error ${spread(testError)}${theirs}${runs}; ${bought}`;
  });
  return [...lines, ...findings, ...missingRuns(made.length, wanted)].join("\n");
}

/** Columns of the table of runs. */
const COLUMNS = [
  "arm",
  "seed",
  "status",
  "epochs",
  "steps",
  "trainError",
  "testError",
  "testLoss",
  "distortion",
  "transfer",
] as const;

/** A mean over seeds, with their range where there is one. */
function over(seeds: SeedInterval): Measured {
  return { value: seeds.mean, ...(seeds.count > 1 && { seeds }) };
}

function table({ results }: TrainingRecord): Markup {
  return comparisonTable({
    corner: "trained with",
    columns: [
      { name: "test error", kind: "rate", decimals: 2 },
      { name: "cross-entropy", kind: "figure" },
      { name: "training error", kind: "rate", decimals: 2 },
      { name: "updates", kind: "count" },
      { name: "distortion", kind: "figure" },
      { name: "transfer", kind: "rate" },
    ],
    rows: results.map(({ arm, title, testError, testLoss, trainError, updates, distortion, transfer, paper }) => ({
      name: `${arm}: ${title}, ${testError.count === 1 ? "one seed" : `${testError.count} seeds`}`,
      cells: [
        { ...over(testError), ...(paper !== undefined && { paper }) },
        over(testLoss),
        over(trainError),
        over(updates),
        distortion && over(distortion),
        over(transfer),
      ],
    })),
  });
}

/** A sentence for a page where not all runs are made. */
export function missingRuns(made: number, wanted: number): string[] {
  return made < wanted
    ? [`${made} of ${wanted} runs have been made. Without --runs the command makes the others.`]
    : [];
}

/** The way of training of the least mean test error, and how many others are not told apart from it. */
function heading(results: TrainingRecord["results"]): string {
  const [best, ...others] = [...results].sort((a, b) => a.testError.mean - b.testError.mean);
  if (!best) return "No run yet";
  const close = others.filter(({ testError }) => !areToldApart(best.testError, testError)).length;
  const least = `Least mean test error: ${spread(best.testError)}, ${best.title}`;
  return close === 0 ? least : `${least}; ${close} of ${others.length} others not told apart from it`;
}

function trainingPage(record: TrainingRecord): string {
  const { results, runs, data, epochs, images, rival, findings } = record;
  return page({
    title: record.title,
    heading: heading(results),
    asides: missingRuns(runs.length, record.wanted),
    sections: [
      figureCards([
        ["runs", whole(runs.length)],
        ["training images", whole(data.train)],
        ["test images", whole(data.test)],
        ["images attacked", whole(images)],
      ]),
      html`<section>
<h2>What each way of training comes to</h2>
${comparisonTableWithNote(record)}
</section>`,
      html`<section class="prose">
<h2>What follows</h2>
<ul>${findings.map((sentence) => html`<li>${sentence}</li>`)}</ul>
</section>`,
      provenance({
        ...record,
        models: [{ ...rival, origin: "rival" }],
        options: {},
        milliseconds: record.timing.milliseconds,
        others: [["epochs", whole(epochs)], ...results.map(({ arm, settings }) => [arm, settings] as const)],
      }),
    ],
    version: record.version,
  });
}

function comparisonTableWithNote(record: TrainingRecord): Markup {
  return html`${table(record)}
<p class="note">Means over training seeds; small: the smallest and the largest. Updates: of the parameters, as each run made
them; the epochs of hard negatives grow. Cross-entropy: mean over the test images, nats. Distortion: root mean square change of a pixel that reaches a random wrong label, over
${whole(record.images)} test images. Transfer: of images made to fool ${record.rival.name}, those that fool this network too.</p>`;
}

/** All files, by name. */
export async function trainingFiles(record: TrainingRecord): Promise<Map<string, string>> {
  const files = new Map([
    ["results.json", recordJson(record)],
    ["runs.csv", csv(COLUMNS, record.runs)],
    ["index.html", trainingPage(record)],
  ]);
  for (const { arm, seed, records } of record.runs) {
    files.set(`runs/${arm}-${seed}.csv`, epochsCsv(records));
    if (seed === 0) files.set(`runs/${arm}-${seed}.svg`, curveSvg(records));
  }
  return files;
}
