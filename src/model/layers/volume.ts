/**
 * Keras `Conv3D`, `MaxPooling3D`, `AveragePooling3D` and the pools over whole volumes, channels last: f32[d,h,w,c]. A convolution is
 * the sum of those of the kernel's slices over the slices of the volume; a pool is one of planes, then one along the depth.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { type F32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import { activationOperations, requireActivation } from "./activation.ts";
import { Extent, Extents, requireChannelsLast, requireConfig } from "./config.ts";
import { ConvolutionOperation } from "./convolution.ts";
import { convolutionEntries } from "./convolution-config.ts";
import type { LayerFactory, MappedOperation } from "./layer.ts";
import type { LinearMap, OperationMap } from "./operation-map.ts";
import { declareParameter, type Parameter, ParameterRow } from "./parameter.ts";
import { poolOperation } from "./pooling.ts";
import { requireNumbers } from "./shape.ts";
import { MappedStepwiseOperation } from "./stepwise.ts";
import { gradientOf, startAtBias } from "./weights.ts";
import {
  type Padding,
  paddingOver,
  perSide,
  requireMeeting,
  requireNoDilation,
  requireRank,
  type Window,
  type WindowOptions,
  windowEntries,
  windowOver,
} from "./window.ts";

/** The window over a plane, and that along the depth: over an image whose rows are planes, of one column. */
interface Windows {
  readonly plane: Window;
  readonly depth: Window;
}

const AXES = ["depth", "height", "width", "channels"];

function windowsOver(
  name: string,
  inputShape: readonly number[],
  { taps, strides, dilations, padding }: WindowOptions,
  filters?: number,
): Windows {
  const [d, ...plane] = inputShape as [number, number, number, number];
  const of = (list: readonly number[]) => list.slice(1);
  const borders: [Padding, Padding] =
    typeof padding === "string" ? [padding, padding] : [[padding[0] as [number, number], [0, 0]], padding.slice(1)];
  const over = windowOver(name, plane, {
    ...{ taps: of(taps), strides: of(strides), dilations: of(dilations), padding: borders[1] },
  });
  const size = over.oh * over.ow * (filters ?? over.c);
  requireNumbers(`plane of ${name}`, [size]);
  const first = (list: readonly number[]) => [list[0] as number, 1];
  const depth = windowOver(name, [d, 1, size], {
    ...{ taps: first(taps), strides: first(strides), dilations: first(dilations), padding: borders[0] },
  });
  return { plane: over, depth };
}

/**
 * y[m] = b + the sum over the kernel's slices u of the convolution of slice m sd + u dd - front with it.
 *
 * Order  forward: bias, then slices u ascending, each as ConvolutionOperation sums. To the input: u ascending for each slice. To
 *        the kernel: rows, then output slices ascending.
 */
class VolumeConvolution implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly depth: Window;
  private readonly slices: readonly ConvolutionOperation[];
  private readonly bias: Parameter | undefined;
  private readonly filters: number;

  /** The kernel [kd, kh, kw, c, filters]. */
  constructor(workspace: Workspace, { plane, depth }: Windows, kernel: Parameter, bias: Parameter | undefined) {
    this.workspace = workspace;
    this.depth = depth;
    this.bias = bias;
    this.filters = kernel.shape.at(-1) as number;
    this.slices = Array.from({ length: depth.kh }, (_, u) => {
      return new ConvolutionOperation(workspace, plane, new ParameterRow(kernel, u, workspace), undefined);
    });
    const [first] = this.slices as [ConvolutionOperation];
    this.inputSize = depth.h * first.inputSize;
    this.outputSize = depth.oh * first.outputSize;
    const maps = this.slices.map(({ map }) => map as Extract<LinearMap, { kind: "convolution" }>);
    this.map = { kind: "volume", slices: maps, kernel, bias, depth };
  }

  parametersChanged(): void {
    for (const slice of this.slices) slice.parametersChanged();
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    startAtBias(this.workspace, (rows * this.outputSize) / this.filters, this.filters, this.bias, y);
    this.each(rows, x, y, (slice, count, from, to) => slice.add(count, from, to));
  }

  inputGradient(rows: number, x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    this.each(rows, dx, dy, (slice, count, to, from) => slice.inputGradient(count, x, y, from, to));
  }

  parameterGradient(rows: number, x: F32Pointer, dy: F32Pointer, scratch: F32Pointer): void {
    const { workspace, bias, filters } = this;
    this.each(rows, x, dy, (slice, count, from, slopes) => slice.parameterGradient(count, from, slopes, scratch));
    if (!bias) return;
    const to = gradientOf(workspace, bias);
    for (let r = 0; r < rows; r++) {
      workspace.arena.f32(scratch, filters).fill(0);
      workspace.kernels.sum_rows_f32(this.outputSize / filters, filters, offset32(dy, r * this.outputSize), scratch);
      workspace.kernels.sum_rows_f32(1, filters, scratch, to);
    }
  }

  scratchBytes(): number {
    return Math.max(4 * this.filters, ...this.slices.map((slice) => slice.scratchBytes()));
  }

  /** Calls `use` for every slice of the kernel with planes of a row side by side, and those that it makes of them. */
  private each(
    rows: number,
    x: F32Pointer,
    y: F32Pointer,
    use: (slice: ConvolutionOperation, count: number, x: F32Pointer, y: F32Pointer) => void,
  ): void {
    const { h: d, oh: od, sh: sd, dh: dd, top: front } = this.depth;
    for (let r = 0; r < rows; r++) {
      for (const [u, slice] of this.slices.entries()) {
        const away = u * dd - front;
        const start = Math.max(0, Math.ceil(-away / sd));
        const end = Math.min(od, Math.floor((d - 1 - away) / sd) + 1);
        const step = sd === 1 ? end - start : 1;
        for (let m = start; m < end; m += step) {
          const from = offset32(x, r * this.inputSize + (m * sd + away) * slice.inputSize);
          use(slice, step, from, offset32(y, r * this.outputSize + m * slice.outputSize));
        }
      }
    }
  }
}

const ConvConfig = v.looseObject({ ...convolutionEntries, filters: Extent, groups: v.optional(Extent, 1) });

/** Keras `Conv3D`: kernel [kd, kh, kw, c, filters], bias [filters]. */
export const conv3dLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, filters, groups, padding, use_bias, ...parsed } = requireConfig("Conv3D", ConvConfig, config);
  if (groups > 1) outOfRange(`${name} groups`, "1", groups);
  const activation = requireActivation(name, parsed.activation ?? "linear");
  requireChannelsLast(name, parsed.data_format);
  requireRank(name, inputShape, AXES);
  const taps = perSide(`${name} kernel_size`, parsed.kernel_size, 3);
  const strides = perSide(`${name} strides`, parsed.strides ?? 1, 3);
  const dilations = perSide(`${name} dilation_rate`, parsed.dilation_rate ?? 1, 3);
  const options = { taps, strides, dilations, padding: paddingOver(name, padding, 3, 0) };
  const windows = windowsOver(name, inputShape, options, filters);
  const { plane, depth } = windows;
  const outputShape = [depth.oh, plane.oh, plane.ow, filters];
  requireNumbers(`output of ${name}`, outputShape);
  const kernel = declareParameter(`${name}/kernel`, [...taps, plane.c, filters]);
  const bias = use_bias ? declareParameter(`${name}/bias`, [filters]) : undefined;
  const convolution = new VolumeConvolution(workspace, windows, kernel, bias);
  return {
    ...{ className: "Conv3D", name, inputShape, outputShape },
    parameters: bias ? [kernel, bias] : [kernel],
    operations: [convolution, ...activationOperations(activation, outputShape, workspace)],
    config: {
      ...{ name, trainable: true, dtype: "float32", filters, kernel_size: taps, strides, padding },
      ...{ data_format: "channels_last", dilation_rate: dilations, activation, use_bias },
    },
    parametersChanged: () => convolution.parametersChanged(),
  };
};

const PoolConfig = v.looseObject({ name: v.string(), pool_size: Extents, ...windowEntries });

/** Mean of means: what lies inside of a window is as many slices as planes have pixels in it, wherever it lies. */
function poolFactory(className: string, of: "maximum" | "average"): LayerFactory {
  return (config, inputShape, workspace) => {
    const parsed = requireConfig(className, PoolConfig, config);
    const { name, padding } = parsed;
    requireNoDilation(name, parsed.dilation_rate);
    requireChannelsLast(name, parsed.data_format);
    requireRank(name, inputShape, AXES);
    const taps = perSide(`${name} pool_size`, parsed.pool_size, 3);
    const strides = perSide(`${name} strides`, parsed.strides ?? taps, 3);
    const { plane, depth } = windowsOver(name, inputShape, {
      ...{ taps, strides, dilations: [1, 1, 1], padding: paddingOver(name, padding, 3, 0) },
    });
    requireMeeting(name, plane);
    requireMeeting(name, depth);
    const pool = (window: Window) => poolOperation(workspace, { kind: "pooling", of, window });
    return {
      ...{ className, name, inputShape, parameters: [] },
      outputShape: [depth.oh, plane.oh, plane.ow, plane.c],
      operations: [new MappedStepwiseOperation(pool(plane), depth.h), pool(depth)],
      config: {
        ...{ name, trainable: true, dtype: "float32", pool_size: taps, strides, padding },
        data_format: "channels_last",
      },
    };
  };
}

export const maxPooling3dLayer = poolFactory("MaxPooling3D", "maximum");
export const averagePooling3dLayer = poolFactory("AveragePooling3D", "average");
