/**
 * LocallyConnected2D: a convolution whose every output position has weights of its own [Le et al. 2012]. Each position
 * is a matrix product over the rows of a batch, one strip a row of the window, for its taps lie behind one another in NHWC.
 *
 * Its weights outnumber everything else by far, so they are packed position by position, on the way, and kept once.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { type F32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import { activationOperations } from "./activation.ts";
import { Extent, requireConfig } from "./config.ts";
import { convolutionEntries, convolutionParts } from "./convolution-config.ts";
import type { Layer, MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import { declareParameter, type Parameter } from "./parameter.ts";
import { BLOCK_BYTES, gradientOf, negligible, startAtBias, wholePanels } from "./weights.ts";
import { requireNoDilation, type Window } from "./window.ts";

/**
 * y[r,p,:] = bias[p,:] + patch_p(x[r]) . kernel[p,:,:]
 *
 * Order  forward: bias, then the taps (u, v, channel) ascending. To the input: position by position, the filters ascending
 *        from what is there. To the kernel and the bias: rows ascending.
 */
export class LocalOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly window: Window;
  private readonly filters: number;
  /** Numbers of one row of a window. */
  private readonly strip: number;
  private readonly kernel: Parameter;
  private readonly bias: Parameter | undefined;
  private readonly panels: F32Pointer;
  private readonly block: F32Pointer;
  /** Weights below it count as zero; looked for by the first use of the weights. */
  private floor: number | undefined;

  constructor(workspace: Workspace, window: Window, kernel: Parameter, bias: Parameter | undefined) {
    const { h, w, c, kw, oh, ow } = window;
    this.workspace = workspace;
    this.window = window;
    this.filters = kernel.shape.at(-1) as number;
    this.strip = kw * c;
    this.kernel = kernel;
    this.bias = bias;
    this.map = { kind: "local", kernel, bias, window };
    this.inputSize = h * w * c;
    this.outputSize = oh * ow * this.filters;
    const { arena } = workspace;
    this.panels = arena.allocateF32(
      Math.max(this.strip * wholePanels(this.filters), this.filters * wholePanels(this.strip)),
    );
    this.block = arena.allocate(BLOCK_BYTES);
  }

  parametersChanged(): void {
    this.floor = undefined;
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { kernels } = this.workspace;
    const { inputSize, outputSize, filters, strip, panels, block } = this;
    const floor = this.leastWeight();
    startAtBias(this.workspace, rows, outputSize, this.bias, y);
    this.eachStrip((position, source, weights) => {
      kernels.pack_b_f32_8(strip, filters, offset32(this.kernel.at, weights), filters, floor, panels);
      const [from, to] = [offset32(x, source), offset32(y, position * filters)];
      kernels.gemm_f32_4x8(rows, filters, strip, from, inputSize, panels, to, outputSize, block);
    });
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { kernels } = this.workspace;
    const { inputSize, outputSize, filters, strip, panels, block } = this;
    const floor = this.leastWeight();
    this.eachStrip((position, source, weights) => {
      kernels.pack_bt_f32_8(filters, strip, offset32(this.kernel.at, weights), filters, floor, panels);
      const [from, to] = [offset32(dy, position * filters), offset32(dx, source)];
      kernels.gemm_f32_4x8(rows, strip, filters, from, outputSize, panels, to, inputSize, block);
    });
  }

  parameterGradient(rows: number, x: F32Pointer, dy: F32Pointer, scratch: F32Pointer): void {
    const { kernels } = this.workspace;
    const { inputSize, outputSize, filters, strip } = this;
    const columns = offset32(scratch, rows * wholePanels(filters));
    const gradient = gradientOf(this.workspace, this.kernel);
    let packed = -1;
    this.eachStrip((position, source, weights) => {
      if (position !== packed) {
        kernels.pack_b_f32_8(rows, filters, offset32(dy, position * filters), outputSize, 0, scratch);
      }
      packed = position;
      const [from, to] = [offset32(x, source), offset32(gradient, weights)];
      kernels.gemm_tn_f32_4x8(strip, filters, rows, from, inputSize, scratch, to, filters, columns);
    });
    if (this.bias) kernels.sum_rows_f32(rows, outputSize, dy, gradientOf(this.workspace, this.bias));
  }

  scratchBytes(rows: number): number {
    return 4 * rows * wholePanels(this.filters) + 16 * rows + BLOCK_BYTES;
  }

  private leastWeight(): number {
    this.floor ??= negligible(this.workspace, this.kernel);
    return this.floor;
  }

  /** Calls `use` for each row of each position's window, ascending: where it starts in an image and in the kernel. */
  private eachStrip(use: (position: number, source: number, weights: number) => void): void {
    const { w, c, kh, sh, sw, oh, ow } = this.window;
    let weights = 0;
    for (let i = 0; i < oh; i++) {
      for (let j = 0; j < ow; j++) {
        for (let u = 0; u < kh; u++, weights += this.strip * this.filters) {
          use(i * ow + j, ((i * sh + u) * w + j * sw) * c, weights);
        }
      }
    }
  }
}

const Config = v.looseObject({ ...convolutionEntries, filters: Extent });

/** Keras `LocallyConnected2D`: kernel [oh ow, kh kw channels, filters], bias [oh, ow, filters]; padding valid, as there. */
export function locallyConnected2DLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const parsed = requireConfig("LocallyConnected2D", Config, config);
  const { name, filters, padding, use_bias } = parsed;
  if (padding !== "valid") outOfRange(`${name} padding`, '"valid"', JSON.stringify(padding));
  requireNoDilation(name, parsed.dilation_rate);
  const { taps, window, positions, activation, written } = convolutionParts(parsed, inputShape);
  const { dilation_rate: _, ...rest } = written;
  const outputShape = [...positions, filters];
  const { kh, kw, c, oh, ow } = window;
  const kernel = declareParameter(`${name}/kernel`, [oh * ow, kh * kw * c, filters]);
  const bias = use_bias ? declareParameter(`${name}/bias`, outputShape) : undefined;
  const local = new LocalOperation(workspace, window, kernel, bias);
  return {
    ...{ className: "LocallyConnected2D", name, inputShape, outputShape },
    parameters: bias ? [kernel, bias] : [kernel],
    operations: [local, ...activationOperations(activation, outputShape, workspace)],
    config: { ...rest, filters, kernel_size: taps },
    parametersChanged: () => local.parametersChanged(),
  };
}
