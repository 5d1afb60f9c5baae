/**
 * Two chains of operations side by side in one layer, as in a Bidirectional one: a fork gives both chains the same input, then they
 * run beside each other, at last a join makes one of both. Between fork and join a value holds that of the first chain for all rows,
 * then that of the second.
 */
import { type F32Pointer, type Kernels, offset32 } from "../../../wasm/index.ts";
import type { MappedOperation } from "../layer.ts";
import type { OperationMap } from "../operation-map.ts";

type Pair = readonly [MappedOperation, MappedOperation];

abstract class SideBySide implements MappedOperation {
  abstract readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap = { kind: "recurrence" };
  protected readonly pair: Pair;

  constructor(pair: Pair) {
    this.pair = pair;
    this.outputSize = pair[0].outputSize + pair[1].outputSize;
  }

  /** Where the input of the second of a pair begins, in numbers of a row. */
  protected abstract readonly inputStart: number;

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const [a, b] = this.pair;
    a.forward(rows, x, y);
    b.forward(rows, this.input(rows, x), this.output(rows, y));
  }

  inputGradient(rows: number, x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const [a, b] = this.pair;
    a.inputGradient(rows, x, y, dy, dx);
    b.inputGradient(rows, this.input(rows, x), this.output(rows, y), this.output(rows, dy), this.input(rows, dx));
  }

  parameterGradient(rows: number, x: F32Pointer, dy: F32Pointer, scratch: F32Pointer): void {
    const [a, b] = this.pair;
    a.parameterGradient?.(rows, x, dy, scratch);
    b.parameterGradient?.(rows, this.input(rows, x), this.output(rows, dy), scratch);
  }

  recurrentGradient(
    rows: number,
    x: F32Pointer,
    y: F32Pointer,
    dy: F32Pointer,
    dx: F32Pointer,
    scratch: F32Pointer,
  ): void {
    const [a, b] = this.pair;
    a.recurrentGradient?.(rows, x, y, dy, dx, scratch);
    const [x2, y2, dy2, dx2] = [this.input(rows, x), this.output(rows, y), this.output(rows, dy), this.input(rows, dx)];
    b.recurrentGradient?.(rows, x2, y2, dy2, dx2, scratch);
  }

  scratchBytes(rows: number): number {
    return Math.max(...this.pair.map((one) => one.scratchBytes?.(rows) ?? 0));
  }

  private input(rows: number, x: F32Pointer): F32Pointer {
    return offset32(x, rows * this.inputStart);
  }

  private output(rows: number, y: F32Pointer): F32Pointer {
    return offset32(y, rows * this.pair[0].outputSize);
  }
}

/** Both of one input. */
export class Fork extends SideBySide {
  readonly inputSize: number;
  protected readonly inputStart = 0;

  constructor(pair: Pair) {
    super(pair);
    this.inputSize = pair[0].inputSize;
  }
}

/** Each of an input of its own. */
export class Beside extends SideBySide {
  readonly inputSize: number;
  protected readonly inputStart: number;

  constructor(pair: Pair) {
    super(pair);
    this.inputStart = pair[0].inputSize;
    this.inputSize = pair[0].inputSize + pair[1].inputSize;
  }
}

/** How a Bidirectional layer joins both directions. */
export const MERGE_MODES = ["concat", "sum", "mul", "ave"] as const;
export type MergeMode = (typeof MERGE_MODES)[number];

/** Both made one: step by step, one behind the other, their sum, product or mean. */
export class Join implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap = { kind: "recurrence" };
  private readonly kernels: Kernels;
  private readonly mode: MergeMode;
  /** Numbers of one of both, and of one step of it. */
  private readonly size: number;
  private readonly units: number;

  constructor(kernels: Kernels, mode: MergeMode, size: number, units: number) {
    this.kernels = kernels;
    this.mode = mode;
    this.size = size;
    this.units = units;
    this.inputSize = 2 * size;
    this.outputSize = mode === "concat" ? 2 * size : size;
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { kernels, units, mode } = this;
    const n = rows * this.size;
    const second = offset32(x, n);
    if (mode === "concat") {
      kernels.copy_rows_f32(n / units, units, x, units, y, 2 * units);
      kernels.copy_rows_f32(n / units, units, second, units, offset32(y, units), 2 * units);
    } else if (mode === "mul") kernels.product_f32(n, x, second, y);
    else {
      kernels.copy_rows_f32(1, n, x, n, y, n);
      kernels.add_f32(n, second, y);
      if (mode === "ave") kernels.scale_f32(n, 0.5, y, y);
    }
  }

  inputGradient(rows: number, x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { kernels, units, mode } = this;
    const n = rows * this.size;
    const [second, toSecond] = [offset32(x, n), offset32(dx, n)];
    if (mode === "concat") {
      kernels.add_rows_f32(n / units, units, dy, 2 * units, dx, units);
      kernels.add_rows_f32(n / units, units, offset32(dy, units), 2 * units, toSecond, units);
    } else if (mode === "mul") {
      kernels.add_product_f32(n, dy, second, dx);
      kernels.add_product_f32(n, dy, x, toSecond);
    } else {
      for (const to of [dx, toSecond]) kernels.axpy_f32(n, mode === "ave" ? 0.5 : 1, dy, to);
    }
  }
}
