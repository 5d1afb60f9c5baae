/** Small functional models that between them hold every layer beside the dense ones, in shapes that straddle a vector. */
import * as layers from "@tensorflow/tfjs-layers";
import { call, fc, graph, type SmallGraph } from "./graphs.ts";

const l = layers.layers;
const { concatenate, flatten } = l;
/** As one row; tfjs flattens nothing that is flat. */
const flat = (name: string, x: Symbolic) => (x.shape.length > 2 ? call(flatten({ name }), x) : x);

type Symbolic = layers.SymbolicTensor;
type Applied = { apply(x: unknown): unknown };

/** Layers one after another on an image, beside the image itself: both flat and side by side before the logits. */
export function beside(title: string, shape: number[], chain: () => Applied[]): SmallGraph {
  return graph(title, shape, (x) => {
    const end = chain().reduce((y: Symbolic, layer) => call(layer, y), x);
    const parts = [flat("flat", end), flat("plain", x)];
    return call(fc("logits", 3), call(concatenate({ name: "both" }), parts));
  });
}

export const LAYER_GRAPHS: readonly SmallGraph[] = [
  beside("batch normalisation of 5 channels, then of 8", [2, 3, 5], () => [
    l.batchNormalization({ name: "bn" }),
    fc("a", 8, "relu"),
    l.batchNormalization({ name: "wider", epsilon: 0.01 }),
  ]),
  // The gradient of tfjs fails where there is no gamma.
  {
    ...beside("batch normalisation of 5 channels without gamma, then of 3 without beta", [2, 3, 5], () => [
      l.batchNormalization({ name: "unscaled", scale: false }),
      fc("b", 3),
      l.batchNormalization({ name: "unshifted", center: false }),
    ]),
    lacksGradient: true,
  },
  beside("layer normalisation of 5 channels, then of 8", [2, 3, 5], () => [
    l.layerNormalization({ name: "ln" }),
    fc("a", 8, "tanh"),
    l.layerNormalization({ name: "wider", epsilon: 0.01 }),
  ]),
  {
    ...beside("layer normalisation of 5 channels without gamma, then of 3 without beta", [2, 3, 5], () => [
      l.layerNormalization({ name: "unscaled", scale: false }),
      fc("a", 3, "tanh"),
      l.layerNormalization({ name: "unshifted", center: false, epsilon: 0.01 }),
    ]),
    lacksGradient: true,
  },
  beside("rectifiers: ReLU, ReLU up to 0.5, LeakyReLU", [13], () => [
    fc("a", 9),
    l.leakyReLU({ name: "leaky", alpha: 0.2 }),
    fc("b", 8),
    l.reLU({ name: "clipped", maxValue: 0.5 }),
    fc("c", 5),
    l.reLU({ name: "plain_relu" }),
    l.leakyReLU({ name: "default_leaky" }),
  ]),
  beside("PReLU with a slope for each element, for each channel, for each column", [2, 3, 5], () => [
    l.prelu({ name: "own" }),
    fc("a", 6),
    l.prelu({ name: "by_channel", sharedAxes: [1, 2] }),
    l.prelu({ name: "by_column", sharedAxes: [1, 3] }),
  ]),
  beside("padding, cropping and repeating images of 3 channels", [3, 4, 3], () => [
    l.zeroPadding2d({
      name: "padded",
      padding: [
        [1, 0],
        [2, 3],
      ],
    }),
    fc("a", 2, "relu"),
    l.cropping2D({
      name: "cropped",
      cropping: [
        [1, 1],
        [0, 4],
      ],
    }),
    l.upSampling2d({ name: "twice", size: [2, 3] }),
  ]),
  beside("padding and cropping of 5 channels by one, repeating by two", [3, 3, 5], () => [
    l.cropping2D({
      name: "cropped",
      cropping: [
        [1, 1],
        [1, 0],
      ],
    }),
    l.upSampling2d({ name: "twice" }),
    fc("a", 4, "tanh"),
    l.zeroPadding2d({ name: "padded" }),
  ]),
  beside("permutations of three axes and of two", [2, 3, 5], () => [
    l.permute({ name: "turned", dims: [3, 1, 2] }),
    fc("a", 4, "tanh"),
    l.permute({ name: "swapped", dims: [2, 1, 3] }),
  ]),
  beside("all that is noise in training", [7], () => [
    l.gaussianNoise({ name: "noise", stddev: 0.5 }),
    l.gaussianDropout({ name: "gaussian", rate: 0.3 }),
    l.alphaDropout({ name: "alpha", rate: 0.2 }),
    fc("a", 5, "relu"),
    l.dropout({ name: "dropout", rate: 0.4 }),
  ]),
  beside("activations of dense layers: relu6, elu, selu, hardSigmoid, softplus", [9], () => [
    l.activation({ name: "clipped", activation: "relu6" }),
    l.dense({ name: "a", units: 7, activation: "elu" }),
    l.dense({ name: "b", units: 5, activation: "selu" }),
    l.dense({ name: "c", units: 8, activation: "hardSigmoid" }),
    l.dense({ name: "d", units: 6, activation: "softplus" }),
    l.dense({ name: "e", units: 6, activation: "relu6" }),
  ]),
  beside("activations as layers: softsign, swish, gelu, ELU", [9], () => [
    l.activation({ name: "sign", activation: "softsign" }),
    fc("a", 7),
    l.activation({ name: "swished", activation: "swish" as "relu" }),
    fc("b", 6),
    l.activation({ name: "gelued", activation: "gelu" as "relu" }),
    fc("c", 5),
    l.elu({ name: "unit" }),
  ]),
  beside("a Softmax over the last of three axes, and as an activation", [2, 3, 4], () => [
    fc("a", 5),
    l.softmax({ name: "share", axis: 3 }),
    fc("b", 3),
    l.activation({ name: "again", activation: "softmax" }),
  ]),
  beside("transposed convolutions: strides of 2 and 3 within and beyond the taps, valid and same", [2, 3, 2], () => [
    l.conv2dTranspose({ name: "valid", filters: 3, kernelSize: [3, 2], strides: [2, 3], activation: "tanh" }),
    l.conv2dTranspose({ name: "same", filters: 2, kernelSize: 3, strides: 2, padding: "same", useBias: false }),
  ]),
  beside("a transposed convolution of one step, which is one the other way around", [3, 2, 5], () => [
    l.conv2dTranspose({ name: "one_step", filters: 4, kernelSize: 2, activation: "relu" }),
    l.conv2dTranspose({ name: "again", filters: 3, kernelSize: 1 }),
  ]),
  beside("Rescaling of pixels, and of what a layer gives", [2, 3, 5], () => [
    l.rescaling({ name: "unit", scale: 2 / 255, offset: -1 }),
    fc("a", 4, "tanh"),
    l.rescaling({ name: "wide", scale: 3 }),
  ]),
  beside("a vector repeated to a sequence, its largest and its mean over the steps", [6], () => [
    fc("a", 5, "tanh"),
    l.repeatVector({ name: "repeated", n: 3 }),
    l.dense({ name: "b", units: 4 }),
    l.globalAveragePooling1d({ name: "mean" }),
  ]),
  // tfjs compares and multiplies, and a comparison has no gradient there.
  {
    ...beside("numbers above a threshold", [13], () => [
      fc("a", 9),
      l.thresholdedReLU({ name: "cut", theta: 0.25 }),
      fc("b", 5),
      l.thresholdedReLU({ name: "cut_at_one" }),
    ]),
    lacksGradient: true,
  },
  beside("the largest of each channel of a sequence", [7, 5], () => [
    fc("a", 6, "tanh"),
    l.globalMaxPooling1d({ name: "largest" }),
  ]),
];
