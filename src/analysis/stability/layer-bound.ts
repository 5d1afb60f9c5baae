/**
 * How far a layer can stretch a change of its input, in the 2-norm: its Lipschitz constant, between two numbers that hold
 * whatever rounding did [Szegedy et al. 2014, section 4.3].
 *
 * A layer is a linear map and an activation: the constant is the map's norm times the activation's greatest slope.
 */
import { outOfRange, requireInteger } from "../../check.ts";
import type { Network } from "../../model/index.ts";
import { type ActivationName, type Layer, sizeOf } from "../../model/layers/index.ts";
import { power } from "../../numeric/power.ts";
import { type Bracket, down, exactly, rootOf, times, up } from "../../numeric/rounding.ts";
import { Workspace } from "../../wasm/index.ts";
import { groupedNorm } from "../norms/convolution-norm.ts";
import { matrixNorm } from "../norms/matrix-norm.ts";
import type { Kernel, Pair } from "../norms/taps.ts";
import { activationSlope } from "./activation-slope.ts";
import { linearLower } from "./linear-layer.ts";
import { averageNorm, overlappingBound, poolingNorm, type Side, sideOf } from "./spatial-bound.ts";

export interface LayerBound {
  layer: string;
  className: string;
  /** Shape of its kernel, or what else says its size. */
  size: string;
  /** One number a side, where it has any. */
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

/** What the rule of a layer says: of the whole layer, or of its linear map where `activation` is to be counted. */
interface Found {
  bracket: Bracket;
  plane?: Bracket;
  method: string;
  stride?: string;
  size?: string;
}

type Rule = (network: Network, layer: Layer) => Found;

/** A configuration's values, as the layers that run here write them. */
interface Config {
  activation?: ActivationName;
  kernel_size?: number[];
  pool_size?: number[];
  strides?: number[];
  dilation_rate?: number[];
  padding?: string;
  groups?: number;
  size?: number[];
  alpha?: number;
  bias?: number;
  beta?: number;
  depth_radius?: number;
  epsilon?: number;
  max_value?: number;
}

const configOf = (layer: Layer): Config => layer.config as Config;
const arrayOf = (network: Network, layer: Layer, name: string): Float32Array | undefined => {
  const found = [...layer.parameters, ...(layer.constants ?? [])].find((array) => array.name.endsWith(`/${name}`));
  return found && network.valuesOf(found);
};
const shapeOf = (layer: Layer, name: string): readonly number[] =>
  (layer.parameters.find((array) => array.name.endsWith(`/${name}`)) as { shape: readonly number[] }).shape;
/** Two numbers, of a layer with one side 1 before it. */
const pairOf = (list: readonly number[] | undefined, otherwise = 1): Pair => {
  const [a = otherwise, b] = list ?? [otherwise, otherwise];
  return b === undefined ? [1, a] : [a, b];
};

const isometry =
  (method: string): Rule =>
  () => ({ bracket: exactly(1), method });

const dense: Rule = (network, layer) => {
  const [inputs, units] = shapeOf(layer, "kernel") as [number, number];
  const bracket = matrixNorm(arrayOf(network, layer, "kernel") as Float32Array, inputs, units);
  return { bracket, method: "Cholesky certificate", size: `${inputs}×${units}` };
};

const FOURIER = "Fourier transform, Cholesky certificates";

/** Kernels one after another, each group's filters or channels of its own. */
function convolution(network: Network, layer: Layer, plane: Bracket, terms: number, size: readonly number[]): Found {
  // What single precision loses on the way may leave the vector found worth less than the bound allows, never more.
  const lower = Math.min(linearLower(network, layer, terms), plane.upper);
  return {
    bracket: { lower, upper: plane.upper },
    plane,
    method: FOURIER,
    size: size.join("×"),
    stride: pairOf(configOf(layer).strides).join("×"),
  };
}

const conv: Rule = (network, layer) => {
  const { strides, dilation_rate, groups = 1 } = configOf(layer);
  const shape = shapeOf(layer, "kernel");
  const [channels, filters] = shape.slice(-2) as [number, number];
  const size = pairOf(shape.slice(0, -2));
  const values = arrayOf(network, layer, "kernel") as Float32Array;
  const units = filters / groups;
  const kernels = Array.from({ length: groups }, (_, g): Kernel => {
    const own = groups === 1 ? values : values.filter((_, i) => Math.floor((i % filters) / units) === g);
    const rest = { strides: pairOf(strides), dilations: pairOf(dilation_rate) };
    return { values: own, size, channels, filters: units, ...rest };
  });
  const terms = sizeOf(size) * channels;
  return convolution(network, layer, groupedNorm(kernels), terms, [channels * groups, ...size, filters]);
};

/** A kernel of one channel each. */
function depthwiseNorm(network: Network, layer: Layer): Bracket {
  const { strides, dilation_rate } = configOf(layer);
  const [kh, kw, channels, filters] = shapeOf(layer, "depthwise_kernel") as [number, number, number, number];
  const values = arrayOf(network, layer, "depthwise_kernel") as Float32Array;
  const kernels = Array.from({ length: channels }, (_, c): Kernel => {
    const own = values.filter((_, i) => Math.floor(i / filters) % channels === c);
    const rest = { strides: pairOf(strides), dilations: pairOf(dilation_rate) };
    return { values: own, size: [kh, kw], channels: 1, filters, ...rest };
  });
  return groupedNorm(kernels);
}

const depthwise: Rule = (network, layer) => {
  const [kh, kw, channels, filters] = shapeOf(layer, "depthwise_kernel") as [number, number, number, number];
  const size = [channels, kh, kw, channels * filters];
  return convolution(network, layer, depthwiseNorm(network, layer), kh * kw, size);
};

const separable: Rule = (network, layer) => {
  const [kh, kw, channels] = shapeOf(layer, "depthwise_kernel") as [number, number, number];
  const [, , width, filters] = shapeOf(layer, "pointwise_kernel") as [number, number, number, number];
  const pointwise = matrixNorm(arrayOf(network, layer, "pointwise_kernel") as Float32Array, width, filters);
  const upper = times(depthwiseNorm(network, layer), pointwise).upper;
  const lower = Math.min(linearLower(network, layer, kh * kw + width + 2), upper);
  return {
    bracket: { lower, upper },
    method: `${FOURIER}, product of its two parts`,
    size: [channels, kh, kw, filters].join("×"),
    stride: pairOf(configOf(layer).strides).join("×"),
  };
};

/** The sides of a layer's window over its image. */
function sidesOf(layer: Layer, taps: Pair): [rows: Side, columns: Side] {
  const { strides, padding = "valid" } = configOf(layer);
  const steps = pairOf(strides);
  const [h, w] =
    layer.inputShape.length === 2 ? [1, layer.inputShape[0] as number] : (layer.inputShape as [number, number]);
  const [oh, ow] =
    layer.outputShape.length === 2 ? [1, layer.outputShape[0] as number] : (layer.outputShape as [number, number]);
  return [sideOf(h, oh, taps[0], steps[0], padding), sideOf(w, ow, taps[1], steps[1], padding)];
}

const pooling =
  (kind: "maximum" | "average" | "root of squares"): Rule =>
  (_, layer) => {
    const { pool_size, strides } = configOf(layer);
    const taps = pairOf(pool_size);
    const [rows, columns] = sidesOf(layer, taps);
    const bracket = kind === "average" ? averageNorm(rows, columns) : poolingNorm(rows, columns);
    const method =
      kind === "average" ? "means along rows and columns, Cholesky certificate" : "windows that an input is in";
    return { bracket, method, size: taps.join("×"), stride: pairOf(strides).join("×") };
  };

const globalPooling =
  (kind: "maximum" | "average"): Rule =>
  (_, layer) => {
    const [h, w] = layer.inputShape as [number, number];
    const bracket = kind === "average" ? rootOf({ lower: down(1 / (h * w)), upper: up(1 / (h * w)) }) : exactly(1);
    return { bracket, method: "exact", size: `${h}×${w}` };
  };

/** Each position a product of its own: its norm, and how many positions share a pixel. */
const locallyConnected: Rule = (network, layer) => {
  const { kernel_size, strides } = configOf(layer);
  const [positions, taps, filters] = shapeOf(layer, "kernel") as [number, number, number];
  const values = arrayOf(network, layer, "kernel") as Float32Array;
  const block = taps * filters;
  const workspace = new Workspace();
  const norms = Array.from({ length: positions }, (_, p) =>
    matrixNorm(values.subarray(p * block, (p + 1) * block), taps, filters, workspace),
  );
  const [rows, columns] = sidesOf(layer, pairOf(kernel_size));
  const upper = overlappingBound(rows, columns, (p) => (norms[p] as Bracket).upper);
  const lower = norms.reduce((most, norm) => Math.max(most, norm.lower), linearLower(network, layer, taps));
  return {
    bracket: { lower: Math.min(lower, upper), upper },
    method: "norm of each position, positions that share a pixel",
    size: [layer.inputShape[2], ...pairOf(kernel_size), filters].join("×"),
    stride: pairOf(strides).join("×"),
  };
};

/** y = (x - mean) / sqrt(variance + epsilon) gamma + beta: a diagonal. */
const batchNormalization: Rule = (network, layer) => {
  const variance = arrayOf(network, layer, "moving_variance") as Float32Array;
  const gamma = arrayOf(network, layer, "gamma");
  const { epsilon = 1e-3 } = configOf(layer);
  let most = 0;
  variance.forEach((value, c) => {
    const spread = value + epsilon;
    if (!(spread > 0))
      outOfRange(`${layer.name} (BatchNormalization)`, "a variance above zero", `${spread} in channel ${c}`);
    most = Math.max(most, Math.abs(gamma?.[c] ?? 1) / Math.sqrt(spread));
  });
  return { bracket: { lower: down(most), upper: up(most) }, method: "largest scale of a channel" };
};

/** Steepest where all inputs are equal: diag(gamma) (I - 1 1^T / n) / sqrt(epsilon) [the projection has norm 1]. */
const layerNormalization: Rule = (network, layer) => {
  const { epsilon = 1e-3 } = configOf(layer);
  const name = `${layer.name} (LayerNormalization)`;
  if (!(epsilon > 0)) outOfRange(name, "a layer whose stretch is bounded", "epsilon 0, with which it is not");
  const n = layer.inputShape.at(-1) as number;
  const gamma = arrayOf(network, layer, "gamma");
  const most = gamma ? gamma.reduce((a, b) => Math.max(a, Math.abs(b)), 0) : 1;
  const upper = up(most / Math.sqrt(epsilon));
  return {
    bracket: { lower: down(upper * Math.sqrt(1 - 1 / n)) * (1 - 2 ** -48), upper },
    method: "steepest at equal inputs",
  };
};

/**
 * y_i = x_i (b + alpha S_i)^-beta with S_i the sum of squares of the 2 r + 1 channels around i. The Jacobian is D - R:
 * D diagonal, at most b^-beta; R_ij = 2 alpha beta x_i x_j s_i^(-beta - 1) where j is around i, s_i = b + alpha S_i.
 *
 * |R v|^2 <= sum_i c_i^2 |v around i|^2 <= max_j (sum of c_i^2 over the i around j) |v|^2, c_i^2 = 4 beta^2 alpha x_i^2 t_i s_i^(-2 beta - 2),
 * t_i = alpha S_i. Of the i around j, those on one side of it (j included) are all around each other, so that t_i >= T, their
 * alpha x^2 summed. With g(t) = t (b + t)^(-2 beta - 2) their share is at most 4 beta^2 T max_{t >= T} g(t), which is largest where
 * T = b / beta: (2 b^-beta (beta / (beta + 1))^(beta + 1))^2. Two sides give |R| <= sqrt(2) times the root of that (one, if r = 0).
 * From below: at x = 0 the layer is b^-beta times the identity.
 */
const localResponse: Rule = (_, layer) => {
  const { bias = 1, alpha = 1, beta = 0.5, depth_radius = 5 } = configOf(layer);
  const size = `${2 * depth_radius + 1} channels`;
  const diagonal = power(bias, -beta);
  if (alpha === 0 || beta === 0) return { bracket: diagonal, method: "exact", size };
  const sides = depth_radius === 0 ? 1 : Math.SQRT2;
  const rest = 2 * power(beta / (beta + 1), beta + 1).upper;
  return {
    bracket: { lower: diagonal.lower, upper: up(diagonal.upper * up(1 + up(sides * rest))) },
    method: "bound of its Jacobian",
    size,
  };
};

/**
 * Two inputs or more, taken as one. Input i is spread over s_i times its numbers, which stretches it by sqrt(s_i): a sum by
 * sqrt(s_1 + s_2 + ...), reached where every input is constant; the largest by sqrt(max s_i).
 */
const merged =
  (norm: (spreads: readonly number[]) => Bracket): Rule =>
  (_, layer) => ({
    bracket: norm(spreadsOf(layer)),
    method: "exact",
    size: `${layer.inputShapes?.length} inputs`,
  });

const rootOfSum = (spreads: readonly number[]): Bracket =>
  rootOf(exactly(spreads.reduce((total, spread) => total + spread, 0)));

const root = (n: number): Bracket => rootOf(exactly(n));

/** How many numbers of the output each number of an input reaches, input by input. */
export function spreadsOf(layer: Layer): number[] {
  return (layer.inputShapes ?? [layer.inputShape]).map((shape) => sizeOf(layer.outputShape) / sizeOf(shape));
}

const refused =
  (why: string): Rule =>
  (_, layer) =>
    outOfRange(`${layer.name} (${layer.className})`, "a layer whose stretch is bounded", why);

const RULES: Readonly<Record<string, Rule>> = {
  Activation: isometry("slope of the activation"),
  Add: merged(rootOfSum),
  AlphaDropout: isometry("the identity"),
  Average: merged((spreads) =>
    times(rootOfSum(spreads), { lower: down(1 / spreads.length), upper: up(1 / spreads.length) }),
  ),
  AveragePooling1D: pooling("average"),
  AveragePooling2D: pooling("average"),
  BatchNormalization: batchNormalization,
  Concatenate: isometry("moves numbers"),
  Conv1D: conv,
  Conv2D: conv,
  Cropping2D: isometry("moves numbers"),
  Dense: dense,
  DepthwiseConv2D: depthwise,
  Dropout: isometry("the identity"),
  ELU: isometry("slope of the activation"),
  Flatten: isometry("moves numbers"),
  GaussianDropout: isometry("the identity"),
  GaussianNoise: isometry("the identity"),
  GlobalAveragePooling2D: globalPooling("average"),
  GlobalMaxPooling2D: globalPooling("maximum"),
  GroupedConv2D: conv,
  L2Pooling2D: pooling("root of squares"),
  LayerNormalization: layerNormalization,
  LeakyReLU: (_, layer) => ({
    bracket: exactly(Math.max(1, Math.fround(Math.abs(configOf(layer).alpha ?? 0)))),
    method: "slope of the activation",
  }),
  LocalContrastNormalization: refused("one that divides by what its neighbours are, for which no bound is known here"),
  LocallyConnected2D: locallyConnected,
  LocalResponseNormalization: localResponse,
  Maximum: merged((spreads) => rootOf(exactly(Math.max(...spreads)))),
  MaxPooling1D: pooling("maximum"),
  MaxPooling2D: pooling("maximum"),
  Multiply: refused("a product of inputs, which stretches without bound"),
  Permute: isometry("moves numbers"),
  PReLU: (network, layer) => {
    const alpha = arrayOf(network, layer, "alpha") as Float32Array;
    return {
      bracket: exactly(alpha.reduce((most, value) => Math.max(most, Math.abs(value)), 1)),
      method: "slope of the activation",
    };
  },
  ReLU: (_, layer) => ({
    bracket: exactly(configOf(layer).max_value === 0 ? 0 : 1),
    method: "slope of the activation",
  }),
  Reshape: isometry("moves numbers"),
  SeparableConv2D: separable,
  Softmax: (_, layer) => ({
    bracket: activationSlope("softmax", layer.inputShape.at(-1) as number),
    method: "slope of the activation",
  }),
  SpatialDropout1D: isometry("the identity"),
  SpatialDropout2D: isometry("the identity"),
  Subtract: merged(rootOfSum),
  UpSampling2D: (_, layer) => {
    const [high, wide] = pairOf(configOf(layer).size);
    return { bracket: root(high * wide), method: "copies of each pixel", size: `${high}×${wide}` };
  },
  ZeroPadding2D: isometry("moves numbers"),
};

/**
 * The bound of one layer. Of the layer whose softmax is the network's last operation, and of no other, the softmax does not
 * count: what follows from the bounds is about the logits.
 *
 * @param index position in `network.layers`
 */
export function layerBound(network: Network, index: number): LayerBound {
  requireInteger("layer", index, 0, network.layers.length - 1);
  const layer = network.layers[index] as Layer;
  const rule = Object.hasOwn(RULES, layer.className) ? RULES[layer.className] : undefined;
  if (!rule) outOfRange(`${layer.name} (${layer.className})`, "a layer whose bound is known", "none");
  const endsHere = network.endsInSoftmax && network.calls.at(-1)?.layer === layer;
  const isSoftmaxLayer = layer.className === "Softmax";
  const isLeftOut = endsHere && (isSoftmaxLayer || layer.className === "Activation");
  const found = isLeftOut ? { bracket: exactly(1), method: "left out" } : rule(network, layer);
  const name = configOf(layer).activation ?? "linear";
  const counts = !isSoftmaxLayer && !(endsHere && name === "softmax");
  const slope = counts ? activationSlope(name, layer.outputShape.at(-1) as number) : exactly(1);
  const whole = times(found.bracket, slope);
  return {
    layer: layer.name,
    className: layer.className,
    size: found.size ?? "",
    stride: found.stride ?? "",
    bound: whole.upper,
    lower: whole.lower,
    ...(found.plane && { plane: times(found.plane, slope) }),
    method: `${found.method}${counts && name !== "linear" ? `, ${name}` : ""}`,
  };
}

/** The bounds of all layers, in their order; see `layerBound`. Refuses, by name, layers that stretch without bound. */
export function layerBounds(network: Network): LayerBound[] {
  return network.layers.map((_, index) => layerBound(network, index));
}
