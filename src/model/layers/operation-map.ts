/**
 * What an operation computes, in typed form: what bounds, ranges and certificates are made from. It stands beside
 * `forward` and `inputGradient`, and the layer's JSON configuration serves reading and writing alone.
 *
 * The unions are closed: whoever turns a map into something handles each kind, or says why it refuses one.
 */
import type { Bracket } from "../../numeric/rounding.ts";
import type { F32Pointer, Kernels } from "../../wasm/index.ts";
import type { Parameter } from "./parameter.ts";
import type { Window } from "./window.ts";

/** The smallest interval known to hold all values. */
export type Range = readonly [lower: number, upper: number];

export const EVERYWHERE: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** All that is known of a function of one number which is applied to each. */
export interface Activation {
  /** As a configuration names it. */
  readonly name: string;
  /** What with the name says which function it is, rounded to single precision: a slope, a bound, an exponent. */
  readonly parameters?: readonly number[];
  /** y = f(x), n numbers. */
  readonly forward: (kernels: Kernels, n: number, x: F32Pointer, y: F32Pointer) => void;
  /** dx += f'(x) dy, n numbers; `at` is x or y, as `gradientFrom` says. */
  readonly gradient: (kernels: Kernels, n: number, at: F32Pointer, dy: F32Pointer, dx: F32Pointer) => void;
  readonly gradientFrom: "input" | "output";
  /** Its greatest slope, up or down: its Lipschitz constant; infinite where none is. */
  readonly slope: Bracket;
  /** What it gives, as the kernel rounds it. */
  readonly range: Range;
  /** Whether it never falls. */
  readonly isMonotone: boolean;
}

/** y = W x + b, W made of the kernel's numbers, b repeated over the output. */
export type LinearMap =
  /** A matrix [inputs, units] over the last axis, of `outer` rows. */
  | {
      readonly kind: "product";
      readonly kernel: Parameter;
      readonly bias: Parameter | undefined;
      readonly outer: number;
    }
  /** [kh, kw, c / groups, filters]: the filters of a group see the channels of that group. */
  | {
      readonly kind: "convolution";
      readonly kernel: Parameter;
      readonly bias: Parameter | undefined;
      readonly window: Window;
      readonly groups: number;
    }
  /** [kh, kw, c, m]: m filters for each channel. */
  | {
      readonly kind: "depthwise";
      readonly kernel: Parameter;
      readonly bias: Parameter | undefined;
      readonly window: Window;
    }
  /** [oh ow, kh kw c, filters]: each position has a matrix of its own. */
  | {
      readonly kind: "local";
      readonly kernel: Parameter;
      readonly bias: Parameter | undefined;
      readonly window: Window;
    };

/** Terms of y = (x - mean) factor + shift, number by number; a row repeats them. */
export interface AffineTerms {
  readonly mean: Float32Array;
  readonly factor: Float32Array;
  readonly shift: Float32Array;
}

export type OperationMap =
  | LinearMap
  /** The steps of a sequence, each taking up the states of the one before. */
  | { readonly kind: "recurrence" }
  /** y = K^T x + b, K another map. */
  | { readonly kind: "transposed"; readonly of: LinearMap; readonly bias: Parameter | undefined }
  /**
   * [d, h, w, c]: plane m is the sum over the kernel's slices u of convolutions of plane m sh + u dh - top; `depth` is the window along
   * the planes, which are rows of it.
   */
  | {
      readonly kind: "volume";
      readonly slices: readonly Extract<LinearMap, { kind: "convolution" }>[];
      readonly kernel: Parameter;
      readonly bias: Parameter | undefined;
      readonly depth: Window;
    }
  /** The same for each of so many parts of a row. */
  | { readonly kind: "stepwise"; readonly steps: number; readonly of: OperationMap }
  /** y = (x - mean) factor + shift; the terms as they are now. */
  | { readonly kind: "affine"; readonly terms: () => AffineTerms }
  /** Each number of the input goes to one place of the output at most; other places are zero. */
  | { readonly kind: "moves" }
  /**
   * Each number of the output is one of the input, or `fill`: `sources` says which, below zero for `fill`. `copies` is how often the
   * one that is taken most is taken.
   */
  | { readonly kind: "take"; readonly fill: number; readonly copies: number; readonly sources: () => Int32Array }
  /** [outer, count, inner], of which the middle axis becomes one number. */
  | {
      readonly kind: "reduction";
      readonly of: ReductionKind;
      readonly outer: number;
      readonly count: number;
      readonly inner: number;
    }
  /** Each pixel becomes a block of pixels. */
  | { readonly kind: "repeat"; readonly size: readonly [rows: number, columns: number] }
  /** A window on each channel; an average counts what lies inside the image. */
  | {
      readonly kind: "pooling";
      readonly of: "maximum" | "average" | "root of squares";
      readonly window: Window;
      /** Stands beside the squares under the root. */
      readonly epsilon?: number;
    }
  /** The whole of each channel. */
  | { readonly kind: "global pooling"; readonly of: "maximum" | "average"; readonly window: Window }
  | { readonly kind: "elementwise"; readonly activation: Activation }
  /** y = x, below zero alpha x. */
  | { readonly kind: "prelu"; readonly alpha: Parameter }
  /** f(x, c), or f(c, x), with an array c of the model: both stretch to the output's shape [stretchedStrides of axes.ts]. */
  | {
      readonly kind: "with constant";
      readonly of: BinaryKind;
      readonly constant: Parameter;
      readonly isFirst: boolean;
      readonly inputShape: readonly number[];
      readonly outputShape: readonly number[];
    }
  /** Over the last axis, of extent `width`. */
  | { readonly kind: "softmax" | "log softmax"; readonly width: number }
  /** [outer, from, inner] to [outer, to, inner]: y_i = weights_i0 x_index_i0 + weights_i1 x_index_i1 along the axis in the middle. */
  | {
      readonly kind: "interpolation";
      readonly outer: number;
      readonly from: number;
      readonly to: number;
      readonly inner: number;
      /** Where pixel i of `to` lies among `from`: (i + 1/2) from / to - 1/2, i (from - 1) / (to - 1), or i from / to. */
      readonly places: "half pixel" | "corners" | "corner";
      /** [to, 2] each. */
      readonly index: Int32Array;
      readonly weights: Float32Array;
    }
  /** The product of x [..., m, k] and a matrix [..., k, n], or of these in turn; leading axes stretch as in NumPy. */
  | {
      readonly kind: "matrix product";
      readonly matrix: Parameter;
      readonly isFirst: boolean;
      readonly inputShape: readonly number[];
      readonly outputShape: readonly number[];
    }
  /** y = (x - mean) / sqrt(variance + epsilon) gamma + beta, channel by channel. */
  | {
      readonly kind: "scale";
      readonly mean: Parameter;
      readonly variance: Parameter;
      readonly gamma: Parameter | undefined;
      readonly beta: Parameter | undefined;
      readonly epsilon: number;
    }
  /** The same with the moments of the row of channels itself. */
  | {
      readonly kind: "standardise";
      readonly channels: number;
      readonly gamma: Parameter | undefined;
      readonly beta: Parameter | undefined;
      readonly epsilon: number;
    }
  /** y_i = x_i (bias + alpha sum_{|j - i| <= radius} x_j^2)^-beta over the channels. */
  | {
      readonly kind: "local response";
      readonly radius: number;
      readonly bias: number;
      readonly alpha: number;
      readonly beta: number;
    }
  /** g = x - mean(x), y = g / max(threshold, sqrt(mean(g^2))), means over a weighted window of `size` x `size`. */
  | {
      readonly kind: "local contrast";
      readonly size: number;
      readonly channels: number;
      /** f32[size], the weights of a side of the window, which is square. */
      readonly weights: Float32Array;
      readonly threshold: number;
    };

/** Functions of two numbers. */
export type BinaryKind =
  | "sum"
  | "difference"
  | "product"
  | "quotient"
  | "largest"
  | "least"
  | "squared difference"
  | "power";

/** What many numbers become. */
export type ReductionKind =
  | "sum"
  | "mean"
  | "largest"
  | "least"
  | "sum of squares"
  | "root of squares"
  | "sum of magnitudes"
  | "product"
  | "log of exponentials";

/** How several inputs become one. */
export type MergeKind = BinaryKind | "matrix product" | "mean" | "concatenation";

const LINEAR = ["product", "convolution", "depthwise", "local"] as const satisfies readonly LinearMap["kind"][];

export function isLinear(map: OperationMap): map is LinearMap {
  return LINEAR.some((kind) => kind === map.kind);
}

/** What a layer gives, whatever it takes, by the last of its operations. */
export function rangeOf({ operations }: { readonly operations: readonly { readonly map: OperationMap }[] }): Range {
  const map = operations.at(-1)?.map;
  if (map?.kind === "elementwise") return map.activation.range;
  return map?.kind === "softmax" ? [0, 1] : EVERYWHERE;
}
