/**
 * The robust share against the budget of a change, between its two ends: what is proved below, what attacks have not changed above, and
 * what is not known between them.
 */
import { scaleLinear } from "d3-scale";
import {
  ACCENT,
  at,
  bottomAxis,
  bottomRoom,
  type Drawing,
  leftAxis,
  leftRoom,
  type Plot,
  rule,
  svg,
  text,
  textWidth,
} from "../kit/drawing.ts";
import { drawnLegend } from "../kit/drawn-legend.ts";
import { html, type Markup } from "../kit/markup.ts";

const BLUE = "#3b7dd8";

/** What is known of an image: lengths up to the radius are harmless, from the length found on they are not; null where none was found. */
export interface Ends {
  certified: number;
  found: number | null;
}

export interface ShareCurve {
  /** Of the images that are read rightly; the others resist no budget. */
  ends: readonly Ends[];
  /** All images. */
  count: number;
  /** The name of the norm. */
  norm: string;
  epsilon: number | null;
  hasProof: boolean;
}

interface Step {
  budget: number;
  share: number;
}

/** The share whose length is beyond a budget, as steps: it holds up to each budget, and falls there. */
export function stepsOf(lengths: readonly number[], count: number): Step[] {
  const sorted = [...lengths].sort((a, b) => a - b);
  const steps: Step[] = [{ budget: 0, share: sorted.length / count }];
  sorted.forEach((budget, i) => {
    if (budget === Number.POSITIVE_INFINITY) return;
    const share = (sorted.length - i - 1) / count;
    const last = steps[steps.length - 1] as Step;
    if (last.budget === budget) last.share = share;
    else steps.push({ budget, share });
  });
  return steps;
}

interface Size {
  width: number;
  height: number;
}

const WIDE: Size = { width: 880, height: 220 };
const NARROW: Size = { width: 330, height: 170 };
const BESIDE = 20;
/** Room for the budget above the plot. */
const ABOVE = 29;

function draw({ ends, count, norm, epsilon, hasProof }: ShareCurve, { width, height }: Size): string {
  const upper = stepsOf(
    ends.map(({ found }) => found ?? Number.POSITIVE_INFINITY),
    count,
  );
  const lower = stepsOf(
    ends.map(({ certified }) => certified),
    count,
  );
  const longest = [...upper, ...lower].reduce((most, { budget }) => Math.max(most, budget), epsilon ?? 0);
  const title = `largest change allowed, ${norm}`;
  const ticksY = [0, 0.25, 0.5, 0.75, 1].map((share) => ({ share, label: `${100 * share} %` }));
  const left = leftRoom(ticksY.map(({ label }) => label));
  const names = drawnLegend(
    [{ name: "no attack changes", colour: ACCENT }, ...(hasProof ? [{ name: "proved", colour: BLUE }] : [])],
    left,
    width,
  );
  const top = names.height + ABOVE;
  const plot: Plot = { left, right: width - BESIDE, top, bottom: top + height };
  const x = scaleLinear([0, longest > 0 ? longest : 1], [plot.left, plot.right]).nice(6);
  const y = scaleLinear([0, 1], [plot.bottom, plot.top]);
  const path = (steps: readonly Step[]): string => {
    const [first, ...rest] = steps.map(({ budget, share }) => ({ x: at(x(budget)), y: at(y(share)) }));
    return `M${first?.x},${first?.y}${rest.map((step) => `H${step.x}V${step.y}`).join("")}H${at(plot.right)}`;
  };
  const back = (steps: readonly Step[]): string =>
    [...steps]
      .reverse()
      .map(({ budget, share }) => `V${at(y(share))}H${at(x(budget))}`)
      .join("");
  const band = html`<path d="${path(upper)}${back(lower)}Z" fill="currentColor" fill-opacity="0.1"/>`;
  const line = (steps: readonly Step[], colour: string): Markup =>
    html`<path d="${path(steps)}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`;
  const marks =
    epsilon === null
      ? []
      : [
          rule(x(epsilon), plot.top, x(epsilon), plot.bottom, { dash: "4,3" }),
          text(
            Math.max(x(epsilon), plot.left + textWidth(String(epsilon)) / 2),
            plot.top - 9,
            String(epsilon),
            "middle",
          ),
        ];
  const ticks = x.ticks(width > 400 ? 8 : 4);
  const format = x.tickFormat(8, "~g");
  return svg(width, plot.bottom + bottomRoom(title), [
    ...names.marks,
    ...leftAxis(
      plot,
      ticksY.map(({ share, label }) => ({ at: y(share), label })),
    ),
    ...bottomAxis(
      plot,
      ticks.map((value) => ({ at: x(value), label: format(value) })),
      title,
    ),
    ...(hasProof ? [band, line(lower, BLUE)] : []),
    line(upper, ACCENT),
    ...marks,
  ]);
}

export function shareCurve(curve: ShareCurve): Drawing {
  return { wide: draw(curve, WIDE), narrow: draw(curve, NARROW) };
}
