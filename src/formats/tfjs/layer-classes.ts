/** What tfjs can load: the classes of its layers and its activations, and the networks that are made of them. */
import { outOfRange } from "../../check.ts";
import type { Network } from "../../model/index.ts";

/** The layers of tfjs-layers 4.22 that run here. */
export const TFJS_LAYERS: readonly string[] = [
  ...["Activation", "Add", "AlphaDropout", "Average", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D"],
  ...["BatchNormalization", "Bidirectional", "CenterCrop", "Concatenate", "Conv1D", "Conv2D", "Conv2DTranspose"],
  ...["Conv3D", "Conv3DTranspose", "Cropping2D", "Dense", "DepthwiseConv2D", "Dropout", "ELU", "Flatten", "GRU"],
  ...["GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D"],
  ...["GlobalMaxPooling2D", "LSTM", "LayerNormalization", "LeakyReLU", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D"],
  ...["Maximum", "Minimum", "Multiply", "PReLU", "Permute", "ReLU", "RepeatVector", "Rescaling", "Reshape", "Resizing"],
  ...["SeparableConv2D", "SimpleRNN", "Softmax", "SpatialDropout1D", "ThresholdedReLU", "TimeDistributed"],
  ...["UpSampling2D", "ZeroPadding2D"],
];

/** Refuses a network with layers that tfjs lacks: those that graphs become, and those of the paper's networks. */
export function requireTfjsLayers({ layers }: Network): void {
  const others = layers.filter(({ className }) => !TFJS_LAYERS.includes(className));
  if (others.length === 0) return;
  const names = others.map(({ name, className }) => `${name} (${className})`);
  const more = names.length > 5 ? `, and ${names.length - 5} more` : "";
  outOfRange(
    "saveNetwork",
    'layers that tfjs has (saveNetwork(network, "model.onnx") writes any network)',
    `${names.slice(0, 5).join(", ")}${more}`,
  );
}
