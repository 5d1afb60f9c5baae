/** Layers that move pixels and compute nothing: ZeroPadding2D, Cropping2D, CenterCrop, Permute. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { type F32Pointer, type I32Pointer, type Kernels, offset32, type Workspace } from "../../wasm/index.ts";
import { Extent, requireChannelsLast, requireConfig, whole } from "./config.ts";
import type { Layer, LayerFactory, MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import { sizeOf } from "./shape.ts";
import { stridedSources } from "./strided.ts";

const Margin = whole(0);
const Pair = v.tuple([Margin, Margin]);
/** All sides, rows and columns, or each side of its own. */
const Margins = v.union([Margin, Pair, v.tuple([Pair, Pair])]);
const Format = v.optional(v.unknown());
const PaddingConfig = v.looseObject({ name: v.string(), data_format: Format, padding: v.optional(Margins, 1) });
const CroppingConfig = v.looseObject({ name: v.string(), data_format: Format, cropping: v.optional(Margins, 0) });
const PermuteConfig = v.looseObject({ name: v.string(), dims: v.array(Extent) });

type Image = readonly [height: number, width: number, channels: number];
type Sides = [[top: number, bottom: number], [left: number, right: number]];

function sidesOf(margins: v.InferOutput<typeof Margins>): Sides {
  const [rows, columns] = typeof margins === "number" ? [margins, margins] : margins;
  const pair = (side: number | [number, number]): [number, number] => (typeof side === "number" ? [side, side] : side);
  return [pair(rows), pair(columns)];
}

/** Requires images with channels last. */
export function requireImage(name: string, shape: readonly number[], format: unknown): Image {
  if (shape.length !== 3) outOfRange(name, "input [height, width, channels]", `[${shape.join(", ")}]`);
  requireChannelsLast(name, format);
  return shape as unknown as Image;
}

/** A small image within a large one: written into it, with zeros around, or cut out of it. */
export class WindowOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map = { kind: "moves" } as const;
  private readonly workspace: Workspace;
  private readonly small: Image;
  private readonly isPadding: boolean;
  /** Elements of the large image, of one of its rows, and before the small one. */
  private readonly largeSize: number;
  private readonly largeRow: number;
  private readonly start: number;

  constructor(small: Image, large: Image, top: number, left: number, isPadding: boolean, workspace: Workspace) {
    this.workspace = workspace;
    this.small = small;
    this.isPadding = isPadding;
    this.largeSize = sizeOf(large);
    this.largeRow = large[1] * large[2];
    this.start = top * this.largeRow + left * large[2];
    this.inputSize = isPadding ? sizeOf(small) : this.largeSize;
    this.outputSize = isPadding ? this.largeSize : sizeOf(small);
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { arena, kernels } = this.workspace;
    if (this.isPadding) arena.f32(y, rows * this.outputSize).fill(0);
    this.move(rows, kernels.copy_rows_f32, x, y, this.isPadding);
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    this.move(rows, this.workspace.kernels.add_rows_f32, dy, dx, !this.isPadding);
  }

  private move(
    rows: number,
    kernel: Kernels["copy_rows_f32"],
    from: F32Pointer,
    to: F32Pointer,
    toLarge: boolean,
  ): void {
    const [height, width, channels] = this.small;
    const row = width * channels;
    for (let r = 0; r < rows; r++) {
      const small = r * height * row;
      const large = r * this.largeSize + this.start;
      if (toLarge) kernel(height, row, offset32(from, small), row, offset32(to, large), this.largeRow);
      else kernel(height, row, offset32(from, large), this.largeRow, offset32(to, small), row);
    }
  }
}

/** Each pixel becomes a block of `high` x `wide`. */
export class RepeatOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly kernels: Kernels;
  private readonly image: Image;
  private readonly high: number;
  private readonly wide: number;

  constructor(image: Image, [high, wide]: readonly [number, number], kernels: Kernels) {
    this.kernels = kernels;
    this.image = image;
    this.high = high;
    this.wide = wide;
    this.map = { kind: "repeat", size: [high, wide] };
    this.inputSize = sizeOf(image);
    this.outputSize = this.inputSize * high * wide;
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const [height, width, channels] = this.image;
    const { high, wide, kernels } = this;
    const long = wide * width * channels;
    for (let i = 0; i < rows * height; i++) {
      const [from, to] = [offset32(x, i * width * channels), offset32(y, i * high * long)];
      for (let s = 0; s < wide; s++) {
        kernels.copy_rows_f32(width, channels, from, channels, offset32(to, s * channels), wide * channels);
      }
      kernels.copy_rows_f32(high - 1, long, to, 0, offset32(to, long), long);
    }
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const [height, width, channels] = this.image;
    const { high, wide, kernels } = this;
    for (let i = 0; i < rows * height; i++) {
      const to = offset32(dx, i * width * channels);
      for (let s = 0; s < high * wide; s++) {
        const [down, right] = [Math.floor(s / wide), s % wide];
        const from = offset32(dy, channels * ((i * high + down) * wide * width + right));
        kernels.add_rows_f32(width, channels, from, wide * channels, to, channels);
      }
    }
  }
}

class PermuteOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map = { kind: "moves" } as const;
  private readonly kernels: Kernels;
  /** i32[inputSize], where each output comes from. */
  private readonly index: I32Pointer;

  constructor(sources: Int32Array, { arena, kernels }: Workspace) {
    this.kernels = kernels;
    this.inputSize = sources.length;
    this.outputSize = sources.length;
    this.index = arena.allocateI32(sources.length);
    arena.i32(this.index, sources.length).set(sources);
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    this.kernels.permute_f32(rows, this.inputSize, this.index, x, y);
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    this.kernels.permute_grad_f32(rows, this.inputSize, this.index, dy, dx);
  }
}

/** A layer of one operation without parameters. */
export function layerOf(
  className: string,
  name: string,
  inputShape: readonly number[],
  outputShape: readonly number[],
  operation: MappedOperation,
  rest: object,
): Layer {
  const config = { name, trainable: true, dtype: "float32", ...rest };
  return { className, name, inputShape, outputShape, parameters: [], operations: [operation], config };
}

/** Keras `ZeroPadding2D`. */
export const zeroPaddingLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, padding, data_format } = requireConfig("ZeroPadding2D", PaddingConfig, config);
  const image = requireImage(name, inputShape, data_format);
  const sides = sidesOf(padding);
  const [[top, bottom], [left, right]] = sides;
  const large: Image = [image[0] + top + bottom, image[1] + left + right, image[2]];
  const operation = new WindowOperation(image, large, top, left, true, workspace);
  return layerOf("ZeroPadding2D", name, inputShape, large, operation, { padding: sides, data_format: "channels_last" });
};

/** Keras `Cropping2D`. */
export const croppingLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, cropping, data_format } = requireConfig("Cropping2D", CroppingConfig, config);
  const image = requireImage(name, inputShape, data_format);
  const sides = sidesOf(cropping);
  const [[top, bottom], [left, right]] = sides;
  const small: Image = [image[0] - top - bottom, image[1] - left - right, image[2]];
  if (small[0] < 1 || small[1] < 1) {
    outOfRange(
      `${name} cropping`,
      `less than the image of ${image[0]} x ${image[1]}`,
      `what leaves ${small[0]} x ${small[1]}`,
    );
  }
  const operation = new WindowOperation(small, image, top, left, false, workspace);
  return layerOf("Cropping2D", name, inputShape, small, operation, { cropping: sides, data_format: "channels_last" });
};

const CenterConfig = v.looseObject({ name: v.string(), data_format: Format, height: Extent, width: Extent });

/**
 * Keras `CenterCrop` of images that are no smaller, as the `Cropping2D` that it is: the class of that name in tfjs cuts at other
 * places. Keras resizes smaller ones.
 */
export const centerCropLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, height, width, data_format } = requireConfig("CenterCrop", CenterConfig, config);
  const [h, w] = requireImage(name, inputShape, data_format);
  if (h < height || w < width) {
    outOfRange(`${name} (CenterCrop)`, `images of at least ${height} x ${width}`, `${h} x ${w}`);
  }
  const ends = (size: number, kept: number): [number, number] => {
    const before = Math.floor((size - kept) / 2);
    return [before, size - kept - before];
  };
  return croppingLayer({ name, cropping: [ends(h, height), ends(w, width)] }, inputShape, workspace);
};

/** Keras `Permute`: axis k of the output is axis dims[k] of the input, counted from 1. */
export const permuteLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, dims } = requireConfig("Permute", PermuteConfig, config);
  const rank = inputShape.length;
  if (dims.toSorted((a, b) => a - b).join() !== inputShape.map((_, i) => i + 1).join()) {
    outOfRange(`${name} dims`, `each of 1 to ${rank} once`, `[${dims.join(", ")}]`);
  }
  const outputShape = dims.map((axis) => inputShape[axis - 1] as number);
  const strides = dims.map((axis) => sizeOf(inputShape.slice(axis)));
  const sources = stridedSources(outputShape, strides);
  return layerOf("Permute", name, inputShape, outputShape, new PermuteOperation(sources, workspace), { dims });
};
