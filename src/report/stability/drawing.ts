/** Bounds and stretches of layers as a picture: what is allowed, and what was seen, on a logarithmic scale. */
import { scaleLog } from "d3-scale";
import type { StabilityLayer } from "../../studies/stability/record.ts";
import {
  ACCENT,
  at,
  BLUE,
  bottomAxis,
  bottomRoom,
  type Drawing,
  FONT_SIZE,
  fitted,
  leftRoom,
  PADDING,
  type Plot,
  rule,
  svg,
  text,
} from "../kit/drawing.ts";
import { html } from "../kit/markup.ts";

const ROW = 17;
const RADIUS = 4.2;
const TITLE = "from the input to the layer's output: times as far";

function draw(layers: readonly StabilityLayer[], width: number, names: number): string {
  const rows = layers.map(({ layer, running, seen }) => ({
    name: fitted(layer, names),
    running,
    seen: seen?.wholeMost ?? 0, // no stretch is zero: there is none to draw
  }));
  const values = rows.flatMap(({ running, seen }) => [running, seen]).filter((value) => value > 0);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const left = leftRoom(rows.map(({ name }) => name)) + PADDING;
  const plot: Plot = { left, right: width - 2 * FONT_SIZE, top: PADDING, bottom: PADDING + ROW * rows.length };
  const x = scaleLog(least < most ? [least, most] : [least / 2, 2 * least], [plot.left, plot.right]);
  const format = x.tickFormat(width / 110, "~g"); // no label where it would touch another
  const ticks = x.ticks().map((value) => ({ at: x(value), label: format(value) }));
  const marks = rows.map(({ name, running, seen }, i) => {
    const y = plot.top + ROW * (i + 0.5);
    const point = (value: number, colour: string) =>
      value > 0 ? html`<circle cx="${at(x(value))}" cy="${y}" r="${RADIUS}" fill="${colour}"/>` : undefined;
    const range = seen > 0 && running > 0 ? rule(x(seen), y, x(running), y, { opacity: 0.25 }) : undefined;
    return html`${text(plot.left - 2 * PADDING, y, name, "end")}${range}${point(running, ACCENT)}${point(seen, BLUE)}`;
  });
  return svg(width, plot.bottom + bottomRoom(TITLE), [...bottomAxis(plot, ticks, TITLE, true), ...marks]);
}

/** The product of the bounds up to each layer, and the largest stretch that was seen up to there. */
export function stabilityDrawing(layers: readonly StabilityLayer[]): Drawing | undefined {
  const shown = layers.filter(({ running }) => Number.isFinite(running) && running > 0);
  if (shown.length === 0) return undefined;
  return { wide: draw(shown, 880, 200), narrow: draw(shown, 330, 110) };
}
