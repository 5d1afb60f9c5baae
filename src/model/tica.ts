/**
 * One stage of reconstruction topographic independent component analysis [Le et al. 2012; Le et al., "ICA with reconstruction
 * cost for efficient overcomplete feature learning", 2011] with local receptive fields whose weights are not shared:
 *
 *     sum_i |W2 W1^T x_i - x_i|^2 + lambda sum_j sqrt(epsilon + H_j (W1^T x_i)^2)
 *
 * Of W1 and W2 each position of a field has filters of its own; H_j sums over a window of positions of one map. W1 is what
 * the network keeps, as a `LocallyConnected2D`. It gives the objective over rows and its gradient to both.
 */
import { requireNumber, requireRows } from "../check.ts";
import { type F32Pointer, type F64Pointer, NOWHERE, offset64, Workspace } from "../wasm/index.ts";
import type { MappedOperation, Parameter } from "./layers/index.ts";
import { l2PoolingLayer } from "./layers/l2-pooling.ts";
import { LocalOperation } from "./layers/locally-connected2d.ts";
import { declareParameter, placeParameters } from "./layers/parameter.ts";
import { gradientOf } from "./layers/weights.ts";
import { windowOver } from "./layers/window.ts";
import { readParameters, writeParameters } from "./parameters.ts";
import { GRADIENT_CHUNK } from "./training-passes.ts";

/** The sizes of a stage. */
export interface TicaShape {
  /** [height, width, channels] of what it is given. */
  input: readonly [number, number, number];
  /** Height and width of a receptive field, and how far two of them are apart. */
  field: number;
  stride: number;
  /** Filters at each position. */
  maps: number;
  /** Height and width of a pool, at stride 1. */
  pool: number;
}

/** The weights of the terms. */
export interface TicaTerms {
  /** Weight of the pooled terms. */
  lambda: number;
  /** Below the root, above 0: what makes it smooth. */
  epsilon: number;
}

/** The objective of a set of rows, and its gradient with respect to W1, then W2. */
export interface TicaGradient {
  /** Sum over the rows of |W2 W1^T x - x|^2. */
  error: number;
  /** Sum over rows and pools of the roots. */
  pooled: number;
  /** f64[parameterCount] */
  gradient: Float64Array;
}

/** Rows that are computed at once. */
const BATCH = 64;

/** A stage: encoding filters W1, decoding filters W2. */
export class ReconstructionTica {
  readonly inputSize: number;
  /** W1, then W2: f32[positions, field field channels, maps] each. */
  readonly parameters: readonly [Parameter, Parameter];
  readonly parameterCount: number;
  private readonly workspace = new Workspace();
  private readonly encode: LocalOperation;
  private readonly decode: LocalOperation;
  private readonly pool: MappedOperation;
  private readonly lambda: number;
  /** f32[BATCH, .] each: rows, codes, pooled codes, reconstructions and what the gradient is to them. */
  private readonly x: F32Pointer;
  private readonly code: F32Pointer;
  private readonly codeSlope: F32Pointer;
  private readonly pooled: F32Pointer;
  private readonly pooledSlope: F32Pointer;
  private readonly rebuilt: F32Pointer;
  private readonly errors: F64Pointer;
  private readonly scratch: F32Pointer;
  private readonly total: F64Pointer;

  constructor({ input, field, stride, maps, pool }: TicaShape, { lambda, epsilon }: TicaTerms) {
    const { workspace } = this;
    const { arena } = workspace;
    this.lambda = requireNumber("lambda", lambda, 0);
    requireNumber("epsilon", epsilon, Number.MIN_VALUE);
    const both = (n: number) => [n, n];
    const window = windowOver("tica", input, {
      taps: both(field),
      strides: both(stride),
      dilations: both(1),
      padding: "valid",
    });
    const shape = [window.oh * window.ow, field * field * window.c, maps];
    this.parameters = [declareParameter("encoder/kernel", shape), declareParameter("decoder/kernel", shape)];
    placeParameters(workspace, this.parameters);
    this.parameterCount = 2 * this.parameters[0].size;
    this.encode = new LocalOperation(workspace, window, this.parameters[0], undefined);
    this.decode = new LocalOperation(workspace, window, this.parameters[1], undefined);
    const config = { name: "pool", pool_size: both(pool), strides: both(1), epsilon };
    this.pool = l2PoolingLayer(config, [window.oh, window.ow, maps], workspace).operations[0] as MappedOperation;
    this.inputSize = this.encode.inputSize;
    const room = (size: number) => arena.allocateF32(BATCH * size);
    this.x = room(this.inputSize);
    this.rebuilt = room(this.inputSize);
    this.code = room(this.encode.outputSize);
    this.codeSlope = room(this.encode.outputSize);
    this.pooled = room(this.pool.outputSize);
    this.pooledSlope = room(this.pool.outputSize);
    arena.f32(this.pooledSlope, BATCH * this.pool.outputSize).fill(this.lambda / 2);
    this.errors = arena.allocateF64(BATCH);
    this.scratch = arena.allocateF32(this.encode.scratchBytes(BATCH) / 4);
    this.total = arena.allocateF64(this.parameterCount);
  }

  /** f32[parameterCount]: W1, then W2. */
  getParameters(): Float32Array<ArrayBuffer> {
    return readParameters(this.workspace, this.parameters);
  }

  /** Sets W1 and W2, each number rounded to f32. */
  setParameters(values: Float32Array | Float64Array): void {
    writeParameters(this.workspace, this.parameters, values);
    this.encode.parametersChanged();
    this.decode.parametersChanged();
  }

  /**
   * The objective of the rows and its gradient. Sums are f32 over ascending rows within a chunk of GRADIENT_CHUNK, chunks
   * in f64, ascending.
   *
   * @param rows f32[n, inputSize]
   */
  parameterGradient(rows: Float32Array): TicaGradient {
    const count = requireRows("rows", rows, this.inputSize);
    const { kernels, arena } = this.workspace;
    const { inputSize, parameters } = this;
    arena.f64(this.total, this.parameterCount).fill(0);
    let [error, pooled] = [0, 0];
    for (let first = 0; first < count; first += GRADIENT_CHUNK) {
      for (const parameter of parameters) {
        arena.f32(gradientOf(this.workspace, parameter), parameter.size).fill(0);
      }
      const end = Math.min(first + GRADIENT_CHUNK, count);
      for (let at = first; at < end; at += BATCH) {
        const n = Math.min(BATCH, end - at);
        arena.f32(this.x, n * inputSize).set(rows.subarray(at * inputSize, (at + n) * inputSize));
        this.passes(n);
        for (const rowError of arena.f64(this.errors, n)) error += rowError;
        for (const root of arena.f32(this.pooled, n * this.pool.outputSize)) pooled += root;
      }
      let to = this.total;
      for (const { size, gradient } of parameters) {
        kernels.add_f32_to_f64(size, gradient as F32Pointer, to);
        to = offset64(to, size);
      }
    }
    // The passes are of half the objective.
    const gradient = arena.f64(this.total, this.parameterCount).map((slope) => 2 * slope);
    return { error: 2 * error, pooled, gradient };
  }

  /** Forward and backward for n rows: half the objective, whose gradient is that of squared_error_f32. */
  private passes(n: number): void {
    const { kernels, arena } = this.workspace;
    const { encode, decode, pool, x, code, codeSlope, rebuilt, inputSize } = this;
    encode.forward(n, x, code);
    arena.f32(rebuilt, n * inputSize).fill(0);
    decode.inputGradient(n, NOWHERE, NOWHERE, code, rebuilt);
    kernels.squared_error_f32(n, inputSize, rebuilt, x, this.errors, rebuilt);
    decode.parameterGradient(n, rebuilt, code, this.scratch);
    decode.forward(n, rebuilt, codeSlope);
    pool.forward(n, code, this.pooled);
    pool.inputGradient(n, code, this.pooled, this.pooledSlope, codeSlope);
    encode.parameterGradient(n, x, codeSlope, this.scratch);
  }
}
