/** Rectifiers with one number: a bound from above, or a slope below zero. */
import type { Kernels, Pointer } from "../../wasm/index.ts";
import type { Operation } from "./layer.ts";

/** A map with one number, whose gradient looks at the input, with one of its own. */
export class ScaledOperation implements Operation {
  readonly inputSize: number;
  readonly outputSize: number;
  private readonly kernels: Kernels;
  private readonly name: "relu_top" | "leaky_relu";
  private readonly scale: number;
  private readonly gradientScale: number;

  constructor(size: number, kernels: Kernels, name: "relu_top" | "leaky_relu", scale: number, gradientScale = scale) {
    this.inputSize = size;
    this.outputSize = size;
    this.kernels = kernels;
    this.name = name;
    this.scale = scale;
    this.gradientScale = gradientScale;
  }

  forward(rows: number, x: Pointer, y: Pointer): void {
    this.kernels[`${this.name}_f32`](rows * this.inputSize, this.scale, x, y);
  }

  inputGradient(rows: number, x: Pointer, _y: Pointer, dy: Pointer, dx: Pointer): void {
    this.kernels[`${this.name}_grad_f32`](rows * this.inputSize, this.gradientScale, x, dy, dx);
  }
}
