/** The layers that run here, by their Keras class. A new layer is one file and one line of this table. */
import { activationLayer } from "./activation.ts";
import { denseLayer } from "./dense.ts";
import { dropoutLayer, flattenLayer, reshapeLayer } from "./identity.ts";
import type { LayerFactory } from "./layer.ts";

export const LAYERS: Readonly<Record<string, LayerFactory>> = {
  Activation: activationLayer,
  Dense: denseLayer,
  Dropout: dropoutLayer,
  Flatten: flattenLayer,
  Reshape: reshapeLayer,
};

export { ACTIVATIONS, type ActivationName, SoftmaxOperation } from "./activation.ts";
export {
  type Layer,
  type LayerFactory,
  type Merge,
  type MergeFactory,
  type Operation,
  type Parameter,
  sizeOf,
} from "./layer.ts";
export { MERGES } from "./merge.ts";
