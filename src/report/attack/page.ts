/** The page of an attack. */

import { imageSize } from "../../data/dataset.ts";
import type { MinimalSummary } from "../../studies/attack/minimal.ts";
import { optionTexts } from "../../studies/attack/named.ts";
import { NORM_WORDS } from "../../studies/attack/question.ts";
import type { AttackRecord } from "../../studies/attack/record.ts";
import type { PocketDirections } from "../../studies/pockets/record.ts";
import { bracketDrawing } from "../certify/drawing.ts";
import { ACCENT, BLUE, type Drawing } from "../kit/drawing.ts";
import { counted, figure, whole } from "../kit/format.ts";
import { coloured, legend } from "../kit/legend.ts";
import { html, type Markup } from "../kit/markup.ts";
import { DISTORTION_MEANING, NORM_MEANINGS } from "../kit/meaning.ts";
import { figureCards, page, plotFigure } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { gallery } from "./gallery.ts";
import { besideWords, bracketsOf } from "./text.ts";
import { verdict } from "./verdict.ts";

function figures({ summary, minimal, keptAt8Bits, timing }: AttackRecord): Markup {
  const cards: [string, Markup | string][] = [
    ["fooled", html`${whole(summary.found)} <small>of ${whole(summary.attacked)}</small>`],
    ["of these, at 8 bits", html`${whole(keptAt8Bits)} <small>of ${whole(summary.found)}</small>`],
    ...(minimal ? norms(minimal) : []),
    ["mean distortion", figure(summary.meanDistortion)],
    ["median", figure(summary.medianDistortion)],
    ["largest", figure(summary.largestDistortion)],
    ["mean L2", figure(summary.meanL2)],
    ["evaluations each", figure(summary.evaluationsPerImage)],
    ["images a second", figure(timing.imagesPerSecond)],
  ];
  return figureCards(cards);
}

function norms({ norm, meanDistance, largestDistance }: MinimalSummary): [string, string][] {
  return [
    [`mean ${NORM_WORDS[norm]} distance`, figure(meanDistance)],
    [`largest ${NORM_WORDS[norm]} distance`, figure(largestDistance)],
  ];
}

function plot(histograms: Drawing | undefined, minimal: MinimalSummary | undefined): Markup | undefined {
  if (!histograms) return undefined;
  return html`<section>
<h2>How near the blind spots are</h2>
<p>Each image, by the smallest change found that makes the model answer otherwise. Further left is nearer: less robust.</p>
${plotFigure(histograms, `Histogram of ${minimal ? `${NORM_WORDS[minimal.norm]} distances` : "distortions"}`)}
</section>`;
}

function beside(directions: PocketDirections | undefined): Markup | undefined {
  if (!directions) return undefined;
  const { images } = directions;
  return html`<section class="prose">
<h2>Whether chance finds them</h2>
<p>Of random directions as long as the change that was found, ${besideWords(directions)} (in brackets the 95 % interval). ${images === 0 ? "None did" : `At least one did around ${counted(images, "image")}`}. The command <code>pockets</code> looks further.</p>
</section>`;
}

function brackets({ bothEnds, minimal, examples }: AttackRecord): Markup | undefined {
  if (!bothEnds) return undefined;
  const ends = bracketsOf(examples);
  const norm = NORM_WORDS[minimal?.norm ?? "l2"];
  const { both, meanCertified, meanFound, foundOverCertified } = bothEnds;
  const drawing = ends.length > 0 ? bracketDrawing(ends, norm) : undefined;
  const means =
    meanCertified === null
      ? "No image has both ends."
      : `Over ${counted(both, "image")} with both ends the mean is ${figure(meanCertified)} certified and ${figure(meanFound)} found: ${foundOverCertified?.toFixed(2)} times as much.`;
  return html`<section>
<h2>Certified and found</h2>
<p>In ${norm}, of the same question at both ends: within the certified radius no change gives what was asked for, rounding included; at the
distance found one does. ${means} What lies between is not known.</p>
${
  drawing &&
  html`${legend([
    coloured(BLUE, "no change shorter than this gives what was asked for"),
    coloured(ACCENT, "a change of this length was found that does"),
  ])}
${plotFigure(drawing, "Certified radius and distance found, image by image")}`
}
</section>`;
}

function explanation({ model, summary, minimal, keptAt8Bits }: AttackRecord): Markup {
  const [height, width, channels] = model.inputShape;
  const n = imageSize(model.inputShape);
  const mean = summary.meanDistortion;
  const example =
    mean === null || mean === 0
      ? undefined
      : html` The mean here, ${figure(mean)}, is a change of ${figure(255 * mean)} of 255 grey levels a pixel.`;
  return html`<section class="prose">
<h2>What distortion means</h2>
<p>Distortion is the root mean square change of a pixel: √(Σ (x′ − x)² / n), over the n = ${whole(n)} values of
${height} × ${width} × ${channels}, with 0 for black and 1 for white. It is 0 for the same image and 1 for its negative in
black and white.${example} L2 is the same without the mean: √(Σ (x′ − x)²), the distortion times √n.</p>
<p>${minimal ? searched(minimal) : "The search looks for the smallest such change that makes the model answer the target"}, while every pixel stays between 0 and 1.
What it finds is an upper bound: a nearer blind spot may exist. Images that the model misreads as they are count as
misclassified and are not attacked. Every success was confirmed by the model on the image as arrays/adversarial.npy stores it.</p>
<p>The pictures have 8 bits a value, and rounding to them is a change too: ${whole(keptAt8Bits)} of ${whole(summary.found)} still
fool the model as such pictures. ${
    minimal?.attack
      ? "The attack does not look at that."
      : minimal
        ? "With --levels 256 the search looks among such pictures alone."
        : "A larger --margin makes changes that more often do, at a greater distortion."
  }</p>
</section>`;
}

/** What the search of an attack in a norm looks for. */
function searched({ norm, asked, attack }: MinimalSummary): Markup {
  const words = NORM_WORDS[norm];
  if (!attack)
    return html`The search looks for the change that is smallest in ${words} and gives what was asked for (${asked})`;
  const { title, paper, options, evaluations, epsilon } = attack;
  const told = optionTexts(options).join(", ");
  const wanted =
    epsilon === null
      ? html`the change that is smallest in ${words} and gives`
      : html`a change of at most ${figure(epsilon)} in ${words} that gives`;
  return html`The attack is ${title} (${paper})${told === "" ? "" : html`, with ${told}`}, within ${counted(evaluations, "evaluation")}
an image. It looks for ${wanted} what was asked for (${asked})`;
}

/** The whole page. Every text of the report is escaped. */
export function attackPage(report: AttackRecord, histograms: Drawing | undefined): string {
  const { title, summary, minimal, version } = report;
  const aside = (n: number, kind: string): Markup | undefined =>
    n > 0 && summary.attacked > 0
      ? html`${counted(n, "image")} of ${whole(summary.count)}
${n === 1 ? "was" : "were"} ${kind} before any change and not attacked.`
      : undefined;
  return page({
    title,
    heading: verdict(report),
    asides: [
      summary.found > 0 ? (minimal ? NORM_MEANINGS[minimal.norm] : DISTORTION_MEANING) : undefined,
      aside(summary.misclassified, "misclassified"),
      aside(summary.alreadyTarget, minimal ? "as asked for" : "classified as the target"),
    ],
    missing: report.missing,
    sections: [
      figures(report),
      plot(histograms, minimal),
      brackets(report),
      beside(report.directions),
      report.examples.length > 0 ? gallery(report) : undefined,
      explanation(report),
      provenance({
        ...report,
        models: [report.model],
        others: [["evaluations", `${whole(summary.evaluations)}${minimal?.attack ? "" : " of value and gradient"}`]],
        milliseconds: report.timing.milliseconds,
      }),
    ],
    version,
  });
}
