/**
 * How distortions are spread, as SVG, drawn by Vega-Lite without a browser. Text is `currentColor` and the bars one
 * colour that shows on light and dark. The same distortions give the same bytes: widths of text are estimated, never
 * measured with a font of the machine.
 */
import type { TopLevelSpec } from "vega-lite";
import { figure } from "./format.ts";

const BARS = "#d9822b";
const FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif";

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
    config: {
      aria: false,
      font: FONT,
      view: { stroke: null },
      axis: {
        domain: false,
        ticks: false,
        grid: false,
        labelColor: "currentColor",
        labelFontSize: 11.5,
        labelPadding: 6,
        titleColor: "currentColor",
        titleFontSize: 11.5,
        titleFontWeight: "normal",
        titlePadding: 10,
      },
      axisY: { grid: true, gridColor: "currentColor", gridOpacity: 0.12 },
    },
  } as TopLevelSpec;
}

/** The histogram of one or more distortions as an SVG element, for a page that sets `color`. */
export async function histogram(
  distortions: readonly number[],
  median: number,
  size: HistogramSize = WIDE,
): Promise<string> {
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]); // half a second: only when drawn
  (vega as unknown as { textMetrics: { canvas(use: boolean): void } }).textMetrics.canvas(false); // missing in its types
  vega.resetSVGDefIds();
  const view = new vega.View(vega.parse(compile(specification(distortions, median, size)).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** The same as a file of its own, which brings its colours, dark where the reader's screen is. */
export function standaloneSvg(svg: string): string {
  const style =
    "svg{color:#3c4149;background:#fff}@media(prefers-color-scheme:dark){svg{color:#c9ccd1;background:#16181c}}";
  return `${svg.replace(/^<svg[^>]*>/, (tag) => `${tag}<style>${style}</style>`)}\n`;
}
