/** Which layers of a network are compared, and in whose output images are. */
import type { Network } from "../../model/index.ts";

/** The layers with a vector output and weights, and the one that answers. */
function vectorLayers(network: Network): string[] {
  const last = network.layers.length - 1;
  return network.layers
    .filter(({ outputShape, parameters }, i) => i === last || (outputShape.length === 1 && parameters.length > 0))
    .map(({ name }) => name);
}

/** The last layer with a vector output before the one that answers. */
export function layerBefore(network: Network): string {
  const names = vectorLayers(network);
  return (names.at(-2) ?? names.at(-1)) as string;
}

/** The layer before it with a vector output, or the next one, or itself: where its images are compared if nothing else is said. */
export function featureLayerOf(network: Network, layer: string): string {
  const names = vectorLayers(network);
  const at = names.indexOf(layer);
  return names[at - 1] ?? names[at + 1] ?? layer;
}

/** The layers before the one that answers, but those that hand on their input as it is, such as Flatten and Dropout. */
export function hiddenLayers(network: Network): string[] {
  return network.layers
    .slice(0, -1)
    .filter(({ operations, merge }) => merge !== undefined || operations.length > 0)
    .map(({ name }) => name);
}
