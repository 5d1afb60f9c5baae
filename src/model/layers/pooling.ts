/** Pooling, channels last: Keras `MaxPooling2D`, `AveragePooling2D`, their siblings of one side, and those over whole images. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import type { F32Pointer, Workspace } from "../../wasm/index.ts";
import { Extents, requireChannelsLast, requireConfig } from "./config.ts";
import type { LayerFactory, MappedOperation } from "./layer.ts";
import { takeAlong } from "./move.ts";
import type { OperationMap } from "./operation-map.ts";
import { sizeOf } from "./shape.ts";
import {
  hasBorder,
  paddingOver,
  perSide,
  requireMeeting,
  requireRank,
  type Window,
  windowEntries,
  windowOver,
} from "./window.ts";

/** A window on each channel, or the whole of it. */
type Pool = Extract<OperationMap, { kind: "pooling" | "global pooling" }>;

abstract class PoolOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: Pool;
  protected readonly workspace: Workspace;
  protected readonly window: Window;

  constructor(workspace: Workspace, map: Pool) {
    const { window } = map;
    this.workspace = workspace;
    this.map = map;
    this.window = window;
    this.inputSize = window.h * window.w * window.c;
    this.outputSize = window.oh * window.ow * window.c;
  }

  abstract forward(rows: number, x: F32Pointer, y: F32Pointer): void;
  abstract inputGradient(rows: number, x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void;
}

/** The largest of each window; its gradient goes to the first of the largest. */
class MaxPoolOperation extends PoolOperation {
  override forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    this.workspace.kernels.max_pool_f32(rows, this.window, x, y);
  }

  override inputGradient(rows: number, x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    this.workspace.kernels.max_pool_grad_f32(rows, this.window, x, y, dy, dx);
  }
}

/** The mean over what of each window lies inside the image. */
class AveragePoolOperation extends PoolOperation {
  override forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    this.workspace.kernels.avg_pool_f32(rows, this.window, x, y);
  }

  override inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    this.workspace.kernels.avg_pool_grad_f32(rows, this.window, dy, dx);
  }
}

/** The operation of a map in any workspace. */
export function poolOperation(workspace: Workspace, map: Pool): MappedOperation {
  return map.of === "maximum" ? new MaxPoolOperation(workspace, map) : new AveragePoolOperation(workspace, map);
}

/** The pixel under each tap of each window, along a side: a tap outside counts as the first one inside, which changes no maximum. */
function tapsAlong(
  name: string,
  size: number,
  count: number,
  taps: number,
  stride: number,
  dilation: number,
  before: number,
): number[] {
  return Array.from({ length: count }, (_, i) => {
    const places = Array.from({ length: taps }, (_, p) => i * stride + p * dilation - before);
    const isInside = (at: number) => at >= 0 && at < size;
    const first = places.find(isInside);
    if (first === undefined) outOfRange(`${name} padding`, "windows that all meet the image", "one that does not");
    return places.map((at) => (isInside(at) ? at : first));
  }).flat();
}

/** A pool whose taps lie apart: all taps of a window side by side, then windows that touch. */
function dilatedOperations(
  workspace: Workspace,
  name: string,
  of: "maximum" | "average",
  window: Window,
): MappedOperation[] {
  const { h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, top, left } = window;
  if (of === "average" && hasBorder(window)) {
    outOfRange(`${name} padding`, "none around means of pixels that lie apart", "a border");
  }
  const apart = takeAlong(
    workspace,
    [h, w, c],
    [tapsAlong(name, h, oh, kh, sh, dh, top), tapsAlong(name, w, ow, kw, sw, dw, left), undefined],
  );
  const touching = windowOver(name, apart.outputShape, {
    ...{ taps: [kh, kw], strides: [kh, kw], dilations: [1, 1], padding: "valid" },
  });
  return [apart, poolOperation(workspace, { kind: "pooling", of, window: touching })];
}

const PoolConfig = v.looseObject({ name: v.string(), pool_size: Extents, ...windowEntries });

/** A pool over windows; strides are the pool's size unless the configuration says otherwise. */
function poolFactory(className: string, of: "maximum" | "average", sides: 1 | 2): LayerFactory {
  return (config, inputShape, workspace) => {
    const parsed = requireConfig(className, PoolConfig, config);
    const { name, pool_size, strides, padding, data_format } = parsed;
    requireChannelsLast(name, data_format);
    requireRank(name, inputShape, sides === 1 ? ["steps", "channels"] : ["height", "width", "channels"]);
    const taps = perSide(`${name} pool_size`, pool_size, sides);
    const steps = perSide(`${name} strides`, strides ?? taps, sides);
    const dilations = perSide(`${name} dilation_rate`, parsed.dilation_rate ?? 1, sides);
    const row = sides === 1 ? [1] : [];
    const window = windowOver(name, [...row, ...inputShape], {
      ...{ taps: [...row, ...taps], strides: [...row, ...steps], dilations: [...row, ...dilations] },
      padding: paddingOver(name, padding, sides, row.length),
    });
    const isDilated = dilations.some((dilation) => dilation > 1);
    if (!isDilated) requireMeeting(name, window);
    return {
      ...{ className, name, inputShape, parameters: [] },
      outputShape: [...(sides === 1 ? [] : [window.oh]), window.ow, window.c],
      operations: isDilated
        ? dilatedOperations(workspace, name, of, window)
        : [poolOperation(workspace, { kind: "pooling", of, window })],
      config: {
        ...{ name, trainable: true, dtype: "float32", pool_size: taps, strides: steps, padding },
        ...(isDilated && { dilation_rate: dilations }),
        ...(sides === 1 ? {} : { data_format: "channels_last" }),
      },
    };
  };
}

const GlobalConfig = v.looseObject({
  name: v.string(),
  data_format: v.optional(v.unknown()),
  keepdims: v.optional(v.nullable(v.boolean())),
});

const AXES = [["steps"], ["height", "width"], ["depth", "height", "width"]];

/** A pool over the whole image, sequence or volume, which is an image of its planes' rows; with `keepdims` (Keras, not tfjs) the sides stay, of extent 1. */
function globalPoolFactory(className: string, of: "maximum" | "average", sides: 1 | 2 | 3): LayerFactory {
  return (config, inputShape, workspace) => {
    const { name, data_format, keepdims } = requireConfig(className, GlobalConfig, config);
    requireChannelsLast(name, data_format);
    requireRank(name, inputShape, [...(AXES[sides - 1] as string[]), "channels"]);
    const image = [sizeOf(inputShape.slice(0, -2)), ...inputShape.slice(-2)];
    const taps = image.slice(0, 2);
    const window = windowOver(name, image, { taps, strides: [1, 1], dilations: [1, 1], padding: "valid" });
    return {
      ...{ className, name, inputShape, parameters: [] },
      outputShape: keepdims ? [...Array<number>(sides).fill(1), window.c] : [window.c],
      operations: [poolOperation(workspace, { kind: "global pooling", of, window })],
      config: {
        ...{ name, trainable: true, dtype: "float32" },
        ...(sides === 1 ? {} : { data_format: "channels_last" }),
        ...(keepdims ? { keepdims } : {}),
      },
    };
  };
}

export const maxPooling2dLayer = poolFactory("MaxPooling2D", "maximum", 2);
export const averagePooling2dLayer = poolFactory("AveragePooling2D", "average", 2);
export const maxPooling1dLayer = poolFactory("MaxPooling1D", "maximum", 1);
export const averagePooling1dLayer = poolFactory("AveragePooling1D", "average", 1);
export const globalMaxPooling2dLayer = globalPoolFactory("GlobalMaxPooling2D", "maximum", 2);
export const globalAveragePooling2dLayer = globalPoolFactory("GlobalAveragePooling2D", "average", 2);
export const globalMaxPooling1dLayer = globalPoolFactory("GlobalMaxPooling1D", "maximum", 1);
export const globalAveragePooling1dLayer = globalPoolFactory("GlobalAveragePooling1D", "average", 1);
export const globalMaxPooling3dLayer = globalPoolFactory("GlobalMaxPooling3D", "maximum", 3);
export const globalAveragePooling3dLayer = globalPoolFactory("GlobalAveragePooling3D", "average", 3);
