/** The layers that run here, by their Keras class. A new layer is one file and one line of this table. */
import { activationLayer } from "./activation.ts";
import { conv1dLayer, conv2dLayer } from "./conv2d.ts";
import { denseLayer } from "./dense.ts";
import { depthwiseConv2dLayer, separableConv2dLayer } from "./depthwise-conv2d.ts";
import { dropoutLayer, flattenLayer, reshapeLayer } from "./identity.ts";
import type { LayerFactory } from "./layer.ts";
import {
  averagePooling1dLayer,
  averagePooling2dLayer,
  globalAveragePooling2dLayer,
  globalMaxPooling2dLayer,
  maxPooling1dLayer,
  maxPooling2dLayer,
} from "./pooling.ts";

export const LAYERS: Readonly<Record<string, LayerFactory>> = {
  Activation: activationLayer,
  AveragePooling1D: averagePooling1dLayer,
  AveragePooling2D: averagePooling2dLayer,
  Conv1D: conv1dLayer,
  Conv2D: conv2dLayer,
  Dense: denseLayer,
  DepthwiseConv2D: depthwiseConv2dLayer,
  Dropout: dropoutLayer,
  Flatten: flattenLayer,
  GlobalAveragePooling2D: globalAveragePooling2dLayer,
  GlobalMaxPooling2D: globalMaxPooling2dLayer,
  MaxPooling1D: maxPooling1dLayer,
  MaxPooling2D: maxPooling2dLayer,
  Reshape: reshapeLayer,
  SeparableConv2D: separableConv2dLayer,
};

export { ACTIVATIONS, type ActivationName, SoftmaxOperation } from "./activation.ts";
export { type Layer, type LayerFactory, type Operation, type Parameter, sizeOf } from "./layer.ts";
