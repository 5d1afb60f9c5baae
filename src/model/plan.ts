/**
 * The memory plan of a network: where the values and gradients between its operations lie for one batch, and the
 * two sweeps over them. Everything is reserved at the first batch; nothing is allocated after it.
 */
import type { Pointer, Workspace } from "../wasm/index.ts";
import type { Operation, Parameter } from "./layers/index.ts";

/** Rows a batch holds at most: enough for the products to run at full speed. */
const BATCH_ROWS = 128;
/** A wide network takes fewer rows, so that a batch stays within this many bytes. */
const BATCH_BYTES = 64 * 2 ** 20;

export class Plan {
  readonly operations: readonly Operation[];
  /** Rows of a batch. */
  readonly rows: number;
  private readonly workspace: Workspace;
  private readonly widths: readonly number[];
  private readonly values: Pointer[] = [];
  private readonly slopes: Pointer[] = [];
  private readonly scratch: Pointer;
  /** i32[rows]. */
  readonly labels: Pointer;
  /** f32[rows]. */
  readonly loss: Pointer;

  constructor(workspace: Workspace, inputSize: number, classes: number, operations: readonly Operation[]) {
    this.workspace = workspace;
    this.operations = operations;
    this.widths = [inputSize, ...operations.map((operation) => operation.outputSize)];
    const bytesPerRow = this.widths.reduce((sum, width) => sum + 8 * width, 8 * classes);
    this.rows = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_BYTES / bytesPerRow)));
    const { arena } = workspace;
    for (const width of this.widths) {
      this.values.push(arena.allocate32(this.rows * width));
      this.slopes.push(arena.allocate32(this.rows * width));
    }
    this.labels = arena.allocate32(this.rows);
    this.loss = arena.allocate32(this.rows);
    this.scratch = arena.allocate(Math.max(0, ...operations.map((op) => op.scratchBytes?.(this.rows) ?? 0)));
  }

  /** The value after `operations` operations, f32[rows, width]; 0 is the input. */
  value(operations: number): Pointer {
    return this.values[operations] as Pointer;
  }

  /** The loss's gradient to that value. */
  slope(operations: number): Pointer {
    return this.slopes[operations] as Pointer;
  }

  /** Runs the first `count` operations on the n rows in `value(0)`. */
  forward(n: number, count: number): void {
    for (let i = 0; i < count; i++) {
      (this.operations[i] as Operation).forward(n, this.value(i), this.value(i + 1));
    }
  }

  /**
   * Takes the gradient at `slope(count)` back through the first `count` operations: to the input (returned), or
   * into the gradients of the parameters.
   */
  backward(n: number, count: number, slope: Pointer, toInput: boolean): Pointer {
    let dy = slope;
    for (let i = count - 1; i >= 0; i--) {
      const operation = this.operations[i] as Operation;
      if (!toInput) operation.parameterGradient?.(n, this.value(i), dy, this.scratch);
      if (!toInput && i === 0) break; // nobody asked for the gradient to the data
      const dx = this.slope(i);
      this.workspace.arena.f32(dx, n * (this.widths[i] as number)).fill(0);
      operation.inputGradient(n, this.value(i), this.value(i + 1), dy, dx);
      dy = dx;
    }
    return dy;
  }

  /** Zeroes the parameters' gradients, reserving them at the first call. */
  clearGradients(parameters: readonly Parameter[]): void {
    const { arena } = this.workspace;
    for (const parameter of parameters) parameter.gradient ??= arena.allocate32(parameter.size);
    for (const { gradient, size } of parameters) arena.f32(gradient as Pointer, size).fill(0);
  }
}
