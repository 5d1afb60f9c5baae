/** The preregistered experiment as files: a table of runs for programs, and a page for people. */
import type { SeedInterval } from "../../analysis/index.ts";
import { HYPOTHESES } from "../../studies/preregistered/arms.ts";
import type { PreregisteredRecord, TestedHypothesis } from "../../studies/preregistered/record.ts";
import { recordJson } from "../../studies/record.ts";
import { csv } from "../kit/files.ts";
import { counted, figure, whole } from "../kit/format.ts";
import { html, type Markup } from "../kit/markup.ts";
import { figureCards, page } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { aligned, labelled, textTable } from "../kit/text-table.ts";
import { missingRuns } from "../training/files.ts";
import { pText } from "../units/text.ts";

/** Adjusted p-values up to which a hypothesis counts as settled. */
const LEVEL = 0.05;

const COLUMNS = ["arm", "seed", "status", "steps", "trainError", "validationError", "testError", "movedError"] as const;

/** Per cent with the range over seeds. */
function spread(seeds: SeedInterval | null): string {
  if (!seeds) return "not opened";
  const percent = (share: number) => (100 * share).toFixed(2);
  const { mean, min, max, count } = seeds;
  return count === 1 ? `${percent(mean)} %` : `${percent(mean)} % (${percent(min)}–${percent(max)})`;
}

function armTable({ results }: PreregisteredRecord): string[][] {
  return [
    ["trained with", "seeds", "validation error", "test error", "moved images", "updates"],
    ...results.map(({ arm, title, validationError, testError, movedError, updates }) => [
      `${arm}: ${title}`,
      whole(validationError.count),
      spread(validationError),
      spread(testError),
      spread(movedError),
      updates.min === updates.max ? whole(updates.min) : `${whole(updates.min)}–${whole(updates.max)}`,
    ]),
  ];
}

/** "-0.43 points": errors of the second arm less those of the first. */
const points = (share: number): string => `${share > 0 ? "+" : ""}${(100 * share).toFixed(2)} points`;

/** What a test settles, in words. */
export function verdictOf({ test, adjusted }: TestedHypothesis): string {
  if (adjusted > LEVEL) return "not settled";
  return test.mean < 0 ? "holds" : "the other way round";
}

function hypothesisTable({ hypotheses }: PreregisteredRecord): string[][] {
  return [
    ["hypothesis", "arms", "difference", "effect", "p", "p of all", "moved images", ""],
    ...hypotheses.map((one) => [
      one.claim,
      `${one.second} less ${one.first}`,
      points(one.test.mean),
      figure(one.test.effect),
      pText(one.test.p),
      pText(one.adjusted),
      points(one.moved.mean),
      verdictOf(one),
    ]),
  ];
}

function heading({ isOpen, hypotheses, runs, wanted }: PreregisteredRecord): string {
  if (!isOpen)
    return `${whole(runs.length)} of ${counted(wanted, "run")} made; the test images have not been looked at.`;
  const settled = hypotheses.map(verdictOf);
  const of = (verdict: string) => settled.filter((one) => one === verdict).length;
  return `Of ${whole(hypotheses.length)} hypotheses ${of("holds")} hold, ${of("the other way round")} came out the other way round, ${of("not settled")} are not settled.`;
}

/** What a reader must know of how far this is the experiment that was preregistered. */
function asides({ isAsPreregistered, isOpen, runs, wanted, data }: PreregisteredRecord): string[] {
  return [
    ...missingRuns(runs.length, wanted),
    ...(isAsPreregistered
      ? []
      : ["Arms, seeds or epochs are not those that were preregistered: this is an exploration."]),
    ...(isOpen && data.name === "mnist"
      ? [
          "MNIST's test images had been looked at by earlier experiments; the arms and settings follow what these found on validation images.",
        ]
      : []),
  ];
}

function hypotheses(record: PreregisteredRecord): Markup {
  if (record.isOpen) {
    return html`<section>
<h2>The hypotheses</h2>
<p>Differences of test errors seed by seed; p of the sign-flip test, both ways, and adjusted for all hypotheses by Holm's procedure. Effect: the mean over the
standard deviation of the differences.</p>
${textTable(hypothesisTable(record))}
</section>`;
  }
  return html`<section class="prose">
<h2>The hypotheses</h2>
<p>They are tested when all runs are made and the experiment is opened (<code>--open</code>):</p>
<ul>${HYPOTHESES.map(({ claim, first, second }) => html`<li>${claim}: ${second} beside ${first}</li>`)}</ul>
</section>`;
}

/** A few lines for a terminal. */
export function preregisteredText(record: PreregisteredRecord): string {
  const tables = [armTable(record), ...(record.isOpen ? [hypothesisTable(record)] : [])];
  const notes = asides(record).map((text): [string, string] => ["note", text]);
  return `${record.title}\n${heading(record)}\n\n${tables.map(aligned).join("\n")}\n${labelled([...notes, ["digest", record.digest]])}`;
}

/** All files, by name. */
export async function preregisteredFiles(record: PreregisteredRecord): Promise<Map<string, string>> {
  const { data, epochs, seeds, runs, version, title } = record;
  const written = page({
    title,
    heading: heading(record),
    asides: asides(record),
    sections: [
      figureCards([
        ["runs", whole(runs.length)],
        ["seeds", whole(seeds)],
        ["epochs", whole(epochs)],
        ["training images", whole(data.train)],
        ["validation images", whole(data.validation)],
        ["test images", record.isOpen ? whole(data.test) : "not opened"],
      ]),
      html`<section>
<h2>What each way of training comes to</h2>
${textTable(armTable(record))}
<p class="note">Means over training seeds; in brackets the smallest and the largest. Moved images: the test images, each moved by a random part of up to two pixels.</p>
</section>`,
      hypotheses(record),
      provenance({ ...record, options: record.options, milliseconds: record.timing.milliseconds }),
    ],
    version,
  });
  return new Map([
    ["results.json", recordJson(record)],
    ["runs.csv", csv(COLUMNS, runs)],
    ["index.html", written],
  ]);
}
