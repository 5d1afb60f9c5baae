/** The examples of a page: original, magnified difference and adversarial image side by side, in pages and orders by style alone. */

import { NORM_WORDS } from "../../studies/attack/question.ts";
import { type AttackExample, type AttackRecord, isSetAside } from "../../studies/attack/record.ts";
import { counted, figure, percent, whole } from "../kit/format.ts";
import { html, type Markup } from "../kit/markup.ts";
import { cardPlaces, orderChoice, ordersByLength, pageChoice, pagingStyle } from "../kit/paging.ts";
import { dataUri, magnification, type Pictures, pictures } from "../kit/pictures.ts";
import { compareExamples, lengthOf, shownExamples } from "./shown.ts";

const WORDS = {
  "not-found": "not fooled",
  misclassified: "misclassified",
  "already-target": "as asked for already",
};

interface Setting {
  shape: AttackRecord["model"]["inputShape"];
  factor: number;
  name: (label: number) => string;
  /** What the length of a change is called. */
  length: string;
  /** In a norm what is asked is said once, and no image has a target of its own. */
  isInNorm: boolean;
}

function picture(
  source: string,
  alternative: string,
  [height, width]: Setting["shape"],
  caption: Markup,
  kind: string,
) {
  return html`<figure class="${kind}"><img src="${source}" alt="${alternative}" width="${width}" height="${height}">
<figcaption>${caption}</figcaption></figure>`;
}

/** What the model answers, and how sure it is. */
function answer(text: string, confidence: number): Markup {
  return html`<b>${text}</b>${percent(confidence)}`;
}

/** The picture of an image that was not attacked, with words in the place of the other two. */
function single(example: AttackExample, source: string, { shape, name }: Setting): Markup {
  const read = name(example.prediction);
  const why =
    example.outcome === "misclassified" ? `where the label is ${name(example.label)}, before any change` : "as wanted";
  return html`<div class="triple">
${picture(source, `image ${example.index}, read as ${read}`, shape, answer(read, example.confidence), "before")}
<p class="words">Read as ${read} ${why}. Not attacked.</p>
</div>`;
}

function triple(example: AttackExample, { original, difference, adversarial }: Pictures, setting: Setting): Markup {
  const { shape, factor, name, isInNorm } = setting;
  const read = name(example.prediction);
  const misread = name(example.adversarialPrediction);
  const named = Math.max(read.length, misread.length) > 3 ? " named" : "";
  const before = answer(read, example.confidence);
  const between = html`<b>× ${factor}</b>difference`;
  const after = answer(misread, example.adversarialConfidence);
  return html`<div class="triple">
${picture(dataUri(original), `image ${example.index}, read as ${read}`, shape, before, `before${named}`)}
${picture(dataUri(difference), "the difference, magnified", shape, between, `between${named}`)}
${picture(dataUri(adversarial), `the image changed, read as ${misread}`, shape, after, `after${named}`)}
</div>
<p>${isInNorm ? undefined : html`<span>target ${name(example.target)}</span>`}<span>L2 ${figure(example.l2)}</span>
<span>${counted(example.evaluations, "evaluation")}</span></p>`;
}

function card(example: AttackExample, places: Markup, setting: Setting): Markup {
  const drawn = pictures(example, setting.shape, setting.factor);
  const kind = example.outcome;
  const said =
    kind === "found" ? html`${setting.length} <span class="figure">${figure(lengthOf(example))}</span>` : WORDS[kind];
  const { certified } = example;
  const proof =
    certified === undefined || isSetAside(kind)
      ? undefined
      : html`<p><span>${certified > 0 ? html`none within ${figure(certified)}, certified` : "nothing certified"}</span></p>`;
  return html`<li class="example ${kind}"${places}>
<p><span>image ${whole(example.index)}</span><span>${said}</span></p>${proof}
${isSetAside(kind) ? single(example, dataUri(drawn.original), setting) : triple(example, drawn, setting)}
</li>`;
}

/** The section of a page with the examples. */
export function gallery({ examples, model, minimal }: AttackRecord): Markup {
  const shown = shownExamples(examples);
  // What failed and what was not attacked stands last.
  const orders = ordersByLength(
    shown,
    (a, b, sign) => compareExamples(a, b, sign) || a.index - b.index,
    ({ outcome }) => outcome === "found",
  );
  const setting: Setting = {
    isInNorm: minimal !== undefined,
    shape: model.inputShape,
    factor: magnification(shown),
    name: (label) => model.classNames?.[label] ?? String(label),
    length: minimal ? NORM_WORDS[minimal.norm] : "distortion",
  };
  const which =
    shown.length < examples.length
      ? `Here are the ${whole(shown.length)} nearest of ${counted(examples.length, "image")}; all are in arrays/.`
      : undefined;
  const legend =
    model.inputShape[2] === 1
      ? html`<div class="legend"><span>made darker</span><i></i><span>made brighter</span></div>`
      : html`<div class="legend"><i class="unchanged"></i><span>unchanged</span></div>`;
  return html`<section>
<h2>Before, between, after</h2>
<p>Each image as the model was given it, what was changed (magnified ${setting.factor} times), and the result; under each,
what the model answers and how sure it is. ${which}</p>
${pagingStyle(orders, shown.length)}
<div class="tools">${orderChoice(orders)}${legend}</div>
<ol class="gallery">
${shown.map((example, i) => card(example, cardPlaces(orders, i), setting))}
</ol>
${pageChoice(shown.length)}
</section>`;
}
