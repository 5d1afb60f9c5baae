/** One example of every layer that runs here, by its class: what goldens and tests of all layers walk through. */
import { type ModelArtifacts, Network } from "../model/index.ts";
import { AUGMENTATIONS } from "../model/layers/augmentation.ts";
import { noise } from "./data.ts";
import { artifactsOf, conv, dense, type Part, part } from "./small-networks.ts";

interface Example {
  shape: number[];
  layer: Part;
}

const IMAGE = [6, 5, 4];
const image = (className: string, config: object = {}): Example => ({
  shape: IMAGE,
  layer: part(className, { name: "it", ...config }),
});
const trained = (shape: number[], className: string, config: object, weights: Record<string, number[]>): Example => ({
  shape,
  layer: conv(className, { name: "it", ...config }, weights),
});

const dropped = { rate: 0.5 };
const moments = { gamma: [4], beta: [4], moving_mean: [4], moving_variance: [4] };

const SEQUENCE = [9, 3];
const sequence = (className: string, config: object = {}): Example => ({
  shape: SEQUENCE,
  layer: part(className, { name: "it", ...config }),
});
const VOLUME = [4, 5, 6, 3];
const volume = (className: string, config: object = {}): Example => ({
  shape: VOLUME,
  layer: part(className, { name: "it", ...config }),
});
const augmentations = Object.keys(AUGMENTATIONS).map((className) => [
  className,
  image(className, { height: 6, width: 5 }),
]);

/** Two units over a sequence; `width` is what their gates take. */
function recurrent(className: string, width: number, around?: "Bidirectional"): Example {
  const functions = { activation: "tanh", recurrent_activation: "sigmoid" };
  const layer = { class_name: className, config: { name: "inner", units: 2, ...functions } };
  const weights = { kernel: [3, width], recurrent_kernel: [2, width], bias: [width] };
  if (!around) return trained(SEQUENCE, className, { ...layer.config, name: "it" }, weights);
  const ways = ["forward_inner", "backward_inner"].flatMap((way) =>
    Object.entries(weights).map(([name, shape]) => [`${way}/${name}`, shape] as const),
  );
  return trained(SEQUENCE, around, { layer }, Object.fromEntries(ways));
}

/** The layers of one input. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  ...Object.fromEntries(augmentations),
  Activation: image("Activation", { activation: "gelu" }),
  AlphaDropout: image("AlphaDropout", dropped),
  AveragePooling1D: { shape: [9, 3], layer: part("AveragePooling1D", { name: "it", pool_size: 3, strides: 2 }) },
  AveragePooling2D: image("AveragePooling2D", { pool_size: 3, strides: 2, padding: "same" }),
  AveragePooling3D: volume("AveragePooling3D", { pool_size: [2, 3, 2], strides: [2, 1, 2], padding: "same" }),
  BatchNormalization: trained(IMAGE, "BatchNormalization", { epsilon: 2 }, moments),
  Bidirectional: recurrent("SimpleRNN", 2, "Bidirectional"),
  CenterCrop: image("CenterCrop", { height: 3, width: 4 }),
  Broadcast: image("Broadcast", { shape: [2, ...IMAGE] }),
  Conv1DTranspose: trained(
    SEQUENCE,
    "Conv1DTranspose",
    { filters: 2, kernel_size: 3, strides: 2 },
    { kernel: [3, 2, 3], bias: [2] },
  ),
  Conv1D: trained([9, 3], "Conv1D", { filters: 2, kernel_size: 3, strides: 2 }, { kernel: [3, 3, 2], bias: [2] }),
  Conv2D: trained(
    IMAGE,
    "Conv2D",
    { filters: 3, kernel_size: [3, 2], padding: "same", activation: "swish" },
    { kernel: [3, 2, 4, 3], bias: [3] },
  ),
  Cropping1D: sequence("Cropping1D", { cropping: [1, 2] }),
  Conv2DTranspose: trained(
    IMAGE,
    "Conv2DTranspose",
    { filters: 3, kernel_size: 3, strides: 2, padding: "same", activation: "tanh" },
    { kernel: [3, 3, 3, 4], bias: [3] },
  ),
  Conv3D: trained(
    VOLUME,
    "Conv3D",
    { filters: 2, kernel_size: [3, 2, 3], strides: [2, 1, 1], padding: "same", activation: "tanh" },
    { kernel: [3, 2, 3, 3, 2], bias: [2] },
  ),
  Cropping2D: image("Cropping2D", { cropping: 1 }),
  Dense: { shape: [7], layer: dense("it", 7, 5, "tanh") },
  DepthwiseConv2D: trained(
    IMAGE,
    "DepthwiseConv2D",
    { kernel_size: 3, depth_multiplier: 2, activation: "relu6" },
    { depthwise_kernel: [3, 3, 4, 2], bias: [8] },
  ),
  Dropout: image("Dropout", dropped),
  ELU: image("ELU"),
  Flatten: image("Flatten"),
  Elementwise: image("Elementwise", { function: "clip", parameters: [-0.5, 1] }),
  Gather: image("Gather", { axis: 1, indices: [3, 0, 3] }),
  GaussianDropout: image("GaussianDropout", dropped),
  GaussianNoise: image("GaussianNoise", { stddev: 0.5 }),
  GlobalAveragePooling1D: sequence("GlobalAveragePooling1D"),
  GlobalAveragePooling2D: image("GlobalAveragePooling2D"),
  GlobalAveragePooling3D: volume("GlobalAveragePooling3D"),
  GlobalMaxPooling1D: sequence("GlobalMaxPooling1D"),
  GlobalMaxPooling2D: image("GlobalMaxPooling2D"),
  GlobalMaxPooling3D: volume("GlobalMaxPooling3D"),
  GRU: recurrent("GRU", 6),
  GroupedConv2D: trained(
    IMAGE,
    "GroupedConv2D",
    { filters: 6, kernel_size: 3, groups: 2, activation: "sigmoid" },
    { kernel: [3, 3, 2, 6], bias: [6] },
  ),
  GroupedConv2DTranspose: trained(
    IMAGE,
    "GroupedConv2DTranspose",
    {
      ...{ filters: 6, kernel_size: [3, 2], strides: [2, 1], dilation_rate: [1, 2], groups: 2 },
      padding: [
        [1, 0],
        [0, 1],
      ],
      output_padding: [1, 0],
    },
    { kernel: [3, 2, 3, 4], bias: [6] },
  ),
  L2Pooling2D: image("L2Pooling2D", { pool_size: 3, strides: 2 }),
  LayerNormalization: trained(IMAGE, "LayerNormalization", { epsilon: 0.5 }, { gamma: [4], beta: [4] }),
  LeakyReLU: image("LeakyReLU", { alpha: -1.5 }),
  LocalContrastNormalization: image("LocalContrastNormalization", { window_size: 3 }),
  LocallyConnected2D: trained(
    IMAGE,
    "LocallyConnected2D",
    { filters: 2, kernel_size: [2, 3], activation: "selu" },
    { kernel: [15, 24, 2], bias: [5, 3, 2] },
  ),
  LocalResponseNormalization: image("LocalResponseNormalization", { depth_radius: 1 }),
  LSTM: recurrent("LSTM", 8),
  LogSoftmax: image("LogSoftmax", { axis: 2 }),
  MatMulWithConstant: trained(
    IMAGE,
    "MatMulWithConstant",
    { shape: [3, 5], constant_first: true },
    { constant: [3, 5] },
  ),
  MaxPooling1D: { shape: [9, 3], layer: part("MaxPooling1D", { name: "it", pool_size: 3, strides: 2 }) },
  MaxPooling2D: image("MaxPooling2D", { pool_size: 3, strides: 1 }),
  MaxPooling3D: volume("MaxPooling3D", { pool_size: 2, strides: [1, 2, 2] }),
  Normalization: image("Normalization", { mean: [0, 1, 2, 3], variance: [4, 1, 0.25, 0.01] }),
  Pad: image("Pad", {
    pads: [
      [1, 2],
      [0, 0],
      [0, 1],
    ],
    mode: "reflect",
  }),
  Permute: image("Permute", { dims: [3, 1, 2] }),
  PReLU: trained(IMAGE, "PReLU", { shared_axes: [1, 2] }, { alpha: [1, 1, 4] }),
  Reduce: image("Reduce", { of: "mean", axes: [0, 1] }),
  ReLU: image("ReLU", { max_value: 0.75 }),
  RepeatVector: { shape: [7], layer: part("RepeatVector", { name: "it", n: 3 }) },
  Rescaling: image("Rescaling", { scale: [2, -3, 0.5, 0], offset: -1 }),
  Resize: image("Resize", { extents: [9, 4] }),
  Resizing: image("Resizing", { height: 4, width: 9, crop_to_aspect_ratio: true }),
  Reshape: image("Reshape", { target_shape: [10, 12] }),
  SeparableConv2D: trained(
    IMAGE,
    "SeparableConv2D",
    { filters: 3, kernel_size: 3, activation: "softsign" },
    { depthwise_kernel: [3, 3, 4, 1], pointwise_kernel: [1, 1, 4, 3], bias: [3] },
  ),
  SimpleRNN: recurrent("SimpleRNN", 2),

  Slice: image("Slice", { starts: [1, 0, 0], sizes: [2, 5, 2], steps: [2, 1, 2] }),
  Standardise: trained(IMAGE, "Standardise", { axes: [0, 1], epsilon: 0.5, scale_shape: [4] }, { scale: [4] }),
  Softmax: image("Softmax", { axis: -1 }),
  SpatialDropout1D: { shape: [9, 3], layer: part("SpatialDropout1D", { name: "it", ...dropped }) },
  SpatialDropout2D: image("SpatialDropout2D", dropped),
  ThresholdedReLU: image("ThresholdedReLU", { theta: 0 }),
  TimeDistributed: trained(
    SEQUENCE,
    "TimeDistributed",
    { layer: { class_name: "Dense", config: { name: "inner", units: 4, activation: "tanh" } } },
    { kernel: [3, 4], bias: [4] },
  ),
  UpSampling1D: sequence("UpSampling1D", { size: 3 }),
  Tile: image("Tile", { repeats: [1, 2, 1] }),
  UpSampling2D: image("UpSampling2D", { size: [2, 3] }),
  ZeroPadding1D: sequence("ZeroPadding1D", { padding: [2, 1] }),
  WithConstant: trained(IMAGE, "WithConstant", { function: "product", shape: [5, 1] }, { constant: [5, 1] }),
  ZeroPadding2D: image("ZeroPadding2D", { padding: 1 }),
};

/** Layers that are read as others, which tfjs runs alike. */
export const READ_AS: Readonly<Record<string, string>> = { CenterCrop: "Cropping2D", Resizing: "Resize" };

/** The layers of several inputs, each of two here: a row and a row through a dense layer. */
export const MERGE_EXAMPLES: readonly string[] = [
  ...[
    "Add",
    "Average",
    "Concatenate",
    "Divide",
    "MatMul",
    "Maximum",
    "Minimum",
    "Multiply",
    "Power",
    "SquaredDifference",
  ],
  "Subtract",
];

/** The layer `it` of a class with a flattening behind it; undefined of a class without an example. */
export function exampleOf(className: string): Network | undefined {
  if (MERGE_EXAMPLES.includes(className)) return mergeExample(className);
  const example = Object.hasOwn(EXAMPLES, className) ? EXAMPLES[className] : undefined;
  if (!example) return undefined;
  const parts = [example.layer, part("Flatten", { name: "flat" })];
  const artifacts = artifactsOf(example.shape, parts);
  return Network.fromArtifacts(artifacts);
}

function mergeExample(className: string): Network {
  const input = { name: "x", batch_input_shape: [null, 6], dtype: "float32" };
  // Of a power the base is positive, and the exponent small.
  const isPower = className === "Power";
  const branch = dense("branch", 6, 6, isPower ? "sigmoid" : "tanh");
  const isMatMul = className === "MatMul";
  const [first, second] = isPower ? ["branch", "branch"] : isMatMul ? ["wide", "tall"] : ["x", "branch"];
  const inbound = (name: string) => [[[name, 0, 0, {}]]];
  const shaped = (name: string, from: string, target_shape: number[]) => ({
    ...{ class_name: "Reshape", name, config: { name, target_shape }, inbound_nodes: inbound(from) },
  });
  const layers = [
    { class_name: "InputLayer", name: "x", config: input, inbound_nodes: [] },
    { class_name: "Dense", name: "branch", config: branch.config, inbound_nodes: inbound("x") },
    ...(isMatMul ? [shaped("wide", "x", [2, 3]), shaped("tall", "branch", [3, 2])] : []),
    {
      class_name: className,
      name: "it",
      config: { name: "it" },
      inbound_nodes: [
        [
          [first, 0, 0, {}],
          [second, 0, 0, {}],
        ],
      ],
    },
    { class_name: "Flatten", name: "flat", config: { name: "flat" }, inbound_nodes: inbound("it") },
  ];
  const config = { name: "joined", layers, input_layers: [["x", 0, 0]], output_layers: [["flat", 0, 0]] };
  const artifacts: ModelArtifacts = {
    modelTopology: { class_name: "Functional", config },
    weightSpecs: branch.weights,
    weightData: noise(42, 1).buffer,
  };
  return Network.fromArtifacts(artifacts);
}
