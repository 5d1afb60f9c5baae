/**
 * Layers that join several inputs, element by element: Add, Subtract, Multiply, Average, Maximum; and
 * Concatenate along an axis. Inputs are taken in their order, as in tfjs.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { type F32Pointer, type Kernels, offset32, type Workspace } from "../../wasm/index.ts";
import { BroadcastMerge, commonShape } from "./broadcast.ts";
import { Axis, requireConfig } from "./config.ts";
import type { Layer, Merge, MergeFactory } from "./layer.ts";
import type { MergeKind } from "./operation-map.ts";
import { requireNumbers, sizeOf } from "./shape.ts";

type Join = "add_f32" | "sub_f32" | "mul_f32" | "max_f32";

/** y = x0 o x1 o ..., from left to right. */
abstract class JoinMerge implements Merge {
  readonly outputSize: number;
  abstract readonly kind: MergeKind;
  protected readonly kernels: Kernels;
  private readonly join: Join;

  constructor(size: number, kernels: Kernels, join: Join) {
    this.outputSize = size;
    this.kernels = kernels;
    this.join = join;
  }

  forward(rows: number, xs: readonly F32Pointer[], y: F32Pointer): void {
    const n = rows * this.outputSize;
    this.kernels.copy_rows_f32(1, n, xs[0] as F32Pointer, n, y, n);
    for (const x of xs.slice(1)) this.kernels[this.join](n, x, y);
  }

  abstract inputGradient(
    rows: number,
    xs: readonly F32Pointer[],
    y: F32Pointer,
    dy: F32Pointer,
    dxs: readonly F32Pointer[],
    scratch: F32Pointer,
  ): void;
}

/** A join that takes its gradient apart in a copy of dy. */
abstract class ScratchMerge extends JoinMerge {
  scratchBytes(rows: number): number {
    return 4 * rows * this.outputSize;
  }

  protected copy(n: number, dy: F32Pointer, to: F32Pointer): void {
    this.kernels.copy_rows_f32(1, n, dy, n, to, n);
  }
}

class AddMerge extends JoinMerge {
  readonly kind = "sum";

  inputGradient(
    rows: number,
    xs: readonly F32Pointer[],
    _y: F32Pointer,
    dy: F32Pointer,
    dxs: readonly F32Pointer[],
  ): void {
    xs.forEach((_, i) => {
      this.kernels.add_f32(rows * this.outputSize, dy, dxs[i] as F32Pointer);
    });
  }
}

class SubtractMerge extends JoinMerge {
  readonly kind = "difference";

  inputGradient(
    rows: number,
    _xs: readonly F32Pointer[],
    _y: F32Pointer,
    dy: F32Pointer,
    dxs: readonly F32Pointer[],
  ): void {
    const n = rows * this.outputSize;
    this.kernels.add_f32(n, dy, dxs[0] as F32Pointer);
    this.kernels.sub_f32(n, dy, dxs[1] as F32Pointer);
  }
}

/** dx_i += dy times the other inputs, these in their order. */
class MultiplyMerge extends ScratchMerge {
  readonly kind = "product";

  inputGradient(
    rows: number,
    xs: readonly F32Pointer[],
    _y: F32Pointer,
    dy: F32Pointer,
    dxs: readonly F32Pointer[],
    scratch: F32Pointer,
  ): void {
    const n = rows * this.outputSize;
    dxs.forEach((dx, i) => {
      this.copy(n, dy, scratch);
      xs.forEach((x, j) => {
        if (j !== i) this.kernels.mul_f32(n, x, scratch);
      });
      this.kernels.add_f32(n, scratch, dx);
    });
  }
}

/** The sum times 1 / count, as tfjs takes it. */
class AverageMerge extends JoinMerge {
  readonly kind = "mean";

  override forward(rows: number, xs: readonly F32Pointer[], y: F32Pointer): void {
    super.forward(rows, xs, y);
    this.kernels.scale_f32(rows * this.outputSize, 1 / xs.length, y, y);
  }

  inputGradient(
    rows: number,
    xs: readonly F32Pointer[],
    _y: F32Pointer,
    dy: F32Pointer,
    dxs: readonly F32Pointer[],
  ): void {
    for (const dx of dxs) this.kernels.axpy_f32(rows * this.outputSize, 1 / xs.length, dy, dx);
  }
}

/** Of equal inputs the first takes the gradient. */
class MaximumMerge extends ScratchMerge {
  readonly kind = "largest";

  inputGradient(
    rows: number,
    xs: readonly F32Pointer[],
    y: F32Pointer,
    dy: F32Pointer,
    dxs: readonly F32Pointer[],
    scratch: F32Pointer,
  ): void {
    const n = rows * this.outputSize;
    this.copy(n, dy, scratch);
    xs.forEach((x, i) => {
      this.kernels.max_grad_f32(n, x, y, scratch, dxs[i] as F32Pointer);
    });
  }
}

/** Strips of each input behind one another: a strip is what lies under one index of the axes before the axis. */
export class ConcatenateMerge implements Merge {
  readonly outputSize: number;
  readonly kind = "concatenation";
  private readonly kernels: Kernels;
  private readonly outer: number;
  /** Elements of a strip of each input, and where it starts in a strip of the output. */
  private readonly strips: readonly number[];
  private readonly starts: readonly number[];
  private readonly width: number;

  /**
   * @param outer numbers of the axes before the one along which they are joined, multiplied
   * @param strips numbers of each input from that axis on, multiplied
   */
  constructor(outer: number, strips: readonly number[], kernels: Kernels) {
    this.kernels = kernels;
    this.outer = outer;
    this.strips = strips;
    this.starts = strips.map((_, i) => strips.slice(0, i).reduce((sum, n) => sum + n, 0));
    this.width = strips.reduce((sum, n) => sum + n, 0);
    this.outputSize = outer * this.width;
  }

  forward(rows: number, xs: readonly F32Pointer[], y: F32Pointer): void {
    const { strips, starts, width } = this;
    xs.forEach((x, i) => {
      const [n, to] = [strips[i] as number, offset32(y, starts[i] as number)];
      this.kernels.copy_rows_f32(rows * this.outer, n, x, n, to, width);
    });
  }

  inputGradient(
    rows: number,
    _xs: readonly F32Pointer[],
    _y: F32Pointer,
    dy: F32Pointer,
    dxs: readonly F32Pointer[],
  ): void {
    const { strips, starts, width } = this;
    dxs.forEach((dx, i) => {
      const [n, from] = [strips[i] as number, offset32(dy, starts[i] as number)];
      this.kernels.add_rows_f32(rows * this.outer, n, from, width, dx, n);
    });
  }
}

type Shapes = readonly (readonly number[])[];

const Named = v.looseObject({ name: v.string() });
const ConcatenateConfig = v.looseObject({
  name: v.string(),
  axis: v.optional(v.nullable(Axis)),
});

const wordsOf = (shapes: Shapes): string => shapes.map((shape) => `[${shape.join(", ")}]`).join(" and ");

function joinLayer(
  className: string,
  make: (size: number, kernels: Kernels) => Merge,
  most = Number.POSITIVE_INFINITY,
): MergeFactory {
  return (config, inputShapes, workspace) => {
    const { name } = requireConfig(className, Named, config);
    if (inputShapes.length > most) outOfRange(`${name} (${className})`, `${most} inputs`, `${inputShapes.length}`);
    const shape =
      commonShape(inputShapes) ??
      outOfRange(`${name} (${className})`, "inputs that stretch to one shape", wordsOf(inputShapes));
    requireNumbers(`${name} (${className})`, shape);
    const join = make(sizeOf(shape), workspace.kernels);
    const isEven = inputShapes.every((other) => sizeOf(other) === join.outputSize);
    const merge = isEven ? join : new BroadcastMerge(workspace, join, inputShapes, shape);
    return layerOf(className, name, inputShapes, shape, merge, {});
  };
}

function layerOf(
  className: string,
  name: string,
  inputShapes: Shapes,
  outputShape: readonly number[],
  merge: Merge,
  rest: Record<string, unknown>,
): Layer {
  return {
    className,
    name,
    inputShape: inputShapes[0] as readonly number[],
    inputShapes,
    outputShape,
    parameters: [],
    merge,
    operations: [],
    config: { name, trainable: true, dtype: "float32", ...rest },
  };
}

/** Keras `Concatenate`; the axis counts the batch, or from the end; default the last. */
export function concatenateLayer(config: Record<string, unknown>, inputShapes: Shapes, workspace: Workspace): Layer {
  const { name, axis } = requireConfig("Concatenate", ConcatenateConfig, config);
  const [first] = inputShapes as [readonly number[]];
  const rank = first.length;
  const wanted = axis ?? -1;
  const at = wanted < 0 ? rank + wanted : wanted - 1;
  if (at < 0 || at >= rank)
    outOfRange(`${name} axis`, `an axis behind the batch of inputs of rank ${rank + 1}`, `${wanted}`);
  const without = (shape: readonly number[]): string => [shape.length, ...shape.toSpliced(at, 1)].join();
  if (inputShapes.some((shape) => without(shape) !== without(first))) {
    outOfRange(`${name} (Concatenate)`, `inputs that differ in axis ${at + 1} only`, wordsOf(inputShapes));
  }
  const strips = inputShapes.map((shape) => sizeOf(shape.slice(at)));
  const total = inputShapes.reduce((sum, shape) => sum + (shape[at] as number), 0);
  const merge = new ConcatenateMerge(sizeOf(first.slice(0, at)), strips, workspace.kernels);
  return layerOf("Concatenate", name, inputShapes, first.with(at, total), merge, { axis: at + 1 });
}

export const addLayer = joinLayer("Add", (size, kernels) => new AddMerge(size, kernels, "add_f32"));
export const averageLayer = joinLayer("Average", (size, kernels) => new AverageMerge(size, kernels, "add_f32"));
export const maximumLayer = joinLayer("Maximum", (size, kernels) => new MaximumMerge(size, kernels, "max_f32"));
export const multiplyLayer = joinLayer("Multiply", (size, kernels) => new MultiplyMerge(size, kernels, "mul_f32"));
export const subtractLayer = joinLayer("Subtract", (size, kernels) => new SubtractMerge(size, kernels, "sub_f32"), 2);
