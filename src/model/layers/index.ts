/** The layers that run here, by their Keras class. A new layer is one file and one line of this table. */
import { activationLayer, logSoftmaxLayer, softmaxLayer } from "./activation.ts";
import { normalizationLayer, rescalingLayer } from "./affine.ts";
import { AUGMENTATIONS } from "./augmentation.ts";
import { divideLayer, minimumLayer, powerLayer, squaredDifferenceLayer, withConstantLayer } from "./binary.ts";
import { localContrastNormalizationLayer } from "./contrast.ts";
import { conv1dLayer, conv2dLayer } from "./conv2d.ts";
import { denseLayer } from "./dense.ts";
import { depthwiseConv2dLayer, separableConv2dLayer } from "./depthwise-conv2d.ts";
import { dropoutLayer } from "./dropout.ts";
import { elementwiseLayer } from "./elementwise-layer.ts";
import { groupedConv2DLayer } from "./grouped-conv2d.ts";
import { flattenLayer, gaussianNoiseLayer, noiseLayer, reshapeLayer } from "./identity.ts";
import { l2PoolingLayer } from "./l2-pooling.ts";
import type { LayerFactory, MergeFactory } from "./layer.ts";
import { locallyConnected2DLayer } from "./locally-connected2d.ts";
import { localResponseNormalizationLayer } from "./lrn.ts";
import { matMulLayer, matMulWithConstantLayer } from "./matmul.ts";
import { addLayer, averageLayer, concatenateLayer, maximumLayer, multiplyLayer, subtractLayer } from "./merge.ts";
import { broadcastLayer, gatherLayer, padLayer, sliceLayer, tileLayer } from "./move-layers.ts";
import { batchNormalizationLayer, layerNormalizationLayer } from "./normalization.ts";
import {
  averagePooling1dLayer,
  averagePooling2dLayer,
  globalAveragePooling1dLayer,
  globalAveragePooling2dLayer,
  globalAveragePooling3dLayer,
  globalMaxPooling1dLayer,
  globalMaxPooling2dLayer,
  globalMaxPooling3dLayer,
  maxPooling1dLayer,
  maxPooling2dLayer,
} from "./pooling.ts";
import { eluLayer, leakyReluLayer, preluLayer, reluLayer, thresholdedReluLayer } from "./rectifier.ts";
import { bidirectionalLayer, gruLayer, lstmLayer, simpleRnnLayer } from "./recurrent/index.ts";
import { reduceLayer } from "./reduce.ts";
import { resizeLayer, resizingLayer, upSamplingLayer } from "./resize.ts";
import { cropping1dLayer, repeatVectorLayer, upSampling1dLayer, zeroPadding1dLayer } from "./sequences.ts";
import { centerCropLayer, croppingLayer, permuteLayer, zeroPaddingLayer } from "./spatial.ts";
import { standardiseLayer } from "./standardise.ts";
import { timeDistributedLayer } from "./time-distributed.ts";
import { conv1dTransposeLayer, conv2dTransposeLayer } from "./transposed.ts";
import { averagePooling3dLayer, conv3dLayer, maxPooling3dLayer } from "./volume.ts";

export const LAYERS: Readonly<Record<string, LayerFactory>> = {
  ...AUGMENTATIONS,
  Activation: activationLayer,
  AlphaDropout: noiseLayer("AlphaDropout"),
  AveragePooling1D: averagePooling1dLayer,
  AveragePooling2D: averagePooling2dLayer,
  AveragePooling3D: averagePooling3dLayer,
  BatchNormalization: batchNormalizationLayer,
  Bidirectional: bidirectionalLayer,
  Broadcast: broadcastLayer,
  CenterCrop: centerCropLayer,
  Conv1D: conv1dLayer,
  Conv1DTranspose: conv1dTransposeLayer,
  Conv2D: conv2dLayer,
  Conv2DTranspose: conv2dTransposeLayer,
  Conv3D: conv3dLayer,
  Cropping1D: cropping1dLayer,
  Cropping2D: croppingLayer,
  Dense: denseLayer,
  DepthwiseConv2D: depthwiseConv2dLayer,
  Dropout: dropoutLayer,
  Elementwise: elementwiseLayer,
  ELU: eluLayer,
  Flatten: flattenLayer,
  GaussianDropout: noiseLayer("GaussianDropout"),
  GaussianNoise: gaussianNoiseLayer,
  Gather: gatherLayer,
  GlobalAveragePooling1D: globalAveragePooling1dLayer,
  GlobalAveragePooling2D: globalAveragePooling2dLayer,
  GlobalAveragePooling3D: globalAveragePooling3dLayer,
  GlobalMaxPooling1D: globalMaxPooling1dLayer,
  GlobalMaxPooling2D: globalMaxPooling2dLayer,
  GlobalMaxPooling3D: globalMaxPooling3dLayer,
  GRU: gruLayer,
  GroupedConv2D: groupedConv2DLayer,
  GroupedConv2DTranspose: conv2dTransposeLayer,
  L2Pooling2D: l2PoolingLayer,
  LayerNormalization: layerNormalizationLayer,
  LeakyReLU: leakyReluLayer,
  LocalContrastNormalization: localContrastNormalizationLayer,
  LocallyConnected2D: locallyConnected2DLayer,
  LocalResponseNormalization: localResponseNormalizationLayer,
  LSTM: lstmLayer,
  LogSoftmax: logSoftmaxLayer,
  MatMulWithConstant: matMulWithConstantLayer,
  MaxPooling1D: maxPooling1dLayer,
  MaxPooling2D: maxPooling2dLayer,
  MaxPooling3D: maxPooling3dLayer,
  Normalization: normalizationLayer,
  Pad: padLayer,
  Permute: permuteLayer,
  PReLU: preluLayer,
  Reduce: reduceLayer,
  ReLU: reluLayer,
  RepeatVector: repeatVectorLayer,
  Rescaling: rescalingLayer,
  Resize: resizeLayer,
  Reshape: reshapeLayer,
  Resizing: resizingLayer,
  SeparableConv2D: separableConv2dLayer,
  SimpleRNN: simpleRnnLayer,
  Softmax: softmaxLayer,
  SpatialDropout1D: noiseLayer("SpatialDropout1D"),
  SpatialDropout2D: noiseLayer("SpatialDropout2D"),
  Standardise: standardiseLayer,
  ThresholdedReLU: thresholdedReluLayer,
  TimeDistributed: timeDistributedLayer((className) =>
    Object.hasOwn(LAYERS, className) ? LAYERS[className] : undefined,
  ),

  Slice: sliceLayer,
  Tile: tileLayer,
  UpSampling1D: upSampling1dLayer,
  UpSampling2D: upSamplingLayer,
  WithConstant: withConstantLayer,
  ZeroPadding1D: zeroPadding1dLayer,
  ZeroPadding2D: zeroPaddingLayer,
};

/** The layers with several inputs. */
export const MERGES: Readonly<Record<string, MergeFactory>> = {
  Add: addLayer,
  Average: averageLayer,
  Concatenate: concatenateLayer,
  Divide: divideLayer,
  MatMul: matMulLayer,
  Maximum: maximumLayer,
  Minimum: minimumLayer,
  Multiply: multiplyLayer,
  Power: powerLayer,
  SquaredDifference: squaredDifferenceLayer,
  Subtract: subtractLayer,
};

export { ACTIVATIONS, SoftmaxOperation } from "./activation.ts";
export { type ActivationName, ELEMENTWISE } from "./activations.ts";
export { Extent } from "./config.ts";
export type { Layer, LayerFactory, MappedOperation, Merge, MergeFactory, Noise, Operation } from "./layer.ts";
export { type LinearOperation, linearOperation, operationWith } from "./linear-operation.ts";
export { scaleFactor } from "./normalization.ts";
export {
  type Activation,
  type BinaryKind,
  isLinear,
  type LinearMap,
  type MergeKind,
  type OperationMap,
  type Range,
  type ReductionKind,
  rangeOf,
} from "./operation-map.ts";
export { type Parameter, placeParameters } from "./parameter.ts";
export { poolOperation } from "./pooling.ts";
export { requireNumbers, sizeOf } from "./shape.ts";
export { negligible } from "./weights.ts";
export type { Window } from "./window.ts";
export { takesWinograd, winogradError } from "./winograd.ts";
