/** A transfer matrix as a picture: a square for each pair, the darker the more images fool the model. */
import { ACCENT, type Drawing, drawSvg, type Specification } from "./vega.ts";

/** One set of images, and the error rate of each model on it. */
export interface HeatMapRow {
  name: string;
  /** In [0, 1], one a column. */
  rates: readonly number[];
  /** The column of the model that the images were made for, which is outlined. */
  own?: number;
}

interface Size {
  width: number;
  /** Width that the names of the rows take at most. */
  names: number;
  row: number;
  /** Degrees by which the names of the columns are turned. */
  angle: number;
  text: (rate: number) => string;
}

/** Above this share the square is so full that text on it is dark in a dark page too. */
const FULL = 0.5;
const DARK_INK = "#22160a";

const WIDE_SIZE: Omit<Size, "angle"> = {
  width: 880,
  names: 200,
  row: 44,
  text: (rate) => `${(100 * rate).toFixed(1)} %`,
};
const NARROW_SIZE: Omit<Size, "angle"> = { width: 330, names: 110, row: 34, text: (rate) => (100 * rate).toFixed(0) };

function specification(columns: readonly string[], rows: readonly HeatMapRow[], size: Size): Specification {
  const values = rows.flatMap(({ name, rates, own }) =>
    rates.map((rate, i) => ({
      made: name,
      fed: columns[i] as string,
      rate,
      text: size.text(rate),
      own: own === i,
      full: rate > FULL,
    })),
  );
  const position = {
    x: {
      field: "fed",
      type: "ordinal",
      sort: [...columns],
      title: null,
      axis: { orient: "top", labelAngle: size.angle, labelLimit: 160, ...(size.angle !== 0 && { labelAlign: "left" }) },
    },
    y: {
      field: "made",
      type: "ordinal",
      sort: rows.map(({ name }) => name),
      title: null,
      axis: { labelLimit: size.names, grid: false },
    },
  };
  return {
    width: size.width,
    height: size.row * rows.length,
    autosize: { type: "fit-x", contains: "padding" },
    data: { values },
    encoding: position,
    layer: [
      {
        mark: { type: "rect", color: ACCENT, cornerRadius: 4, xOffset: 1, yOffset: 1, x2Offset: -1, y2Offset: -1 },
        encoding: {
          fillOpacity: {
            field: "rate",
            type: "quantitative",
            scale: { domain: [0, 1], range: [0.05, 1] },
            legend: null,
          },
        },
      },
      {
        transform: [{ filter: "datum.own" }],
        mark: {
          type: "rect",
          filled: false,
          stroke: "currentColor",
          strokeWidth: 1.5,
          cornerRadius: 4,
          xOffset: 1,
          yOffset: 1,
          x2Offset: -1,
          y2Offset: -1,
        },
      },
      {
        mark: { type: "text", fontSize: 12 },
        encoding: {
          text: { field: "text" },
          color: { condition: { test: "datum.full", value: DARK_INK }, value: "currentColor" },
        },
      },
    ],
  };
}

/** Longest name that stands above its column without being turned: about seven pixels a letter. */
function angle(columns: readonly string[], { width, names }: { width: number; names: number }): number {
  const longest = columns.reduce((most, name) => Math.max(most, name.length), 0);
  return 7 * longest > (width - names) / columns.length ? -45 : 0;
}

/** The heat map of error rates: `columns` are the models that the rows' images are fed to. */
export async function heatMap(columns: readonly string[], rows: readonly HeatMapRow[]): Promise<Drawing> {
  return {
    wide: await drawSvg(specification(columns, rows, { ...WIDE_SIZE, angle: angle(columns, WIDE_SIZE) })),
    narrow: await drawSvg(specification(columns, rows, { ...NARROW_SIZE, angle: angle(columns, NARROW_SIZE) })),
  };
}
