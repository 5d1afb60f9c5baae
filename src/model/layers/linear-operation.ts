/** The linear part of an operation alone: no bias, in a workspace of its own, each weight taken through a function. */
import type { Workspace } from "../../wasm/index.ts";
import { ConvolutionOperation } from "./convolution.ts";
import { AffineOperation } from "./dense.ts";
import { DepthwiseOperation } from "./depthwise.ts";
import { GroupedConvOperation } from "./grouped-conv2d.ts";
import type { MappedOperation } from "./layer.ts";
import { LocalOperation } from "./locally-connected2d.ts";
import type { LinearMap } from "./operation-map.ts";
import { declareParameter, type Parameter, placeParameters } from "./parameter.ts";
import type { Products } from "./winograd.ts";

/** An operation whose weights are packed anew once it is told that they changed. */
export interface LinearOperation extends MappedOperation {
  parametersChanged(): void;
}

/**
 * Of "defined" products every value counts, however small beside the others.
 *
 * @param from where the map's kernel lies
 * @param to where the operation and its kernel are to lie
 */
export function linearOperation(
  map: LinearMap,
  from: Workspace,
  to: Workspace,
  weight: (value: number) => number,
  products: Products = "fewest",
): LinearOperation {
  const { name, shape, at, size } = map.kernel;
  const kernel: Parameter = { ...declareParameter(name, shape), isExact: products === "defined" };
  placeParameters(to, [kernel]);
  to.arena.f32(kernel.at, size).set(from.arena.f32(at, size).map(weight));
  return operationWith(map, kernel, to, products);
}

/** The linear part of a map with another kernel of the same shape. */
export function operationWith(
  map: LinearMap,
  kernel: Parameter,
  workspace: Workspace,
  products: Products = "fewest",
): LinearOperation {
  switch (map.kind) {
    case "product":
      return new AffineOperation(workspace, map.outer, kernel, undefined);
    case "convolution":
      if (map.groups > 1) return new GroupedConvOperation(workspace, map.window, map.groups, kernel, undefined);
      return new ConvolutionOperation(workspace, map.window, kernel, undefined, products);
    case "depthwise":
      return new DepthwiseOperation(workspace, map.window, kernel, undefined);
    case "local":
      return new LocalOperation(workspace, map.window, kernel, undefined);
  }
}
