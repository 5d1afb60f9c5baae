/**
 * The graph that every format of nodes is read to: constants, one input, and nodes that each make one value. A reader (of
 * GraphModels, of ONNX) translates its format's operations to those below, one pass turns images to channels last, and the
 * lowering makes layers of what is left.
 *
 * Shapes are whole, with the batch on axis 0, and axes are counted from 0. What a format leaves to be worked out (padding by
 * name, an extent of -1, an axis from behind) is a number here: a reader asks its `GraphBuilder` for shapes and for the values
 * of constants while it reads.
 */

/**
 * The batch as an extent: a prime beyond every extent that a shape may have. Arithmetic on shapes needs no symbols with it:
 * a multiple of it is so many rows' worth, and products stay whole numbers that a double holds.
 */
export const BATCH = 67_108_879;

export type Shape = readonly number[];

/** Whole numbers and truth values are for shapes and indices; they are kept as doubles. */
export type DataType = "float32" | "integer" | "boolean";
export type Values = Float32Array | Float64Array;

/** Numbers as floats: themselves where they are. */
export const asFloats = (values: Values): Float32Array =>
  values instanceof Float32Array ? values : new Float32Array(values);

/** Numbers that the model carries. Read when they are needed, so that of large weights one at a time is in memory. */
export interface Constant {
  readonly dtype: DataType;
  readonly shape: Shape;
  /** A Float32Array where the dtype is float32, else a Float64Array. It must not be written to. */
  read(): Values;
}

/** Where the channels of images, sequences and volumes lie. */
export type Layout = "channels last" | "channels first";
export type Pads = readonly (readonly [before: number, after: number])[];

/** A window that slides over the axes between batch and channels: one entry each. */
export interface Sliding {
  readonly layout: Layout;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: Pads;
}

/** Functions of one number. */
export type UnaryFunction =
  | "abs"
  | "ceil"
  | "cos"
  | "erf"
  | "exp"
  | "floor"
  /** x times the normal distribution function. */
  | "gelu"
  /** The same by tanh. */
  | "gelu_tanh"
  /** x min(max(x + 3, 0), 6) / 6 */
  | "hard_swish"
  | "log"
  | "mish"
  | "negate"
  | "reciprocal"
  | "relu"
  | "relu6"
  | "round"
  | "rsqrt"
  | "selu"
  | "sigmoid"
  | "sign"
  | "sin"
  | "softplus"
  | "softsign"
  | "sqrt"
  | "square"
  | "swish"
  | "tanh";

/** Functions of one number that have parameters. */
export type ParametricFunction =
  /** min(max(x, lower), upper) */
  | { readonly function: "clip"; readonly lower: number; readonly upper: number }
  /** x, below zero alpha (exp(x) - 1) */
  | { readonly function: "elu"; readonly alpha: number }
  /** min(max(alpha x + beta, 0), 1) */
  | { readonly function: "hard_sigmoid"; readonly alpha: number; readonly beta: number }
  /** x, below zero alpha x */
  | { readonly function: "leaky_relu"; readonly alpha: number }
  /** x where x > alpha, else 0 */
  | { readonly function: "thresholded_relu"; readonly alpha: number };

/** Functions of two numbers. Those of the second line are for shapes and indices: they run on constants alone. */
export type BinaryFunction =
  | "add"
  | "divide"
  | "maximum"
  | "minimum"
  | "multiply"
  | "power"
  | "squared_difference"
  | "subtract"
  | "and"
  | "equal"
  | "floor_divide"
  | "greater"
  | "greater_equal"
  | "less"
  | "less_equal"
  | "modulo"
  | "not_equal"
  | "or";

export type ReduceKind =
  | "mean"
  | "sum"
  | "maximum"
  | "minimum"
  | "product"
  | "l1"
  | "l2"
  | "sum of squares"
  | "log sum exp";

/** What a node computes. The comments name its inputs. */
export type Operation =
  /** x, kernel [...taps, channels / groups, filters], maybe bias [filters]. Depthwise is one group a channel. */
  | ({ readonly op: "convolution"; readonly groups: number } & Sliding)
  /**
   * x, kernel [...taps, filters / groups, channels], maybe bias [filters]: the gradient of a convolution from [...extents,
   * filters] to x. `pads` are those of that convolution.
   */
  | ({ readonly op: "transposed convolution"; readonly groups: number; readonly extents: readonly number[] } & Sliding)
  /** x; an average counts what lies inside the image, or the border too. */
  | ({
      readonly op: "pool";
      readonly kind: "maximum" | "average";
      readonly taps: readonly number[];
      readonly countsBorder: boolean;
    } & Sliding)
  /** a [..., m, k], b [..., k, n]; leading axes are broadcast. */
  | { readonly op: "matmul" }
  /** x */
  | ({ readonly op: "unary" } & ({ readonly function: UnaryFunction } | ParametricFunction))
  /** a, b; broadcast as in NumPy. */
  | { readonly op: "binary"; readonly function: BinaryFunction }
  /** x, alpha, broadcast to x: below zero alpha x. */
  | { readonly op: "prelu" }
  /** condition, a, b, all constants. */
  | { readonly op: "select" }
  /** x */
  | { readonly op: "reduce"; readonly kind: ReduceKind; readonly axes: readonly number[]; readonly keepsAxes: boolean }
  /** x, scale, offset, mean, variance, each [channels]: (x - mean) / sqrt(variance + epsilon) scale + offset. */
  | { readonly op: "batch normalisation"; readonly axis: number; readonly epsilon: number }
  /** x, maybe scale, maybe offset, broadcast to x: with the moments over the axes in the place of given ones. */
  | { readonly op: "standardise"; readonly axes: readonly number[]; readonly epsilon: number }
  /** x: x_i (bias + alpha sum_{|j - i| <= radius} x_j^2)^-beta over the axis. */
  | {
      readonly op: "local response";
      readonly axis: number;
      readonly radius: number;
      readonly bias: number;
      readonly alpha: number;
      readonly beta: number;
    }
  /** x */
  | { readonly op: "softmax" | "log softmax"; readonly axis: number }
  /** x; the shape has no open extent. */
  | { readonly op: "reshape"; readonly shape: Shape }
  /** x; axis k of the result is axis order[k] of x. */
  | { readonly op: "transpose"; readonly order: readonly number[] }
  /** One input or more. */
  | { readonly op: "concatenate"; readonly axis: number }
  /** x; one entry for each axis. Steps may be below zero: then starts count down. */
  | {
      readonly op: "slice";
      readonly starts: readonly number[];
      readonly sizes: readonly number[];
      readonly steps: readonly number[];
    }
  /** x; one entry for each axis. */
  | {
      readonly op: "pad";
      readonly pads: Pads;
      readonly mode: "constant" | "edge" | "reflect" | "symmetric";
      readonly value: number;
    }
  /** x, constant indices, whole numbers >= 0. */
  | { readonly op: "gather"; readonly axis: number }
  /** x; extents of 1 and missing axes in front are repeated. */
  | { readonly op: "broadcast"; readonly shape: Shape }
  /** x; so often along each axis. */
  | { readonly op: "tile"; readonly repeats: readonly number[] }
  /**
   * x. Pixel i of n takes from (i + 1/2) m / n - 1/2 of m ("half pixel"), i (m - 1) / (n - 1) ("corners") or i m / n ("corner").
   * Nearest rounds that down, to the nearest with halves down or up.
   */
  | {
      readonly op: "resize";
      readonly layout: Layout;
      readonly extents: readonly number[];
      readonly method: "nearest" | "linear";
      readonly places: "half pixel" | "corners" | "corner";
      readonly rounding: "floor" | "half down" | "half up" | "ceil";
    }
  /** x; only from float32 to float32 does it run on values that are no constants. */
  | { readonly op: "cast"; readonly to: DataType };

/** Makes the value of its name of the values that it takes. */
export type GraphNode = Operation & { readonly name: string; readonly inputs: readonly string[] };
export type NodeOf<Op extends Operation["op"]> = Extract<GraphNode, { op: Op }>;

/** A model as a graph. */
export interface Graph {
  readonly name: string;
  readonly input: string;
  readonly output: string;
  /** Each behind those whose values it takes; all lead to the output, and all depend on the input. */
  readonly nodes: readonly GraphNode[];
  /** The constants that nodes take. */
  readonly constants: ReadonlyMap<string, Constant>;
  /** The shape of every value. */
  readonly shapes: ReadonlyMap<string, Shape>;
}

/** A model as it was found: the file that was named, and the way to those beside it. */
export interface ModelFile {
  /** What errors call it: its path, or its address. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The bytes of a file that the model names, by its path from the model's folder. Refuses one that leads out of there. */
  beside(path: string): Promise<Uint8Array<ArrayBuffer>>;
}

export interface ReadOptions {
  /** Name of the output, or of the node or value that is to be one. Needed where a model has several outputs. */
  readonly output?: string | undefined;
  /** Name of the value that is the input in the place of the model's own: behind an Embedding, for a model that takes tokens. */
  readonly inputs?: string | undefined;
}

/**
 * A format's reader. It refuses what it cannot read: every operation that does not run, at once, with the nodes' names and the
 * way that works; inputs of whole numbers; files that are damaged.
 */
export type GraphReader = (file: ModelFile, options: ReadOptions) => Promise<Graph>;
