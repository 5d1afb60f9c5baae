/** Products of matrices: of two values as a merge (attention), of a value and a matrix of the model as an operation. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { type F32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import { stretchedStrides } from "./axes.ts";
import { commonShape } from "./broadcast.ts";
import { Extent, requireConfig } from "./config.ts";
import type { LayerFactory, MappedOperation, Merge, MergeFactory } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import { declareParameter, type Parameter } from "./parameter.ts";
import { requireNumbers, sizeOf } from "./shape.ts";
import { stridedSources } from "./strided.ts";
import { BLOCK_BYTES, gradientOf, wholePanels } from "./weights.ts";

type Shape = readonly number[];

/**
 * y[..., m, n] = a[..., m, k] b[..., k, n] for each matrix of a row; axes in front are stretched as in NumPy.
 *
 * Order  k ascending from zero. To a: n ascending; to b: m ascending; a matrix that is stretched sums over the products in their order.
 */
class MatrixProduct {
  readonly outputShape: Shape;
  readonly outputSize: number;
  private readonly workspace: Workspace;
  private readonly rowSizes: readonly [number, number];
  private readonly m: number;
  private readonly k: number;
  private readonly n: number;
  /** Where the matrices of each product start in a row. */
  private readonly starts: readonly [Int32Array, Int32Array];
  private readonly panels: F32Pointer;
  private readonly strip: F32Pointer;

  /** @param rowSizes how far rows of each are apart: 0 of one that is the same for all */
  constructor(workspace: Workspace, shapes: readonly [Shape, Shape], rowSizes: readonly [number, number]) {
    const [a, b] = shapes;
    const words = shapes.map((shape) => `[${shape.join(", ")}]`).join(" and ");
    const refuse = () => outOfRange("matrix product", "matrices [..., m, k] and [..., k, n]", words);
    if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2)) refuse();
    const fronts = [a.slice(0, -2), b.slice(0, -2)] as const;
    const front = commonShape(fronts) ?? refuse();
    const [m, k, n] = [a.at(-2), a.at(-1), b.at(-1)] as [number, number, number];
    this.outputShape = [...front, m, n];
    requireNumbers("matrix product", this.outputShape);
    this.outputSize = sizeOf(this.outputShape);
    this.workspace = workspace;
    this.rowSizes = rowSizes;
    const startsOf = (shape: Shape, size: number) =>
      stridedSources(front, stretchedStrides(shape, front)).map((at) => at * size);
    const starts = [startsOf(fronts[0], m * k), startsOf(fronts[1], k * n)] as const;
    // One matrix on the right for all that stand behind one another on the left is one product.
    const isOne = starts[1].every((at) => at === 0) && starts[0].every((at, i) => at === i * m * k);
    this.starts = isOne ? [Int32Array.of(0), Int32Array.of(0)] : starts;
    [this.m, this.k, this.n] = [isOne ? m * starts[0].length : m, k, n];
    const { arena } = workspace;
    const wide = Math.max(k * wholePanels(n), n * wholePanels(k), this.m * wholePanels(n));
    this.panels = arena.allocateF32(wide);
    this.strip = arena.allocate(16 * this.m + BLOCK_BYTES);
  }

  forward(rows: number, a: F32Pointer, b: F32Pointer, y: F32Pointer): void {
    const { m, k, n, panels, strip } = this;
    const { kernels, arena } = this.workspace;
    arena.f32(y, rows * this.outputSize).fill(0);
    let packed: number | undefined;
    this.each(rows, a, b, y, (left, right, to) => {
      if (packed !== right) kernels.pack_b_f32_8(k, n, right, n, 0, panels);
      packed = right;
      kernels.gemm_f32_4x8(m, n, k, left, k, panels, to, n, strip);
    });
  }

  /** da += dy b^T */
  addToLeft(rows: number, da: F32Pointer, b: F32Pointer, dy: F32Pointer): void {
    const { m, k, n, panels, strip } = this;
    const { kernels } = this.workspace;
    let packed: number | undefined;
    this.each(rows, da, b, dy, (left, right, from) => {
      if (packed !== right) kernels.pack_bt_f32_8(n, k, right, n, 0, panels);
      packed = right;
      kernels.gemm_f32_4x8(m, k, n, from, n, panels, left, k, strip);
    });
  }

  /** db += a^T dy */
  addToRight(rows: number, a: F32Pointer, db: F32Pointer, dy: F32Pointer): void {
    const { m, k, n, panels, strip } = this;
    const { kernels } = this.workspace;
    this.each(rows, a, db, dy, (left, right, from) => {
      kernels.pack_b_f32_8(m, n, from, n, 0, panels);
      kernels.gemm_tn_f32_4x8(k, n, m, left, k, panels, right, n, strip);
    });
  }

  private each(
    rows: number,
    a: F32Pointer,
    b: F32Pointer,
    y: F32Pointer,
    use: (a: F32Pointer, b: F32Pointer, y: F32Pointer) => void,
  ): void {
    const { m, n, outputSize } = this;
    const [left, right] = this.starts;
    for (let r = 0; r < rows; r++) {
      for (let i = 0; i < left.length; i++) {
        use(
          offset32(a, r * this.rowSizes[0] + (left[i] as number)),
          offset32(b, r * this.rowSizes[1] + (right[i] as number)),
          offset32(y, r * outputSize + i * m * n),
        );
      }
    }
  }
}

/** Of two values; the same value may come twice. */
export class MatrixMerge implements Merge {
  readonly kind = "matrix product";
  readonly outputSize: number;
  readonly outputShape: Shape;
  private readonly product: MatrixProduct;

  /** @param shapes of one row of each */
  constructor(workspace: Workspace, shapes: readonly [Shape, Shape]) {
    this.product = new MatrixProduct(workspace, shapes, [sizeOf(shapes[0]), sizeOf(shapes[1])]);
    this.outputSize = this.product.outputSize;
    this.outputShape = this.product.outputShape;
  }

  forward(rows: number, xs: readonly F32Pointer[], y: F32Pointer): void {
    const [a, b] = xs as [F32Pointer, F32Pointer];
    this.product.forward(rows, a, b, y);
  }

  inputGradient(
    rows: number,
    xs: readonly F32Pointer[],
    _y: F32Pointer,
    dy: F32Pointer,
    dxs: readonly F32Pointer[],
  ): void {
    const [a, b] = xs as [F32Pointer, F32Pointer];
    this.product.addToLeft(rows, dxs[0] as F32Pointer, b, dy);
    this.product.addToRight(rows, a, dxs[1] as F32Pointer, dy);
  }
}

/** Of a value and a matrix of the model, or of several. */
export class MatrixOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly outputShape: Shape;
  readonly map: OperationMap;
  private readonly product: MatrixProduct;
  private readonly workspace: Workspace;
  private readonly matrix: Parameter;
  private readonly isFirst: boolean;

  /** @param inputShape of one row of the value */
  constructor(workspace: Workspace, inputShape: Shape, matrix: Parameter, isFirst: boolean) {
    this.workspace = workspace;
    this.matrix = matrix;
    this.isFirst = isFirst;
    this.inputSize = sizeOf(inputShape);
    this.product = isFirst
      ? new MatrixProduct(workspace, [matrix.shape, inputShape], [0, this.inputSize])
      : new MatrixProduct(workspace, [inputShape, matrix.shape], [this.inputSize, 0]);
    this.outputSize = this.product.outputSize;
    this.outputShape = this.product.outputShape;
    this.map = { kind: "matrix product", matrix, isFirst, inputShape, outputShape: this.outputShape };
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { at } = this.matrix;
    if (this.isFirst) this.product.forward(rows, at, x, y);
    else this.product.forward(rows, x, at, y);
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { at } = this.matrix;
    if (this.isFirst) this.product.addToRight(rows, at, dx, dy);
    else this.product.addToLeft(rows, dx, at, dy);
  }

  parameterGradient(rows: number, x: F32Pointer, dy: F32Pointer): void {
    const gradient = gradientOf(this.workspace, this.matrix);
    if (this.isFirst) this.product.addToLeft(rows, gradient, x, dy);
    else this.product.addToRight(rows, x, gradient, dy);
  }
}

const Named = v.looseObject({ name: v.string() });

/** `MatMul`, a layer of our own: the product of two values, a [..., m, k] and b [..., k, n]. */
export const matMulLayer: MergeFactory = (config, inputShapes, workspace) => {
  const { name } = requireConfig("MatMul", Named, config);
  if (inputShapes.length !== 2) outOfRange(`${name} (MatMul)`, "2 inputs", `${inputShapes.length}`);
  const merge = new MatrixMerge(workspace, inputShapes as unknown as readonly [Shape, Shape]);
  return {
    ...{ className: "MatMul", name, inputShape: inputShapes[0] as Shape, inputShapes, outputShape: merge.outputShape },
    ...{ parameters: [], merge, operations: [] },
    config: { name, trainable: true, dtype: "float32" },
  };
};

const MatrixConfig = v.looseObject({
  ...{ name: v.string(), shape: v.array(Extent) },
  constant_first: v.optional(v.boolean(), false),
});

/** `MatMulWithConstant`, a layer of our own: the product of the value and its weight `constant`, or of these in turn. */
export const matMulWithConstantLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, shape, constant_first } = requireConfig("MatMulWithConstant", MatrixConfig, config);
  const constant = declareParameter(`${name}/constant`, shape);
  const operation = new MatrixOperation(workspace, inputShape, constant, constant_first);
  return {
    ...{ className: "MatMulWithConstant", name, inputShape, outputShape: operation.outputShape },
    ...{ parameters: [constant], operations: [operation] },
    config: { name, trainable: true, dtype: "float32", shape, constant_first },
  };
};
