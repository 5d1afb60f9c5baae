/** An activation as an operation: one function of each number. */
import type { Kernels, Pointer } from "../../wasm/index.ts";
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

  forward(rows: number, x: Pointer, y: Pointer): void {
    this.activation.forward(this.kernels, rows * this.inputSize, x, y);
  }

  inputGradient(rows: number, x: Pointer, y: Pointer, dy: Pointer, dx: Pointer): void {
    const { activation, kernels, inputSize } = this;
    activation.gradient(kernels, rows * inputSize, activation.gradientFrom === "output" ? y : x, dy, dx);
  }
}
