/** Keras `Conv2DTranspose` and `Conv1DTranspose`: the gradient of a convolution as a layer, which makes images larger. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { type F32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import { activationOperations, requireActivation } from "./activation.ts";
import { Extent, Extents, requireChannelsLast, requireConfig } from "./config.ts";
import { ConvolutionOperation } from "./convolution.ts";
import type { LayerFactory, MappedOperation } from "./layer.ts";
import type { LinearMap, OperationMap } from "./operation-map.ts";
import { declareParameter, type Parameter } from "./parameter.ts";
import { requireNumbers, sizeOf } from "./shape.ts";
import { gradientOf, startAtBias } from "./weights.ts";
import { perSide, requireNoDilation, requireRank, type Window, windowEntries, windowOver } from "./window.ts";

/**
 * y = K^T x + b, K a convolution from the images of the output to those of the input. What K does forward is the gradient to the
 * input here, and of <y, K^T x> = <K y, x> the gradient to the kernel is that of K with both exchanged.
 */
class TransposedConvolution implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly convolution: ConvolutionOperation;
  private readonly bias: Parameter | undefined;
  private readonly filters: number;
  /** f32[inputSize], a row's gradient before it is added. */
  private readonly row: F32Pointer;

  /** @param window of K, over images of the output */
  constructor(workspace: Workspace, window: Window, kernel: Parameter, bias: Parameter | undefined) {
    this.workspace = workspace;
    this.convolution = new ConvolutionOperation(workspace, window, kernel, undefined);
    this.bias = bias;
    this.filters = window.c;
    this.inputSize = this.convolution.outputSize;
    this.outputSize = this.convolution.inputSize;
    this.map = { kind: "transposed", of: this.convolution.map as LinearMap, bias };
    this.row = workspace.arena.allocateF32(this.inputSize);
  }

  parametersChanged(): void {
    this.convolution.parametersChanged();
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    startAtBias(this.workspace, (rows * this.outputSize) / this.filters, this.filters, this.bias, y);
    this.convolution.inputGradient(rows, y, x, x, y);
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    for (let r = 0; r < rows; r++) {
      this.convolution.forward(1, offset32(dy, r * this.outputSize), this.row);
      this.workspace.kernels.add_f32(this.inputSize, this.row, offset32(dx, r * this.inputSize));
    }
  }

  writeInputGradient(rows: number, dy: F32Pointer, dx: F32Pointer): void {
    this.convolution.forward(rows, dy, dx);
  }

  parameterGradient(rows: number, x: F32Pointer, dy: F32Pointer, scratch: F32Pointer): void {
    const { workspace, bias, filters } = this;
    this.convolution.parameterGradient(rows, dy, x, scratch);
    if (!bias) return;
    const to = gradientOf(workspace, bias);
    for (let r = 0; r < rows; r++) {
      workspace.arena.f32(scratch, filters).fill(0);
      const from = offset32(dy, r * this.outputSize);
      workspace.kernels.sum_rows_f32(this.outputSize / filters, filters, from, scratch);
      workspace.kernels.sum_rows_f32(1, filters, scratch, to);
    }
  }

  scratchBytes(): number {
    return Math.max(this.convolution.scratchBytes(), 4 * this.filters);
  }
}

const { strides, data_format, dilation_rate } = windowEntries;
const Config = v.looseObject({
  ...{ name: v.string(), strides, data_format, dilation_rate },
  padding: v.optional(v.picklist(["same", "valid"]), "valid"),
  ...{ filters: Extent, kernel_size: Extents, output_padding: v.optional(v.nullable(v.unknown())) },
  activation: v.optional(v.nullable(v.string()), "linear"),
  use_bias: v.optional(v.boolean(), true),
});

/** How long a side becomes: for `valid` long enough that every tap counts. */
function lengthOf(size: number, taps: number, stride: number, padding: "same" | "valid"): number {
  return size * stride + (padding === "same" ? 0 : Math.max(0, taps - stride));
}

function transposedLayer(className: string, sides: 1 | 2): LayerFactory {
  return (config, inputShape, workspace) => {
    const parsed = requireConfig(className, Config, config);
    const { name, filters, padding, use_bias } = parsed;
    const activation = requireActivation(name, parsed.activation ?? "linear");
    requireChannelsLast(name, parsed.data_format);
    requireNoDilation(name, parsed.dilation_rate);
    if (parsed.output_padding !== undefined && parsed.output_padding !== null) {
      outOfRange(`${name} output_padding`, "null", JSON.stringify(parsed.output_padding));
    }
    requireRank(name, inputShape, sides === 1 ? ["steps", "channels"] : ["height", "width", "channels"]);
    const taps = perSide(`${name} kernel_size`, parsed.kernel_size, sides);
    const steps = perSide(`${name} strides`, parsed.strides ?? 1, sides);
    const positions = taps.map((n, i) => lengthOf(inputShape[i] as number, n, steps[i] as number, padding));
    const outputShape = [...positions, filters];
    requireNumbers(`output of ${name}`, outputShape);
    const row = sides === 1 ? [1] : [];
    const window = windowOver(name, [...row, ...outputShape], {
      ...{ taps: [...row, ...taps], strides: [...row, ...steps], dilations: [1, 1], padding },
    });
    const kernel = declareParameter(`${name}/kernel`, [...taps, filters, inputShape.at(-1) as number]);
    const bias = use_bias ? declareParameter(`${name}/bias`, [filters]) : undefined;
    const operation = new TransposedConvolution(workspace, window, kernel, bias);
    if (operation.inputSize !== sizeOf(inputShape)) {
      outOfRange(name, "taps and strides that give back the input's size", `[${inputShape.join(", ")}]`);
    }
    return {
      ...{ className, name, inputShape, outputShape },
      parameters: bias ? [kernel, bias] : [kernel],
      operations: [operation, ...activationOperations(activation, outputShape, workspace)],
      config: {
        ...{ name, trainable: true, dtype: "float32", filters, kernel_size: taps, strides: steps, padding },
        ...{ data_format: "channels_last", dilation_rate: taps.map(() => 1), activation, use_bias },
      },
      parametersChanged: () => operation.parametersChanged(),
    };
  };
}

export const conv2dTransposeLayer = transposedLayer("Conv2DTranspose", 2);
export const conv1dTransposeLayer = transposedLayer("Conv1DTranspose", 1);
