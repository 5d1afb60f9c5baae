/**
 * Images resized: pixel i of n along a side takes from (i + 1/2) m / n - 1/2 of m ("half pixel"), from i (m - 1) / (n - 1) ("corners") or from
 * i m / n ("corner"), the nearest pixel or both neighbours by their distances. Places are fractions of whole numbers, so that no
 * rounding decides which pixel is meant.
 */
import * as v from "valibot";
import type { F32Pointer, I32Pointer, Workspace } from "../../wasm/index.ts";
import { Extent, requireConfig } from "./config.ts";
import type { LayerFactory, MappedOperation } from "./layer.ts";
import { takeAlong } from "./move.ts";
import type { OperationMap } from "./operation-map.ts";
import { requireNumbers, sizeOf } from "./shape.ts";
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
    index: Int32Array,
    weights: Float32Array,
  ) {
    const [outer, from, to, inner] = extents;
    const { arena } = workspace;
    this.workspace = workspace;
    this.extents = extents;
    this.inputSize = outer * from * inner;
    this.outputSize = outer * to * inner;
    this.index = arena.allocateI32(index.length);
    this.weight = arena.allocateF32(weights.length);
    arena.i32(this.index, index.length).set(index);
    arena.f32(this.weight, weights.length).set(weights);
    this.map = { kind: "interpolation", outer, from, to, inner, index, weights };
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
  const rows = neighbours(places, h, height);
  const columns = neighbours(places, w, width);
  return [
    ...(h === height ? [] : [new InterpolateOperation(workspace, [1, h, height, w * c], rows.index, rows.weights)]),
    ...(w === width
      ? []
      : [new InterpolateOperation(workspace, [height, w, width, c], columns.index, columns.weights)]),
  ];
}

const Config = v.looseObject({
  ...{ name: v.string(), extents: v.tuple([Extent, Extent]) },
  method: v.optional(v.picklist(["nearest", "linear"]), "linear"),
  places: v.optional(v.picklist(PLACES), "half pixel"),
  rounding: v.optional(v.picklist(ROUNDINGS), "floor"),
});

/** `Resize`, a layer of our own: images [height, width, channels] to `extents`. */
export const resizeLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, extents, method, places, rounding } = requireConfig("Resize", Config, config);
  requireRank(name, inputShape, ["height", "width", "channels"]);
  requireNumbers(name, [...extents, sizeOf(inputShape.slice(2))]);
  return {
    ...{ className: "Resize", name, inputShape, outputShape: [...extents, inputShape[2] as number], parameters: [] },
    operations: resizeOperations(workspace, inputShape, extents, method, places, rounding),
    config: { name, trainable: true, dtype: "float32", extents, method, places, rounding },
  };
};
