/** Distance against evaluations, as the search goes: a dot an evaluation, a line for the nearest success so far. */
import { svg } from "./dom.ts";
import { figure } from "./words.ts";

const HEIGHT = 210;
const LEFT = 40;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 38;
/** Where the page has not been laid out yet. */
const USUAL_WIDTH = 480;

/** Round numbers from 0 up to at least `most`, about four of them. */
function ticks(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const count = Math.ceil(most / step);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

export interface ChartPoint {
  distance: number;
  met: boolean;
}

export class SearchChart {
  readonly element: SVGSVGElement;
  private readonly axes = svg("g", { class: "axes" });
  private readonly dots = svg("g");
  private readonly best = svg("path", { class: "best" });
  private readonly here = svg("circle", { class: "here", r: 5.5, visibility: "hidden" });
  private width = USUAL_WIDTH;
  private last: Parameters<SearchChart["show"]> = [[], 0];

  constructor() {
    this.element = svg(
      "svg",
      { class: "chart", height: HEIGHT, role: "img" },
      ...[this.axes, this.best, this.dots, this.here],
    );
    this.show([], 0);
    // Drawn in the pixels of the screen, so that its text is as large as all other.
    new ResizeObserver(([entry]) => {
      const width = Math.round(entry?.contentRect.width ?? 0);
      if (width === 0 || width === this.width) return;
      this.width = width;
      this.show(...this.last);
    }).observe(this.element);
  }

  /** Draws the first `count` of the points; the axes hold them all. */
  show(points: readonly ChartPoint[], count: number, at = count - 1): void {
    this.last = [points, count, at];
    const { width } = this;
    const most = points.reduce((most, { distance }) => Math.max(most, distance), 0);
    const rows = ticks(most);
    const columns = ticks(Math.max(points.length, 10)).filter(Number.isInteger);
    const x = (i: number) => LEFT + (i / Math.max(points.length, 10)) * (width - LEFT - RIGHT);
    const y = (value: number) => HEIGHT - BOTTOM - (value / (rows.at(-1) as number)) * (HEIGHT - TOP - BOTTOM);
    this.axes.replaceChildren(
      ...rows.flatMap((value) => [
        svg("line", { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }),
        svg("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, `${value}`),
      ]),
      ...columns
        .filter((value) => value <= Math.max(points.length, 10))
        .map((value) => svg("text", { x: x(value), y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" }, `${value}`)),
      svg("text", { x: width - RIGHT, y: HEIGHT - 4, "text-anchor": "end" }, "evaluations"),
    );
    const shown = points.slice(0, count);
    // Dots are added one by one while a search runs; they are all made again where the axes or the course changed.
    this.dots.replaceChildren(
      ...shown.map(({ distance, met }, i) =>
        svg("circle", { cx: x(i + 1), cy: y(distance), r: 2.6, class: met ? "met" : "unmet" }),
      ),
    );
    let nearest = Number.POSITIVE_INFINITY;
    let path = "";
    shown.forEach(({ distance, met }, i) => {
      if (met && distance < nearest) {
        path += path === "" ? `M${x(i + 1)} ${y(distance)}` : `H${x(i + 1)}V${y(distance)}`;
        nearest = distance;
      }
    });
    this.best.setAttribute("d", path === "" ? "" : `${path}H${x(count)}`);
    const now = shown[at];
    this.here.setAttribute("visibility", now ? "visible" : "hidden");
    if (now) {
      this.here.setAttribute("cx", `${x(at + 1)}`);
      this.here.setAttribute("cy", `${y(now.distance)}`);
    }
    const said = nearest < Number.POSITIVE_INFINITY ? `, the nearest success at ${figure(nearest)}` : ", no success";
    this.element.setAttribute(
      "aria-label",
      count === 0
        ? "Distance against evaluations: no search yet"
        : `Distance against evaluations: ${count} evaluations${said}`,
    );
  }
}
