/** Several curves over one axis of powers of ten: steps that hold until the next point, each named where it is drawn. */
import { scaleLinear, scaleLog } from "d3-scale";
import { ACCENT, at, bottomAxis, bottomRoom, type Drawing, leftAxis, leftRoom, type Plot, svg } from "./drawing.ts";
import { drawnLegend } from "./drawn-legend.ts";
import { html } from "./markup.ts";

export interface Curve {
  name: string;
  /** y at each x; null where there is nothing to draw. */
  values: readonly (number | null)[];
  /** Drawn last, in the accent. */
  isOwn?: boolean;
}

export interface CurvesOptions {
  /** Of the axes. */
  x: string;
  y: string;
  /** The top of the y axis, at most: what lies above is cut. */
  most: number;
}

/** Told apart on light and dark, and by their dashes where colours are not. */
const LOOKS = [
  ["#3b7dd8", ""],
  ["#2f9e77", ""],
  ["#a35cc4", ""],
  ["#d1495b", ""],
  ["#8a8f98", ""],
  ["#3aa6b9", "6,3"],
  ["#b08a2e", "6,3"],
  ["#6f78d6", "6,3"],
  ["#c46a9b", "6,3"],
  ["#5f9e3f", "2,3"],
  ["#9a6a4f", "2,3"],
  ["#6b7280", "2,3"],
] as const;

interface Size {
  width: number;
  height: number;
}

const WIDE: Size = { width: 880, height: 250 };
const NARROW: Size = { width: 330, height: 190 };
const BESIDE = 18;

function draw(
  xs: readonly number[],
  curves: readonly Curve[],
  { x: below, y: beside, most }: CurvesOptions,
  { width, height }: Size,
): string {
  let others = 0;
  const looks = curves.map(({ isOwn }) =>
    isOwn ? ([ACCENT, ""] as const) : (LOOKS[others++ % LOOKS.length] as (typeof LOOKS)[number]),
  );
  const y = scaleLinear([0, most > 0 ? most : 1], [1, 0]).nice(4);
  const labels = y.ticks(4).map((value) => ({ value, label: String(Number(value.toPrecision(6))) }));
  const left = leftRoom(
    labels.map(({ label }) => label),
    beside,
  );
  const { marks: legends, height: legendHeight } = drawnLegend(
    curves.map(({ name }, i) => {
      const [colour, dash] = looks[i] as (typeof looks)[number];
      return { name, colour, dash };
    }),
    left,
    width,
    2,
  );
  const top = legendHeight + 8;
  const plot: Plot = { left, right: width - BESIDE, top, bottom: top + height };
  y.range([plot.bottom, plot.top]);
  const first = xs[0] as number;
  const last = xs[xs.length - 1] as number;
  const x = scaleLog([first, Math.max(last, 2 * first)], [plot.left, plot.right]);
  const powers = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8].filter((power) => power >= first && power <= last);
  const ceiling = y.domain()[1] as number;
  const drawn = curves.map(({ values, isOwn = false }, i) => {
    const [colour, dash] = looks[i] as (typeof looks)[number];
    let path = "";
    values.forEach((value, k) => {
      const here = at(x(xs[k] as number));
      if (value === null || value > ceiling) return;
      const before = values[k - 1] ?? null;
      const height = at(y(value));
      path += path === "" || before === null || before > ceiling ? `M${here},${height}` : `H${here}V${height}`;
    });
    const shape = html`<path d="${path}" fill="none" stroke="${colour}" stroke-width="${isOwn ? 2.5 : 1.5}" stroke-dasharray="${dash || "none"}" stroke-linejoin="round"/>`;
    return { shape, isOwn };
  });
  return svg(width, plot.bottom + bottomRoom(below), [
    ...legends,
    ...leftAxis(
      plot,
      labels.map(({ value, label }) => ({ at: y(value), label })),
      beside,
    ),
    ...bottomAxis(
      plot,
      powers.map((power) => ({ at: x(power), label: String(power) })),
      below,
    ),
    ...drawn.filter(({ isOwn }) => !isOwn).map(({ shape }) => shape),
    ...drawn.filter(({ isOwn }) => isOwn).map(({ shape }) => shape),
  ]);
}

/** Curves of falling steps over `xs`, which ascend from 1 or more. */
export function curves(xs: readonly number[], of: readonly Curve[], options: CurvesOptions): Drawing {
  return { wide: draw(xs, of, options, WIDE), narrow: draw(xs, of, options, NARROW) };
}
