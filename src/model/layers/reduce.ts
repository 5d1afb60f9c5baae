/** Axes reduced to one number each: sums, means, extremes, products, norms, the logarithm of a sum of exponentials. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import type { F32Pointer, Workspace } from "../../wasm/index.ts";
import { requireConfig, whole } from "./config.ts";
import type { LayerFactory, MappedOperation } from "./layer.ts";
import { transposeOperation } from "./move.ts";
import type { OperationMap, ReductionKind } from "./operation-map.ts";
import { sizeOf } from "./shape.ts";

type Shape = readonly number[];

/** By their number in assembly/layers/reduce.ts. */
const NUMBERED = [
  "sum",
  "mean",
  "largest",
  "least",
  "sum of squares",
  "root of squares",
  "sum of magnitudes",
  "product",
  "log of exponentials",
] as const satisfies readonly ReductionKind[];

/** The middle one of three axes: [outer, count, inner]. */
class ReduceOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly f: number;
  private readonly extents: readonly [outer: number, count: number, inner: number];

  constructor(workspace: Workspace, of: ReductionKind, extents: readonly [number, number, number]) {
    this.workspace = workspace;
    this.f = NUMBERED.indexOf(of);
    this.extents = extents;
    const [outer, count, inner] = extents;
    this.inputSize = outer * count * inner;
    this.outputSize = outer * inner;
    this.map = { kind: "reduction", of, outer, count, inner };
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const [outer, count, inner] = this.extents;
    this.workspace.kernels.reduce_f32(this.f, rows * outer, count, inner, x, y);
  }

  inputGradient(rows: number, x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const [outer, count, inner] = this.extents;
    this.workspace.kernels.reduce_grad_f32(this.f, rows * outer, count, inner, x, y, dy, dx);
  }
}

export interface Reduction {
  readonly operations: readonly MappedOperation[];
  readonly outputShape: Shape;
}

/** The reduction over the given axes of a row, counted from 0. Axes that do not lie side by side are brought there first. */
export function reduction(
  workspace: Workspace,
  of: ReductionKind,
  shape: Shape,
  axes: readonly number[],
  keepsAxes = false,
): Reduction {
  const isReduced = shape.map((_, axis) => axes.includes(axis));
  if (axes.some((axis) => !(axis in shape)) || new Set(axes).size < axes.length) {
    outOfRange(of, `each of the axes 0 to ${shape.length - 1} once at most`, `[${axes.join(", ")}]`);
  }
  const kept = shape.filter((_, axis) => !isReduced[axis]);
  const outputShape = keepsAxes ? shape.map((extent, axis) => (isReduced[axis] ? 1 : extent)) : kept;
  const wide = axes.filter((axis) => shape[axis] !== 1);
  const [first, last] = [Math.min(...wide), Math.max(...wide)];
  const isRun =
    wide.length === 0 || shape.slice(first, last + 1).every((extent, i) => extent === 1 || isReduced[first + i]);
  const inner = wide.length === 0 ? 1 : sizeOf(shape.slice(last + 1));
  if (isRun && (inner === 1 || of !== "log of exponentials")) {
    const count = sizeOf(wide.map((axis) => shape[axis] as number));
    const extents = [sizeOf(shape) / count / inner, count, inner] as const;
    return { operations: [new ReduceOperation(workspace, of, extents)], outputShape };
  }
  const order = [...shape.keys()].toSorted((a, b) => Number(isReduced[a]) - Number(isReduced[b]) || a - b);
  const count = sizeOf(shape) / sizeOf(kept);
  const operation = new ReduceOperation(workspace, of, [sizeOf(kept), count, 1]);
  return { operations: [transposeOperation(workspace, shape, order), operation], outputShape };
}

const Config = v.looseObject({
  name: v.string(),
  of: v.picklist(NUMBERED),
  axes: v.array(whole(0, 64)),
  keepdims: v.optional(v.boolean(), false),
});

/** `Reduce`, a layer of our own: axes count from 0 behind the batch. */
export const reduceLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, of, axes, keepdims } = requireConfig("Reduce", Config, config);
  const { operations, outputShape } = reduction(workspace, of, inputShape, axes, keepdims);
  return {
    ...{ className: "Reduce", name, inputShape, outputShape, parameters: [], operations },
    config: { name, trainable: true, dtype: "float32", of, axes, keepdims },
  };
};
