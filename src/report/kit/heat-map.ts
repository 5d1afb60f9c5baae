/** A transfer matrix as a picture: a square for each pair, the darker the more images fool the model. */
import { percent } from "./format.ts";
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
  /** Width that the names of the rows take at most, and letters of one line of it. */
  names: number;
  letters: number;
  row: number;
  /** Degrees by which the names of the columns are turned. */
  angle: number;
  text: (rate: number) => string;
}

/** A name in lines of at most so many letters, where it has spaces to be broken at. */
function wrapped(name: string, letters: number): string {
  const lines: string[] = [];
  for (const word of name.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= letters) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}

/** Height of a line of a name. */
const LINE = 14;

/** Above this share the square is so full that text on it is dark in a dark page too. */
const FULL = 0.5;
const DARK_INK = "#22160a";

const WIDE_SIZE: Omit<Size, "angle"> = {
  width: 880,
  names: 240,
  letters: 26,
  row: 44,
  text: percent,
};
const NARROW_SIZE: Omit<Size, "angle"> = {
  width: 330,
  names: 140,
  letters: 15,
  row: 34,
  text: (rate) => (100 * rate).toFixed(0),
};

function specification(columns: readonly string[], rows: readonly HeatMapRow[], size: Size): Specification {
  const names = rows.map(({ name }) => wrapped(name, size.letters));
  const lines = names.reduce((most, name) => Math.max(most, name.split("\n").length), 1);
  const values = rows.flatMap(({ rates, own }, row) =>
    rates.map((rate, i) => ({
      made: names[row],
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
      type: "nominal",
      sort: [...columns],
      title: null,
      scale: { paddingInner: 0.02 },
      axis: { orient: "top", labelAngle: size.angle, labelLimit: 160, ...(size.angle !== 0 && { labelAlign: "left" }) },
    },
    y: {
      field: "made",
      type: "nominal",
      sort: names,
      title: null,
      scale: { paddingInner: 0.06 },
      axis: { labelLimit: size.names, grid: false, labelExpr: "split(datum.label, '\\n')", labelLineHeight: LINE },
    },
  };
  return {
    width: size.width,
    height: Math.max(size.row, LINE * (lines + 1)) * rows.length,
    autosize: { type: "fit-x", contains: "padding" },
    data: { values },
    encoding: position,
    layer: [
      {
        mark: { type: "rect", color: ACCENT, cornerRadius: 4 },
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
        },
      },
      {
        mark: { type: "text", fontSize: 11.5 },
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
