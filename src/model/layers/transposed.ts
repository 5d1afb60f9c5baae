/**
 * Keras `Conv2DTranspose` and `Conv1DTranspose`, and of several groups `GroupedConv2DTranspose`: the gradient of a convolution as a
 * layer, which makes images larger.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { type F32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import { activationOperations, requireActivation } from "./activation.ts";
import { Extent, Extents, requireChannelsLast, requireConfig, whole } from "./config.ts";
import { ConvolutionOperation } from "./convolution.ts";
import { DepthwiseOperation } from "./depthwise.ts";
import { GroupedConvOperation } from "./grouped-conv2d.ts";
import type { LayerFactory, MappedOperation } from "./layer.ts";
import type { LinearMap, OperationMap } from "./operation-map.ts";
import { declareParameter, type Parameter } from "./parameter.ts";
import { requireNumbers } from "./shape.ts";
import { gradientOf, startAtBias } from "./weights.ts";
import { type Padding, paddingOver, perSide, requireRank, type Window, windowEntries, windowOver } from "./window.ts";

type Convolution = ConvolutionOperation | GroupedConvOperation | DepthwiseOperation;

function convolutionOf(workspace: Workspace, window: Window, groups: number, kernel: Parameter): Convolution {
  if (groups === 1) return new ConvolutionOperation(workspace, window, kernel, undefined);
  if (groups === window.c) return new DepthwiseOperation(workspace, window, kernel, undefined);
  return new GroupedConvOperation(workspace, window, groups, kernel, undefined);
}

/**
 * y = K^T x + b, K a convolution from the images of the output to those of the input. What K does forward is the gradient to the
 * input here, and of <y, K^T x> = <K y, x> the gradient to the kernel is that of K with both exchanged.
 */
class TransposedConvolution implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly convolution: Convolution;
  private readonly bias: Parameter | undefined;
  private readonly filters: number;
  /** f32[inputSize], a row's gradient before it is added. */
  private readonly row: F32Pointer;

  /** @param window of K, over images of the output */
  constructor(workspace: Workspace, window: Window, groups: number, kernel: Parameter, bias: Parameter | undefined) {
    this.workspace = workspace;
    this.convolution = convolutionOf(workspace, window, groups, kernel);
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

const Margins = v.union([whole(0), v.array(whole(0))]);
const Config = v.looseObject({
  ...{ name: v.string(), ...windowEntries },
  ...{ filters: Extent, kernel_size: Extents, output_padding: v.optional(v.nullable(Margins)) },
  groups: v.optional(Extent, 1),
  activation: v.optional(v.nullable(v.string()), "linear"),
  use_bias: v.optional(v.boolean(), true),
});

interface Side {
  readonly size: number;
  /** Pixels from the first tap to the last. */
  readonly reach: number;
  readonly stride: number;
  /** Pixels that are added behind; undefined for as many as Keras takes. */
  readonly more: number | undefined;
}

/** How long a side becomes: by name as Keras has it, for "valid" long enough that every tap counts; by a border less that. */
function lengthOf({ size, reach, stride, more }: Side, padding: "same" | "valid" | readonly [number, number]): number {
  const before = (size - 1) * stride;
  if (typeof padding === "object") return before + reach - padding[0] - padding[1] + (more ?? 0);
  if (more === undefined) return before + (padding === "same" ? stride : Math.max(reach, stride));
  return before + (padding === "same" ? reach % 2 : reach) + more;
}

/** The window of the convolution from images of the output, which gives images of the input and may leave pixels behind. */
function windowBack(
  name: string,
  outputShape: readonly number[],
  inputShape: readonly number[],
  options: Parameters<typeof windowOver>[2],
): Window {
  const window = windowOver(name, outputShape, options);
  const [oh, ow] = inputShape as [number, number];
  const gives = [window.oh, window.ow];
  const fits =
    typeof options.padding === "string" ? gives.join() === `${oh},${ow}` : window.oh >= oh && window.ow >= ow;
  if (!fits) outOfRange(name, "an output that a convolution takes back to the input", `[${outputShape.join(", ")}]`);
  return { ...window, oh, ow };
}

/** kernel [...taps, filters / groups, channels], bias [filters]; of one filter a group [...taps, filters, channels / filters]. */
function transposedLayer(className: string, sides: 1 | 2): LayerFactory {
  return (config, inputShape, workspace) => {
    const parsed = requireConfig(className, Config, config);
    const { name, filters, groups, use_bias } = parsed;
    const activation = requireActivation(name, parsed.activation ?? "linear");
    requireChannelsLast(name, parsed.data_format);
    requireRank(name, inputShape, sides === 1 ? ["steps", "channels"] : ["height", "width", "channels"]);
    const channels = inputShape.at(-1) as number;
    if (sides === 1 && groups > 1) outOfRange(`${name} groups`, "1", groups);
    for (const [count, what] of [
      [channels, "channels"],
      [filters, "filters"],
    ] as const) {
      if (count % groups !== 0) outOfRange(`${name} groups`, `a divisor of ${count} ${what}`, groups);
    }
    const taps = perSide(`${name} kernel_size`, parsed.kernel_size, sides);
    const steps = perSide(`${name} strides`, parsed.strides ?? 1, sides);
    const dilations = perSide(`${name} dilation_rate`, parsed.dilation_rate ?? 1, sides);
    const more = parsed.output_padding ?? undefined;
    const added = more === undefined ? undefined : perSide(`${name} output_padding`, more, sides);
    const row = sides === 1 ? [1] : [];
    const padding: Padding = paddingOver(name, parsed.padding, sides, row.length);
    const positions = taps.map((n, i) =>
      lengthOf(
        {
          ...{ size: inputShape[i] as number, stride: steps[i] as number, more: added?.[i] },
          reach: (n - 1) * (dilations[i] as number) + 1,
        },
        typeof padding === "string" ? padding : (padding[i + row.length] as [number, number]),
      ),
    );
    if (positions.some((length) => length < 1)) {
      outOfRange(`${name} padding`, "a border that leaves an output", `[${positions.join(", ")}]`);
    }
    const outputShape = [...positions, filters];
    requireNumbers(`output of ${name}`, outputShape);
    const window = windowBack(name, [...row, ...outputShape], [...row, ...inputShape], {
      ...{ taps: [...row, ...taps], strides: [...row, ...steps], dilations: [...row, ...dilations], padding },
    });
    const isDepthwise = groups > 1 && groups === filters;
    const perGroup = isDepthwise ? [groups, channels / groups] : [filters / groups, channels];
    const kernel = declareParameter(`${name}/kernel`, [...taps, ...perGroup]);
    const bias = use_bias ? declareParameter(`${name}/bias`, [filters]) : undefined;
    const operation = new TransposedConvolution(workspace, window, groups, kernel, bias);
    return {
      ...{ className: groups > 1 ? "GroupedConv2DTranspose" : className, name, inputShape, outputShape },
      parameters: bias ? [kernel, bias] : [kernel],
      operations: [operation, ...activationOperations(activation, outputShape, workspace)],
      config: {
        ...{ name, trainable: true, dtype: "float32", filters, kernel_size: taps, strides: steps },
        ...{ padding: parsed.padding, data_format: "channels_last", dilation_rate: dilations, activation, use_bias },
        ...(added && { output_padding: added }),
        ...(groups > 1 && { groups }),
      },
      parametersChanged: () => operation.parametersChanged(),
    };
  };
}

export const conv2dTransposeLayer = transposedLayer("Conv2DTranspose", 2);
export const conv1dTransposeLayer = transposedLayer("Conv1DTranspose", 1);
