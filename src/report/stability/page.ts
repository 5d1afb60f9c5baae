/** The page of a stability analysis. */

import { bothEnds } from "../../studies/certify/record.ts";
import type { StabilityRecord } from "../../studies/stability/record.ts";
import { into } from "../attack/verdict.ts";
import { bracketDrawing } from "../certify/drawing.ts";
import { ACCENT, BLUE, type Drawing } from "../kit/drawing.ts";
import { counted, duration, figure, percent, whole } from "../kit/format.ts";
import { coloured, legend } from "../kit/legend.ts";
import { html, type Markup } from "../kit/markup.ts";
import { NORM_MEANINGS } from "../kit/meaning.ts";
import { figureCards, page, plotFigure } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { textTable } from "../kit/text-table.ts";
import { boundText, linearEnds, meanOf, shownLayers, stabilityTable, stabilityVerdict, widestGap } from "./text.ts";

function cards({ bound, layers, images, timing }: StabilityRecord): Markup {
  const found: [string, Markup | string][] =
    images.length === 0
      ? []
      : [
          ["L2 certified, mean", figure(meanOf(images, ({ certified }) => certified))],
          ["L2 found, mean", figure(meanOf(images, ({ l2 }) => l2))],
          ["certified of found", percent(meanOf(images, ({ l2, certified }) => certified / l2))],
        ];
  return figureCards([
    ["bound of the logits", boundText(bound)],
    ["layers that stretch", whole(shownLayers(layers).length)],
    ["widest gap of two bounds", `${(100 * widestGap(layers)).toFixed(2)} %`],
    ...found,
    ["time", duration(timing.milliseconds)],
  ]);
}

function table(report: StabilityRecord): Markup {
  const rows = stabilityTable(report);
  const isBeside = rows[0]?.includes("paper");
  return html`<section>
<h2>Layer by layer</h2>
<p>How much further apart two inputs of a layer can be behind it than before it, in the 2-norm, and the product of that from the
input on.${isBeside ? " Beside it what the paper has for a trained AlexNet." : undefined}</p>
${textTable(rows, "bound")}
</section>`;
}

function plot(drawing: Drawing | undefined, isSeen: boolean): Markup | undefined {
  if (!drawing) return undefined;
  return html`<section>
<h2>Allowed${isSeen ? " and seen" : ""}</h2>
<p>How far a change of the image grows up to each layer.</p>
${legend([
  coloured(ACCENT, "at most, by the bounds"),
  ...(isSeen ? [coloured(BLUE, "the adversarial change that grows most")] : []),
])}
${plotFigure(drawing, "Bounds up to each layer, and stretches seen")}
</section>`;
}

function certificate({ images, attacked, bound }: StabilityRecord): Markup | undefined {
  if (images.length === 0) return undefined;
  const most = images.reduce((a, { l2, certified }) => Math.max(a, certified / l2), 0);
  return html`<section class="prose">
<h2>What is certain</h2>
<p>With a bound L = ${boundText(bound)} of the logits and a margin m between the two largest of an image, no change of L2 below
m / (√2 L) alters the answer. Of ${whole(images.length)} images (${whole(attacked)} were attacked) the certified radius is
${figure(meanOf(images, ({ certified }) => certified))} on average, where the attack found a change of
${figure(meanOf(images, ({ l2 }) => l2))}; at best it reaches ${percent(most)} of the change found. Between the two lies what is
not known. The two are of different questions, though: the radius is of any other answer, the change reaches one given label.</p>
</section>`;
}

function brackets({ images }: StabilityRecord): Markup | undefined {
  const ends = linearEnds(images);
  if (ends.length === 0) return undefined;
  const { both, meanCertified, meanFound, foundOverCertified } = bothEnds(ends);
  return html`<section>
<h2>Certified and found</h2>
<p>The same question at both ends: the label that each image was pushed to. Linear bounds of the f32 numbers certify an L2 of
${figure(meanCertified)} on average over ${counted(both, "image")}, where ${figure(meanFound)} was found, ${foundOverCertified?.toFixed(2)} times as much.</p>
${legend([
  coloured(BLUE, "no change shorter than this reaches the label"),
  coloured(ACCENT, "a change of this length was found that does"),
])}
${plotFigure(bracketDrawing(ends, "L2"), "Certified radius and distance found, image by image")}
</section>`;
}

const EXPLANATION = html`<section class="prose">
<h2>How to read it</h2>
<p>“Bound” and “at least” enclose the norm of a layer's linear map times the greatest slope of its activation. Both hold whatever
rounding did: the upper one of a matrix W is certified by a Cholesky factorisation of s² I − WᵀW that runs to its end, the lower
one by a vector. A convolution is bounded by the Fourier transform of its kernel over all frequencies, as on a plane without
borders (“plane, at least” is the lower end of that); “at least” is what the layer reaches on its own image with its border. Pooling
windows that overlap stretch by the root of the number of windows that a pixel is in.</p>
<p>A large bound does not say that adversarial examples exist; a small one excludes them. The bound of a network multiplies the worst
of every layer, which no change meets in all of them at once.</p>
</section>`;

/** The whole page. Every text of the report is escaped. */
export function stabilityPage(report: StabilityRecord, drawing: Drawing | undefined): string {
  const { title, version, images } = report;
  return page({
    title,
    heading: stabilityVerdict(report),
    asides: [
      `Changes are measured in L2. ${NORM_MEANINGS.l2}`,
      images.length > 0 ? `The adversarial ones fool the model${into(report.options.target)}.` : undefined,
    ],
    missing: report.missing,
    sections: [
      cards(report),
      table(report),
      plot(drawing, images.length > 0),
      certificate(report),
      brackets(report),
      EXPLANATION,
      provenance({ ...report, models: [report.model], milliseconds: report.timing.milliseconds }),
    ],
    version,
  });
}
