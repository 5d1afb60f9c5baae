/** The page of a bench of attacks: the order in each norm, curves for each model, and what the numbers mean. */
import { median } from "../../numeric/statistics.ts";
import { NORM_WORDS } from "../../studies/attack/question.ts";
import type { BenchAttacksRecord, BenchCell, BenchNorm, BenchRun } from "../../studies/bench-attacks/record.ts";
import { curves } from "../kit/curves.ts";
import type { Drawing } from "../kit/drawing.ts";
import { counted, figure, percent, whole } from "../kit/format.ts";
import { html, type Markup } from "../kit/markup.ts";
import { NORM_MEANINGS } from "../kit/meaning.ts";
import { figureCards, page, plotFigure } from "../kit/page.ts";
import { provenance } from "../kit/provenance.ts";
import { textTable } from "../kit/text-table.ts";
import { excessText, runOf } from "./text.ts";
import {
  attackWords,
  behindText,
  benchVerdict,
  byBudget,
  isBehind,
  OWN,
  optimalityText,
  placeSentences,
  sufficientSentences,
} from "./verdict.ts";

/** The distance axis ends at this many times the median of the best. */
const AXIS = 3;

function rankTables(one: BenchNorm, cells: readonly BenchCell[]): Markup[] {
  return byBudget(one).map(([budget, entries]) => {
    const rows = entries.map((entry, place) => [
      attackWords(entry.attack),
      optimalityText(entry.optimality),
      place === 0 ? "first" : isBehind(entry) ? behindText(entry) : "not told apart",
      ...(cells.length > 1
        ? cells.map((cell) => optimalityText(runOf(cell, entry.attack, budget)?.optimality ?? 0))
        : []),
      whole(entry.propagations),
    ]);
    const head = [
      "attack",
      "optimality",
      "behind the first",
      ...(cells.length > 1 ? cells.map(({ model }) => model) : []),
      "spent",
    ];
    return html`<h3>${whole(budget)} propagations</h3>
${textTable([head, ...rows])}`;
  });
}

/** The runs at the largest budget, ours first. */
function longest(runs: readonly BenchRun[]): BenchRun[] {
  const most = runs.reduce((a, { budget }) => Math.max(a, budget), 0);
  const own = runs.filter(({ budget }) => budget === most);
  return [...own.filter(({ attack }) => attack === OWN), ...own.filter(({ attack }) => attack !== OWN)];
}

export interface CellDrawings {
  distance: Drawing;
  robust: Drawing;
}

/** The curves of one model in one norm, from the runs at the largest budget. */
export function cellDrawings({ norm, best, epsilon, runs }: BenchCell, checkpoints: readonly number[]): CellDrawings {
  const shown = longest(runs);
  const named = ({ attack }: BenchRun) => ({ name: attackWords(attack), isOwn: attack === OWN });
  const middle = median(best.filter(Number.isFinite).length > 0 ? best.filter(Number.isFinite) : [1]);
  const x = "propagations";
  return {
    distance: curves(
      checkpoints,
      shown.filter(({ optimality }) => optimality !== null).map((run) => ({ ...named(run), values: run.medianAfter })),
      { x, y: `median ${NORM_WORDS[norm]} distance`, most: AXIS * middle },
    ),
    robust: curves(
      checkpoints,
      shown.map((run) => ({ ...named(run), values: run.robustAfter.map((share) => 100 * share) })),
      { x, y: `robust at ${figure(epsilon)} (%)`, most: 100 },
    ),
  };
}

function cellSection(cell: BenchCell, checkpoints: readonly number[]): Markup {
  const { model, norm, rows, misclassified, epsilon, runs } = cell;
  const { distance, robust } = cellDrawings(cell, checkpoints);
  const isProved = runs.some(({ excess }) => excess);
  const lines = runs.map((run) => [
    attackWords(run.attack),
    whole(run.budget),
    run.optimality === null ? "–" : whole(run.found),
    run.optimality === null ? "–" : figure(run.median),
    percent(run.robust.rate),
    `${(100 * run.robust.low).toFixed(0)}–${(100 * run.robust.high).toFixed(0)}`,
    ...(isProved ? [run.excess ? excessText(run.excess) : "–"] : []),
  ]);
  const head = [
    ...["attack", "propagations", `found, of ${whole(rows)}`, "median distance", `robust at ${figure(epsilon)}`],
    "95 % interval",
  ];
  return html`<h3>${model}, ${NORM_WORDS[norm]}</h3>
<p>${counted(rows, "image")}${misclassified > 0 ? `; ${whole(misclassified)} misclassified before any change are left out` : ""}.</p>
${plotFigure(distance, `Median distance found on ${model} against propagations`)}
${plotFigure(robust, `Robust accuracy of ${model} against propagations`)}
<details class="more"><summary>The numbers of ${model}</summary>
${textTable([isProved ? [...head, "above the proved minimum"] : head, ...lines])}
</details>`;
}

function normSection(one: BenchNorm, { cells, checkpoints }: BenchAttacksRecord): Markup {
  const own = cells.filter(({ norm }) => norm === one.norm);
  return html`<section>
<h2>${NORM_WORDS[one.norm]}</h2>
<p>${own.length > 1 ? `Global optimality, and the local optimality on each of ${whole(own.length)} models.` : "Local optimality."}</p>
<div class="stack">
${rankTables(one, own)}
${own.map((cell) => cellSection(cell, checkpoints))}
</div>
</section>`;
}

function sentences(heading: string, lines: readonly string[]): Markup {
  return html`<section class="prose">
<h2>${heading}</h2>
<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>
</section>`;
}

function explanation({ leftOut }: BenchAttacksRecord): Markup {
  return html`<section class="prose">
<h2>How to read it</h2>
<p>A propagation is one pass of one row through the model, forward or backward: scores alone cost one, scores with a gradient two. What
counts is the nearest point that an attack evaluated within its budget and that the model answers wrongly, whatever the attack
itself returns.</p>
<p>Optimality is that of Cinà et al., “AttackBench”, 2025. Let D be the largest of the best distances known of the rows. The area above the
curve of robust accuracy, from 0 to D, is the mean of D − min(d, D) over the rows, d the distance found. The local optimality of an
attack is its area over that of the best of each row: 1 if it finds the best of every row, 0 if it finds nothing within D. The global
optimality is the mean over the models. The best is what any attack of this page found at any budget, or a proved minimum where it is known.</p>
<p>Behind the first: the difference of the optimalities with its 95 % interval, from the differences row by row. Where the interval holds
0 the two are not told apart. An attack suffices if the interval of its distance from the best of all lies below 0.01.</p>
<p>Attacks that search within an ε, not for the smallest change, are in the robust accuracies alone. Each attack has its authors’ settings;
those with steps take as many as the budget allows.</p>
${leftOut.map(
  ({ attack, norm, budget, least }) =>
    html`<p class="note">${attackWords(attack)} in ${NORM_WORDS[norm]} is left out at ${whole(budget)} propagations: it needs ${counted(least, "evaluation")} at least.</p>`,
)}
</section>`;
}

/** The whole page. Every text of the report is escaped. */
export function benchAttacksPage(record: BenchAttacksRecord): string {
  const { title, version, models, norms, cells, count, budgets } = record;
  const attacks = new Set(cells.flatMap(({ runs }) => runs.map(({ attack }) => attack)));
  return page({
    title,
    heading: benchVerdict(record),
    asides: ["Attacks look for any answer but the right one.", ...norms.map(({ norm }) => NORM_MEANINGS[norm])],
    sections: [
      figureCards([
        ["models", whole(models.length)],
        ["images", whole(count)],
        ["attacks", whole(attacks.size)],
        ["norms", whole(norms.length)],
        ["propagations", budgets.map(whole).join(", ")],
      ]),
      sentences("Who reaches most", placeSentences(record)),
      ...norms.map((one) => normSection(one, record)),
      sentences(
        models.length === 1 ? "Which attack suffices for this model" : "Which attack suffices",
        sufficientSentences(record),
      ),
      explanation(record),
      provenance({ ...record, milliseconds: record.timing.milliseconds }),
    ],
    version,
  });
}
