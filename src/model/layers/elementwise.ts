/** An activation as an operation: one function of each number. */
import type { F32Pointer, Kernels } from "../../wasm/index.ts";
import type { MappedOperation } from "./layer.ts";
import type { Activation, OperationMap } from "./operation-map.ts";

export class ElementwiseOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly activation: Activation;
  private readonly kernels: Kernels;

  constructor(activation: Activation, size: number, kernels: Kernels) {
    this.inputSize = size;
    this.outputSize = size;
    this.map = { kind: "elementwise", activation };
    this.activation = activation;
    this.kernels = kernels;
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    this.activation.forward(this.kernels, rows * this.inputSize, x, y);
  }

  inputGradient(rows: number, x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { activation, kernels, inputSize } = this;
    activation.gradient(kernels, rows * inputSize, activation.gradientFrom === "output" ? y : x, dy, dx);
  }
}
