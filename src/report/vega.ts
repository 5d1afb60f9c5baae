/**
 * Charts as SVG, drawn by Vega-Lite without a browser. Text is `currentColor`. The same numbers give the same bytes: widths of
 * text are estimated, never measured with a font of the machine.
 */
import type { TopLevelSpec } from "vega-lite";

const FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif";

/** How every chart looks. */
export const LOOK = {
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
} as const;

/** The chart of a specification as an SVG element, for a page that sets `color`. */
export async function drawSvg(specification: object): Promise<string> {
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]); // half a second: only when drawn
  (vega as unknown as { textMetrics: { canvas(use: boolean): void } }).textMetrics.canvas(false); // missing in its types
  vega.resetSVGDefIds();
  const view = new vega.View(vega.parse(compile(specification as TopLevelSpec).spec), { renderer: "none" });
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
