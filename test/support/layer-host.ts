/**
 * A layer by itself: made by its factory, fed with any input and any gradient, outside a network. Memory is never given
 * back: a layer may reserve panels at its first call, and keeps them.
 */
import "../../src/wasm/inline.ts";
import {
  LAYERS,
  type Layer,
  type LayerFactory,
  type Operation,
  placeParameters,
  sizeOf,
} from "../../src/model/layers/index.ts";
import { type F32Pointer, offset32, Workspace } from "../../src/wasm/index.ts";

export class LayerHost {
  readonly layer: Layer;
  readonly inputSize: number;
  readonly outputSize: number;
  private readonly workspace = new Workspace();

  /** A layer of the given class on one input of a shape. */
  constructor(className: string, config: Record<string, unknown>, inputShape: readonly number[]) {
    this.layer = (LAYERS[className] as LayerFactory)({ name: "it", ...config }, inputShape, this.workspace);
    placeParameters(this.workspace, [...this.layer.parameters, ...(this.layer.constants ?? [])]);
    this.inputSize = sizeOf(inputShape);
    this.outputSize = sizeOf(this.layer.outputShape);
  }

  /** Sets the parameters, one array each. */
  set(...values: Float32Array[]): void {
    this.layer.parameters.forEach(({ at, size }, i) => {
      this.workspace.arena.f32(at, size).set(values[i] as Float32Array);
    });
    this.layer.parametersChanged?.();
  }

  forward(x: Float32Array): Float32Array {
    const rows = x.length / this.inputSize;
    return this.read(this.run(x).at(-1) as F32Pointer, rows * this.outputSize);
  }

  /** dx + the gradient to x. */
  inputGradient(x: Float32Array, dy: Float32Array, dx: Float32Array): Float32Array {
    const rows = x.length / this.inputSize;
    const values = this.run(x);
    let slope = this.place(dy);
    for (let i = this.operations.length - 1; i >= 0; i--) {
      const operation = this.operations[i] as Operation;
      const to = this.place(i === 0 ? dx : new Float32Array(rows * operation.inputSize));
      operation.inputGradient(rows, values[i] as F32Pointer, values[i + 1] as F32Pointer, slope, to);
      slope = to;
    }
    return this.read(slope, rows * this.inputSize);
  }

  /** The gradient to x of a layer of one operation that can write it, over whatever `dx` holds. */
  writeInputGradient(dy: Float32Array, dx: Float32Array): Float32Array {
    const [operation] = this.operations;
    const to = this.place(dx);
    operation?.writeInputGradient?.(dy.length / this.outputSize, this.place(dy), to);
    return this.read(to, dx.length);
  }

  /** Adds to the gradients of the parameters that the layer starts with, and returns them. The layer is one operation. */
  parameterGradient(x: Float32Array, dy: Float32Array): Float32Array[] {
    const { arena } = this.workspace;
    for (const parameter of this.layer.parameters) {
      if (parameter.gradient === undefined) {
        parameter.gradient = arena.allocateF32(parameter.size);
        arena.f32(parameter.gradient, parameter.size).fill(0);
      }
    }
    const rows = x.length / this.inputSize;
    const [operation] = this.operations as [Operation];
    const [from, slope] = [this.place(x), this.place(dy)];
    const bytes = operation.scratchBytes?.(rows) ?? 0;
    const scratch: F32Pointer = arena.allocate(bytes + 64);
    arena.f32(offset32(scratch, Math.ceil(bytes / 4)), 8).fill(7); // behind what it said it needs
    operation.parameterGradient?.(rows, from, slope, scratch);
    const behind = this.read(offset32(scratch, Math.ceil(bytes / 4)), 8);
    if (behind.some((v) => v !== 7))
      throw new Error(`${this.layer.name}: expected scratch of ${bytes} bytes, got more used`);
    return this.layer.parameters.map(({ gradient, size }) => this.read(gradient as F32Pointer, size));
  }

  clearGradients(): void {
    for (const { gradient, size } of this.layer.parameters) {
      if (gradient !== undefined) this.workspace.arena.f32(gradient, size).fill(0);
    }
  }

  private get operations(): readonly Operation[] {
    return this.layer.operations;
  }

  /** Where the input and the output of each operation lie; outputs start as NaN. */
  private run(x: Float32Array): F32Pointer[] {
    const rows = x.length / this.inputSize;
    const values = [this.place(x)];
    for (const operation of this.operations) {
      const y = this.place(new Float32Array(rows * operation.outputSize).fill(Number.NaN));
      operation.forward(rows, values.at(-1) as F32Pointer, y);
      values.push(y);
    }
    return values;
  }

  private place(values: Float32Array): F32Pointer {
    const { arena } = this.workspace;
    const at = arena.allocateF32(values.length);
    arena.f32(at, values.length).set(values);
    return at;
  }

  private read(at: F32Pointer, n: number): Float32Array {
    return this.workspace.arena.f32(at, n).slice();
  }
}
