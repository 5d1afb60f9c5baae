/** Dense: y = activation(x W + b) over the last axis; the gradient to x is dy W^T, to W x^T dy, to b the rows' sum of dy. */
import * as v from "valibot";
import { type F32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import type { SparseRows } from "../sparse-rows.ts";
import { activationOperations, requireActivation } from "./activation.ts";
import { Extent, requireConfig } from "./config.ts";
import type { Layer, MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import { declareParameter, type Parameter } from "./parameter.ts";
import { sizeOf } from "./shape.ts";
import {
  BLOCK_BYTES,
  gradientOf,
  negligible,
  PackedWeights,
  SPARSE_BLOCK_BYTES,
  startAtBias,
  wholePanels,
  wholeSparsePanels,
} from "./weights.ts";

/** The affine part, with the weights packed for each direction when that direction is first used. */
export class AffineOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly inputs: number;
  private readonly units: number;
  /** Products a network row takes: the extents before the last axis. */
  private readonly outer: number;
  private readonly kernel: Parameter;
  private readonly bias: Parameter | undefined;
  private readonly block: F32Pointer;
  private readonly forwardPanels: PackedWeights;
  private readonly backwardPanels: PackedWeights;
  private readonly sparsePanels: PackedWeights;
  /** Whether a bias is -0; undefined until that matters. */
  private hasNegativeZero: boolean | undefined;

  constructor(workspace: Workspace, outer: number, kernel: Parameter, bias: Parameter | undefined) {
    this.workspace = workspace;
    this.outer = outer;
    this.map = { kind: "product", kernel, bias, outer };
    this.kernel = kernel;
    this.bias = bias;
    [this.inputs, this.units] = kernel.shape as [number, number];
    this.inputSize = outer * this.inputs;
    this.outputSize = outer * this.units;
    this.block = workspace.arena.allocate(Math.max(BLOCK_BYTES, SPARSE_BLOCK_BYTES));
    const { kernels } = workspace;
    const { inputs, units } = this;
    this.forwardPanels = new PackedWeights(workspace, inputs * wholePanels(units), (to) =>
      kernels.pack_b_f32_8(inputs, units, kernel.at, units, negligible(workspace, kernel), to),
    );
    this.backwardPanels = new PackedWeights(workspace, units * wholePanels(inputs), (to) =>
      kernels.pack_bt_f32_8(units, inputs, kernel.at, units, negligible(workspace, kernel), to),
    );
    this.sparsePanels = new PackedWeights(workspace, inputs * wholeSparsePanels(units), (to) =>
      kernels.pack_b_f32_40(inputs, units, kernel.at, units, negligible(workspace, kernel), to),
    );
  }

  /** Not where a row of the network is several rows here, nor where a sum starts at -0, which a term of +0 would change. */
  get takesSparse(): boolean {
    const { bias } = this;
    this.hasNegativeZero ??=
      bias !== undefined && this.workspace.arena.f32(bias.at, bias.size).some((b) => Object.is(b, -0));
    return this.outer === 1 && !this.hasNegativeZero;
  }

  parametersChanged(): void {
    this.forwardPanels.parametersChanged();
    this.backwardPanels.parametersChanged();
    this.sparsePanels.parametersChanged();
    this.hasNegativeZero = undefined;
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer, sparse?: SparseRows): void {
    const { workspace, inputs, units } = this;
    const count = rows * this.outer;
    startAtBias(workspace, count, units, this.bias, y);
    if (sparse) {
      sparse.multiply(units, this.sparsePanels.current(), y, this.block);
      return;
    }
    const panels = this.forwardPanels.current();
    workspace.kernels.gemm_f32_4x8(count, units, inputs, x, inputs, panels, y, units, this.block);
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { workspace, inputs, units } = this;
    const count = rows * this.outer;
    const panels = this.backwardPanels.current();
    workspace.kernels.gemm_f32_4x8(count, inputs, units, dy, units, panels, dx, inputs, this.block);
  }

  parameterGradient(rows: number, x: F32Pointer, dy: F32Pointer, scratch: F32Pointer, sparse?: SparseRows): void {
    const { workspace, inputs, units } = this;
    const { kernels } = workspace;
    const count = rows * this.outer;
    const gradient = gradientOf(workspace, this.kernel);
    if (sparse) {
      kernels.pack_b_f32_40(count, units, dy, units, 0, scratch);
      sparse.multiplyTransposed(units, scratch, gradient, this.block);
    } else {
      const strip = offset32(scratch, count * wholePanels(units));
      kernels.pack_b_f32_8(count, units, dy, units, 0, scratch);
      kernels.gemm_tn_f32_4x8(inputs, units, count, x, inputs, scratch, gradient, units, strip);
    }
    if (this.bias) kernels.sum_rows_f32(count, units, dy, gradientOf(workspace, this.bias));
  }

  scratchBytes(rows: number): number {
    const count = rows * this.outer;
    const dense = 4 * count * wholePanels(this.units) + 16 * count + BLOCK_BYTES;
    return Math.max(dense, 4 * count * wholeSparsePanels(this.units));
  }
}

const Config = v.looseObject({
  name: v.string(),
  units: Extent,
  activation: v.optional(v.nullable(v.string()), "linear"),
  use_bias: v.optional(v.boolean(), true),
});

/** Keras `Dense`: kernel [in, units], bias [units]. */
export function denseLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const { name, units, activation, use_bias } = requireConfig("Dense", Config, config);
  const known = requireActivation(name, activation ?? "linear");
  const inputs = inputShape.at(-1) as number;
  const outputShape = [...inputShape.slice(0, -1), units];
  const kernel = declareParameter(`${name}/kernel`, [inputs, units]);
  const bias = use_bias ? declareParameter(`${name}/bias`, [units]) : undefined;
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
