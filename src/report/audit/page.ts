/** The page of an audit. */
import { imageSize } from "../../data/dataset.ts";
import { NORM_WORDS } from "../../studies/attack/question.ts";
import { changeWords } from "../../studies/audit/checks.ts";
import type { AuditBracket, AuditNorm, AuditRecord } from "../../studies/audit/record.ts";
import { bracketDrawing } from "../certify/drawing.ts";
import { ACCENT, BLUE, type Drawing } from "../kit/drawing.ts";
import { counted, figure, percent, whole } from "../kit/format.ts";
import { coloured, legend } from "../kit/legend.ts";
import { html, type Markup, type Piece } from "../kit/markup.ts";
import { lengthInLevels, NORM_MEANINGS } from "../kit/meaning.ts";
import { figureCards, page, plotFigure } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { textTable } from "../kit/text-table.ts";
import { shareCurve } from "./curve.ts";
import { endsGallery } from "./gallery.ts";
import { auditVerdict, normTable, share, shareBetween } from "./text.ts";

/** The drawings of a norm: the share against the budget, and the brackets where radii are certified. */
export interface NormDrawings {
  curve: Drawing;
  brackets?: Drawing;
}

function rightBrackets({ images }: AuditRecord, { norm }: AuditNorm): AuditBracket[] {
  return images.flatMap(({ label, read, norms }) => (label === read ? [norms[norm] as AuditBracket] : []));
}

export function normDrawings(record: AuditRecord, norm: AuditNorm): NormDrawings {
  const words = NORM_WORDS[norm.norm];
  const right = rightBrackets(record, norm);
  const hasProof = norm.proof !== "none" && norm.uncertified === undefined;
  const curve = shareCurve({
    ends: right.map(({ found, certified }) => ({ found, certified: certified ?? 0 })),
    count: record.images.length,
    norm: words,
    ...{ epsilon: norm.epsilon, hasProof },
  });
  const both = right.flatMap(({ found, certified }) => (found !== null && certified ? [{ found, certified }] : []));
  return { curve, ...(norm.certified && both.length > 0 && { brackets: bracketDrawing(both, words) }) };
}

function cards(record: AuditRecord): Markup {
  const { clean, norms, checks, corruptions } = record;
  const worst = corruptions.reduce<(typeof corruptions)[0] | undefined>(
    (a, b) => (a === undefined || b.right.hits < a.right.hits ? b : a),
    undefined,
  );
  const ends = norms.flatMap((norm): [string, Piece][] => {
    const words = NORM_WORDS[norm.norm];
    if (norm.epsilon === null) {
      return norm.found ? [[`${words}: median change found`, figure(norm.found.median)]] : [];
    }
    return [
      [
        `${words}: resist ${norm.epsilon}`,
        shareBetween(norm)
          .replace("at most ", "≤ ")
          .replace(/ of .*/, ""),
      ],
    ];
  });
  return figureCards([
    [
      "checks that hold",
      html`${whole(checks.filter(({ holds }) => holds).length)} <small>of ${whole(checks.length)}</small>`,
    ],
    ["right as they are", html`${whole(clean.hits)} <small>of ${whole(clean.count)}</small>`],
    ...ends,
    ...(worst ? [[`right under ${worst.name}, the worst`, whole(worst.right.hits)] as [string, Piece]] : []),
  ]);
}

/** Comparisons that hold are in a table of their own: here they are one line. */
function checkTable({ checks }: AuditRecord): Markup | undefined {
  if (checks.length === 0) return undefined;
  const compared = checks.filter(({ rule }) => rule === "not-worse-than-baseline");
  const isShort = compared.length > 0 && compared.every(({ holds }) => holds);
  const said = `${counted(compared.length, "comparison")}, in the table below.`;
  const shown = [
    ...checks.filter(({ holds }) => !holds),
    ...checks.filter((check) => check.holds && !compared.includes(check)),
    ...(isShort ? [{ name: "No worse than the baseline", holds: true, said }] : []),
  ];
  return html`<section>
<h2>What was checked</h2>
<p>An audit fails if one of these does.</p>
<ul class="checks">
${shown.map(
  ({ name, holds, said }) =>
    html`<li class="${holds ? "holds" : "fails"}"><b>${holds ? "holds" : "fails"}</b><span>${name}<small>${said}</small></span></li>\n`,
)}</ul>
</section>`;
}

function comparison({ baseline }: AuditRecord): Markup | undefined {
  if (!baseline) return undefined;
  const { comparisons, left, model, digest } = baseline;
  const notes = left.length > 0 ? html`<p class="note">Not compared: ${left.join("; ")}.</p>` : undefined;
  return html`<section>
<h2>Beside the baseline</h2>
<p>Image by image, against the audit of ${model.name} with the weights ${model.digest.slice(0, 12)}… (baseline ${digest.slice(0, 12)}…). A
difference counts where the sign test on the pairs, adjusted by Holm's procedure for ${counted(comparisons.length, "comparison")}, has p ≤ 0.05.</p>
${textTable(
  [
    ["measure", "verdict", "worse", "better", "same", "adjusted p", "change (95 %)"],
    ...comparisons.map(({ name, verdict, worse, better, same, adjusted, change }) => [
      ...[name, verdict, whole(worse), whole(better), whole(same), figure(adjusted), changeWords(change)],
    ]),
  ],
  "verdict",
)}${notes}
</section>`;
}

function overview(record: AuditRecord): Markup {
  return html`<section>
<h2>In each norm</h2>
<p>The radius within which no change alters the answer, the smallest change found that does, the images that resist the budget (from proved to not
attacked), the share of changes that survive rounding to 8 bits, and the share of random noise of the same length that alters an answer.</p>
${textTable(normTable(record))}
</section>`;
}

function classTable({ classes, epsilon, uncertified, certified }: AuditNorm): Markup {
  const isProved = uncertified === undefined;
  return textTable([
    [
      ...["label", "images", "right", "found, least", "found, median"],
      ...(certified ? ["certified, median"] : []),
      ...(epsilon === null ? [] : [`resist ${epsilon}`, ...(isProved ? ["proved to"] : [])]),
    ],
    ...classes.map((one) => [
      ...[String(one.label), whole(one.count), whole(one.right), figure(one.leastFound), figure(one.medianFound)],
      ...(certified ? [figure(one.medianCertified)] : []),
      ...(epsilon === null ? [] : [whole(one.resisting ?? 0), ...(isProved ? [whole(one.proved ?? 0)] : [])]),
    ]),
  ]);
}

function normSection(record: AuditRecord, norm: AuditNorm, { curve, brackets }: NormDrawings): Markup {
  const words = NORM_WORDS[norm.norm];
  const { found, resisting, foundOverCertified, uncertified, robust, epsilon, proof } = norm;
  const near = found
    ? `Of ${counted(record.clean.hits, "image")} that are read rightly a change was found for ${whole(found.count)}: from ${figure(found.least)} to ${figure(found.largest)}, median ${figure(found.median)}.`
    : "No change was found for any image.";
  const left = resisting > 0 && found ? ` ${whole(resisting)} resisted the search.` : "";
  const proved =
    uncertified !== undefined
      ? ` Nothing is proved: ${uncertified}.`
      : foundOverCertified !== null
        ? ` The changes found are ${foundOverCertified.toFixed(2)} times as long as the radii certified.`
        : proof === "epsilon"
          ? " Proofs were asked for at the budget alone."
          : "";
  const within = robust
    ? html`<p class="note">Within ${epsilon ?? ""}: ${share(robust.upper)} resist as far as attacks find${
        uncertified === undefined ? `, ${share(robust.lower)} are proved to` : ""
      }. Over all images like these the share is between ${percent(robust.lower.low)} and ${percent(robust.upper.high)} (95 % at either end).</p>`
    : undefined;
  return html`<section>
<h2>${words}</h2>
<p>${near}${left}${proved}</p>
${plotFigure(curve, `Share of the images that resist, against the largest change allowed in ${words}`)}
${within}${
  brackets
    ? html`<h3>Each image, from certified to found</h3>
${legend([coloured(BLUE, "no change shorter than this alters the answer"), coloured(ACCENT, "a change of this length was found that does")])}
${plotFigure(brackets, "Certified radius and smallest change found, image by image")}
<p class="note">Between the two lies what is not known.</p>`
    : undefined
}
${endsGallery(record, norm)}
<details class="more"><summary>By label</summary>
${classTable(norm)}
</details>
</section>`;
}

function corruptionTable({ corruptions, clean }: AuditRecord): Markup | undefined {
  if (corruptions.length === 0) return undefined;
  return html`<section>
<h2>Everyday corruptions</h2>
<p>Grain, blur, light and steps to the side, of two strengths each. Where one goes in several directions an image counts as right if it is in all
of them. As they are, ${share(clean)} are right.</p>
${textTable([
  ["corruption", "what is done", "right", "right before, not under it"],
  ...corruptions.map(({ name, words, right, lost }) => [name, words, share(right), whole(lost)]),
])}
</section>`;
}

function explanation({ draws, effort }: AuditRecord): Markup {
  return html`<section class="prose">
<h2>What is certain</h2>
<p>Every change found was given to the model again, as arrays/*/adversarial.npy store it: an image is at most as robust as that. A nearer change may
exist; the effort of the search was “${effort}”. A certified radius holds for the very numbers that the model gives in single precision, rounding
included: no change as short alters the answer. Pixels stay between 0 and 1 throughout.</p>
<p>Noise is drawn ${whole(draws)} times an image, at random and as long as the change found, cut to [0, 1]. It shows how rare the directions are that an attack finds. In
L2 and L1 its direction is normal, in L-infinity every pixel goes up or down by the full amount, in L0 as many pixels, drawn at random, become
black or white.</p>
<p>A difference from a baseline is called one where the sign test on the pairs of images tells it from nothing. It is a statement on these weights and
images like these: training again with another seed may move the numbers too, which --allow makes room for.</p>
</section>`;
}

/** What lengths in a norm mean, and the budget or what was found in grey levels. */
function meaning({ model }: AuditRecord, { norm, epsilon, found }: AuditNorm): string {
  const length = epsilon ?? found?.median;
  if (length === undefined) return NORM_MEANINGS[norm];
  const which = epsilon === null ? "The median found" : "The budget";
  return `${NORM_MEANINGS[norm]} ${which}, ${figure(length)}, is ${lengthInLevels(norm, length, imageSize(model.inputShape))}.`;
}

/** The whole page. Every text of the report is escaped. */
export function auditPage(record: AuditRecord, drawings: readonly NormDrawings[]): string {
  const { title, version, norms, timing } = record;
  return page({
    title,
    heading: auditVerdict(record),
    asides: ["Attacks look for any answer but the right one.", ...norms.map((norm) => meaning(record, norm))],
    missing: record.missing,
    sections: [
      cards(record),
      checkTable(record),
      comparison(record),
      overview(record),
      ...norms.map((norm, i) => normSection(record, norm, drawings[i] as NormDrawings)),
      corruptionTable(record),
      explanation(record),
      provenance({ ...record, models: [record.model], milliseconds: timing.milliseconds }),
    ],
    version,
  });
}
