/** The layers that run here, by their Keras class. A new layer is one file and one line of this table. */
import { activationLayer, softmaxLayer } from "./activation.ts";
import { denseLayer } from "./dense.ts";
import { dropoutLayer, flattenLayer, gaussianNoiseLayer, reshapeLayer } from "./identity.ts";
import type { LayerFactory } from "./layer.ts";
import { batchNormalizationLayer, layerNormalizationLayer } from "./normalization.ts";
import { eluLayer, leakyReluLayer, preluLayer, reluLayer } from "./rectifier.ts";
import { croppingLayer, permuteLayer, upSamplingLayer, zeroPaddingLayer } from "./spatial.ts";

export const LAYERS: Readonly<Record<string, LayerFactory>> = {
  Activation: activationLayer,
  AlphaDropout: dropoutLayer("AlphaDropout"),
  BatchNormalization: batchNormalizationLayer,
  Cropping2D: croppingLayer,
  Dense: denseLayer,
  Dropout: dropoutLayer("Dropout"),
  ELU: eluLayer,
  Flatten: flattenLayer,
  GaussianDropout: dropoutLayer("GaussianDropout"),
  GaussianNoise: gaussianNoiseLayer,
  LayerNormalization: layerNormalizationLayer,
  LeakyReLU: leakyReluLayer,
  Permute: permuteLayer,
  PReLU: preluLayer,
  ReLU: reluLayer,
  Reshape: reshapeLayer,
  Softmax: softmaxLayer,
  SpatialDropout1D: dropoutLayer("SpatialDropout1D"),
  SpatialDropout2D: dropoutLayer("SpatialDropout2D"),
  UpSampling2D: upSamplingLayer,
  ZeroPadding2D: zeroPaddingLayer,
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
