/** Both ends for each image: a line from the radius that is certified to the distance that was found, images by ascending distance. */
import { scaleLinear } from "d3-scale";
import {
  ACCENT,
  at,
  BLUE,
  bottomRoom,
  type Drawing,
  leftAxis,
  leftRoom,
  type Plot,
  svg,
  text,
} from "../kit/drawing.ts";
import { html } from "../kit/markup.ts";

const HEIGHT = 200;
const TOP = 10;
const BESIDE = 12;

interface Bracket {
  certified: number;
  found: number;
}

function draw(brackets: readonly Bracket[], width: number, title: string, axis: string): string {
  const most = brackets.reduce((a, { found, certified }) => Math.max(a, found, certified), 0);
  const y = scaleLinear([0, most], [TOP + HEIGHT, TOP]).nice(5);
  const format = y.tickFormat(5, "~g");
  const ticks = y.ticks(5).map((value) => ({ at: y(value), label: format(value) }));
  const left = leftRoom(
    ticks.map(({ label }) => label),
    axis,
  );
  const plot: Plot = { left, right: width - BESIDE, top: TOP, bottom: TOP + HEIGHT };
  const step = (plot.right - plot.left) / brackets.length;
  const radius = Math.min(3.2, Math.max(1, 0.4 * step));
  const marks = brackets.map(({ certified, found }, i) => {
    const x = at(plot.left + step * (i + 0.5));
    return html`<line x1="${x}" y1="${at(y(certified))}" x2="${x}" y2="${at(y(found))}" stroke="currentColor" stroke-opacity="0.25"/><circle cx="${x}" cy="${at(y(certified))}" r="${at(radius)}" fill="${BLUE}"/><circle cx="${x}" cy="${at(y(found))}" r="${at(radius)}" fill="${ACCENT}"/>`;
  });
  const words = text((plot.left + plot.right) / 2, plot.bottom + 18, title, "middle");
  return svg(width, plot.bottom + bottomRoom(title), [...leftAxis(plot, ticks, axis), ...marks, words]);
}

/** One bracket at least. */
export function bracketDrawing(brackets: readonly Bracket[], norm: string): Drawing {
  const sorted = brackets.toSorted((a, b) => a.found - b.found || a.certified - b.certified);
  const title = "images, by the distance found";
  return { wide: draw(sorted, 880, title, `${norm} length`), narrow: draw(sorted, 330, title, `${norm} length`) };
}
