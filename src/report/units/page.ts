/** The page of an analysis of units and directions. */
import { MEASURES, type UnitsRecord } from "../../studies/units/index.ts";
import { duration, figure, whole } from "../kit/format.ts";
import { html, type Markup } from "../kit/markup.ts";
import { figureCards, page } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { textTable } from "../kit/text-table.ts";
import { unitsFigure } from "./figure.ts";
import { pText, testTable, unitsVerdict } from "./text.ts";

function cards({ tests, compared, data, size, timing }: UnitsRecord): Markup {
  const smallest = Math.min(...MEASURES.map((measure) => tests[measure].p));
  return figureCards([
    ["images", whole(data.count)],
    ["units compared", html`${whole(compared.units)} <small>of ${whole(size)}</small>`],
    ["random directions", whole(compared.directions)],
    ["purity, units", figure(tests.purity.means[0])],
    ["purity, directions", figure(tests.purity.means[1])],
    ["smallest p of four", pText(smallest)],
    ["time", duration(timing.milliseconds)],
  ]);
}

function comparison(report: UnitsRecord): Markup {
  const { tests, featureLayer, compared } = report;
  return html`<section>
<h2>Units against directions</h2>
<p>What the images of a row have in common, on average over ${whole(compared.units)} units and ${whole(compared.directions)} random
directions. p says how often dealing the rows out anew makes a difference as large, of ${whole(tests.purity.deals)} deals; features
are the outputs of layer ${featureLayer}.</p>
${textTable(testTable(report))}
</section>`;
}

function gallery(report: UnitsRecord): Markup {
  const made = report.lines.some(({ maximiser }) => maximiser)
    ? " The last image of a row, set apart, is made: the one between black and white that the unit or direction responds to most, as L-BFGS-B found it from grey, or from the row's first image where grey leads to less than that has."
    : "";
  const part = (kind: "unit" | "direction" | "given", title: string, text: string) => {
    const drawn = unitsFigure(report, kind);
    return (
      drawn &&
      html`<section>
<h2>${title}</h2>
<p>${text}${made}</p>
${drawn}
</section>
`
    );
  };
  const top = report.lines[0]?.images.length ?? 0;
  return html`${part("unit", "What units respond to", `A row a unit of layer ${report.layer}: the ${top} images with its largest values, the largest first; below, their labels.`)}${part(
    "direction",
    "What random directions respond to",
    "A row a random direction in the space of the same layer, in the same way.",
  )}${part("given", "What the given directions respond to", "A row a direction that was given: from the mean of one label's images to that of another's, in the same space.")}`;
}

function explanation({ groups }: UnitsRecord): Markup {
  return html`<section class="prose">
<h2>How to read it</h2>
<p>If single units were what a network sees with, the images that one unit responds to would have more in common than those of a
random direction v, for which all units are mixed: argmax ⟨φ(x), v⟩ with v drawn from a normal distribution and divided by its
length. The paper shows such rows and does not measure them. Purity is the share of the most frequent label among the
${whole(groups.units.top)} images of a row, entropy −Σ p log₂ p of its labels, alike is the mean cosine of two of its images.</p>
<p>The test deals whole rows out. Rows that share images, as they must where there are few, tell less than as many rows of their own:
then p is smaller than it should be. A difference may be certain and still too small to mean much.</p>
</section>`;
}

/** The whole page. Every text of the report is escaped. */
export function unitsPage(report: UnitsRecord): string {
  const { title, version, silent } = report;
  return page({
    title,
    heading: unitsVerdict(report),
    asides: silent > 0 ? [`${whole(silent)} units give the same value for every image and are left out.`] : [],
    missing: report.missing,
    sections: [
      cards(report),
      comparison(report),
      gallery(report),
      explanation(report),
      provenance({ ...report, models: [report.model], milliseconds: report.timing.milliseconds }),
    ],
    version,
  });
}
