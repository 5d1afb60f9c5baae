/** The layers that run here, by their Keras class. A new layer is one file and one line of this table. */
import { activationLayer } from "./activation.ts";
import { localContrastNormalizationLayer } from "./contrast.ts";
import { denseLayer } from "./dense.ts";
import { groupedConv2DLayer } from "./grouped-conv2d.ts";
import { dropoutLayer, flattenLayer, reshapeLayer } from "./identity.ts";
import { l2PoolingLayer } from "./l2-pooling.ts";
import type { LayerFactory } from "./layer.ts";
import { locallyConnected2DLayer } from "./locally-connected2d.ts";
import { localResponseNormalizationLayer } from "./lrn.ts";

export const LAYERS: Readonly<Record<string, LayerFactory>> = {
  Activation: activationLayer,
  Dense: denseLayer,
  Dropout: dropoutLayer,
  Flatten: flattenLayer,
  GroupedConv2D: groupedConv2DLayer,
  L2Pooling2D: l2PoolingLayer,
  LocalContrastNormalization: localContrastNormalizationLayer,
  LocallyConnected2D: locallyConnected2DLayer,
  LocalResponseNormalization: localResponseNormalizationLayer,
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
