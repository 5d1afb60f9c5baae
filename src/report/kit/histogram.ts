/** How distortions are spread: of one model, and of several under one another on one axis. */
import { bin, median as medianOf } from "d3-array";
import { type ScaleLinear, scaleLinear } from "d3-scale";
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
  type Tick,
  text,
  textWidth,
} from "./drawing.ts";
import { figure } from "./format.ts";
import { html, type Markup } from "./markup.ts";

/** Width of the drawing and height of a plot in CSS pixels, and about how many bars there are. */
export interface HistogramSize {
  width: number;
  height: number;
  bars: number;
  title: string; // of the axis of distortions
}

const TITLE = "distortion (root mean square change of a pixel)";
export const WIDE: HistogramSize = { width: 880, height: 170, bars: 28, title: TITLE };
export const NARROW: HistogramSize = { width: 330, height: 150, bars: 16, title: "distortion" };

/** Room above a plot, for the words at its median. */
const ABOVE = 22;
/** Right of a plot: the last label of the axis stands half outside. */
const BESIDE = 20;
/** Between bars, and the radius of their corners. */
const GAP = 1.5;

/** A bar: from which distortion to which, and how many there are. */
interface Bar {
  from: number;
  to: number;
  count: number;
}

/** A scale from zero to the largest distortion, whose ticks are the edges of the bars. */
function distortionScale(largest: number, bars: number, range: [number, number]): ScaleLinear<number, number> {
  return scaleLinear([0, largest > 0 ? largest : 1], range).nice(bars);
}

function barsOf(distortions: readonly number[], x: ScaleLinear<number, number>, bars: number): Bar[] {
  const binned = bin()
    .domain(x.domain() as [number, number])
    .thresholds(x.ticks(bars))(distortions as number[]);
  return binned.map(({ x0 = 0, x1 = 0, length }) => ({ from: x0, to: x1, count: length }));
}

function drawBars(bars: readonly Bar[], x: ScaleLinear<number, number>, y: ScaleLinear<number, number>): Markup[] {
  const floor = at(y(0));
  return bars
    .filter(({ count }) => count > 0)
    .map(({ from, to, count }) => {
      const [left, right, top] = [at(x(from) + GAP / 2), at(Math.max(x(to) - GAP / 2, x(from) + GAP)), at(y(count))];
      const round = Math.min(GAP, (right - left) / 2, floor - top);
      const outline = `M${left},${floor}V${at(top + round)}q0,${at(-round)} ${at(round)},${at(-round)}H${at(right - round)}q${at(round)},0 ${at(round)},${at(round)}V${floor}Z`;
      return html`<path d="${outline}" fill="${ACCENT}"/>`;
    });
}

function ticksOf(scale: ScaleLinear<number, number>, count: number): Tick[] {
  const format = scale.tickFormat(count, "~g");
  return scale.ticks(count).map((value) => ({ at: scale(value), label: format(value) }));
}

/** The ticks of a count: whole numbers. */
function countTicks(scale: ScaleLinear<number, number>, count: number): Tick[] {
  const whole = scale.ticks(count).filter(Number.isInteger);
  return whole.map((value) => ({ at: scale(value), label: String(value) }));
}

/** How many ticks an axis of such a width has room for. */
function room(width: number): number {
  return Math.max(2, width / 90);
}

/** The histogram of one or more distortions as an SVG element, for a page that sets `color`. */
export function histogram(distortions: readonly number[], median: number, size: HistogramSize = WIDE): string {
  const { width, height, bars: most, title } = size;
  const largest = distortions.reduce((a, b) => Math.max(a, b), 0);
  const tallest = (bars: readonly Bar[]) => bars.reduce((a, { count }) => Math.max(a, count), 1);
  const bars = barsOf(distortions, distortionScale(largest, most, [0, 1]), most);
  const y = scaleLinear([0, tallest(bars)], [ABOVE + height, ABOVE]).nice(4);
  const counts = countTicks(y, 4);
  const left = leftRoom(
    counts.map(({ label }) => label),
    "images",
  );
  const plot: Plot = { left, right: width - BESIDE, top: ABOVE, bottom: ABOVE + height };
  const x = distortionScale(largest, most, [plot.left, plot.right]);
  const words = `median ${figure(median)}`;
  const isRight = x(median) + textWidth(words) > plot.right;
  return svg(width, plot.bottom + bottomRoom(title), [
    ...leftAxis(plot, counts, "images"),
    ...drawBars(bars, x, y),
    rule(x(median), plot.top - 4, x(median), plot.bottom, { dash: "4,3" }),
    text(x(median), plot.top - 12, words, isRight ? "end" : "start"),
    ...bottomAxis(plot, ticksOf(x, room(plot.right - plot.left)), title),
  ]);
}

/** The distortions found for one model. */
export interface NamedDistortions {
  name: string;
  distortions: readonly number[];
}

/** Height of each of several histograms in CSS pixels. */
const SMALL = 74;
/** From one to the next: the name stands there, clear of the labels of the axis above it. */
const BETWEEN = 34;

function multiples(models: readonly NamedDistortions[], { width, bars: most, title }: HistogramSize): string {
  const largest = models.flatMap(({ distortions }) => distortions).reduce((a, b) => Math.max(a, b), 0);
  const unit = distortionScale(largest, most, [0, 1]);
  const all = models.map(({ distortions }) => barsOf(distortions, unit, most));
  const tallest = all.flat().reduce((a, { count }) => Math.max(a, count), 1);
  const labels = countTicks(scaleLinear([0, tallest], [0, 1]).nice(2), 2).map(({ label }) => label);
  const [left, right] = [leftRoom(labels), width - BESIDE];
  const x = distortionScale(largest, most, [left, right]);
  const drawn = models.flatMap(({ name, distortions }, i) => {
    const top = i * (SMALL + BETWEEN) + ABOVE;
    const plot: Plot = { left, right, top, bottom: top + SMALL };
    const y = scaleLinear([0, tallest], [plot.bottom, plot.top]).nice(2);
    const middle = medianOf(distortions);
    return [
      text(left, top - 12, name, "start"),
      ...leftAxis(plot, countTicks(y, 2)),
      ...drawBars(all[i] as Bar[], x, y),
      ...(middle === undefined ? [] : [rule(x(middle), top, x(middle), plot.bottom, { dash: "4,3" })]),
    ];
  });
  const bottom = models.length * (SMALL + BETWEEN) - BETWEEN + ABOVE;
  const axis = bottomAxis({ left, right, top: 0, bottom }, ticksOf(x, room(right - left)), title);
  return svg(width, bottom + bottomRoom(title), [...drawn, ...axis]);
}

/** Histograms of several models under one another, on one axis, each with its median; one distortion at least. */
export function distortionMultiples(models: readonly NamedDistortions[]): Drawing {
  return { wide: multiples(models, WIDE), narrow: multiples(models, NARROW) };
}
