/** An operation on each of so many steps of a row by itself, as if the steps were rows. */
import type { F32Pointer } from "../../wasm/index.ts";
import type { MappedOperation, Operation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";

/** An operation on each of so many steps of a row. */
export class StepwiseOperation implements Operation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly parameterGradient?: NonNullable<Operation["parameterGradient"]>;
  readonly recurrentGradient?: NonNullable<Operation["recurrentGradient"]>;
  protected readonly steps: number;
  private readonly of: Operation;

  constructor(of: Operation, steps: number) {
    this.of = of;
    this.steps = steps;
    this.inputSize = steps * of.inputSize;
    this.outputSize = steps * of.outputSize;
    if (of.parameterGradient) {
      this.parameterGradient = (rows, x, dy, scratch) => of.parameterGradient?.(rows * steps, x, dy, scratch);
    }
    if (of.recurrentGradient) {
      this.recurrentGradient = (rows, ...places) => of.recurrentGradient?.(rows * steps, ...places);
    }
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    this.of.forward(rows * this.steps, x, y);
  }

  inputGradient(rows: number, x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    this.of.inputGradient(rows * this.steps, x, y, dy, dx);
  }

  scratchBytes(rows: number): number {
    return this.of.scratchBytes?.(rows * this.steps) ?? 0;
  }
}

export class MappedStepwiseOperation extends StepwiseOperation implements MappedOperation {
  readonly map: OperationMap;

  constructor(of: MappedOperation, steps: number) {
    super(of, steps);
    this.map = { kind: "stepwise", steps, of: of.map };
  }
}
