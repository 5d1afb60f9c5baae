/** The page of a robust accuracy. */
import { imageSize } from "../../data/dataset.ts";
import { NORM_WORDS } from "../../studies/attack/question.ts";
import type { RobustImage, RobustRecord } from "../../studies/robust/record.ts";
import { figure, percent, whole } from "../kit/format.ts";
import { html, type Markup } from "../kit/markup.ts";
import { lengthInLevels, NORM_MEANINGS } from "../kit/meaning.ts";
import { figureCards, page } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { folded, textTable } from "../kit/text-table.ts";
import { attackTable, between, robustVerdict } from "./text.ts";

/** More lines than this are not read. */
const SHOWN = 500;

const WORDS: Readonly<Record<RobustImage["verdict"], string>> = {
  misread: "misread as it is",
  attacked: "changed",
  undecided: "resisted",
  proved: "proved",
};

/** What was changed first, then what is not known, then what is proved. */
const RANK: Readonly<Record<RobustImage["verdict"], number>> = { attacked: 0, undecided: 1, proved: 2, misread: 3 };

function cards({ clean, upper, lower, undecided, evaluations, images }: RobustRecord): Markup {
  return figureCards([
    ["right as it is", percent(clean.rate)],
    ["robust at most", percent(upper.rate)],
    ["robust at least", percent(lower.rate)],
    ["undecided", percent(undecided.rate)],
    ["robust over all images", between(lower, upper)],
    ["evaluations an image", figure(evaluations / images.length)],
  ]);
}

function attacks(record: RobustRecord): Markup {
  return html`<section>
<h2>Attack by attack</h2>
<p>Each attack goes on with the images that those before it did not change.</p>
${textTable(attackTable(record), "changed")}
</section>`;
}

function list({ images }: RobustRecord): Markup {
  const ordered = images.toSorted((a, b) => RANK[a.verdict] - RANK[b.verdict] || (a.distance ?? 0) - (b.distance ?? 0));
  const shown = ordered.slice(0, SHOWN);
  const rest = images.length - shown.length;
  const more = rest > 0 ? html`<p class="note">${whole(rest)} more are in results.json.</p>` : undefined;
  return html`<section>
<h2>Image by image</h2>
<p>What was changed comes first, the smallest change at the top.</p>
${folded(
  ["image", "label", "verdict", "by", "distance", "evaluations"],
  shown.map(({ index, label, verdict, by, distance, evaluations }) => [
    ...[whole(index), whole(label), WORDS[verdict], by ?? "", distance === null ? "" : figure(distance)],
    whole(evaluations),
  ]),
)}${more}
</section>`;
}

function explanation({ norm, epsilon, unproved }: RobustRecord): Markup {
  return html`<section class="prose">
<h2>What is certain</h2>
<p>An image counts as changed if a change of at most ${epsilon} in ${NORM_WORDS[norm]}, with every pixel between 0 and 1, makes the model answer
another label; the model was asked again about each as arrays/adversarial.npy stores it. That an image resisted every attack does not prove that
there is no such change: the share that resisted is an upper end of the robust accuracy.</p>
<p>${
    unproved === undefined
      ? "The lower end is the share that is proved: for each image that resisted, a certificate bounds the scores over all such changes at once, of the very numbers that the model gives in single precision, rounding included. Images that resisted without being proved are undecided."
      : `There is no lower end here: ${unproved}.`
  }</p>
<p>The intervals of 95 % are Wilson's, of either end. They say how far the shares among these images may be from those among all images like
them, not how far attacks or proofs may be improved.</p>
</section>`;
}

/** The whole page. Every text of the report is escaped. */
export function robustPage(report: RobustRecord): string {
  const { title, version } = report;
  return page({
    title,
    heading: robustVerdict(report),
    asides: [
      `${NORM_MEANINGS[report.norm]} The most allowed here, ${report.epsilon}, is ${lengthInLevels(report.norm, report.epsilon, imageSize(report.model.inputShape))}.`,
    ],
    missing: report.missing,
    sections: [
      cards(report),
      attacks(report),
      list(report),
      explanation(report),
      provenance({ ...report, models: [report.model], milliseconds: report.timing.milliseconds }),
    ],
    version,
  });
}
