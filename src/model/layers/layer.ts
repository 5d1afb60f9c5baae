/**
 * What a layer is: a name, a shape, parameters in the arena, and a list of operations with forward beside
 * backward beside what is known of them. A layer of Keras may take several operations (a product, then its activation);
 * one that joins several inputs starts with a merge. Operations keep nothing of a call: those of a shared layer run at
 * several places.
 */
import type { F32Pointer, Workspace } from "../../wasm/index.ts";
import type { SparseRows } from "../sparse-rows.ts";
import type { MergeKind, OperationMap } from "./operation-map.ts";
import type { Parameter } from "./parameter.ts";

/** One step of the network on `rows` rows at once; buffers are f32, row-major. */
export interface Operation {
  readonly inputSize: number;
  readonly outputSize: number;

  /** Whether it has a way of its own for inputs that are mostly zero, to the same bits; it may change with the parameters. */
  readonly takesSparse?: boolean;

  /** y = f(x).   x  [rows, inputSize], y  [rows, outputSize]; `sparse` is x again, where `takesSparse` and it is mostly zero: then only that is read */
  forward(rows: number, x: F32Pointer, y: F32Pointer, sparse?: SparseRows): void;

  /** dx += (df/dx)^T dy, from the input and the output of `forward`. */
  inputGradient(rows: number, x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void;

  /** dx = (df/dx)^T dy, whatever dx holds: to the bits of `inputGradient` over zeros, where that takes one pass less. */
  writeInputGradient?(rows: number, dy: F32Pointer, dx: F32Pointer): void;

  /** Adds (df/dw)^T dy, summed over the rows in ascending order, to the gradient of each parameter. */
  parameterGradient?(rows: number, x: F32Pointer, dy: F32Pointer, scratch: F32Pointer, sparse?: SparseRows): void;

  /**
   * Adds the gradient of parameters by which the operation takes up what it gave before, as from step to step of a sequence. It
   * is called behind `inputGradient`, with what that left at `dy` and `dx`; `dx` is of this operation alone.
   */
  recurrentGradient?(
    rows: number,
    x: F32Pointer,
    y: F32Pointer,
    dy: F32Pointer,
    dx: F32Pointer,
    scratch: F32Pointer,
  ): void;

  /** Bytes of scratch that the gradients of parameters need for so many rows. */
  scratchBytes?(rows: number): number;
}

/** An operation that says what it computes: all that runs outside of training. */
export interface MappedOperation extends Operation {
  readonly map: OperationMap;
}

/** One step of the network that joins several inputs; the same input may come up twice. */
export interface Merge {
  readonly outputSize: number;
  readonly kind: MergeKind;

  /** y = f(x0, x1, ...).   xs[i]  [rows, size of input i], y  [rows, outputSize] */
  forward(rows: number, xs: readonly F32Pointer[], y: F32Pointer): void;

  /** dxs[i] += (df/dx_i)^T dy for each input, from the inputs and the output of `forward`. */
  inputGradient(
    rows: number,
    xs: readonly F32Pointer[],
    y: F32Pointer,
    dy: F32Pointer,
    dxs: readonly F32Pointer[],
    scratch: F32Pointer,
  ): void;

  /** Bytes of scratch that `inputGradient` needs for so many rows. */
  scratchBytes?(rows: number): number;
}

/** Where the noise of a pass of training comes from: with a row's number, the counter of a random generator. */
export interface Noise {
  /** A whole number below 2^53. */
  readonly seed: number;
  /** Number of the pass in its run, below 2^32: no two passes draw the same. */
  readonly draw: number;
}

/** Operations that draw noise in training. */
export interface TrainingOperations {
  readonly operations: readonly Operation[];
  /**
   * Called before each batch: what is drawn, by which of the network's layers, from which row of the pass on.
   * A layer that is called several times draws the same at each call.
   */
  setNoise(noise: Noise, stream: number, row: number): void;
}

export interface Layer {
  readonly className: string;
  readonly name: string;
  /** Shape of one input and one output, without the batch. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** Shapes of all inputs, where there are several. */
  readonly inputShapes?: readonly (readonly number[])[];
  /** What is trained. */
  readonly parameters: readonly Parameter[];
  /** What is loaded and saved with the parameters but never trained, such as moving averages. */
  readonly constants?: readonly Parameter[];
  /** Names of what may be stored with them and is not needed here, such as how much data a mean was taken of. */
  readonly ignoredWeights?: readonly string[];
  /** Joins the inputs, before the operations. */
  readonly merge?: Merge;
  readonly operations: readonly MappedOperation[];
  /** What runs in their place in training by minibatches, where that differs. */
  readonly training?: TrainingOperations;
  /** Whether it draws noise in training that is not drawn here: training by minibatches refuses it. */
  readonly drawsOtherNoise?: boolean;
  /** The layer's configuration as tfjs writes it; nothing but `topology.ts` reads it. */
  readonly config: Record<string, unknown>;
  /** Called when the values of its parameters or constants have changed. */
  parametersChanged?(): void;
}

/** How a layer comes to be: its tfjs configuration, the shape that reaches it, the workspace it lives in. */
export type LayerFactory = (
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
) => Layer;

/** How a layer with several inputs comes to be, from the shapes that reach it. */
export type MergeFactory = (
  config: Record<string, unknown>,
  inputShapes: readonly (readonly number[])[],
  workspace: Workspace,
) => Layer;
