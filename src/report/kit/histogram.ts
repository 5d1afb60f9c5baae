/** How distortions are spread: of one model, and of several beside one another on one axis. */
import { figure } from "./format.ts";
import { ACCENT, type Drawing, drawSvg, type Specification } from "./vega.ts";

/** Width and height of the plot in CSS pixels, and how many bars there are at most. */
export interface HistogramSize {
  width: number;
  height: number;
  bars: number;
  title: string; // of the axis of distortions
}

const TITLE = "distortion (root mean square change of a pixel)";
export const WIDE: HistogramSize = { width: 880, height: 170, bars: 32, title: TITLE };
export const NARROW: HistogramSize = { width: 330, height: 150, bars: 20, title: "distortion" };

function specification(
  distortions: readonly number[],
  median: number,
  { width, height, bars, title }: HistogramSize,
): Specification {
  const largest = distortions.reduce((a, b) => Math.max(a, b), 0);
  return {
    width,
    height,
    autosize: { type: "fit-x", contains: "padding" },
    layer: [
      {
        data: { values: distortions.map((distortion) => ({ distortion })) },
        mark: { type: "bar", color: ACCENT, cornerRadiusEnd: 1.5, binSpacing: 1.5 },
        encoding: {
          x: {
            field: "distortion",
            bin: { maxbins: bars, extent: [0, largest > 0 ? largest : 1] },
            title,
            axis: { format: "~g", tickCount: width / 90, labelFlush: false },
          },
          y: { aggregate: "count", title: "images", axis: { tickMinStep: 1, tickCount: 4 } },
        },
      },
      {
        data: { values: [{ median }] },
        mark: { type: "rule", color: "currentColor", strokeWidth: 1.25, strokeDash: [4, 3] },
        encoding: { x: { field: "median", type: "quantitative" } },
      },
      {
        data: { values: [{ median, text: `median ${figure(median)}` }] },
        mark: {
          type: "text",
          align: median > 0.8 * largest ? "right" : "left",
          baseline: "bottom",
          y: 0,
          dy: -4,
          fontSize: 11.5,
          color: "currentColor",
        },
        encoding: { x: { field: "median", type: "quantitative" }, text: { field: "text" } },
      },
    ],
  };
}

/** The histogram of one or more distortions as an SVG element, for a page that sets `color`. */
export async function histogram(
  distortions: readonly number[],
  median: number,
  size: HistogramSize = WIDE,
): Promise<string> {
  return drawSvg(specification(distortions, median, size));
}

/** The distortions found for one model. */
export interface NamedDistortions {
  name: string;
  distortions: readonly number[];
}

/** Height of each of several histograms in CSS pixels. */
const SMALL = 74;

function multiples(models: readonly NamedDistortions[], { width, bars, title }: HistogramSize): Specification {
  const all = models.flatMap(({ name, distortions }) => distortions.map((distortion) => ({ name, distortion })));
  const largest = all.reduce((most, { distortion }) => Math.max(most, distortion), 0);
  return {
    data: { values: all },
    facet: {
      row: {
        field: "name",
        sort: models.map(({ name }) => name),
        title: null,
        header: { labelOrient: "top", labelAnchor: "start", labelPadding: 2 },
      },
    },
    spacing: 14,
    spec: {
      width,
      height: SMALL,
      layer: [
        {
          mark: { type: "bar", color: ACCENT, cornerRadiusEnd: 1.5, binSpacing: 1.5 },
          encoding: {
            x: {
              field: "distortion",
              bin: { maxbins: bars, extent: [0, largest > 0 ? largest : 1] },
              title,
              axis: { format: "~g", tickCount: width / 90, labelFlush: false },
            },
            y: { aggregate: "count", title: null, axis: { tickMinStep: 1, tickCount: 2 } },
          },
        },
        {
          mark: { type: "rule", color: "currentColor", strokeWidth: 1.25, strokeDash: [4, 3] },
          encoding: { x: { aggregate: "median", field: "distortion" } },
        },
      ],
    },
  };
}

/** Histograms of several models under one another, on one axis, each with its median; one distortion at least. */
export async function distortionMultiples(models: readonly NamedDistortions[]): Promise<Drawing> {
  return {
    wide: await drawSvg(multiples(models, { ...WIDE, width: 840 })),
    narrow: await drawSvg(multiples(models, { ...NARROW, width: 290 })),
  };
}
