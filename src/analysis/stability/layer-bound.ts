/**
 * How far a layer can stretch a change of its input, in the 2-norm: its Lipschitz constant, between two bounds that hold
 * despite the rounding of this computation [Szegedy et al. 2014, section 4.3].
 *
 * A layer is a linear map and an activation: the constant is the map's norm times the activation's greatest slope.
 */
import { requireInteger } from "../../check.ts";
import type { Network } from "../../model/index.ts";
import { isLinear, type Layer, type LinearMap, type OperationMap } from "../../model/layers/index.ts";
import { type Bracket, exactly, times } from "../../numeric/rounding.ts";
import type { Workspace } from "../../wasm/index.ts";
import type { Found } from "./found.ts";
import { linearBound } from "./linear-bound.ts";
import { mergeBound } from "./merge-bound.ts";
import { operationBound } from "./operation-bound.ts";

/** How far one layer can stretch a change, in the 2-norm. */
export interface LayerBound {
  /** Name of the layer. */
  layer: string;
  /** Its class, as Keras calls it. */
  className: string;
  /** Shape of its kernel, or another description of its size. */
  size: string;
  /** Its stride, where it has one: one number a side. */
  stride: string;
  /** No change of the layer's input is stretched by more. */
  bound: number;
  /**
   * The norm of the layer's linear map, at its own image size, times the activation's greatest slope is not below this. That
   * product is the layer's own constant where some input brings every unit to its steepest point, as one always does if
   * the map is onto (a dense layer of full rank with no more units than inputs).
   */
  lower: number;
  /** For convolutions: the paper's constant, the norm over all frequencies, on a plane without borders, activation included. */
  plane?: Bracket;
  /** How the bound was found. */
  method: string;
}

/** The bounds of the operations in their order; the linear maps at the start count as one. */
function partsOf(layer: Layer, maps: readonly OperationMap[], from: Workspace): Found[] {
  const end = maps.findIndex((map) => !isLinear(map));
  const linear = (end < 0 ? maps : maps.slice(0, end)) as readonly LinearMap[];
  return [
    ...(layer.merge ? [mergeBound(layer.merge.kind, layer)] : []),
    ...(linear.length > 0 ? [linearBound(linear, from)] : []),
    ...maps.slice(linear.length).map((map) => operationBound(map, from, layer)),
  ];
}

function nameOf(map: OperationMap | undefined): string | undefined {
  return map?.kind === "elementwise" ? map.activation.name : map?.kind === "softmax" ? "softmax" : undefined;
}

/**
 * The bound of one layer. The network's head (a softmax, a sigmoid) is left out, because the bounds are used for the scores. Throws for a layer that can stretch a change without bound, or by no bound that is known.
 *
 * @param index position in `network.layers`
 */
export function layerBound(network: Network, index: number): LayerBound {
  requireInteger("layer", index, 0, network.layers.length - 1);
  const layer = network.layers[index] as Layer;
  const all = layer.operations.map(({ map }) => map);
  const isLeftOut = headLayer(network) === layer;
  const maps = isLeftOut ? all.slice(0, -1) : all;
  const parts = partsOf(layer, maps, network.workspace);
  const [first, ...rest] = (parts.length > 0 ? parts : [nothing(isLeftOut)]) as [Found, ...Found[]];
  const others = rest.map(({ bracket }) => bracket).reduce(times, exactly(1));
  const whole = times(first.bracket, others);
  const activation = nameOf(maps.at(-1));
  return {
    layer: layer.name,
    className: layer.className,
    size: first.size ?? "",
    stride: first.stride ?? "",
    bound: whole.upper,
    lower: whole.lower,
    ...(first.plane && { plane: times(first.plane, others) }),
    method: activation ? `${first.method}, ${activation}` : first.method,
  };
}

/** The layer whose last operation is what the scores leave out, if they leave one out. */
function headLayer({ head, calls }: Network): Layer | undefined {
  if (head.kind === "linear" || head.kind === "probabilities") return undefined;
  return calls.findLast(({ layer }) => layer.operations.length > 0)?.layer;
}

/** A layer without operations, or with no other than the head, which does not count. */
function nothing(isLeftOut: boolean): Found {
  return { bracket: exactly(1), method: isLeftOut ? "left out" : "the identity" };
}

/** The bounds of all layers, in their order; see `layerBound`, which throws for layers without a bound, by name. */
export function layerBounds(network: Network): LayerBound[] {
  return network.layers.map((_, index) => layerBound(network, index));
}
