/** The page of a run of certificates. */
import { median } from "../../numeric/statistics.ts";
import { NORM_WORDS } from "../../studies/attack/question.ts";
import type { CertifyRecord } from "../../studies/certify/record.ts";
import { ACCENT, BLUE, type Drawing } from "../kit/drawing.ts";
import { duration, figure, whole } from "../kit/format.ts";
import { histogram, NARROW, WIDE } from "../kit/histogram.ts";
import { coloured, legend } from "../kit/legend.ts";
import { html, type Markup } from "../kit/markup.ts";
import { lengthInLevels, NORM_MEANINGS } from "../kit/meaning.ts";
import { figureCards, page, plotFigure } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { bracketed, certifyVerdict, cutCount, effortWords } from "./text.ts";

function cards({ summary, norm, epsilon, images, timing }: CertifyRecord): Markup {
  const { proved, falsified, undecided, meanCertified, meanFound, foundOverCertified } = summary;
  const cut = cutCount(images);
  const ends: [string, Markup | string][] =
    meanCertified === null || meanFound === null || foundOverCertified === null
      ? []
      : [
          [`${NORM_WORDS[norm]} certified, mean`, figure(meanCertified)],
          [`${NORM_WORDS[norm]} found, mean`, figure(meanFound)],
          ["found over certified", foundOverCertified.toFixed(2)],
        ];
  const asked: [string, Markup | string][] = epsilon === undefined ? [] : [["falsified", whole(falsified)]];
  return figureCards([
    ["certified", html`${whole(proved)} <small>of ${whole(images.length)}</small>`],
    ...asked,
    ["undecided", whole(undecided)],
    ...(cut > 0 ? ([["cut short", whole(cut)]] as [string, string][]) : []),
    ...ends,
    ["time", duration(timing.milliseconds)],
  ]);
}

function brackets(drawing: Drawing | undefined): Markup | undefined {
  if (!drawing) return undefined;
  return html`<section>
<h2>Certified and found</h2>
<p>Between the two ends of an image lies what is not known.</p>
${legend([
  coloured(BLUE, "no change shorter than this alters the answer"),
  coloured(ACCENT, "a change of this length was found that does"),
])}
${plotFigure(drawing, "Certified radius and distance found, image by image")}
</section>`;
}

function ratios({ images }: CertifyRecord): Markup | undefined {
  const values = bracketed(images).map(({ certified, found }) => found / certified);
  if (values.length === 0) return undefined;
  const middle = median(values);
  const drawing = {
    wide: histogram(values, middle, { ...WIDE, title: "distance found, over the radius certified" }),
    narrow: histogram(values, middle, { ...NARROW, title: "found over certified" }),
  };
  return html`<section>
<h2>How far the two are apart</h2>
<p>Images by the distance found over the radius certified. At 1 the answer would be proved.</p>
${plotFigure(drawing, "Histogram of found over certified")}
</section>`;
}

function explanation(report: CertifyRecord): Markup {
  const { effort, budget } = report;
  const isBranching = effort === "exhaustive";
  const isTimed = budget?.seconds !== undefined;
  return html`<section class="prose">
<h2>How to read it</h2>
<p>Effort: ${effortWords(report)}. ${
    isBranching
      ? "Linear bounds come first; then the ball is taken apart until each part is proved or a changed image is found in it. The search for a radius ends within 1 % of a change that alters the answer. Where its budget ends it before, the radius is the largest so far and the image counts as cut short."
      : "The radius is the largest that linear bounds of the whole ball prove, nearly: the true one may be much larger. With --effort exhaustive the search goes on."
  }${isTimed ? " The budget went by the clock: another run may end with other radii." : ""}</p>
<p>A certificate holds for the very numbers that the network gives in single precision, in their fixed order of sums: linear bounds of
every layer are taken back from the scores to the image, and what rounding may do to each of them, and to the certificate itself, is
subtracted. It is of all other answers at once and of changes that stay inside the box of valid images. A row that the network misreads
has radius 0. The attack looks for any other answer, too, so that the two compare.</p>
</section>`;
}

/** What the length that the heading names is in grey levels; of how many pixels the images are a record does not say. */
function inLevels({ norm, epsilon, summary }: CertifyRecord): string {
  const length = epsilon ?? summary.meanFound;
  if (length === null || length > 1) return "";
  const what = `${epsilon === undefined ? "The mean found" : "The most allowed"}, ${figure(length)},`;
  const levels = lengthInLevels("linf", length, 1);
  return norm === "linf"
    ? ` ${what} is ${levels}.`
    : ` ${what} is as long as a change of one pixel alone by ${levels.replace(" at most", "")}.`;
}

/** The whole page. Every text of the report is escaped. */
export function certifyPage(report: CertifyRecord, drawing: Drawing | undefined): string {
  const { title, version } = report;
  return page({
    title,
    heading: certifyVerdict(report),
    asides: [`${NORM_MEANINGS[report.norm]}${inLevels(report)} Any answer but the right one counts.`],
    missing: report.missing,
    sections: [
      cards(report),
      brackets(drawing),
      ratios(report),
      explanation(report),
      provenance({ ...report, models: [report.model], milliseconds: report.timing.milliseconds }),
    ],
    version,
  });
}
