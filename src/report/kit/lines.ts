/** Lines over one linear axis, some of them faint and without a name: what a value does along a way. */
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
} from "./drawing.ts";
import { drawnLegend, LEGEND_LINE } from "./drawn-legend.ts";
import { html } from "./markup.ts";

export interface PlainLine {
  /** In the legend; faint lines have none. */
  name?: string;
  colour?: string;
  /** y in [0, 1] at each x. */
  values: ArrayLike<number>;
}

export interface LinesOptions {
  /** Of the axes. */
  x: string;
  y: string;
  /** A value of x to mark, and what stands there. */
  mark?: { at: number; label: string };
}

const WIDE = { width: 880, height: 230 };
const NARROW = { width: 330, height: 180 };
const BESIDE = 18;

function draw(
  xs: readonly number[],
  lines: readonly PlainLine[],
  { x: below, y: beside, mark }: LinesOptions,
  { width, height }: typeof WIDE,
): string {
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const left = leftRoom(ticks.map(String), beside);
  const named = lines.filter(({ name }) => name !== undefined);
  const { marks: legends, height: legendHeight } = drawnLegend(
    named.map(({ name = "", colour = ACCENT }) => ({ name, colour })),
    left,
    width,
  );
  const top = legendHeight + (mark ? LEGEND_LINE : 0) + 8;
  const plot: Plot = { left, right: width - BESIDE, top, bottom: top + height };
  const x = scaleLinear([xs[0] as number, xs.at(-1) as number], [plot.left, plot.right]);
  const y = scaleLinear([0, 1], [plot.bottom, plot.top]);
  const shapes = [...lines.filter(({ name }) => name === undefined), ...named].map(({ name, colour, values }) => {
    const path = xs.map((value, k) => `${k === 0 ? "M" : "L"}${at(x(value))},${at(y(values[k] as number))}`).join("");
    const isNamed = name !== undefined;
    return html`<path d="${path}" fill="none" stroke="${colour ?? (isNamed ? ACCENT : "currentColor")}" stroke-width="${isNamed ? 2.5 : 1}" stroke-opacity="${isNamed ? 1 : 0.22}" stroke-linejoin="round"/>`;
  });
  const marked = mark && [
    rule(x(mark.at), plot.top - 4, x(mark.at), plot.bottom, { opacity: 0.6, dash: "4,3" }),
    text(x(mark.at), plot.top - 4 - LEGEND_LINE / 2, mark.label, "middle"),
  ];
  return svg(width, plot.bottom + bottomRoom(below), [
    ...legends,
    ...leftAxis(
      plot,
      ticks.map((value) => ({ at: y(value), label: String(value) })),
      beside,
    ),
    ...bottomAxis(
      plot,
      x.ticks(6).map((value) => ({ at: x(value), label: String(value) })),
      below,
    ),
    ...(marked ?? []),
    ...shapes,
  ]);
}

/** The named lines are drawn above the others. */
export function plainLines(xs: readonly number[], lines: readonly PlainLine[], options: LinesOptions): Drawing {
  return { wide: draw(xs, lines, options, WIDE), narrow: draw(xs, lines, options, NARROW) };
}
