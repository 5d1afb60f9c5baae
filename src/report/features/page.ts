/** The page of a study of features. */
import type { Raster } from "../../data/raster.ts";
import { FEATURE_KINDS, type FeaturesRecord } from "../../studies/features/record.ts";
import { duration, figure, percent, whole } from "../kit/format.ts";
import { html, type Markup } from "../kit/markup.ts";
import { figureCards, page } from "../kit/page.ts";
import { dataUri } from "../kit/pictures.ts";
import { provenance } from "../kit/provenance.ts";
import { textTable } from "../kit/text-table.ts";
import { detectorTable, featuresVerdict, shapeTable } from "./text.ts";

function cards({ filters, tests, classifiers, timing }: FeaturesRecord): Markup {
  return figureCards([
    ["filters", whole(filters.count)],
    ["orientation, learnt", figure(tests.orientation.means[0])],
    ["orientation, before", figure(tests.orientation.means[1])],
    ...FEATURE_KINDS.map((kind, i): [string, string] => [
      `all classes, from ${kind === "pixels" ? "pixels" : kind === "learnt" ? "learnt features" : "random features"}`,
      percent(classifiers[i]?.test.rate ?? 0),
    ]),
    ["time", duration(timing.milliseconds)],
  ]);
}

function picture(raster: Raster, what: string): Markup {
  return html`<div><p>${what}</p>
<img src="${dataUri(raster)}" alt="${what}" width="${raster.width}" height="${raster.height}"></div>`;
}

/** The whole page. Every text of the report is escaped. */
export function featuresPage(record: FeaturesRecord, { learnt, random }: { learnt: Raster; random: Raster }): string {
  const { title, version, filters, tests } = record;
  return page({
    title,
    heading: featuresVerdict(record),
    sections: [
      cards(record),
      html`<section>
<h2>The filters</h2>
<p>Filters of the lowest layer, ${filters.side} × ${filters.side} pixels each, from all over the image: no two positions share weights. Grey is zero; each
filter has its own scale. All ${whole(filters.count)} are in arrays/.</p>
<figure class="lines">${picture(learnt, "learnt without labels")}${picture(random, "before training")}</figure>
</section>`,
      html`<section>
<h2>Whether they are edges</h2>
<p>Statistics of each filter's power spectrum and of where its weights lie, on average over ${whole(filters.count)} learnt filters and those that the training
started from. p says how often dealing the filters out anew makes a difference as large, of ${whole(tests.orientation.deals)} deals.</p>
${textTable(shapeTable(record))}
</section>`,
      html`<section>
<h2>What the top features are worth</h2>
<p>Linear classifiers on frozen features, trained on ${whole(Number(record.options.count))} images; their decay is the one of three that is best on the last sixth
of these. In brackets the 95 % interval of Wilson.</p>
${textTable(detectorTable(record))}
</section>`,
      html`<section class="prose">
<h2>How to read it</h2>
<p>Orientation is the length of the mean of e^(2iθ) over the power spectrum, θ the direction of a frequency: 1 for a grating, near 0 for noise. Bandwidth is the
deviation of the length of a frequency over its mean. Spread is the root mean square distance of the squared weights from their centre, over that of
equal weights. A detector that always says no is wrong as often as its class occurs, which is what each is to be compared with.</p>
</section>`,
      provenance({ ...record, models: [record.model], milliseconds: record.timing.milliseconds }),
    ],
    version,
  });
}
