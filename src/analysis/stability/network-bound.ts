/** From the bounds of the layers to that of the network: the product along a chain; sums and roots of sums of squares where it joins. */
import { outOfRange } from "../../check.ts";
import type { Network } from "../../model/index.ts";
import { up } from "../../numeric/rounding.ts";
import { type LayerBound, layerBounds } from "./layer-bound.ts";
import { joinBounds } from "./merge-bound.ts";

/**
 * Upper bounds of the Lipschitz constant from the network's input to the output of each call of a layer, in the order of
 * `network.calls`. The last is that of the logits. Infinity where a double cannot hold the product.
 *
 * @param layers the result of `layerBounds` for the same network
 */
export function runningBounds(network: Network, layers: readonly LayerBound[] = layerBounds(network)): number[] {
  const byName = new Map(layers.map(({ layer, bound }) => [layer, bound]));
  const values = [1];
  for (const { layer, inputs } of network.calls) {
    const bound = byName.get(layer.name) ?? outOfRange("layers", `a bound of ${layer.name}`, "none");
    const taken = inputs.map((value) => values[value] as number);
    // As many roundings as inputs.
    const widened = 1 + (taken.length + 6) * 2 ** -52;
    const { merge } = layer;
    values.push(up(merge ? joinBounds(merge.kind, layer, taken) * widened : (taken[0] as number) * bound));
  }
  return values.slice(1);
}

/**
 * An upper bound of the Lipschitz constant of the scores, in the 2-norm: `|scores(x) - scores(x')| <= networkBound |x
 * - x'|`. Throws for a network that ends in logarithms of probabilities, whose slope is not bounded.
 */
export function networkBound(network: Network, layers?: readonly LayerBound[]): number {
  if (network.head.kind === "probabilities") {
    outOfRange(`network ${network.name}`, "scores of bounded slope", "logarithms of probabilities");
  }
  return runningBounds(network, layers).at(-1) as number;
}
