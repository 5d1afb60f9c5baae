/** How distortions are spread, as SVG: bars of one colour that shows on light and dark. */
import { figure } from "./format.ts";
import { drawSvg, LOOK } from "./vega.ts";

const BARS = "#d9822b";

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

function specification(distortions: readonly number[], median: number, { width, height, bars, title }: HistogramSize) {
  const largest = distortions.reduce((a, b) => Math.max(a, b), 0);
  return {
    width,
    height,
    padding: 6,
    background: "transparent",
    autosize: { type: "fit-x", contains: "padding" },
    layer: [
      {
        data: { values: distortions.map((distortion) => ({ distortion })) },
        mark: { type: "bar", color: BARS, cornerRadiusEnd: 1.5, binSpacing: 1.5 },
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
    config: LOOK,
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
