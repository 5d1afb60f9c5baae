/**
 * Drawings by Vega-Lite as SVG, without a browser. Text is `currentColor`, shapes have colours that show on light and
 * dark. The same numbers give the same bytes: widths of text are estimated, never measured with a font of the machine.
 */
import type { TopLevelSpec } from "vega-lite";

/** The one colour of data. */
export const ACCENT = "#d9822b";

/** A drawing as an SVG element, at the width of a screen and at that of a telephone, for a page that sets `color`. */
export interface Drawing {
  wide: string;
  narrow: string;
}

const config = {
  aria: false,
  font: "system-ui, -apple-system, 'Segoe UI', sans-serif",
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
  header: { labelColor: "currentColor", labelFontSize: 11.5, titleColor: "currentColor" },
};

/** What is drawn: data, marks and encodings; the look is the same for all. */
export type Specification = Record<string, unknown>;

/** The drawing as an SVG element. */
export async function drawSvg(specification: Specification): Promise<string> {
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]); // half a second: only when drawn
  (vega as unknown as { textMetrics: { canvas(use: boolean): void } }).textMetrics.canvas(false); // missing in its types
  vega.resetSVGDefIds();
  const whole = { padding: 6, background: "transparent", ...specification, config } as unknown as TopLevelSpec;
  const view = new vega.View(vega.parse(compile(whole).spec), { renderer: "none" });
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
