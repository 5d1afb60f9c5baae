/** The page of a study of pockets. */
import { imageSize } from "../../data/dataset.ts";
import { imageRaster } from "../../data/raster.ts";
import { mean } from "../../numeric/statistics.ts";
import type { PocketImage, PocketsRecord } from "../../studies/pockets/record.ts";
import type { Drawing } from "../kit/drawing.ts";
import { counted, duration, figure, percent, whole } from "../kit/format.ts";
import { html, type Markup } from "../kit/markup.ts";
import { lengthInLevels, NORM_MEANINGS } from "../kit/meaning.ts";
import { figureCards, page, plotFigure } from "../kit/page.ts";
import { cardPlaces, orderChoice, ordersByLength, pageChoice, pagingStyle } from "../kit/paging.ts";
import { dataUri } from "../kit/pictures.ts";
import { provenance } from "../kit/provenance.ts";
import { textTable } from "../kit/text-table.ts";
import { planeLabels, planeRaster } from "./drawing.ts";
import { ballTable, directionTable, elsewhereTable, pathWords, pocketsVerdict, timesWords } from "./text.ts";

/** More planes than this are not drawn. */
const SHOWN = 60;

function cards({ images, directions, settings, timing }: PocketsRecord): Markup {
  return figureCards([
    ["images", whole(images.length)],
    ["mean L2 found", figure(mean(images.map(({ distance }) => distance)))],
    ["random directions an image", whole(settings.directions)],
    ...directions.map(({ factor, inBox }): [string, Markup] => [
      `changed the answer at ${timesWords(factor)}`,
      html`${whole(inBox.hits)} <small>of ${whole(inBox.count)}</small>`,
    ]),
    ["time", duration(timing.milliseconds)],
  ]);
}

function sampling(record: PocketsRecord): Markup {
  return html`<section>
<h2>Does sampling find it?</h2>
<p>Random directions around each image, followed as far as the change that the search found and further. The one direction that the
search found changes every answer at the first length.</p>
${textTable(directionTable(record))}
<p class="note">In brackets the 95 % interval of Wilson, over directions around these images. Along the walls: where a value of the
image would leave [0, 1] it stays at the wall, and the others go on until the change has its length. Images: those around which at
least one direction along the walls changed the answer. A plane: what random directions could reach at most if the boundary were a
plane at right angles to the change found, at its distance: e^(−n/2k²) of them at k times the distance among n inputs.</p>
</section>`;
}

function way(record: PocketsRecord, drawing: Drawing): Markup {
  const words = pathWords(record);
  return html`<section>
<h2>The way through</h2>
<p>What the model says along the line from each image through what was found, on average; faint, the true label of each image.
${words.charAt(0).toUpperCase()}${words.slice(1)}.</p>
${plotFigure(drawing, "Probabilities along the line through the change that was found")}
</section>`;
}

function planeCard(record: PocketsRecord, image: PocketImage, i: number, places: Markup): Markup {
  const { settings, model, original, adversarial, plane } = record;
  const { size } = settings.plane;
  const n = original.length / record.images.length;
  const answers = plane.subarray(i * size * size, (i + 1) * size * size);
  const part = (all: Float32Array) => dataUri(imageRaster(all.subarray(i * n, (i + 1) * n), model.inputShape));
  const [height, width] = model.inputShape;
  const labels = planeLabels(answers, image.label).filter(({ share }) => share > 0);
  const wrong = labels.filter(({ label }) => label !== image.label).reduce((sum, { share }) => sum + share, 0);
  return html`<li class="example found"${places}>
<p><span>image ${whole(image.index)}</span><span>L2 <span class="figure">${figure(image.distance)}</span></span></p>
<div class="triple">
<figure class="before"><img src="${part(original)}" alt="image ${image.index}" width="${width}" height="${height}"><figcaption><b>${image.label}</b>x</figcaption></figure>
<figure><img src="${dataUri(planeRaster(answers, image.label, settings.plane))}" alt="answers in the plane" width="${size}" height="${size}"><figcaption><b>${percent(wrong)}</b>wrong</figcaption></figure>
<figure class="after"><img src="${part(adversarial)}" alt="the image changed" width="${width}" height="${height}"><figcaption><b>${image.answer}</b>x′</figcaption></figure>
</div>
<p class="keys">${labels.map(({ label, colour }) => html`<span><i style="background:rgb(${colour.join(",")})"></i>${label}</span>`)}</p>
</li>`;
}

function planes(record: PocketsRecord): Markup {
  const { images, settings } = record;
  const shown = images.slice(0, SHOWN);
  const which =
    shown.length < images.length
      ? ` Here are the first ${whole(shown.length)} of ${counted(images.length, "image")}.`
      : "";
  const orders = ordersByLength(
    shown,
    (a, b, sign) => sign * (a.distance - b.distance) || a.index - b.index,
    () => true,
  );
  return html`<section>
<h2>Planes through the image</h2>
<p>The answers in a plane through the image, which is the upright cross in the middle: to the right the direction that was found, with x′ at the
other cross, upwards a random direction; ${settings.plane.reach} times the distance to each side.${which}</p>
${pagingStyle(orders, shown.length)}
<div class="tools">${orderChoice(orders)}</div>
<ol class="gallery">
${shown.map((image, i) => planeCard(record, image, i, cardPlaces(orders, i)))}
</ol>
${pageChoice(shown.length)}
</section>`;
}

function width({ balls, settings }: PocketsRecord): Markup {
  return html`<section>
<h2>How wide the pocket is</h2>
<p>Points drawn uniformly from balls around what was found, ${whole(settings.ball.samples)} a ball and image: the share that is answered
wrongly. x′ is the nearest point that is: it stands on the boundary. The second centre stands half as far again behind it.</p>
${textTable(ballTable(balls))}
</section>`;
}

function elsewhere(record: PocketsRecord): Markup | undefined {
  if (record.elsewhere.length === 0) return undefined;
  return html`<section>
<h2>Whether other models have the same pockets</h2>
<p>The same points fed to other models: of the images that each reads rightly as they are, the share that it answers wrongly.</p>
${textTable(elsewhereTable(record))}
</section>`;
}

const EXPLANATION = html`<section class="prose">
<h2>How to read it</h2>
<p>Szegedy et al. call such images low-probability pockets: hard to find by sampling around an image, though they are near every one
of them. The tables measure both halves of that. A random direction of many dimensions is nearly at right angles to
any given one, so a boundary that is close in one direction is far in almost all others: sampling misses it even where the region
behind it is half of the space. Balls say which it is: where half of the points around x′ are wrong, the boundary is nearly flat there, and a thin fold
would show as a smaller share behind it. Among images fewer are wrong around x′: values that stand at 0 or 1 can only move inwards, and
the smallest change has used what pays.</p>
<p>All counts are of what was drawn, and repeat bit for bit. An interval says how well the directions drawn stand for all directions
around these images; it says nothing of other images.</p>
</section>`;

/** The whole page. Every text of the report is escaped. */
export function pocketsPage(record: PocketsRecord, path: Drawing): string {
  const { title, version, attacked, images } = record;
  const missed = attacked - images.length;
  const length = mean(images.map(({ distance }) => distance));
  const inLevels = lengthInLevels("l2", length, imageSize(record.model.inputShape));
  return page({
    title,
    heading: pocketsVerdict(record),
    asides: [
      `The search looks for any answer but the right one. ${NORM_MEANINGS.l2} The mean found, ${figure(length)}, is ${inLevels}.`,
      ...(missed > 0 ? [`For ${counted(missed, "image")} of ${whole(attacked)} no change was found.`] : []),
    ],
    missing: record.missing,
    sections: [
      cards(record),
      sampling(record),
      way(record, path),
      planes(record),
      width(record),
      elsewhere(record),
      EXPLANATION,
      provenance({
        ...record,
        models: [record.model, ...record.elsewhere.map(({ model }) => ({ ...model, origin: "also asked" }))],
        milliseconds: record.timing.milliseconds,
      }),
    ],
    version,
  });
}
