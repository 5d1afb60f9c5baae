/** Bounds and stretches of layers as a picture: what is allowed, and what was seen, on a logarithmic scale. */
import { ACCENT, type Drawing, drawSvg, type Specification } from "../kit/vega.ts";
import type { StabilityLayer } from "./results.ts";

const BLUE = "#5b9bd5";
const ROW = 17;

function specification(layers: readonly StabilityLayer[], width: number, names: number): Specification {
  const values = layers.map(({ layer, running, seen }) => ({ layer, running, seen: seen?.wholeMost ?? null }));
  const y = { field: "layer", type: "ordinal", sort: null, title: null, axis: { labelLimit: names, grid: false } };
  const x = (field: string) => ({
    field,
    type: "quantitative",
    scale: { type: "log", nice: false },
    title: "from the input to the layer's output: times as far",
    axis: { format: "~g", tickCount: width / 110, grid: true, gridColor: "currentColor", gridOpacity: 0.12 },
  });
  const point = (field: string, color: string, filled: boolean) => ({
    transform: [{ filter: `datum.${field} > 0` }],
    mark: { type: "point", filled, color, size: 55, opacity: 1 },
    encoding: { y, x: x(field) },
  });
  const range = {
    transform: [{ filter: "datum.seen > 0 && datum.running > 0" }],
    mark: { type: "rule", color: "currentColor", opacity: 0.25 },
    encoding: { y, x: x("seen"), x2: { field: "running" } },
  };
  return {
    width,
    height: ROW * layers.length,
    autosize: { type: "fit-x", contains: "padding" },
    data: { values },
    layer: [range, point("running", ACCENT, true), point("seen", BLUE, true)],
  };
}

/** The product of the bounds up to each layer, and the largest stretch that was seen up to there. */
export async function stabilityDrawing(layers: readonly StabilityLayer[]): Promise<Drawing | undefined> {
  const shown = layers.filter(({ running }) => Number.isFinite(running) && running > 0);
  if (shown.length === 0) return undefined;
  return {
    wide: await drawSvg(specification(shown, 880, 200)),
    narrow: await drawSvg(specification(shown, 330, 110)),
  };
}
