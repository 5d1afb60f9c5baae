/** From the bounds of the layers to that of the network: the product along a chain; sums and roots of sums of squares where it joins. */
import { outOfRange } from "../../check.ts";
import type { Network } from "../../model/index.ts";
import { up } from "../../numeric/rounding.ts";
import { type LayerBound, layerBounds, spreadsOf } from "./layer-bound.ts";

/** What comes of the bounds of its inputs, where a layer joins several. */
const JOINS: Readonly<Record<string, (bounds: readonly number[]) => number>> = {
  Add: sum,
  Subtract: sum,
  Average: (bounds) => sum(bounds) / bounds.length,
  Concatenate: rootOfSquares,
  Maximum: rootOfSquares,
};

function sum(bounds: readonly number[]): number {
  return bounds.reduce((total, bound) => total + bound, 0);
}

/** Scaled, so that no square overflows. */
function rootOfSquares(bounds: readonly number[]): number {
  const most = Math.max(...bounds);
  if (most === 0 || most === Number.POSITIVE_INFINITY) return most;
  return most * Math.sqrt(bounds.reduce((total, bound) => total + (bound / most) * (bound / most), 0));
}

/**
 * The Lipschitz constant, at most, from the network's input to the output of each call of a layer, in the order of `network.calls`. The
 * last is that of the logits. An infinity where a double cannot hold the product.
 *
 * @param layers of `layerBounds`, the same network's
 */
export function runningBounds(network: Network, layers: readonly LayerBound[] = layerBounds(network)): number[] {
  const byName = new Map(layers.map(({ layer, bound }) => [layer, bound]));
  const values = [1];
  for (const { layer, inputs } of network.calls) {
    const bound = byName.get(layer.name) ?? outOfRange("layers", `a bound of ${layer.name}`, "none");
    const join = layer.merge && JOINS[layer.className];
    // A joined input that is spread over more numbers than it has is stretched on its way.
    const spreads = join && layer.className !== "Concatenate" ? spreadsOf(layer) : undefined;
    const taken = inputs.map((value, i) => (values[value] as number) * Math.sqrt(spreads?.[i] ?? 1));
    // As many roundings as inputs.
    const widened = 1 + (taken.length + 6) * 2 ** -52;
    values.push(up(join ? join(taken) * widened : (taken[0] as number) * bound));
  }
  return values.slice(1);
}

/** An upper bound of the Lipschitz constant of the logits, in the 2-norm: `|scores(x) - scores(x')| <= networkBound |x - x'|`. */
export function networkBound(network: Network, layers?: readonly LayerBound[]): number {
  return runningBounds(network, layers).at(-1) as number;
}
