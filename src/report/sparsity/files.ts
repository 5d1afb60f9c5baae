/** The search for the settings of AE400-10's sparse autoencoder, as files and as a few lines for a terminal. */
import { recordJson } from "../../studies/record.ts";
import type { SparsitySearchRecord } from "../../studies/sparsity/record.ts";
import { figure, percentTo, whole } from "../kit/format.ts";
import { html } from "../kit/markup.ts";
import { figureCards, page } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { aligned, labelled, textTable } from "../kit/text-table.ts";

function trialTable({ trials }: SparsitySearchRecord): string[][] {
  return [
    ["decay", "weight of the divergence", "target", "training error", "validation error", "cross-entropy", ""],
    ...[...trials]
      .sort((a, b) => a.validationError - b.validationError)
      .map(({ decay, beta, target, trainError, validationError, loss, isBest }) => [
        ...[decay, beta, target].map(String),
        ...[trainError, validationError].map((share) => percentTo(share, 2)),
        figure(loss),
        isBest ? "best" : "",
      ]),
  ];
}

function heading({ trials, count, data }: SparsitySearchRecord): string {
  return `${whole(trials.length)} settings, encoders trained on ${whole(count)} images, judged on ${whole(data.validation)} others`;
}

/** A few lines for a terminal. */
export function sparsityText(record: SparsitySearchRecord): string {
  return `${record.title}\n${heading(record)}\n\n${aligned(trialTable(record))}\n${labelled([["digest", record.digest]])}`;
}

/** All files, by name. */
export function sparsityFiles(record: SparsitySearchRecord): Map<string, string> {
  const { data, count, iterations, trials, title, version } = record;
  const written = page({
    title,
    heading: heading(record),
    sections: [
      figureCards([
        ["settings", whole(trials.length)],
        ["images of the encoder", whole(count)],
        ["its iterations", whole(iterations)],
        ["images of the softmax", whole(data.train)],
        ["validation images", whole(data.validation)],
      ]),
      html`<section>
<h2>What each setting comes to</h2>
${textTable(trialTable(record))}
<p class="note">Shares of wrong answers of the whole network, and the objective of its softmax, in nats. No test image has part in this.</p>
</section>`,
      provenance({ ...record, options: record.options, milliseconds: record.timing.milliseconds }),
    ],
    version,
  });
  return new Map([
    ["results.json", recordJson(record)],
    ["index.html", written],
  ]);
}
