/** The errors of a training run, epoch by epoch: a table for programs, a curve for readers. */
import type { EpochRecord } from "../../train/index.ts";
import { ACCENT, drawSvg, standaloneSvg } from "../kit/vega.ts";

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
  const lines = records.map((record) => columns.map((name) => record[name] ?? "").join(","));
  return [columns.join(","), ...lines, ""].join("\n");
}

const SERIES = [
  ["training", "error", "#3b7dd8"],
  ["made", "madeError", "#8a8f98"],
  ["test", "validationError", ACCENT],
] as const;

/** Errors in percent over the epochs, as an SVG file; the same records give the same bytes. */
export async function curveSvg(records: readonly EpochRecord[]): Promise<string> {
  const series = SERIES.filter(([, key]) => records.some((record) => record[key] !== undefined));
  const values = series.flatMap(([rows, key]) =>
    records.flatMap((record) => {
      const share = record[key];
      return share === undefined ? [] : [{ epoch: record.epoch, error: 100 * share, rows }];
    }),
  );
  const largest = values.reduce((most, { error }) => Math.max(most, error), 0);
  const svg = await drawSvg({
    width: 640,
    height: 260,
    data: { values },
    mark: { type: "line", strokeWidth: 1.75, point: { size: 18, filled: true } },
    encoding: {
      x: { field: "epoch", type: "quantitative", axis: { tickMinStep: 1, format: "d" }, scale: { nice: false } },
      y: {
        field: "error",
        type: "quantitative",
        title: "wrong answers (%)",
        scale: { type: "sqrt", domain: [0, largest > 0 ? largest : 1] },
      },
      color: {
        field: "rows",
        scale: { domain: series.map(([name]) => name), range: series.map(([, , colour]) => colour) },
        legend: { title: null, labelColor: "currentColor", orient: "top", symbolType: "stroke" },
      },
    },
  });
  return standaloneSvg(svg);
}
