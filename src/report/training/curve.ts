/** The errors of a training run, epoch by epoch: a table for programs, a curve for readers. */
import { scaleLinear, scaleSqrt } from "d3-scale";
import type { EpochRecord } from "../../train/index.ts";
import {
  ACCENT,
  at,
  bottomAxis,
  bottomRoom,
  leftAxis,
  leftRoom,
  type Plot,
  standaloneSvg,
  svg,
  text,
  textWidth,
} from "../kit/drawing.ts";
import { csv } from "../kit/files.ts";
import { html } from "../kit/markup.ts";

const COLUMNS = [
  "epoch",
  "rate",
  "loss",
  "error",
  "madeLoss",
  "madeError",
  "validationLoss",
  "validationError",
] as const satisfies readonly (keyof EpochRecord)[];

/** A line an epoch; the names of the columns are those of `EpochRecord`, columns without a value are left out. */
export function epochsCsv(records: readonly EpochRecord[]): string {
  const columns = COLUMNS.filter((name) => records.some((record) => record[name] !== undefined));
  return csv(columns, records);
}

const SERIES = [
  ["training", "error", "#3b7dd8"],
  ["made", "madeError", "#8a8f98"],
  ["test", "validationError", ACCENT],
] as const;

const WIDTH = 720;
const HEIGHT = 260;
/** Room above the plot, for the names of the curves. */
const LEGEND = 30;
const TITLE = "wrong answers (%)";

/** Errors in percent over the epochs, as an SVG file, on a scale of square roots; the same records give the same bytes. */
export function curveSvg(records: readonly EpochRecord[]): string {
  const series = SERIES.flatMap(([name, key, colour]) => {
    const points = records.flatMap(({ epoch, [key]: share }) =>
      share === undefined ? [] : [{ epoch, error: 100 * share }],
    );
    return points.length === 0 ? [] : [{ name, colour, points }];
  });
  const epochs = records.map(({ epoch }) => epoch);
  const largest = series.flatMap(({ points }) => points).reduce((most, { error }) => Math.max(most, error), 0);
  const [bottom, top] = [LEGEND + HEIGHT, LEGEND];
  const y = scaleSqrt([0, largest > 0 ? largest : 1], [bottom, top]);
  const format = y.tickFormat(6, "~g");
  const rates = y.ticks(6).map((value) => ({ at: y(value), label: format(value) }));
  const left = leftRoom(
    rates.map(({ label }) => label),
    TITLE,
  );
  const plot: Plot = { left, right: WIDTH - 20, top, bottom };
  const x = scaleLinear([Math.min(...epochs), Math.max(...epochs)], [plot.left + 6, plot.right]);
  const whole = x.ticks(10).filter(Number.isInteger);
  let next = plot.left;
  const legend = series.map(({ name, colour }) => {
    const from = next;
    next += 24 + textWidth(name) + 22;
    return html`<line x1="${at(from)}" y1="10" x2="${at(from + 18)}" y2="10" stroke="${colour}" stroke-width="1.75"/>${text(from + 24, 10, name, "start")}`;
  });
  const curves = series.map(({ colour, points }) => {
    const places = points.map(({ epoch, error }) => [at(x(epoch)), at(y(error))] as const);
    const dots = places.map(([cx, cy]) => html`<circle cx="${cx}" cy="${cy}" r="2.4"/>`);
    return html`<g fill="${colour}"><polyline points="${places.map((place) => place.join()).join(" ")}" fill="none" stroke="${colour}" stroke-width="1.75" stroke-linejoin="round"/>${dots}</g>`;
  });
  return standaloneSvg(
    svg(WIDTH, bottom + bottomRoom("epoch"), [
      ...legend,
      ...leftAxis(plot, rates, TITLE),
      ...bottomAxis(
        plot,
        whole.map((epoch) => ({ at: x(epoch), label: String(epoch) })),
        "epoch",
      ),
      ...curves,
    ]),
  );
}
