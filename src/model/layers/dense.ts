/** Dense: y = activation(x W + b) over the last axis; the gradient to x is dy W^T, to W x^T dy, to b the rows' sum of dy. */
import * as v from "valibot";
import { requireSchema } from "../../schema.ts";
import type { Pointer, Workspace } from "../../wasm/index.ts";
import { activationOperations, requireActivation } from "./activation.ts";
import { allocateParameter, type Layer, type Operation, type Parameter, sizeOf } from "./layer.ts";

/** Columns of a packed panel. */
const PANEL = 8;
/**
 * Weights this much smaller than the largest of their kernel take part in products as zero: 2^-64, far below the
 * 2^-24 of a rounding. Without it the subnormal weights that decay leaves make some products 20 times slower.
 */
const NEGLIGIBLE = 2 ** -64;
/** Bytes of the 4 x 8 block in which a product works on its ragged edges. */
const BLOCK_BYTES = 4 * 8 * 4;

const wholePanels = (n: number): number => Math.ceil(n / PANEL) * PANEL;

/** The affine part, with the weights packed for each direction when that direction is first used. */
class AffineOperation implements Operation {
  readonly inputSize: number;
  readonly outputSize: number;
  private readonly workspace: Workspace;
  private readonly inputs: number;
  private readonly units: number;
  /** Products a network row takes: the extents before the last axis. */
  private readonly outer: number;
  private readonly kernel: Parameter;
  private readonly bias: Parameter | undefined;
  private readonly block: Pointer;
  private forwardPanels: Pointer | undefined;
  private backwardPanels: Pointer | undefined;
  private forwardStale = true;
  private backwardStale = true;

  constructor(workspace: Workspace, outer: number, kernel: Parameter, bias: Parameter | undefined) {
    this.workspace = workspace;
    this.outer = outer;
    this.kernel = kernel;
    this.bias = bias;
    [this.inputs, this.units] = kernel.shape as [number, number];
    this.inputSize = outer * this.inputs;
    this.outputSize = outer * this.units;
    this.block = workspace.arena.allocate(BLOCK_BYTES);
  }

  parametersChanged(): void {
    this.forwardStale = true;
    this.backwardStale = true;
  }

  forward(rows: number, x: Pointer, y: Pointer): void {
    const { kernels, arena } = this.workspace;
    const { inputs, units } = this;
    if (this.forwardStale) {
      this.forwardPanels ??= arena.allocate32(inputs * wholePanels(units));
      kernels.pack_b_f32_8(inputs, units, this.kernel.at, units, this.floor(), this.forwardPanels);
      this.forwardStale = false;
    }
    const count = rows * this.outer;
    if (this.bias) kernels.fill_rows_f32(count, units, this.bias.at, y);
    else arena.f32(y, count * units).fill(0);
    kernels.gemm_f32_4x8(count, units, inputs, x, inputs, this.forwardPanels as Pointer, y, units, this.block);
  }

  inputGradient(rows: number, _x: Pointer, _y: Pointer, dy: Pointer, dx: Pointer): void {
    const { kernels, arena } = this.workspace;
    const { inputs, units } = this;
    if (this.backwardStale) {
      this.backwardPanels ??= arena.allocate32(units * wholePanels(inputs));
      kernels.pack_bt_f32_8(units, inputs, this.kernel.at, units, this.floor(), this.backwardPanels);
      this.backwardStale = false;
    }
    const count = rows * this.outer;
    kernels.gemm_f32_4x8(count, inputs, units, dy, units, this.backwardPanels as Pointer, dx, inputs, this.block);
  }

  parameterGradient(rows: number, x: Pointer, dy: Pointer, scratch: Pointer): void {
    const { kernels, arena } = this.workspace;
    const { inputs, units } = this;
    const count = rows * this.outer;
    const strip = scratch + 4 * count * wholePanels(units);
    const gradientOf = (p: Parameter): Pointer => {
      p.gradient ??= arena.allocate32(p.size);
      return p.gradient;
    };
    kernels.pack_b_f32_8(count, units, dy, units, 0, scratch);
    kernels.gemm_tn_f32_4x8(inputs, units, count, x, inputs, scratch, gradientOf(this.kernel), units, strip);
    if (this.bias) kernels.sum_rows_f32(count, units, dy, gradientOf(this.bias));
  }

  private floor(): number {
    return NEGLIGIBLE * this.workspace.kernels.max_abs_f32(this.kernel.size, this.kernel.at);
  }

  scratchBytes(rows: number): number {
    const count = rows * this.outer;
    return 4 * count * wholePanels(this.units) + 16 * count + BLOCK_BYTES;
  }
}

const Config = v.looseObject({
  name: v.string(),
  units: v.pipe(v.number(), v.integer(), v.minValue(1)),
  activation: v.optional(v.nullable(v.string()), "linear"),
  use_bias: v.optional(v.boolean(), true),
});

/** Keras `Dense`: kernel [in, units], bias [units]. */
export function denseLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const { name, units, activation, use_bias } = requireSchema("Dense config", Config, config);
  const known = requireActivation(name, activation ?? "linear");
  const inputs = inputShape.at(-1) as number;
  const outputShape = [...inputShape.slice(0, -1), units];
  const kernel = allocateParameter(workspace, `${name}/kernel`, [inputs, units]);
  const bias = use_bias ? allocateParameter(workspace, `${name}/bias`, [units]) : undefined;
  const affine = new AffineOperation(workspace, sizeOf(inputShape) / inputs, kernel, bias);
  return {
    className: "Dense",
    name,
    inputShape,
    outputShape,
    parameters: bias ? [kernel, bias] : [kernel],
    operations: [affine, ...activationOperations(known, outputShape, workspace)],
    config: { name, trainable: true, dtype: "float32", units, activation: known, use_bias },
    parametersChanged: () => affine.parametersChanged(),
  };
}
