/**
 * Images resized: pixel i of n along a side takes from (i + 1/2) m / n - 1/2 of m ("half pixel"), from i (m - 1) / (n - 1) ("corners") or from
 * i m / n ("corner"), the nearest pixel or both neighbours by their distances. Places are fractions of whole numbers, so that no
 * rounding decides which pixel is meant.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import type { F32Pointer, I32Pointer, Workspace } from "../../wasm/index.ts";
import { Extent, requireConfig, whole } from "./config.ts";
import type { LayerFactory, MappedOperation } from "./layer.ts";
import { sliceOperation, takeAlong } from "./move.ts";
import type { OperationMap } from "./operation-map.ts";
import { requireNumbers, sizeOf } from "./shape.ts";
import { RepeatOperation, requireImage } from "./spatial.ts";
import { requireRank } from "./window.ts";

const PLACES = ["half pixel", "corners", "corner"] as const;
const ROUNDINGS = ["floor", "half down", "half up", "ceil"] as const;
type Places = (typeof PLACES)[number];
type Rounding = (typeof ROUNDINGS)[number];

/** Where pixel i of n lies among m, as a fraction. */
function placeOf(places: Places, i: number, m: number, n: number): [numerator: number, denominator: number] {
  if (places === "half pixel") return [(2 * i + 1) * m - n, 2 * n];
  if (places === "corner") return [i * m, n];
  return n === 1 ? [0, 1] : [i * (m - 1), n - 1];
}

/** A fraction rounded to a whole number within m pixels. */
function nearest(rounding: Rounding, [p, q]: readonly [number, number], m: number): number {
  const rounded = {
    floor: () => Math.floor(p / q),
    "half down": () => Math.ceil((2 * p - q) / (2 * q)),
    "half up": () => Math.floor((2 * p + q) / (2 * q)),
    ceil: () => Math.ceil(p / q),
  }[rounding]();
  return Math.min(Math.max(rounded, 0), m - 1);
}

/** An axis [outer, from, inner] to [outer, to, inner], each number of which is a weighted sum of two of the input's. */
class InterpolateOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly extents: readonly [outer: number, from: number, to: number, inner: number];
  private readonly index: I32Pointer;
  private readonly weight: F32Pointer;

  constructor(
    workspace: Workspace,
    extents: readonly [outer: number, from: number, to: number, inner: number],
    places: Places,
  ) {
    const [outer, from, to, inner] = extents;
    const { index, weights } = neighbours(places, from, to);
    const { arena } = workspace;
    this.workspace = workspace;
    this.extents = extents;
    this.inputSize = outer * from * inner;
    this.outputSize = outer * to * inner;
    this.index = arena.allocateI32(index.length);
    this.weight = arena.allocateF32(weights.length);
    arena.i32(this.index, index.length).set(index);
    arena.f32(this.weight, weights.length).set(weights);
    this.map = { kind: "interpolation", outer, from, to, inner, places, index, weights };
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const [outer, from, to, inner] = this.extents;
    const { index, weight } = this;
    this.workspace.kernels.interpolate_f32(rows * outer, from, to, inner, index, weight, x, y);
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const [outer, from, to, inner] = this.extents;
    const { index, weight } = this;
    this.workspace.kernels.interpolate_grad_f32(rows * outer, from, to, inner, index, weight, dy, dx);
  }
}

/** The neighbours of each pixel along a side of m, and how much of each it takes. */
function neighbours(places: Places, m: number, n: number): { index: Int32Array; weights: Float32Array } {
  const index = new Int32Array(2 * n);
  const weights = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [p, q] = placeOf(places, i, m, n);
    const whole = Math.floor(p / q);
    const share = (p - whole * q) / q;
    const clamp = (at: number) => Math.min(Math.max(at, 0), m - 1);
    index[2 * i] = clamp(whole);
    index[2 * i + 1] = clamp(whole + 1);
    weights[2 * i] = 1 - share;
    weights[2 * i + 1] = share;
  }
  return { index, weights };
}

/** The operations that take an image [h, w, c] to [height, width, c]: rows first, then columns. */
export function resizeOperations(
  workspace: Workspace,
  shape: readonly number[],
  extents: readonly [number, number],
  method: "nearest" | "linear",
  places: Places,
  rounding: Rounding,
): readonly MappedOperation[] {
  const [h, w, c] = shape as [number, number, number];
  const [height, width] = extents;
  requireNumbers("image", [height, Math.max(w, width), c]);
  if (method === "nearest") {
    const list = (m: number, n: number) =>
      Array.from({ length: n }, (_, i) => nearest(rounding, placeOf(places, i, m, n), m));
    return [takeAlong(workspace, shape, [list(h, height), list(w, width), undefined])];
  }
  return [
    ...(h === height ? [] : [new InterpolateOperation(workspace, [1, h, height, w * c], places)]),
    ...(w === width ? [] : [new InterpolateOperation(workspace, [height, w, width, c], places)]),
  ];
}

const Part = v.looseObject({ starts: v.array(whole(0)), sizes: v.array(Extent) });
const Config = v.looseObject({
  ...{ name: v.string(), extents: v.tuple([Extent, Extent]), part: v.optional(Part) },
  method: v.optional(v.picklist(["nearest", "linear"]), "linear"),
  places: v.optional(v.picklist(PLACES), "half pixel"),
  rounding: v.optional(v.picklist(ROUNDINGS), "floor"),
});

const SizeConfig = v.looseObject({
  ...{ name: v.string(), data_format: v.optional(v.unknown()) },
  size: v.optional(v.union([Extent, v.tuple([Extent, Extent])]), 2),
  interpolation: v.optional(v.picklist(["nearest", "bilinear"]), "nearest"),
  places: v.optional(v.picklist(PLACES), "half pixel"),
});

/** Keras `UpSampling2D`: by repetition, or as the `Resize` that it is in Keras; that of tfjs starts at the corner. */
export const upSamplingLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, size, interpolation, places, data_format } = requireConfig("UpSampling2D", SizeConfig, config);
  const image = requireImage(name, inputShape, data_format);
  const factors: readonly [number, number] = typeof size === "number" ? [size, size] : size;
  const extents: [number, number] = [image[0] * factors[0], image[1] * factors[1]];
  const isNearest = interpolation === "nearest";
  if (!isNearest && places === "half pixel") {
    return resizeLayer({ name, extents, method: "linear", places, rounding: "floor" }, inputShape, workspace);
  }
  const rest = { size: [...factors], data_format: "channels_last", interpolation };
  const operations = isNearest
    ? [new RepeatOperation(image, factors, workspace.kernels)]
    : resizeOperations(workspace, image, extents, "linear", places, "floor");
  return {
    ...{ className: "UpSampling2D", name, inputShape, outputShape: [...extents, image[2]], parameters: [], operations },
    config: { name, trainable: true, dtype: "float32", ...rest },
  };
};

const ResizingConfig = v.looseObject({
  ...{ name: v.string(), height: Extent, width: Extent, data_format: v.optional(v.unknown()) },
  interpolation: v.optional(v.picklist(["bilinear", "nearest"]), "bilinear"),
  crop_to_aspect_ratio: v.optional(v.nullable(v.boolean()), false),
  pad_to_aspect_ratio: v.optional(v.nullable(v.boolean()), false),
  antialias: v.optional(v.nullable(v.boolean()), false),
});

/** The part in the middle of a side that is as wide, of the other side, as the target is. */
function cut(size: number, other: number, target: number, otherTarget: number): { start: number; size: number } {
  const kept = Math.max(1, Math.min(size, Math.floor((other * target) / otherTarget)));
  return { start: Math.floor((size - kept) / 2), size: kept };
}

/** Keras `Resizing`, as the `Resize` that it is, of the part in the middle if it is to keep its shape. */
export const resizingLayer: LayerFactory = (config, inputShape, workspace) => {
  const parsed = requireConfig("Resizing", ResizingConfig, config);
  const { name, height, width, interpolation, crop_to_aspect_ratio } = parsed;
  const [h, w, c] = requireImage(name, inputShape, parsed.data_format);
  for (const entry of ["pad_to_aspect_ratio", "antialias"] as const) {
    if (parsed[entry]) outOfRange(`${name} ${entry}`, "false", "true");
  }
  const [rows, columns] = crop_to_aspect_ratio
    ? [cut(h, w, height, width), cut(w, h, width, height)]
    : [
        { start: 0, size: h },
        { start: 0, size: w },
      ];
  const extents: [number, number] = [height, width];
  const method = interpolation === "nearest" ? "nearest" : "linear";
  const resized = { name, extents, method, places: "half pixel", rounding: "half up" };
  if (rows.size === h && columns.size === w) return resizeLayer(resized, inputShape, workspace);
  const part = { starts: [rows.start, columns.start, 0], sizes: [rows.size, columns.size, c] };
  return resizeLayer({ ...resized, part }, inputShape, workspace);
};

/** `Resize`, a layer of our own: images [height, width, channels], or a part of them, to `extents`. */
export const resizeLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, extents, part, method, places, rounding } = requireConfig("Resize", Config, config);
  requireRank(name, inputShape, ["height", "width", "channels"]);
  requireNumbers(name, [...extents, sizeOf(inputShape.slice(2))]);
  const cropped = part && sliceOperation(workspace, inputShape, part.starts, part.sizes);
  const shape = cropped?.outputShape ?? inputShape;
  return {
    ...{ className: "Resize", name, inputShape, outputShape: [...extents, shape[2] as number], parameters: [] },
    operations: [
      ...(cropped ? [cropped] : []),
      ...resizeOperations(workspace, shape, extents, method, places, rounding),
    ],
    config: { name, trainable: true, dtype: "float32", extents, ...(part && { part }), method, places, rounding },
  };
};
