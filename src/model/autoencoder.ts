/**
 * An autoencoder: an encoder of sigmoid units, and a decoder that reconstructs the row from their activations. It gives the
 * squared error over rows and its gradient to the parameters. A caller adds a penalty on the units' mean activations by its
 * slope (UFLDL's sparsity; Ng, "Sparse autoencoder", CS294A lecture notes, 2011).
 */
import { outOfRange, requireInteger, requireOptions, requireRows } from "../check.ts";
import { type F32Pointer, type F64Pointer, offset32, Workspace } from "../wasm/index.ts";
import { Draws } from "./draws.ts";
import { denseLayer } from "./layers/dense.ts";
import { type Layer, type MappedOperation, type Parameter, placeParameters } from "./layers/index.ts";
import { countParameters, readParameters, writeParameters } from "./parameters.ts";
import { Plan } from "./plan.ts";
import { knownRows, type PreparedRows, prepareRows } from "./prepared-rows.ts";
import { GRADIENT_CHUNK } from "./training-passes.ts";

/** The decoder's units: sigmoid, with outputs in (0, 1), or linear. */
export const DECODERS = ["sigmoid", "linear"] as const;
/** The decoder's units: sigmoid or linear. */
export type Decoder = (typeof DECODERS)[number];

/** The sizes of an autoencoder, and the seed of its weights. */
export interface AutoencoderShape {
  /** Numbers of a row; default 784. */
  inputs?: number;
  /** Units of the encoder; default 400. */
  units?: number;
  /** Default "sigmoid". */
  decoder?: Decoder;
  /** Seed of the initial weights; default 0. */
  seed?: number;
}

/** Summed squared error of a set of rows, and its gradient with respect to all parameters. */
export interface ReconstructionGradient {
  /** Sum over the rows of |reconstruction - row|^2 / 2. */
  error: number;
  /** f64[units], the mean activation of each unit over the rows. */
  means: Float64Array;
  /** f64[parameterCount], in the order of `Autoencoder.parameters`. */
  gradient: Float64Array;
}

/** Hands its rows on; on the way back it adds the same slope to each of them. */
class SlopeOperation implements MappedOperation {
  readonly map = { kind: "moves" } as const;
  readonly inputSize: number;
  readonly outputSize: number;
  /** f32[units] */
  readonly slope: F32Pointer;
  private readonly workspace: Workspace;

  constructor(workspace: Workspace, units: number) {
    this.inputSize = units;
    this.outputSize = units;
    this.workspace = workspace;
    this.slope = workspace.arena.allocateF32(units);
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const n = this.inputSize;
    this.workspace.kernels.copy_rows_f32(rows, n, x, n, y, n);
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { kernels } = this.workspace;
    const n = this.inputSize;
    kernels.add_f32(rows * n, dy, dx);
    for (let r = 0; r < rows; r++) kernels.axpy_f32(n, 1, this.slope, offset32(dx, r * n));
  }
}

/** An autoencoder of one hidden layer: sigmoid units, and a decoder back to the row. */
export class Autoencoder {
  /** Numbers of a row. */
  readonly inputSize: number;
  /** Units of the encoder. */
  readonly units: number;
  /** The units of the decoder. */
  readonly decoder: Decoder;
  /** encoder/kernel [inputs, units], encoder/bias, decoder/kernel [units, inputs], decoder/bias. */
  readonly parameters: readonly Parameter[];
  /** Numbers in all parameters. */
  readonly parameterCount: number;
  private readonly workspace = new Workspace();
  private readonly layers: readonly Layer[];
  private readonly plan: Plan;
  private readonly slope: SlopeOperation;
  /** The units' activations, and the reconstruction. */
  private readonly code: number;
  private readonly output: number;
  /** f64[rows of a batch]. */
  private readonly errors: F64Pointer;
  /** f32[units], then f64[units]: sums of activations over a chunk, over the rows. */
  private readonly chunkSums: F32Pointer;
  private readonly sums: F64Pointer;
  /** f32[n, units], the activations of all rows between the two passes of a gradient. */
  private codes = new Float32Array(0);
  /** f64[parameterCount]; reserved by the first gradient. */
  private total: F64Pointer | undefined;

  /**
   * Kernels uniform in +-sqrt(6 / (inputs + units + 1)) [the limit of UFLDL], biases zero. Throws for sizes that are
   * not whole, another decoder, and options that it does not have.
   */
  constructor(shape: AutoencoderShape = {}) {
    requireOptions("Autoencoder", shape, { inputs: true, units: true, decoder: true, seed: true });
    const { inputs = 784, units = 400, decoder = "sigmoid", seed = 0 } = shape;
    this.inputSize = requireInteger("inputs", inputs, 1);
    this.units = requireInteger("units", units, 1);
    if (!DECODERS.includes(decoder)) outOfRange("decoder", `one of ${DECODERS.join(", ")}`, JSON.stringify(decoder));
    this.decoder = decoder;
    const { workspace } = this;
    const { arena } = workspace;
    const layer = (name: string, size: number, from: number, activation: string) =>
      denseLayer({ name, units: size, activation, use_bias: true }, [from], workspace);
    const encode = layer("encoder", units, inputs, "sigmoid");
    const decode = layer("decoder", inputs, units, decoder);
    this.slope = new SlopeOperation(workspace, units);
    this.layers = [encode, decode];
    this.parameters = [...encode.parameters, ...decode.parameters];
    placeParameters(workspace, this.parameters);
    this.parameterCount = countParameters(this.parameters);
    const between = { operations: [this.slope] };
    const calls = [encode, between, decode].map((called, i) => ({ layer: called, inputs: [i] }));
    this.plan = new Plan(workspace, inputs, 0, calls);
    this.code = this.plan.ends[0] as number;
    this.output = this.plan.ends[2] as number;
    this.errors = arena.allocateF64(this.plan.rows);
    this.chunkSums = arena.allocateF32(units);
    this.sums = arena.allocateF64(units);
    const limit = Math.sqrt(6 / (inputs + units + 1));
    const draws = new Draws(seed);
    for (const [stream, { shape, at, size }] of this.parameters.entries()) {
      if (shape.length > 1) draws.fill(arena.f32(at, size), limit, stream);
    }
  }

  /** A copy of all parameters, one after another: f32[parameterCount]. */
  getParameters(): Float32Array<ArrayBuffer> {
    return readParameters(this.workspace, this.parameters);
  }

  /**
   * Sets all parameters from one flat array, f32[parameterCount] or f64[parameterCount], each rounded to f32. Refuses
   * values that are not finite, changing nothing.
   */
  setParameters(values: Float32Array | Float64Array): void {
    writeParameters(this.workspace, this.parameters, values);
    for (const layer of this.layers) layer.parametersChanged?.();
  }

  /**
   * The activations of the units for each row. Throws for rows of another length.
   *
   * @param rows f32[n, inputSize]
   * @returns f32[n, units]
   */
  encode(rows: Float32Array): Float32Array {
    const count = requireRows("rows", rows, this.inputSize);
    const { plan, units } = this;
    const codes = new Float32Array(count * units);
    plan.eachBatch(rows, 0, count, undefined, (first, n) => {
      plan.forward(n, this.code);
      codes.set(this.workspace.arena.f32(plan.value(this.code), n * units), first * units);
    });
    return codes;
  }

  /**
   * The mean activation of each unit: f32 sums over ascending rows within a chunk of GRADIENT_CHUNK, chunks in f64,
   * ascending. Throws for rows of another length.
   *
   * @param rows f32[n, inputSize]
   * @returns f64[units]
   */
  meanActivations(rows: Float32Array): Float64Array {
    return this.means(rows, undefined);
  }

  /** The means, with what is done with the activations of each batch. */
  private means(
    rows: Float32Array,
    known: PreparedRows["sparse"] | undefined,
    use?: (first: number, codes: Float32Array) => void,
  ): Float64Array {
    const count = requireRows("rows", rows, this.inputSize);
    const { plan, units, chunkSums, sums } = this;
    const { kernels, arena } = this.workspace;
    arena.f64(sums, units).fill(0);
    for (let first = 0; first < count; first += GRADIENT_CHUNK) {
      arena.f32(chunkSums, units).fill(0);
      plan.eachBatch(rows, first, Math.min(first + GRADIENT_CHUNK, count), known, (at, n) => {
        plan.forward(n, this.code);
        kernels.sum_rows_f32(n, units, plan.value(this.code), chunkSums);
        use?.(at, plan.view(plan.value(this.code), n * units));
      });
      kernels.add_f32_to_f64(units, chunkSums, sums);
    }
    return arena.f64(sums, units).map((sum) => sum / count);
  }

  /**
   * Prepares rows for many calls of `parameterGradient`: they are checked once, and batches that are mostly zero are kept in that form. Throws
   * for rows of another length, and for numbers that are not finite.
   *
   * @param rows f32[n, inputSize], which are to be left as they are
   */
  prepare(rows: Float32Array): PreparedRows {
    return prepareRows(this.plan, rows, GRADIENT_CHUNK);
  }

  /**
   * The summed squared error of the reconstructions and its gradient with respect to every parameter, after the mean
   * activations, which take a pass of their own over the rows. The activations are kept in between, 4 bytes a unit and row. Order of the sums:
   * that of `Network.parameterGradient`. Throws for rows of another length.
   *
   * @param from f32[n, inputSize], or what `prepare` made of that
   * @param slopeOf from the mean activations f64[units] to f64[units], which is added to the gradient of each row to each unit
   */
  parameterGradient(
    from: Float32Array | PreparedRows,
    slopeOf: (means: Float64Array) => ArrayLike<number>,
  ): ReconstructionGradient {
    const { plan, parameters, code, output, errors, inputSize, units } = this;
    const { kernels, arena } = this.workspace;
    const { rows, known } = knownRows(plan, from);
    const count = requireRows("rows", rows, inputSize);
    if (this.codes.length !== count * units) this.codes = new Float32Array(count * units);
    const { codes } = this;
    const means = this.means(rows, known, (first, some) => codes.set(some, first * units));
    arena.f32(this.slope.slope, units).set(slopeOf(means));
    this.total ??= arena.allocateF64(this.parameterCount);
    arena.f64(this.total, this.parameterCount).fill(0);
    let error = 0;
    for (let first = 0; first < count; first += GRADIENT_CHUNK) {
      plan.clearGradients(parameters);
      plan.eachBatch(rows, first, Math.min(first + GRADIENT_CHUNK, count), known, (at, n) => {
        // A known batch may be there by its entries alone.
        if (known) plan.view(plan.value(0), n * inputSize).set(rows.subarray(at * inputSize, (at + n) * inputSize));
        plan.view(plan.value(code), n * units).set(codes.subarray(at * units, (at + n) * units));
        plan.forward(n, output, code);
        kernels.squared_error_f32(n, inputSize, plan.value(output), plan.value(0), errors, plan.slope(output));
        for (const rowError of arena.f64(errors, n)) error += rowError;
        plan.backward(n, output, "parameters");
      });
      plan.addGradients(parameters, this.total);
    }
    return { error, means, gradient: arena.f64(this.total, this.parameterCount).slice() };
  }
}
