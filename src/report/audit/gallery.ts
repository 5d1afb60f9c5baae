/** The most and the least fragile images of a norm: as they are, what was changed, the result, and random noise of the same length. */
import { noiseOfLength } from "../../analysis/noise-of-length.ts";
import type { NormName } from "../../attacks/index.ts";
import { imageSize } from "../../data/dataset.ts";
import { imageRaster } from "../../data/raster.ts";
import { NORM_WORDS } from "../../studies/attack/question.ts";
import type { AuditBracket, AuditNorm, AuditRecord } from "../../studies/audit/record.ts";
import { figure, whole } from "../kit/format.ts";
import { html, type Markup } from "../kit/markup.ts";
import { dataUri, magnification, pictures } from "../kit/pictures.ts";

/** So many of the most fragile images of a norm are shown, and as many of the least fragile. */
const ENDS = 3;

/** The positions of the images that are read rightly and changed, those at the ends by the length of the change. */
function ends({ images }: AuditRecord, norm: NormName): number[] {
  const lengthAt = (at: number) => images[at]?.norms[norm]?.found ?? Number.POSITIVE_INFINITY;
  const found = [...images.keys()]
    .filter((at) => images[at]?.label === images[at]?.read && lengthAt(at) < Number.POSITIVE_INFINITY)
    .sort((a, b) => lengthAt(a) - lengthAt(b) || a - b);
  return [...found.slice(0, ENDS), ...found.slice(ENDS).slice(-ENDS)];
}

export function endsGallery(record: AuditRecord, { norm }: AuditNorm): Markup | undefined {
  const shown = ends(record, norm);
  if (shown.length === 0) return undefined;
  const { model, originals, adversarial, images, draws, options } = record;
  const shape = model.inputShape;
  const size = imageSize(shape);
  const of = (all: Float32Array | undefined, at: number) => (all as Float32Array).subarray(at * size, (at + 1) * size);
  const pairs = shown.map((at) => ({ at, original: of(originals, at), adversarial: of(adversarial[norm], at) }));
  const factor = magnification(pairs);
  const [height, width] = shape;
  const picture = (source: string, words: string, caption: Markup) =>
    html`<figure><img src="${source}" alt="${words}" width="${width}" height="${height}"><figcaption>${caption}</figcaption></figure>`;
  const cards = pairs.map(({ at, ...pair }) => {
    const image = images[at] as AuditRecord["images"][number];
    const { found, certified, answer, noise } = image.norms[norm] as AuditBracket & { found: number };
    const drawn = pictures(pair, shape, factor);
    const noisy = noiseOfLength(pair.original, {
      ...{ norm, length: found, seed: Number(options.seed ?? 0) },
      number: image.index * draws,
    });
    return html`<li class="example found">
<p><span>image ${whole(image.index)}</span><span>${certified ? html`certified ${figure(certified)}, ` : undefined}found <span class="figure">${figure(found)}</span></span></p>
<div class="triple four">
${picture(dataUri(drawn.original), `image ${image.index}`, html`<b>${image.read}</b>as it is`)}
${picture(dataUri(drawn.difference), "the difference, magnified", html`<b>× ${factor}</b>change`)}
${picture(dataUri(drawn.adversarial), `the image changed, read as ${answer ?? "?"}`, html`<b class="misread">${answer ?? "?"}</b>changed`)}
${picture(dataUri(imageRaster(noisy, shape)), "the image with random noise of the same length", html`<b>${whole(noise ?? 0)}<small>/${whole(draws)}</small></b>by noise`)}
</div>
</li>`;
  });
  return html`<h3>The most and the least fragile images</h3>
<p class="note">The ${whole(Math.min(ENDS, shown.length))} most fragile first. Each image, its smallest change (magnified ${factor} times), the result with what the model then answers, and one draw of random noise of
the same ${NORM_WORDS[norm]} length. The last number says how many of ${whole(draws)} such draws alter the answer.</p>
<ol class="gallery">
${cards}
</ol>`;
}
