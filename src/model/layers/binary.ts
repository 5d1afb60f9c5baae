/**
 * Functions of two numbers over arrays that stretch to one shape [NumPy's broadcasting]: of two values as a merge, of a value and
 * an array of the model as an operation. What is stretched is read where it is.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { type F32Pointer, type I32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import { walkOver } from "./axes.ts";
import { commonShape } from "./broadcast.ts";
import { Extent, requireConfig } from "./config.ts";
import type { LayerFactory, MappedOperation, Merge, MergeFactory } from "./layer.ts";
import type { BinaryKind, OperationMap } from "./operation-map.ts";
import { declareParameter, type Parameter } from "./parameter.ts";
import { requireNumbers, sizeOf } from "./shape.ts";
import { gradientOf } from "./weights.ts";

type Shape = readonly number[];

/** The functions by their number in assembly/layers/join.ts. Of equals the first is the largest, and the least. */
const NUMBERED = [
  "sum",
  "difference",
  "product",
  "quotient",
  "largest",
  "least",
  "squared difference",
  "power",
] as const satisfies readonly BinaryKind[];

/** Two arrays joined, of which the second side's slope has a number of its own. */
class Join {
  readonly shape: Shape;
  readonly size: number;
  private readonly workspace: Workspace;
  private readonly f: number;
  private readonly rank: number;
  private readonly plan: I32Pointer;

  /** @param rowSizes how far rows of each array are apart: 0 of one that is the same for all */
  constructor(
    workspace: Workspace,
    of: BinaryKind,
    shapes: readonly [Shape, Shape],
    rowSizes: readonly [number, number],
  ) {
    const words = shapes.map((shape) => `[${shape.join(", ")}]`).join(" and ");
    this.shape = commonShape(shapes) ?? outOfRange(of, "arrays that stretch to one shape", words);
    requireNumbers(of, this.shape);
    this.size = sizeOf(this.shape);
    this.workspace = workspace;
    this.f = NUMBERED.indexOf(of);
    const axes = walkOver(this.shape, shapes);
    const plan = [
      { extent: 0, strides: rowSizes },
      ...axes,
      ...(axes.length === 0 ? [{ extent: 1, strides: [0, 0] }] : []),
    ];
    this.rank = plan.length;
    this.plan = workspace.arena.allocateI32(3 * plan.length);
    workspace.arena.i32(this.plan, 3 * plan.length).set(plan.flatMap(({ extent, strides }) => [extent, ...strides]));
  }

  forward(rows: number, a: F32Pointer, b: F32Pointer, y: F32Pointer): void {
    this.workspace.kernels.join_f32(this.f, rows, this.rank, this.plan, a, b, y);
  }

  /** dx += the gradient to one of the two. */
  addGradient(side: 0 | 1, rows: number, a: F32Pointer, b: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const f = this.f + side * NUMBERED.length;
    this.workspace.kernels.join_grad_f32(f, rows, this.rank, this.plan, a, b, dy, dx);
  }
}

/** y = f(a, b) of two values. The same value may come twice. */
export class BinaryMerge implements Merge {
  readonly outputSize: number;
  readonly outputShape: Shape;
  readonly kind: BinaryKind;
  private readonly join: Join;

  /** @param shapes of one row of each */
  constructor(workspace: Workspace, of: BinaryKind, shapes: readonly [Shape, Shape]) {
    this.join = new Join(workspace, of, shapes, [sizeOf(shapes[0]), sizeOf(shapes[1])]);
    this.outputSize = this.join.size;
    this.outputShape = this.join.shape;
    this.kind = of;
  }

  forward(rows: number, xs: readonly F32Pointer[], y: F32Pointer): void {
    const [a, b] = xs as [F32Pointer, F32Pointer];
    this.join.forward(rows, a, b, y);
  }

  inputGradient(
    rows: number,
    xs: readonly F32Pointer[],
    _y: F32Pointer,
    dy: F32Pointer,
    dxs: readonly F32Pointer[],
  ): void {
    const [a, b] = xs as [F32Pointer, F32Pointer];
    this.join.addGradient(0, rows, a, b, dy, dxs[0] as F32Pointer);
    this.join.addGradient(1, rows, a, b, dy, dxs[1] as F32Pointer);
  }
}

/** y = f(x, c) of a value and an array c of the model, or f(c, x). */
export class BinaryOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly outputShape: Shape;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly join: Join;
  private readonly constant: Parameter;
  /** Which of the two the constant is. */
  private readonly side: 0 | 1;

  /** @param inputShape of one row of x */
  constructor(
    workspace: Workspace,
    of: BinaryKind,
    inputShape: Shape,
    constant: Parameter,
    options: { readonly constantFirst?: boolean } = {},
  ) {
    this.workspace = workspace;
    this.constant = constant;
    this.side = options.constantFirst ? 0 : 1;
    this.inputSize = sizeOf(inputShape);
    const { inputSize, side } = this;
    this.join = side
      ? new Join(workspace, of, [inputShape, constant.shape], [inputSize, 0])
      : new Join(workspace, of, [constant.shape, inputShape], [0, inputSize]);
    this.outputSize = this.join.size;
    this.outputShape = this.join.shape;
    this.map = { kind: "with constant", of, constant, isFirst: side === 0, inputShape, outputShape: this.join.shape };
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const [a, b] = this.ordered(x);
    this.join.forward(rows, a, b, y);
  }

  inputGradient(rows: number, x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const [a, b] = this.ordered(x);
    this.join.addGradient(this.side ? 0 : 1, rows, a, b, dy, dx);
  }

  /** Order: rows ascending, the sum of each from zero. */
  parameterGradient(rows: number, x: F32Pointer, dy: F32Pointer, scratch: F32Pointer): void {
    const { arena, kernels } = this.workspace;
    const { size } = this.constant;
    const gradient = gradientOf(this.workspace, this.constant);
    for (let r = 0; r < rows; r++) {
      arena.f32(scratch, size).fill(0);
      const [a, b] = this.ordered(offset32(x, r * this.inputSize));
      this.join.addGradient(this.side, 1, a, b, offset32(dy, r * this.outputSize), scratch);
      kernels.add_f32(size, scratch, gradient);
    }
  }

  scratchBytes(): number {
    return 4 * (this.constant.size + 3);
  }

  private ordered(x: F32Pointer): [F32Pointer, F32Pointer] {
    return this.side ? [x, this.constant.at] : [this.constant.at, x];
  }
}

const Named = v.looseObject({ name: v.string() });

/** A layer of two inputs: `Minimum` of Keras, and others of our own. */
function binaryLayer(className: string, of: BinaryKind): MergeFactory {
  return (config, inputShapes, workspace) => {
    const { name } = requireConfig(className, Named, config);
    if (inputShapes.length !== 2) outOfRange(`${name} (${className})`, "2 inputs", `${inputShapes.length}`);
    const merge = new BinaryMerge(workspace, of, inputShapes as unknown as readonly [Shape, Shape]);
    return {
      ...{ className, name, inputShape: inputShapes[0] as Shape, inputShapes, outputShape: merge.outputShape },
      ...{ parameters: [], merge, operations: [] },
      config: { name, trainable: true, dtype: "float32" },
    };
  };
}

export const divideLayer = binaryLayer("Divide", "quotient");
export const minimumLayer = binaryLayer("Minimum", "least");
export const powerLayer = binaryLayer("Power", "power");
export const squaredDifferenceLayer = binaryLayer("SquaredDifference", "squared difference");

const WithConstantConfig = v.looseObject({
  name: v.string(),
  function: v.picklist(NUMBERED),
  shape: v.array(Extent),
  constant_first: v.optional(v.boolean(), false),
});

/** `WithConstant`, a layer of our own: a function of the value and of its weight `constant`, which stretch to one shape. */
export const withConstantLayer: LayerFactory = (config, inputShape, workspace) => {
  const parsed = requireConfig("WithConstant", WithConstantConfig, config);
  const { name, function: of, shape, constant_first } = parsed;
  const constant = declareParameter(`${name}/constant`, shape);
  const operation = new BinaryOperation(workspace, of, inputShape, constant, { constantFirst: constant_first });
  return {
    ...{ className: "WithConstant", name, inputShape, outputShape: operation.outputShape },
    ...{ parameters: [constant], operations: [operation] },
    config: { name, trainable: true, dtype: "float32", function: of, shape, constant_first },
  };
};
